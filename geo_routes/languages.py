"""The language of a text, told by its script and its commonest words."""

from __future__ import annotations

import re
from collections import Counter

_SAMPLE = 20_000

# The commonest function words that few of the other languages share.
_WORDS = {
    "fr": "le la les des du une et est dans pour qui que par sur au aux avec ont été ce selon",
    "en": "the of and to in was for that with from by has been which were had said its this at",
    "es": "el los las del una y en que por con para se su fue desde al según han más este",
    "de": "der die das und ist von den mit dem im zu ein eine nach wurde auf für sich nicht aus",
    "it": "il di che la per gli della del con una sono nel dal alla è stato più questo",
    "pt": "o os do da em que para com uma não foi dos pelo pela ao são mais segundo",
    "nl": "de het een van en dat op te voor met zijn werd naar niet aan ook bij",
    "pl": "w z na do i się że jest nie przez od po dla oraz przy został tym ze które",
    "cs": "a v se na je že z do s byl který pro jako po podle ve není",
    "ro": "și în de la cu din pe pentru care fost este au prin că un o",
    "tr": "ve bir bu için ile olarak da de olan daha sonra kadar gemi göre",
    "sv": "och att det som en på är av för med till den har inte från",
    "ru": "и в на что из по с не для через был было от до как это его порта также",
    "uk": "і та в у на що з із до не для через був було від як це його порту також",
    "bg": "и на в от за се е да с по че са не към",
}
_STOPWORDS = {lang: frozenset(words.split()) for lang, words in _WORDS.items()}
_LETTERS = {
    "uk": re.compile("[іїєґ]"),
    "ru": re.compile("[ыэё]"),
    "pl": re.compile("[łąęśźżćń]"),
    "de": re.compile("ß"),
    "es": re.compile("[ñ¿¡]"),
    "tr": re.compile("[ğış]"),
}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("fa", re.compile("[پچژگ]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)


def detect_language(text: str) -> str:
    """
    Tell the language of a text.

    Parameters
    ----------
    text
        A sentence or more; the first 20,000 characters count.

    Returns
    -------
    lang
        ISO 639-1 code, or "" when nothing tells.

    Examples
    --------
    >>> detect_language("Le navire a quitté le port de Marseille pour Oran.")
    'fr'
    >>> detect_language("Судно вийшло з порту Одеси і прямує до Стамбула.")
    'uk'
    """
    sample = text[:_SAMPLE].lower()
    letters = sum(character.isalpha() for character in sample)
    if not letters:
        return ""
    for lang, script in _SCRIPTS:
        share = len(script.findall(sample)) / letters
        if share > (0.02 if lang in {"ja", "fa"} else 0.2):
            return lang
    counts = Counter(re.findall(r"[^\W\d_]+", sample))
    scores: dict[str, float] = {
        lang: sum(counts[word] for word in words) for lang, words in _STOPWORDS.items()
    }
    for lang, pattern in _LETTERS.items():
        if len(pattern.findall(sample)) / letters > 0.004:
            scores[lang] = scores.get(lang, 0) * 1.5 + 1
    best = max(scores, key=lambda lang: scores[lang])
    return best if scores[best] else ""
