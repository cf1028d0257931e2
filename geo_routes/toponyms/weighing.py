"""How likely a match is the name of a place, by the name itself and the words around it."""

from __future__ import annotations

import bisect
import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence

from geo_routes.gazetteer import shipped
from geo_routes.toponyms.company import (
    Evidence,
    company,
    enumerations,
    neighbourhood,
    sure_divisions,
)
from geo_routes.toponyms.scripts import is_caseless
from geo_routes.toponyms.texts import (
    Match,
    Words,
    best,
    countries_of,
    divisions_of,
    fame,
    is_dateline,
)
from geo_routes.toponyms.weights import WEIGHTS
from geo_routes.toponyms.words import PlaceWords, told_of

_OF = frozenset(["of", "de", "du", "d", "des", "del"])
_KINDS = {"sea": "area", "region": "area", "port": "spot", "station": "spot", "site": "spot"}

_SHIPPING = 2
"""How many words for ships, other carriers and loads a report of shipments surely has."""
_TELLS_OF_SHIPMENTS = 0.5
_CITY, _TOWN = 2.0, 0.6
"""How well known a large city is, and a town or a port."""
_HYPHENS = frozenset("-‐‑–—")
_TITLE_WORDS = 4
"""How many long words a headline has at least."""
_ADJECTIVES = 3
"""How many adjectives stand between a firm and its name at most."""


@functools.lru_cache(maxsize=1 << 15)
def _is_area(name: str) -> bool:
    place = best(name)
    return place is not None and place.kind in {"country", "admin1"}


def _is_country(name: str) -> bool:
    place = best(name)
    return place is not None and place.kind == "country"


def calls(word: str, lexicon: PlaceWords) -> bool:
    """Tell whether a word names a kind of place; German joins it: "Verdichterstation"."""
    if word in lexicon.features:
        return True
    return lexicon.lang == "de" and any(
        len(ending) > 4 and word.endswith(ending) for ending in lexicon.features
    )


def _is_wide(name: str) -> bool:
    place = best(name)
    return place is not None and place.kind in {"country", "region"}


def _is_little_known(match: Match) -> bool:
    """Tell whether the gazetteer does not know a name, or no more than that there is trade."""
    if match.how == "unknown":
        return True
    place = best(match.names[0])
    return place is not None and bool(place.locode) and place.kind == "city"


