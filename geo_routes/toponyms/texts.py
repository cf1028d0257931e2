"""The words of a text, and what the gazetteer knows of them."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from geo_routes.gazetteer import Candidate, fold, shipped
from geo_routes.itinerary import Region
from geo_routes.toponyms.scripts import CASELESS, is_unspaced, read_caseless, segment
from geo_routes.toponyms.words import base_forms, place_words

_WORDS = re.compile(r"([^\W_]+)")
_UNUSUAL = re.compile("[^\x00-\u052f\u2000-\u206f\u20a0-\u20bf]")
_USUAL_WORDS = re.compile(
    "([" + re.escape("".join(filter(str.isalnum, map(chr, range(0x530))))) + "]+)"
)
"""Words of Latin, Greek and Cyrillic letters: as `_WORDS` finds them, in half the time."""
_APOSTROPHES = frozenset("'’ʼ`")
_LETTER_LIKE = re.compile("['’ʼ`](?<=[\u0400-\u052f].)(?=[\u0400-\u052f])")
_WHOLE_WORDS = re.compile(rf"((?:[^\W_]|{_LETTER_LIKE.pattern})+)")
"""With the apostrophe that is a letter between Cyrillic ones: "Х'юстон", "Кот-д'Ивуар"."""
_DATELINE = re.compile(
    r"(?:\s\([^()\n]{2,40}\))?"
    r"(?:(?:,\s[^.\n]{3,30}?)?\.?\s?(?:[—–]|--|(?<=\s)-)\s|,\s[^.\n]{3,30}?\.\s|\.\s)"
)
_OPENING = re.compile(
    r"(?:/[^\W\d_]+)?(?:\s\([^()\n]{2,40}\)\s?(?:[—–:-]|--)\s|\s(?:[—–-]|--)\s|,\s[^.\n]{3,30}?\.\s)"
)
"""What stands after a place in small letters before a report: "Wien (APA) - ", ", 5. Mai. "."""
_AFTER_PLACE = 45
_ALONE = re.compile(r"\.\s+[^\W\d_]")
_HEAD_WORDS = 4
_MOST = 30
_MOST_WORDS = 1 << 16
_SHORTENED = frozenset({"st", "ste", "mt", "ft", "pt", "n", "s", "e", "w"})
_GAPS = (
    dict.fromkeys((" ", "-", "\u00a0", "‐", "‑", "\u202f"), " ")
    | dict.fromkeys((", ", ",", " – "), ",")
    | dict.fromkeys((" «", ' "', " “", " „"), "«")
    | {" (": "("}
)
"""What stands between two words, and how they hang together, whatever the words are."""
_STOPS = frozenset([".", ". ", ".-"])
"""What hangs two words together or parts them by what the first one is: "St. Louis"."""
_BREAKS = frozenset('.!?:;\n…«»“”"•|')


@dataclass(slots=True)
class Match:
    """A name in the text; `first` and `last` count its words."""

    first: int
    last: int
    names: tuple[str, ...]
    score: float = 0.0
    kind: str = "place"
    feature: str = ""
    role: str = ""
    country: str = ""
    region: Region | None = None  # where the text says that it lies
    how: str = "known"  # how it was found: known, abbreviation, prefix, suffix, called, unknown


@dataclass(slots=True)
class Words:
    """The words of a text, as parallel lists, and which of them are capitalised."""

    text: str
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    capital: list[bool] = field(default_factory=list)
    upper: list[bool] = field(default_factory=list)
    long: list[bool] = field(default_factory=list)  # of more than three letters
    initial: list[bool] = field(default_factory=list)  # begins a sentence
    gap: list[str] = field(default_factory=list)  # " ", "" (apostrophe), "," or "|" before a word
    capitals: list[int] = field(default_factory=list)


def split_words(text: str) -> Words:
    """Split a text into words, with what stands between them."""
    words = Words(text)
    parts = _parts(text)
    count = len(parts) // 2
    if not count:
        return words
    offsets = list(itertools.accumulate(map(len, parts)))
    words.start, words.end = offsets[: 2 * count : 2], offsets[1 : 2 * count : 2]
    read = zip(*map(_READ.__getitem__, parts[1::2]), strict=True)
    words.key, words.capital, words.upper, words.long = map(list, read)
    words.capitals = list(itertools.compress(range(count), words.capital))
    initial, gaps = [False] * count, [" "] * count
    words.initial, words.gap = initial, gaps
    initial[0], gaps[0] = True, _gap(parts[0], words, 0)
    for at in itertools.compress(range(1, count), map(" ".__ne__, parts[2::2])):
        between = parts[2 * at]
        if between in _STOPS:
            gap = gaps[at] = _gap(between, words, at)
            initial[at] = gap != " "
        else:
            gaps[at], initial[at] = _hang(between)
    return words


@functools.lru_cache(maxsize=1 << 12)
def _hang(between: str) -> tuple[str, bool]:
    """Tell how two words hang together, and whether a sentence ends, whatever the words are."""
    gap = _GAPS.get(between) or ("" if between in _APOSTROPHES else "|")
    return gap, gap != " " and not _BREAKS.isdisjoint(between)


def _parts(text: str) -> list[str]:
    """List the words of a text, each after what stands before it."""
    whole = _WHOLE_WORDS if _LETTER_LIKE.search(text) else _WORDS
    if whole is _WORDS and not _UNUSUAL.search(text):
        return _USUAL_WORDS.split(text)
    if not CASELESS.search(text):
        return whole.split(text)
    spans = _segmented(text, (found.span() for found in whole.finditer(text)))
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], text[start:end]]
        last = end
    return parts


def _segmented(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Part the words of scripts without spaces."""
    for start, end in spans:
        written = text[start:end]
        if not is_unspaced(written):
            yield start, end
            continue
        for (first, last), _ in segment(written):
            yield start + first, start + last


