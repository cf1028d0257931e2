"""
Describe a report for the network that joins its places: its words, and each pair of its places.

Words are described by what the lexicons know of them and by their English base words, so that all
languages are described alike; a place's name is not told, only what kind of place it is, where on
the globe it lies and how its sentence speaks of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo_routes import basemap, gazetteer
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Leg, Mode, Place, Status
from geo_routes.lexicons.glosses import find_gloss
from geo_routes.reconstruction.clauses import Clause
from geo_routes.reconstruction.places import Mention
from geo_routes.reconstruction.reading import Reading
from geo_routes.reconstruction.roles import Item

LANGUAGES = ("en", "fr", "ru", "es", "de", "pl", "uk")
MODES = (Mode.SEA, Mode.RAIL, Mode.ROAD, Mode.AIR, Mode.INLAND_WATERWAY, Mode.UNKNOWN)
LONGEST = 320
"""Words that are looked at together; a longer report is cut into windows that overlap."""
_STEP = 160
MOST_MENTIONS, MOST_DATES = 32, 16
ENDING_SLOTS, NAME_SLOTS, PAIR_MARKS = 2048, 1024, 68
_ENDING_LETTERS, _NAME_LETTERS = 4, 2
_NAMES_HAVE_CASES = frozenset({"ru", "pl", "uk"})
_KM = (5.0, 20.0, 40.0, 80.0, 150.0, 300.0, 600.0, 1200.0, 2500.0, 5000.0)
_KINDS = {
    "port": 1, "airport": 2, "station": 3, "city": 4, "country": 5, "region": 6, "sea": 7,
    "site": 8, "admin1": 6, "point": 4, "border": 9,
}  # fmt: skip
_NO_KM = 1000.0
_COAST_KM = (2.0, 10.0, 40.0)
_PORT_KM = 15.0
SENTENCE, PLACE, NO_WORD = "<s>", "<p>", "<unk>"
_NUMBER = "<n>"
_QUOTES = {"«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "–": "-", "—": "-"}
_DONE = frozenset({Status.REPORTED, Status.INFERRED})
_REFERENCE = "M:is_reference"
_ITEM_MARKS = (
    "is_joined", "is_pointed", "is_weak", "is_goal", "is_source", "is_passed", "is_parallel",
)  # fmt: skip


@dataclass(slots=True)
class Word:
    """A word of the report, or a place, or the begin of a sentence."""

    text: str
    marks: list[str]
    sentence: int
    written: str = ""  # as it stands, the name of a place too
    start: int = -1  # in the text
    key: str = ""  # of the place that it names
    is_aside: bool = False  # it only situates another place
    gloss: str = ""  # its English base word


@dataclass(slots=True)
class Traits:
    """
    A described report, or a window of a long one.

    Attributes
    ----------
    lang
        Of the report.
    words
        At most `LONGEST`.
    keys
        Ids of the places that could be ends, in the order of the text, at most `MOST_MENTIONS`.
    pairs
        Marks of each pair of places, origin by destination, shape (len(keys), len(keys),
        `PAIR_MARKS`), numbers between 0 and 1.
    dates
        Where a date is told: number of its first word, and begin in the text; at most `MOST_DATES`.
    """

    lang: str
    words: list[Word]
    keys: list[str]
    pairs: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0, PAIR_MARKS), np.float32)
    )
    dates: list[tuple[int, int]] = field(default_factory=list)

    def asides(self) -> set[int]:
        """List the places that only situate others wherever they are named, by number."""
        stops = {word.key for word in self.words if not word.is_aside}
        return {number for number, key in enumerate(self.keys) if key not in stops}

    def situated(self) -> dict[int, int]:
        """Tell of each place that only situates others which one, by number: the one before it."""
        number = {key: i for i, key in enumerate(self.keys)}
        found: dict[int, int] = {}
        asides = self.asides()
        before: Word | None = None
        for word in self.words:
            if not word.key:
                continue
            own = number.get(word.key)
            if own in asides and before is not None and before.sentence == word.sentence:
                found.setdefault(own, number[before.key])
            elif own is not None:
                before = word
        return found

    def references(self) -> set[int]:
        """List the places that the geocoder took for references wherever they are named."""
        stops = {word.key for word in self.words if _REFERENCE not in word.marks}
        return {number for number, key in enumerate(self.keys) if key not in stops}

    def mentions(self) -> list[tuple[int, int]]:
        """List where the places are named: number of the word, number of the place."""
        number = {key: i for i, key in enumerate(self.keys)}
        found = [(i, number[word.key]) for i, word in enumerate(self.words) if word.key]
        return found[:MOST_MENTIONS]


def token(lang: str, text: str, gloss: str) -> str:
    """
    Tell by which word the network knows a word.

    Parameters
    ----------
    lang
        Of the report.
    text, gloss
        As `Word` holds them.

    Returns
    -------
    token
        The English base word; an English word or a sign without one stands for itself; another
        word is `NO_WORD`.
    """
    if text in {SENTENCE, PLACE, _NUMBER}:
        return text
    if gloss or lang == "en" or not text[:1].isalpha():
        return gloss or _QUOTES.get(text, text)
    return NO_WORD


def ending_slot(lang: str, word: Word) -> int:
    """Give the last letters of a word, which tell its case or tense, their row of a table."""
    return _slot(lang + word.text[-_ENDING_LETTERS:], ENDING_SLOTS)


def name_slot(lang: str, word: Word) -> int:
    """Give the last letters of a place's name their row where they tell its case, 0 elsewhere."""
    if word.text != PLACE or lang not in _NAMES_HAVE_CASES:
        return 0
    return _slot(lang + word.written[-_NAME_LETTERS:].lower(), NAME_SLOTS)


