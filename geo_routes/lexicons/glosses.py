"""
The English base word of a word of a report: what is learnt of one language then holds for all.

`glosses/LANG.txt` lists base words, each with the forms that mean it. A form that is not listed
takes the base word of those that begin like it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "glosses"
_LEAST_LETTERS = 4
_MOST_CUT = 4  # letters of an ending that may be another one
_MOST_KEPT = 20_000


@lru_cache(maxsize=_MOST_KEPT)
def find_gloss(lang: str, word: str) -> str:
    """
    Find the English base word of a word.

    Parameters
    ----------
    lang
        Code of the language; one without a list has no glosses.
    word
        In lower case.

    Returns
    -------
    gloss
        Or "" where nothing listed begins like the word.
    """
    glosses, forms = _read(lang)
    if word in glosses:
        return glosses[word]
    for length in range(len(word) - 1, max(_LEAST_LETTERS, len(word) - _MOST_CUT) - 1, -1):
        begin = word[:length]
        alike: Counter[str] = Counter()
        for form in _beginning_with(begin, forms):
            if len(form) <= length + _MOST_CUT:
                alike[glosses[form]] += 1
        if alike:
            return alike.most_common(1)[0][0]
    return ""


def base_words(lang: str) -> set[str]:
    """List the base words that the forms of a language have."""
    return set(_read(lang)[0].values())


def _beginning_with(begin: str, forms: Sequence[str]) -> Iterator[str]:
    for number in range(bisect_left(forms, begin), len(forms)):
        if not forms[number].startswith(begin):
            return
        yield forms[number]


@cache
def _read(lang: str) -> tuple[dict[str, str], list[str]]:
    """Read the list of a language: glosses by form, and the forms in order."""
    path = _FOLDER / f"{lang}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    glosses = {
        form: gloss
        for line in lines
        if not line.startswith("#")
        for gloss, _, forms in [line.partition(": ")]
        for form in forms.split()
    }
    return glosses, sorted(glosses)
