"""Names in scripts without capitals, and in those without spaces between words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from geo_routes.gazetteer import fold, shipped

Span = tuple[int, int]

CASELESS = re.compile(
    "[\u0590-\u06ff\u0750-\u077f\u0900-\u0e7f\u10d0-\u10ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_KATAKANA = re.compile("[\u30a0-\u30ff]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_LONGEST = 12
_LARGE, _MIDDLING = 100_000, 20_000
_CLITICS = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")
_AFTER_HANGUL = re.compile(
    "항|시|도|역|군|현|주|성|만|해|국|산|행|발|공항|조선소|당국|정부|측"
    "|에서|에|으로|로|를|을|은|는|이|가|의|과|와|까지|부터"
)
"""What may follow a name within a Korean word: particles, and kinds of places."""


def is_caseless(written: str) -> bool:
    """Tell whether a word begins with a letter of a script without capitals."""
    # The comparison answers for most words: all such letters come after it.
    return written >= "\u0590" and CASELESS.match(written) is not None


def segment(written: str) -> Iterator[tuple[Span, bool]]:
    """
    Part a word of a script without spaces into names and what stands between them.

    Parameters
    ----------
    written
        A run of letters, as the text has it.

    Yields
    ------
    span, is_name
        Offsets in the run, and whether the gazetteer knows a place of that name.
    """
    start = at = 0
    while at < len(written):
        size = _name_size(written, at)
        if not size:
            at += 1
            continue
        if start < at:
            yield (start, at), False
        yield (at, at + size), True
        start = at = at + size
    if start < len(written):
        yield (start, len(written)), False


def is_unspaced(written: str) -> bool:
    """Tell whether a run of letters may hold several words."""
    return _UNSPACED.search(written) is not None


def _name_size(written: str, at: int) -> int:
    """The length of the longest name that begins at an offset, 0 without one."""
    if _HANGUL.match(written, at) and at:
        return 0
    for size in range(min(_LONGEST, len(written) - at), 1, -1):
        if _fits(written, at, at + size) and is_likely_name(written[at : at + size]):
            return size
    return 0


def _fits(written: str, start: int, end: int) -> bool:
    """Tell whether a name may end here: Katakana with its run, Hangul before a particle."""
    rest = written[end:]
    if _KATAKANA.match(written, end - 1):
        before = start > 0 and _KATAKANA.match(written, start - 1)
        return not before and not (rest and _KATAKANA.match(rest))
    if _HANGUL.match(written, end - 1):
        return not rest or _AFTER_HANGUL.match(rest) is not None
    return True


@functools.lru_cache(maxsize=1 << 15)
def is_likely_name(written: str) -> bool:
    """
    Tell whether a word without capitals is more likely a place than a common word.

    Parameters
    ----------
    written
        A word; a short one must be the name of a large town or of an area.
    """
    key = fold(written)
    if not shipped().may_know(key):
        return False
    found = shipped().candidates(key, limit=1)
    if not found or found[0].name_weight < 0.5:
        return False
    place = found[0]
    if place.kind != "city":
        return len(key) > 1
    return place.population >= (_LARGE if len(key) < 3 else _MIDDLING)


@functools.lru_cache(maxsize=1 << 15)
def read_caseless(written: str) -> tuple[str, bool]:
    """
    Fold a word of a script without capitals, and tell whether it is likely a name.

    Arabic conjunctions, prepositions and articles that are written with the word are taken off.
    """
    if is_likely_name(written):
        return fold(written), True
    if _ARABIC.match(written):
        for clitic in _CLITICS:
            bare = written.removeprefix(clitic)
            if bare != written and len(bare) > 2 and is_likely_name(bare):
                return fold(bare), True
    return fold(written), False