def _slot(text: str, count: int) -> int:
    """Number a text; some share a number."""
    return zlib.crc32(text.encode()) % (count - 1) + 1


def describe(
    reading: Reading,
    mentions: Sequence[Mention],
    places: Mapping[str, Place],
    legs: Sequence[Leg],
    others: Sequence[tuple[int, int, str]] = (),
    dates: Sequence[int] = (),
) -> list[Traits]:
    """
    Describe a report that was read.

    Parameters
    ----------
    reading
        With the sentences and the roles that the rules gave their places.
    mentions
        All places named, those that only situate others too.
    places
        Of the itinerary.
    legs
        What the rules made of the report.
    others
        Adjectives of nations and speakers: start, end, kind.
    dates
        Where dates begin in the text.

    Returns
    -------
    traits
        One, or the windows of a long report in their order.
    """
    sentences: list[list[Word]] = []
    lang = reading.document.lang
    for number, (clause, items) in enumerate(zip(reading.clauses, reading.items, strict=True)):
        told = _describe_sentence(clause, items, mentions, others, number, lang)
        for word in told:
            if word.start in reading.aside:
                word.is_aside = True
                word.marks.append(_REFERENCE)
        sentences.append([Word(SENTENCE, ["bos"], number), *told])
    windows = []
    for words in _cut(sentences):
        named = [word.key for word in words if word.key][:MOST_MENTIONS]
        traits = Traits(lang, words, list(dict.fromkeys(named)))
        traits.pairs = _describe_pairs(traits, places, legs)
        traits.dates = list(_find_words(words, dates))[:MOST_DATES]
        windows.append(traits)
    return windows