class Weigher:
    """Weighs matches by their surroundings; keeps what it learns of the whole text."""

    def __init__(self, words: Words, lexicon: PlaceWords, matches: list[Match]) -> None:
        self.words = words
        self.lexicon = lexicon
        self.lower = set(itertools.compress(words.key, map(operator.not_, words.capital)))
        self.persons = self._persons(matches)
        self.parts = self._parts(matches)
        self.ends = {match.last: match for match in matches if match.how != "unknown"}
        self.starts = {match.first: match for match in matches if match.how != "unknown"}
        self.titled = self._title_lines()
        self.shipping = min(1.0, len(self._told_of_shipments()) / _SHIPPING)
        self.common = _total(self._text_itself())
        self.tells_of_firms = not lexicon.firms.isdisjoint(words.key)
        self.firms = self._firms(matches)

    def _told_of_shipments(self) -> set[str]:
        """List the words for ships, other carriers and loads in the text."""
        # German capitalises its nouns.
        keys = self.words.key if self.lexicon.lang == "de" else self.lower
        return told_of(keys, self.lexicon, self.lexicon.shipping)

    def _firms(self, matches: list[Match]) -> set[str]:
        """List names of one word that the text calls a firm, a group or a unit somewhere."""
        words = self.words
        count = len(words.key)
        found: set[str] = set()
        if not self.tells_of_firms:
            return found
        for match in matches:
            after = match.last + 1
            whole = after >= count or words.gap[after] != " " or not words.capital[after]
            if match.first == match.last and whole and self._is_called_a_firm(match):
                found.add(words.key[match.first])
        return found

    def _is_called_a_firm(self, match: Match) -> bool:
        """Tell whether a firm, group or unit is named: "le groupe paramilitaire privé Wagner"."""
        words, lexicon = self.words, self.lexicon
        if not self.tells_of_firms:
            return False
        for at in range(match.first - 1, max(-1, match.first - _ADJECTIVES - 2), -1):
            if words.gap[at + 1] not in {" ", "«"}:
                return False
            key = words.key[at]
            if key in lexicon.firms:
                return True
            if key not in lexicon.kinds and not countries_of(key, lexicon.lang):
                return False
        return False

    def _persons(self, matches: list[Match]) -> set[str]:
        """List the family names that follow a first name or a title somewhere in the text."""
        words, lexicon = self.words, self.lexicon
        found: set[str] = set()
        keys, naming = words.key, lexicon.naming
        named_after = [at for at in words.capitals if at and keys[at - 1] in naming]
        if not named_after:
            return found
        areas = {match.first for match in matches if _is_area(match.names[0])}
        for at in named_after:
            if words.gap[at] not in {" ", "|"}:
                continue
            before = keys[at - 1]
            if at in areas and before not in lexicon.first_names:
                continue
            if words.gap[at] == "|" and not (len(before) <= 4 and before in lexicon.titles):
                continue
            named = before in lexicon.first_names and words.capital[at - 1]
            if named or (before in lexicon.titles and words.key[at] not in lexicon.stop):
                found.add(words.key[at])
                after = at + 1
                if after < len(words.key) and words.capital[after] and words.gap[after] == " ":
                    found.add(words.key[after])
        return found

    def _parts(self, matches: list[Match]) -> set[str]:
        """List words that are part of a longer name somewhere: of a person or an organisation."""
        words, lexicon = self.words, self.lexicon
        whole: set[int] = set()
        for match in matches:
            if match.how != "unknown":
                whole.update(range(match.first, match.last + 1))
        found = set()
        key, capital, gap = words.key, words.capital, words.gap
        stop, features, sides = lexicon.stop, lexicon.features, lexicon.sides
        demonyms = shipped().demonyms()
        for at in words.capitals:
            if not (at and capital[at - 1] and gap[at] == " ") or at - 1 in whole:
                continue
            before = key[at - 1]
            if before in stop or before in features or before in sides or before in demonyms:
                continue
            found.add(key[at])
        return found

    def _title_lines(self) -> list[bool]:
        """Tell for each word whether it stands in a headline that capitalises most words."""
        words = self.words
        marks = [False] * len(words.key)
        starts = itertools.compress(range(len(words.key)), words.initial)
        seen = 0
        for first, after in itertools.pairwise([*starts, len(words.key)]):
            before, seen = seen, bisect.bisect_left(words.capitals, after, seen)
            if seen - before < _TITLE_WORDS:
                continue
            long = words.long[first:after]
            shown = sum(map(operator.and_, long, words.capital[first:after]))
            if shown > 0.8 * max(_TITLE_WORDS, sum(long)):
                marks[first:after] = [True] * (after - first)
        return marks

    def weigh(self, matches: Sequence[Match]) -> None:
        """
        Weigh all matches: the higher the score, the likelier is each the name of a place.

        First each by itself, then with what its other mentions and its neighbours in a list are.
        """
        for match in matches:
            match.score = self._score(match)
        lists = enumerations(self.words, self.lexicon, matches)
        firsts = {id(match): match.score for match in matches}
        twins: dict[str, list[Match]] = {}
        for match in matches:
            twins.setdefault(match.names[0], []).append(match)
        around = sure_divisions(matches)
        for match in matches:
            alike = twins[match.names[0]]
            if len(alike) > 1 or id(match) in lists:
                match.score += _total(company(match, alike, lists, firsts))
            if not divisions_of(match.names[0]).isdisjoint(around):
                match.score += _total(neighbourhood(match, around))

    def evidence(self, match: Match) -> Iterator[Evidence]:
        """Go through what speaks for and against a match, each with its size."""
        if match.kind == "metonym":
            yield "seat", 1.0
            return
        yield from self._text_itself()
        yield f"how {match.how}", 1.0
        yield from _standing(match.names)
        yield from self._surroundings(match)

    def _score(self, match: Match) -> float:
        """Add up the evidence; what is the same for all matches, or all of a name, only once."""
        if match.kind == "metonym":
            return WEIGHTS["seat"]
        alike = self.common + WEIGHTS.get(f"how {match.how}", 0.0) + _standing_total(match.names)
        # Rounded, so that the order of a sum decides nothing.
        return round(alike + _total(self._surroundings(match)), 9)

    def _text_itself(self) -> Iterator[Evidence]:
        """Go through what speaks for and against all matches of the text."""
        yield "bias", 1.0
        # How often a capital is a place's in general texts of a language says less of shipments.
        yield f"in {self.lexicon.lang}", 1.0 - self.shipping
        if self.shipping:
            yield "shipments", self.shipping

    def _surroundings(self, match: Match) -> list[Evidence]:
        """List what the words of a match, and those around it, say."""
        words, lexicon = self.words, self.lexicon
        first, last = match.first, match.last
        found: list[Evidence] = []
        if first == last:
            self._word_itself(match, found)
        else:
            capitals = sum(words.capital[first + 1 : last + 1])
            if capitals:
                found.append(("more words", float(min(3, capitals))))
            if words.key[first] in lexicon.first_names and words.capital[first + 1]:
                found.append(("first name, more words", 1.0))
        before, after = self._before(match), self._after(match)
        if is_caseless(words.key[first]):
            before = after = "lower"  # all words look capitalised, names often stand in a row
        found += ((f"before {before}", 1.0), (f"after {after}", 1.0))
        if words.key[first - 1] in lexicon.articles and self._is_town(match):
            found.append(("article, town", 1.0))
        if lexicon.lang == "de" and {before, after} <= {"lower", "break"}:
            found.append(("german noun", 1.0))
            found.append(("german noun, famous", max(0.0, *map(fame, match.names))))
        if after == "capital":
            found.append(("after capital, famous", max(0.0, *map(fame, match.names))))
        if (words.upper[first] or not first) and is_dateline(words, match):
            found.append(("dateline", 1.0))
        if self._is_called_a_firm(match) and not _is_country(match.names[0]):
            found.append(("firm", 1.0))
        if self.shipping and before == "strong preposition" and _is_little_known(match):
            found.append(("shipments, unknown", self.shipping))
        if after == "way" and before in {"of", "preposition", "strong preposition"}:
            found.append(("from, to", 1.0))
        self._hyphens(match, found)
        if self._opens_an_organisation(last + 1):
            found.append(("opens an organisation", 1.0))
        return found

    def _opens_an_organisation(self, at: int) -> bool:
        """Tell whether capitalised words go on to an organisation: "Harare City Council"."""
        words = self.words
        if words.capital[at : at + 1] != [True] or words.gap[at] != " ":
            return False
        for n in range(at + 1, min(at + 4, len(words.key))):
            if not words.capital[n] or words.gap[n] != " ":
                return False
            if words.key[n] in self.lexicon.organisations:
                return True
        return False

    def _is_town(self, match: Match) -> bool:
        """Tell whether a name of one word is known as a town's and stands beside the one before."""
        if not match.first or self.words.gap[match.first] not in {" ", ""}:
            return False
        place = best(match.names[0])
        return match.first == match.last and place is not None and place.kind == "city"

    def _hyphens(self, match: Match, found: list[Evidence]) -> None:
        """Tell a name that is a part of a longer one: "Notre-Dame" in "Notre-Dame-des-Champs"."""
        text = self.words.text
        start, end = self.words.start[match.first], self.words.end[match.last]
        if text[end : end + 1] == "-" and text[end + 1 : end + 2].isalpha():
            if self._is_route(match, self.starts.get(match.last + 1)):
                return
            lower = text[end + 1].islower() and self.lexicon.lang == "en"
            found.append(("hyphen, lower" if lower else "hyphen after", 1.0))
        if start and text[start - 1] == "-" and match.first - 1 not in self.ends:
            found.append(("hyphen before", 1.0))

    def _is_route(self, one: Match | None, other: Match | None) -> bool:
        """Tell whether a report of shipments joins two towns to a way: "la ruta Alicante-Orán"."""
        if one is None or other is None or self.shipping <= _TELLS_OF_SHIPMENTS:
            return False
        between = self.words.text[self.words.end[one.last] : self.words.start[other.first]]
        return between in _HYPHENS and min(fame(one.names[0]), fame(other.names[0])) >= _TOWN

    def _word_itself(self, match: Match, found: list[Evidence]) -> None:
        """Tell what a name of one word may be else."""
        words, lexicon, first = self.words, self.lexicon, match.first
        key, initial, upper = words.key[first], words.initial[first], words.upper[first]
        named = initial and (
            key in lexicon.carriers or key in lexicon.vessels or key in lexicon.features
        )
        if named or key in lexicon.stop:
            found.append(("stop word", 1.0))
        elif key in self.lower:
            found.append(("lower elsewhere", 1.0))
        elif key in lexicon.common:
            found.append(("common word", 1.0))
        if key in lexicon.first_names:
            found.append(("first name", 1.0))
        if key in self.persons:
            found.append(("person elsewhere", 1.0))
        elif key in self.parts:
            found.append(("part elsewhere", 1.0))
        if key in self.firms and not self._is_called_a_firm(match):
            found.append(("firm elsewhere", 1.0))
        if initial:
            found.append(("initial", 1.0))
        length = words.end[first] - words.start[first]
        if upper and _is_wide(match.names[0]):
            found.append(("short, area", 1.0))  # EU, US, UAE
        elif is_caseless(key):
            return  # two signs may spell a long name
        elif length <= 2 or (length == 3 and upper):
            found.append(("short", 1.0))
        elif upper:
            acronym = length <= 5 and not self._shouts(match)
            found.append(("acronym" if acronym else "capitals", 1.0))

    def _shouts(self, match: Match) -> bool:
        """Tell whether a neighbouring word is written in capitals as well."""
        words = self.words
        if is_dateline(words, match):
            return True
        beside = (match.first - 1, match.last + 1)
        return any(
            0 <= at < len(words.key)
            and words.upper[at]
            and words.end[at] - words.start[at] > 1
            and not words.key[at].isdigit()
            for at in beside
        )

    def _before(self, match: Match) -> str:
        """Name what stands before a match."""
        words, lexicon = self.words, self.lexicon
        at = match.first - 1
        if at < 0:
            return "break"
        key, gap = words.key[at], words.gap[match.first]
        if self._is_route(self.ends.get(at), match):
            return "joined"
        if gap == ",":
            return "place, comma" if at in self.ends else "comma"
        if gap == "(":
            return "bracket"
        if gap == "«":
            # A quoted name is a ship's or a firm's, unless the text says what it is.
            return "feature, quote" if key in lexicon.features else "quote"
        if gap not in {" ", ""}:
            return "title" if key in lexicon.titles and len(key) <= 4 else "break"
        # "Ab Rostock", "Richtung Mukran": some prepositions begin a sentence, some are nouns.
        is_preposition = key in lexicon.locative and (words.initial[at] or lexicon.lang == "de")
        is_small = is_preposition or (words.initial[at] and key in lexicon.stop)
        if is_small or not words.capital[at]:
            return self._before_lower(at, match)
        return self._before_capital(match, at)

    def _before_capital(self, match: Match, at: int) -> str:
        words, lexicon = self.words, self.lexicon
        key = words.key[at]
        if lexicon.lang == "de" and calls(key, lexicon):
            return "feature"
        if key in lexicon.features or key in lexicon.sides or key in lexicon.locative:
            return "feature, capital"
        if key in lexicon.first_names and _is_area(match.names[0]):
            return "first name, area"
        if key in lexicon.titles or key in lexicon.first_names or key in lexicon.vessels:
            return "title, area" if _is_area(match.names[0]) else "title, capital"
        if at in self.ends and not self.titled[at] and not _is_area(match.names[0]):
            return "place"  # two names in a row are more often a person's
        if at in self.ends or self.titled[at]:
            return "place or headline"
        if key in shipped().demonyms():
            return "demonym"
        # German nouns are capitalised.
        return "capital, german" if lexicon.lang == "de" else "capital"

    def _before_lower(self, at: int, match: Match) -> str:
        words, lexicon = self.words, self.lexicon
        area = _is_area(match.names[0])
        key = words.key[at]
        if key in lexicon.vessels:
            return "vessel"
        if key in lexicon.articles and at > 0 and words.gap[at] == " ":
            key = words.key[at - 1]
            at -= 1
        if key in lexicon.titles:
            return "title, area" if area else "title"
        if key in lexicon.teams:
            return "team"
        if key in lexicon.features:
            return "feature"
        if lexicon.lang == "de" and key.endswith(("schen", "scher")):
            return "adjective"  # "im hessischen Biblis", "армянский Айрум"
        if key in _OF and at > 0 and words.gap[at] in {" ", ""}:
            if words.key[at - 1] in lexicon.events:
                return "event"
            # What shipments go to may be called after the city that it stands in.
            in_a_city = self.shipping > _TELLS_OF_SHIPMENTS and fame(match.names[0]) >= _CITY
            if not in_a_city and self._of_a_name(at):
                if words.key[at - 1] in lexicon.titles:
                    return "of a title"
                known = words.key[at - 1] in lexicon.organisations
                return "of an organisation" if known else "of a name"
        if key in lexicon.locative:
            if at > 0 and words.key[at - 1] in lexicon.features:
                return "feature, preposition"
            if key in _OF:
                return "of"
            return "strong preposition" if key in lexicon.strong else "preposition"
        if key in lexicon.joining and at - 1 in self.ends:
            return "joined"
        return "adjective" if countries_of(key, lexicon.lang) else "lower"

    def _of_a_name(self, at: int) -> bool:
        """Tell whether an "of" ties the match to a name before it: "Bishop of Rome"."""
        words, lexicon = self.words, self.lexicon
        if words.key[at] not in _OF or at == 0 or words.gap[at] not in {" ", ""}:
            return False
        before = words.key[at - 1]
        return (
            words.capital[at - 1]
            and not words.initial[at - 1]
            and before not in lexicon.features
            and before not in lexicon.sides
            and not self._sure(at - 1)
        )

    def _sure(self, at: int) -> bool:
        """Tell whether a word ends the name of a well known place."""
        match = self.ends.get(at)
        return match is not None and fame(match.names[0]) >= 1.5

    def _counts(self, at: int) -> bool:
        """Tell whether a number counts what follows, or is a date: "Samara 30 October"."""
        words = self.words
        return words.gap[at + 1 : at + 2] == [" "] and words.key[at + 1][0].isalpha()

    def _apposed(self, at: int) -> bool:
        """Tell whether the text goes on to say what the place is: "Suez, a port ..."."""
        words, lexicon = self.words, self.lexicon
        if words.capital[at] or words.key[at] not in lexicon.articles | lexicon.counting:
            return False
        for n in range(at + 1, min(at + 5, len(words.key))):
            if words.gap[n] not in {" ", ""}:
                return False
            if calls(words.key[n], lexicon):
                return True
        return False

    def _after(self, match: Match) -> str:
        """Name what stands after a match."""
        words, lexicon = self.words, self.lexicon
        at = match.last + 1
        if at >= len(words.key):
            return "break"
        key, gap = words.key[at], words.gap[at]
        if self._is_route(match, self.starts.get(at)):
            return "way"
        if gap == ",":
            following = self.starts.get(at)
            known = following is not None and fame(following.names[0]) >= 1.6
            if known:
                return "place, comma"
            return "apposition" if self._apposed(at) else "comma"
        if gap not in {" ", ""}:
            return "break"
        if gap == "" or not words.capital[at]:
            if key in lexicon.speech:
                return "speech"
            if key in lexicon.strong and gap == " ":
                return "way"  # "from Hamburg to Lagos"
            return "number" if key.isdigit() and gap and not self._counts(at) else "lower"
        if key in lexicon.civic:
            return "civic"
        if _is_area(match.names[0]):
            person = key in lexicon.first_names or key in lexicon.titles
            return (
                "person, area" if person else "capital, area"
            )  # "премьер-министр Белоруссии Роман Головченко"
        if key in lexicon.organisations:
            return "organisation"
        if at in self.starts and not _is_area(self.starts[at].names[0]) and not self.titled[at]:
            return "place"
        if at in self.starts or self.titled[at] or key in lexicon.features:
            return "lower"
        return "capital, german" if lexicon.lang == "de" else "capital"


def _total(evidence: Iterable[Evidence]) -> float:
    total, weight = 0.0, WEIGHTS.get
    for name, size in evidence:
        total += weight(name, 0.0) * size
    return total


@functools.lru_cache(maxsize=1 << 15)
def _standing_total(names: tuple[str, ...]) -> float:
    return _total(_standing(names))


def _standing(names: tuple[str, ...]) -> Iterator[Evidence]:
    """Tell how well known the likeliest place of a name is."""
    place = best(names[0])
    if place is None and len(names) > 1:
        place = best(names[1])
    kind = "unknown" if place is None else _KINDS.get(place.kind, place.kind)
    yield f"kind {kind}", 1.0
    if place is not None and place.feature in {"union", "historic country"}:
        yield place.feature, 1.0  # its members are meant, or its offices; or its time
    if kind == "city":
        yield "fame", max(map(fame, names))
    elif place is not None:
        yield "misleading", 1.0 - place.name_weight