class _ReadWords(dict[str, tuple[str, bool, bool, bool]]):
    """The words that were read so far, as `_read_word` tells of them; begun anew when many."""

    def __missing__(self, written: str) -> tuple[str, bool, bool, bool]:
        if len(self) >= _MOST_WORDS:
            self.clear()
        if written.islower() and written.isascii():
            told = written, False, False, len(written) > 3
        else:
            told = _read_word(written)
        self[written] = told
        return told


_READ = _ReadWords()


def _read_word(written: str) -> tuple[str, bool, bool, bool]:
    """Fold a word; tell whether it begins with a capital, is all capitals, and is long."""
    first, long = written[0], len(written) > 3
    if written.isascii():
        return written.lower(), first.isupper(), written.isupper(), long
    if CASELESS.match(first):
        return *read_caseless(written), False, long
    capital = first.isupper() or not (first.islower() or first.isdigit())
    return fold(written), capital, written.isupper(), long


def _gap(between: str, words: Words, number: int) -> str:
    """Tell how two words hang together: one name, an elision, an enumeration, or not at all."""
    if between in _GAPS:
        return _GAPS[between]
    if between in _APOSTROPHES:
        return ""
    length = words.end[number - 1] - words.start[number - 1] if number else 0
    if between == "." and length == 1:
        return ""
    if between == ". " and length == 1 and words.text[words.start[number - 1]].isupper():
        return " "  # an initial: "John F. Kennedy"
    if between in {". ", ".-"} and number and length <= 3:
        return " " if words.key[number - 1] in _SHORTENED else "|"
    return "|"


@functools.lru_cache(maxsize=1 << 16)
def known(key: str) -> bool:
    """Tell whether the gazetteer has a folded name."""
    return _sense(key)[0] is not None


@functools.lru_cache(maxsize=1 << 16)
def continues(key: str) -> bool:
    """Tell whether a longer name may begin with these words."""
    return shipped().continues(key)


@functools.lru_cache(maxsize=1 << 15)
def _sense(key: str) -> tuple[Candidate | None, frozenset[str]]:
    return shipped().best(key) if shipped().may_know(key) else (None, frozenset())


def best(key: str) -> Candidate | None:
    """The likeliest place of a folded name."""
    return _sense(key)[0]


def divisions_of(key: str) -> frozenset[str]:
    """The first-level divisions in which places of a folded name lie."""
    return _sense(key)[1]


@functools.lru_cache(maxsize=1 << 14)
def places_called(key: str) -> tuple[Candidate, ...]:
    """The places of a folded name, likeliest first."""
    return tuple(shipped().candidates(key, limit=_MOST))


@functools.lru_cache(maxsize=1 << 15)
def fame(key: str) -> float:
    """How well known the likeliest place of a name is, about -1 to 3."""
    place = best(key)
    if place is None:
        return -1.0
    if place.kind == "country":
        return 4.0
    if place.kind in {"sea", "region"}:
        return 2.5 * place.name_weight
    score = math.log10(place.population + 100) - 3.6
    if place.kind == "admin1":
        score = max(score - 1.0, 1.6)
    elif place.kind in {"port", "station", "site"}:
        score = 0.6
    elif place.feature == "capital":
        score = max(score, 1.8)
    return min(score, 3.2) - (1.0 - place.name_weight) * 2.0


def is_head_line(words: Words, match: Match) -> bool:
    """Tell whether a name is a line of its own above the text: a paper, a section, a menu."""
    start, end = words.start[match.first], words.end[match.last]
    line_start = words.text.rfind("\n", 0, start) + 1
    line_end = words.text.find("\n", end)
    if line_end < 0 or words.text[line_start:start].strip() or words.text[end:line_end].strip():
        return False
    return all(len(line.split()) < _HEAD_WORDS for line in words.text[:line_end].splitlines())


def is_dateline(words: Words, match: Match) -> bool:
    """
    Tell whether a name stands before a report: in capitals, with a dash after it, "MADRID. –".

    Or alone, as the first sentence: "Wilhelmshaven. Der Tanker ...", "Sofia (AFP) - ...".
    """
    start, end = words.start[match.first], words.end[match.last]
    if not words.upper[match.first]:
        opening = _ALONE.match(words.text, end) or _OPENING.match(words.text, end)
        return not words.text[:start].strip() and opening is not None
    line_start = words.text.rfind("\n", 0, start) + 1
    if words.text[line_start:start].strip():
        return False
    if not all(words.upper[n] or not words.capital[n] for n in range(match.first, match.last + 1)):
        return False
    return bool(_DATELINE.match(words.text, end)) or bool(
        re.match(rf",[^\n]{{2,{_AFTER_PLACE}}}?(?:[—–]|--)", words.text[end:])
    )


@functools.lru_cache(maxsize=1 << 16)
def countries_of(key: str, lang: str) -> tuple[str, ...]:
    """The countries of an adjective, its case forms undone."""
    if len(key) < 4:
        return ()
    demonyms = shipped().demonyms()
    language = lang if lang in _demonym_languages() else ""
    for form in itertools.chain((key,), base_forms(key, place_words(lang))):
        if form not in demonyms:
            continue
        codes = demonyms[form]
        found = codes.get(language, ()) if language else tuple(sorted(set().union(*codes.values())))
        if found:
            return found
    return ()


@functools.cache
def _demonym_languages() -> frozenset[str]:
    return frozenset(lang for codes in shipped().demonyms().values() for lang in codes)