def _find_words(words: Sequence[Word], starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Find the word at which each date begins, if it is among these."""
    told = {word.start: number for number, word in enumerate(words) if word.start >= 0}
    for start in starts:
        if start in told:
            yield told[start], start


def _cut(sentences: Sequence[list[Word]]) -> Iterator[list[Word]]:
    """Cut a report into windows of whole sentences that overlap by half."""
    first = 0
    while first < len(sentences):
        words: list[Word] = []
        last = begin = first
        while last < len(sentences) and (
            last == first or len(words) + len(sentences[last]) <= LONGEST
        ):
            words += sentences[last]
            last += 1
            begin = last if len(words) <= _STEP else begin
        yield words[:LONGEST]
        if last == len(sentences):
            return
        first = max(first + 1, begin)


def _describe_sentence(
    clause: Clause,
    items: Sequence[Item],
    mentions: Sequence[Mention],
    others: Sequence[tuple[int, int, str]],
    number: int,
    lang: str,
) -> list[Word]:
    tags: list[list[str]] = [[] for _ in clause.words]
    for cue in clause.cues:
        for i in range(cue.first, cue.last + 1):
            tags[i].append(cue.tag if i == cue.first else f"{cue.tag}+")
    roles: dict[int, list[str]] = {}
    for item in items:
        roles.setdefault(item.mention.start, []).extend(_item_marks(item))
    known = {mention.start for mention in clause.anchors.values()}
    here = [m for m in mentions if clause.start <= m.start < clause.end]
    aside = {m.start: m for m in here if m.start not in known}
    nations = [other for other in others if clause.start <= other[0] < clause.end]
    words: list[Word] = []
    until = -1  # the words of a place are one
    for i, (a, b) in enumerate(clause.spans):
        mention = clause.anchors.get(i)
        if mention is None and b <= until:
            continue
        if mention is None:
            mention = next((m for m in aside.values() if m.start <= a < m.end), None)
        if mention is not None:
            until = mention.end
        if mention is None:
            text = _NUMBER if clause.words[i][0].isdigit() else clause.words[i]
            marks = [*tags[i], *_word_marks(clause, i, nations)]
            word = Word(text, marks, number, clause.text[a:b], a)
            word.gloss = find_gloss(lang, text)
            words.append(word)
            continue
        marks = [*tags[i], *_place_marks(mention, clause), *roles.get(mention.start, ["r:none"])]
        if mention.start in aside and not mention.is_reference:
            marks.append("M:dateline")
        key = "" if mention.is_unplaced else mention.key
        written = clause.text[mention.start : mention.end]
        words.append(Word(PLACE, marks, number, written, mention.start, key))
    return words


def _item_marks(item: Item) -> list[str]:
    event = item.event.kind if item.event else "none"
    marks = [f"r:{item.role}", f"e:{event}", f"s:{item.status}"]
    marks += [f"i:{name}" for name in _ITEM_MARKS if getattr(item, name)]
    return [*marks, f"m:{item.mode}"] if item.mode else marks


def _word_marks(clause: Clause, i: int, nations: Sequence[tuple[int, int, str]]) -> list[str]:
    start = clause.spans[i][0]
    first = clause.text[start]
    marks = ["dated"] if i in clause.dated else []
    marks += ["cap"] if first.isupper() else []
    marks += ["num"] if first.isdigit() else []
    return marks + [f"N:{kind}" for a, b, kind in nations if a <= start < b]


def _place_marks(mention: Mention, clause: Clause) -> list[str]:
    marks = ["M", f"k:{mention.kind}", f"ft:{mention.feature}"]
    names = ("is_country", "is_vast", "is_reference", "is_unplaced")
    marks += [f"M:{name}" for name in names if getattr(mention, name)]
    return [*marks, "M:lower"] if clause.text[mention.start].islower() else marks


def _describe_pairs(
    traits: Traits, places: Mapping[str, Place], legs: Sequence[Leg]
) -> NDArray[np.float32]:
    keys, count = traits.keys, len(traits.keys)
    marks = np.zeros((count, count, PAIR_MARKS), np.float32)
    told = traits.mentions()
    times = [min(sum(key == n for _, key in told), 3) / 3 for n in range(count)]
    by_ends: dict[tuple[str, str], list[Leg]] = {}
    for leg in legs:
        by_ends.setdefault((leg.origin, leg.destination), []).append(leg)
    origins, goals = {leg.origin for leg in legs}, {leg.destination for leg in legs}
    where = [_on_the_globe(places[key]) for key in keys]
    for i, a in enumerate(keys):
        for j, b in enumerate(keys):
            if a == b:
                continue
            row, one, other = marks[i, j], places[a], places[b]
            km = distance_km(one.point, other.point) if one.point and other.point else _NO_KM
            row[0] = row[1 + sum(km > limit for limit in _KM)] = 1
            row[12] = one.country == other.country
            row[13 + _KINDS.get(one.kind, 0)] = row[23 + _KINDS.get(other.kind, 0)] = 1
            row[33:36] = i < j, times[i], times[j]
            row[36:39] = i / count, j / count, count / 10
            row[39:41] = j - i == 1, i - j == 1
            found = by_ends.get((a, b), [])
            if found:
                _mark_found(row, found)
            row[52:57] = (b, a) in by_ends, a in origins, b in goals, a in goals, b in origins
            row[57] = a in origins and any(x == a and y != b for x, y in by_ends)
            row[58] = b in goals and any(y == b and x != a for x, y in by_ends)
            row[59] = where[i].land is not None and where[i].land == where[j].land
            row[60:64], row[64:68] = where[i].near, where[j].near
    return marks


@dataclass(frozen=True, slots=True)
class _Ground:
    """On which land a place lies, how near the sea, and whether near a port."""

    land: int | None
    near: tuple[bool, ...]


def _on_the_globe(place: Place) -> _Ground:
    if place.point is None:
        return _Ground(None, (False,) * (len(_COAST_KM) + 1))
    lon, lat = place.point
    coast_km = basemap.coast_km(lon, lat)
    near = (*(coast_km <= limit for limit in _COAST_KM), has_port(lon, lat, _PORT_KM))
    return _Ground(basemap.landmass_at(lon, lat), near)


@lru_cache(maxsize=1 << 12)
def has_port(lon: float, lat: float, within_km: float) -> bool:
    """Tell whether the gazetteer knows a port that near."""
    known = gazetteer.shipped()
    return bool(known.nearest(lon, lat, kinds=("port",), limit=1, within_km=within_km))


def _mark_found(row: NDArray[np.float32], legs: Sequence[Leg]) -> None:
    """Mark a pair that the rules join."""
    states = {leg.claim.status for leg in legs}
    row[41:46] = (
        1,
        bool(states & _DONE),
        Status.PLANNED in states,
        bool(states - _DONE - {Status.PLANNED}),
        max(leg.confidence or 0.0 for leg in legs),
    )
    for leg in legs:
        if leg.mode in MODES:
            row[46 + MODES.index(leg.mode)] = 1
