"""Names of places in a text: longest matches in the gazetteer, weighed by what stands around."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass, field

from geo_routes.gazetteer import Candidate, fold, shipped
from geo_routes.toponyms.words import PlaceWords, base_forms

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 7
_APOSTROPHES = frozenset("'’ʼ`")
_HYPHENS = frozenset("-‐‑")
_BREAKS = frozenset(".!?:;\n…«»“”\"•|")
THRESHOLD = 0.6
"""Names whose score is lower are left out."""


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


@dataclass(slots=True)
class Words:
    """The words of a text, as parallel lists."""

    text: str
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    capital: list[bool] = field(default_factory=list)
    upper: list[bool] = field(default_factory=list)
    initial: list[bool] = field(default_factory=list)  # begins a sentence
    gap: list[str] = field(default_factory=list)  # " ", "" (apostrophe), "," or "|" before a word


def split_words(text: str) -> Words:
    """Split a text into words, with what stands between them."""
    words = Words(text)
    last = 0
    for found in _WORD.finditer(text):
        start, end = found.span()
        written = found.group()
        words.gap.append(_gap(text[last:start], words))
        words.initial.append(_initial(text[last:start], words))
        words.start.append(start)
        words.end.append(end)
        words.key.append(fold(written))
        first = written[0]
        words.capital.append(first.isupper() or not (first.islower() or first.isdigit()))
        words.upper.append(written.isupper())
        last = end
    return words


def _gap(between: str, words: Words) -> str:
    """Tell how two words hang together: one name, an elision, an enumeration, or not at all."""
    if between in {" ", "-", "\u00a0", "‐", "‑", "\u202f"}:
        return " "
    if between in _APOSTROPHES:
        return ""
    if between == "." and words.key and words.end[-1] - words.start[-1] == 1:
        return ""
    if between in {". ", ".-"} and words.key and words.end[-1] - words.start[-1] <= 3:
        return " " if words.key[-1] in {"st", "ste", "mt", "ft", "pt", "n", "s", "e", "w"} else "|"
    if between in {", ", ","}:
        return ","
    if between == " (":
        return "("
    return "|"


def _initial(between: str, words: Words) -> bool:
    return not words.key or any(sign in _BREAKS for sign in between)


@functools.lru_cache(maxsize=1 << 16)
def known(key: str) -> bool:
    """Tell whether the gazetteer has a folded name."""
    return bool(shipped().known((key,)))


@functools.lru_cache(maxsize=1 << 16)
def continues(key: str) -> bool:
    """Tell whether a longer name may begin with these words."""
    return shipped().continues(key)


@functools.lru_cache(maxsize=1 << 15)
def best(key: str) -> Candidate | None:
    """The likeliest place of a folded name."""
    found = shipped().candidates(key, limit=1)
    return found[0] if found else None


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


def find_matches(words: Words, lexicon: PlaceWords) -> list[Match]:
    """Find the longest names of places, weigh them, and keep the likely ones."""
    matches = list(_longest_matches(words, lexicon))
    weigher = _Weigher(words, lexicon, matches)
    kept = []
    for match in matches:
        match.score = weigher.weigh(match)
        if match.score >= THRESHOLD:
            kept.append(match)
    return kept


def _longest_matches(words: Words, lexicon: PlaceWords) -> list[Match]:
    found = []
    at, count = 0, len(words.key)
    while at < count:
        match = _match_at(words, at, lexicon) if words.capital[at] else None
        if match is None:
            at += 1
        else:
            found.append(match)
            at = match.last + 1
    return found


def _match_at(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find the longest name that begins with a word."""
    keys, gap, capital = words.key, words.gap, words.capital
    key, found = keys[at], None
    last = at
    while True:
        if capital[last] and (names := _names(words, at, last, key, lexicon)):
            found = Match(at, last, names)
        after = last + 1
        if after >= len(keys) or after - at >= _LONGEST or gap[after] not in {" ", ""}:
            break
        if not lexicon.endings and not continues(key) and gap[after] != "":
            break
        if not capital[after] and keys[after] not in lexicon.particles:
            break
        key = f"{key}{gap[after]}{keys[after]}"
        last = after
    return found


def _names(words: Words, first: int, last: int, key: str, lexicon: PlaceWords) -> tuple[str, ...]:
    """List the folded names that some words may stand for, best first; empty when none is known."""
    exact = (key,) if known(key) else ()
    if not lexicon.endings or last - first > 3:
        return exact
    return exact + tuple(name for name in declined(key, lexicon.lang) if name not in exact)


@functools.lru_cache(maxsize=1 << 14)
def declined(key: str, lang: str) -> tuple[str, ...]:
    """List the known names of which some words may be a case form, best known first."""
    from geo_routes.toponyms.words import place_words

    lexicon = place_words(lang)
    parts = key.split(" ")
    forms = [[part, *base_forms(part, lexicon)][:12] for part in parts]
    tried = itertools.islice(itertools.product(*forms), 1, 400)
    names = {name for name in map(" ".join, tried) if known(name)}
    return tuple(sorted(names, key=lambda name: -fame(name)))[:3]


class _Weigher:
    """Weighs matches by their surroundings; keeps what it learns of the whole text."""

    def __init__(self, words: Words, lexicon: PlaceWords, matches: list[Match]) -> None:
        self.words = words
        self.lexicon = lexicon
        self.lower = {
            key for key, capital in zip(words.key, words.capital, strict=True) if not capital
        }
        self.persons = self._persons()
        self.ends = {match.last: match for match in matches}
        self.starts = {match.first: match for match in matches}
        self.mentions = Counter(match.names[0] for match in matches)
        self.titled = self._title_lines()

    def _persons(self) -> set[str]:
        """List the family names that follow a first name or a title somewhere in the text."""
        words, lexicon = self.words, self.lexicon
        found = set()
        for at in range(1, len(words.key)):
            if not words.capital[at] or words.gap[at] not in {" ", "|"}:
                continue
            before = words.key[at - 1]
            if words.gap[at] == "|" and not (len(before) <= 4 and before in lexicon.titles):
                continue
            named = before in lexicon.first_names and words.capital[at - 1]
            if named or (before in lexicon.titles and words.key[at] not in lexicon.stop):
                found.add(words.key[at])
                after = at + 1
                if (
                    after < len(words.key)
                    and words.capital[after]
                    and words.gap[after] == " "
                ):
                    found.add(words.key[after])
        return found

    def _title_lines(self) -> list[bool]:
        """Tell for each word whether it stands in a headline that capitalises most words."""
        words = self.words
        marks = [False] * len(words.key)
        first = 0
        for at in range(1, len(words.key) + 1):
            if at < len(words.key) and not words.initial[at]:
                continue
            long = [n for n in range(first, at) if words.end[n] - words.start[n] > 3]
            if len(long) >= 4 and sum(words.capital[n] for n in long) > 0.8 * len(long):
                marks[first:at] = [True] * (at - first)
            first = at
        return marks

    def weigh(self, match: Match) -> float:
        """Weigh one match: the higher, the likelier is it the name of a place."""
        score = max(map(fame, match.names))
        score += 0.8 * sum(
            self.words.capital[n] for n in range(match.first + 1, match.last + 1)
        )
        score += self._before(match) + self._after(match) + self._word_itself(match)
        return score

    def _word_itself(self, match: Match) -> float:
        words, lexicon = self.words, self.lexicon
        if match.last > match.first:
            return 0.0
        key = words.key[match.first]
        score = 0.0
        if key in lexicon.stop:
            score -= 4.0
        elif key in self.lower:
            score -= 2.0
        elif key in lexicon.common:
            score -= 1.5
        if key in lexicon.first_names:
            score -= 1.5
        if key in self.persons:
            score -= 3.0
        if words.initial[match.first]:
            score -= 0.5
        length = words.end[match.first] - words.start[match.first]
        if length <= 2 or (length == 3 and words.upper[match.first]):
            score -= 2.5
        return score

    def _before(self, match: Match) -> float:
        """Weigh what stands before a name."""
        words, lexicon = self.words, self.lexicon
        at = match.first - 1
        if at < 0:
            return 0.0
        key, gap = words.key[at], words.gap[match.first]
        if gap == ",":
            return 1.0 if at in self.ends else 0.0
        if gap == "(":
            return 0.5
        if gap not in {" ", ""}:
            if key in lexicon.titles and len(key) <= 4:
                return -3.0
            return 0.0
        if not words.capital[at] or (words.initial[at] and key in lexicon.stop):
            return self._locative(at)
        if key in lexicon.features or key in lexicon.sides or key in lexicon.locative:
            return 0.5
        if key in lexicon.titles or key in lexicon.first_names:
            return -4.0
        if at in self.ends or self.titled[at]:
            return -0.5
        if shipped().demonym(key):
            return 0.0
        return -3.0

    def _locative(self, at: int) -> float:
        words, lexicon = self.words, self.lexicon
        key = words.key[at]
        if key in lexicon.articles and at > 0 and words.gap[at] == " ":
            key = words.key[at - 1]
            at -= 1
        if key in lexicon.titles:
            return -3.0
        if key in lexicon.features:
            return 1.5
        if key in lexicon.locative:
            if at > 0 and words.key[at - 1] in lexicon.features:
                return 2.0
            return 1.2
        return 0.0

    def _after(self, match: Match) -> float:
        """Weigh what stands after a name."""
        words, lexicon = self.words, self.lexicon
        at = match.last + 1
        if at >= len(words.key):
            return 0.0
        key, gap = words.key[at], words.gap[at]
        if gap == ",":
            following = self.starts.get(at)
            if following is not None and fame(following.names[0]) >= 1.6:
                return 1.5
            return 0.2
        if gap not in {" ", ""}:
            return 0.0
        if gap == "" or not words.capital[at]:
            return -1.5 if key in lexicon.speech else 0.0
        if key in lexicon.organisations:
            return -2.5
        if at in self.starts or self.titled[at] or key in lexicon.features:
            return 0.0
        return -3.0
