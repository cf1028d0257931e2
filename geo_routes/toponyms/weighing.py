"""How likely a match is the name of a place, by the words around it."""

from __future__ import annotations

from collections import Counter

from geo_routes.gazetteer import shipped
from geo_routes.toponyms.texts import Match, Words, best, fame
from geo_routes.toponyms.words import PlaceWords

_OF = frozenset(["of", "de", "du", "d", "des", "del"])


def _is_country(name: str) -> bool:
    place = best(name)
    return place is not None and place.kind == "country"


def _is_area(name: str) -> bool:
    place = best(name)
    return place is not None and place.kind in {"country", "admin1"}


class Weigher:
    """Weighs matches by their surroundings; keeps what it learns of the whole text."""

    def __init__(self, words: Words, lexicon: PlaceWords, matches: list[Match]) -> None:
        self.words = words
        self.lexicon = lexicon
        self.lower = {
            key for key, capital in zip(words.key, words.capital, strict=True) if not capital
        }
        self.persons = self._persons(matches)
        self.parts = self._parts(matches)
        self.ends = {match.last: match for match in matches}
        self.starts = {match.first: match for match in matches}
        self.mentions = Counter(match.names[0] for match in matches)
        self.titled = self._title_lines()

    def _persons(self, matches: list[Match]) -> set[str]:
        """List the family names that follow a first name or a title somewhere in the text."""
        words, lexicon = self.words, self.lexicon
        found = set()
        areas = {match.first for match in matches if _is_area(match.names[0])}
        for at in range(1, len(words.key)):
            if at in areas or not words.capital[at] or words.gap[at] not in {" ", "|"}:
                continue
            before = words.key[at - 1]
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
        whole = {n for match in matches for n in range(match.first, match.last + 1)}
        found = set()
        for at in range(1, len(words.key)):
            if not (words.capital[at] and words.capital[at - 1] and words.gap[at] == " "):
                continue
            before = words.key[at - 1]
            if at - 1 in whole or before in lexicon.stop or before in lexicon.features:
                continue
            if before in lexicon.sides or shipped().demonym(before):
                continue
            found.add(words.key[at])
        return found

    def _german_feature(self, key: str) -> bool:
        """Tell whether a compound ends in a kind of place: "Wiederaufarbeitungsanlage"."""
        return any(len(word) > 3 and key.endswith(word) for word in self.lexicon.features)

    def _sure(self, at: int) -> bool:
        """Tell whether a word ends the name of a well known place."""
        match = self.ends.get(at)
        return match is not None and fame(match.names[0]) >= 1.5

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
        if match.kind == "metonym":
            return 0.0
        score = max(map(fame, match.names))
        score += 0.8 * sum(self.words.capital[n] for n in range(match.first + 1, match.last + 1))
        around = self._before(match) + self._after(match)
        if self.lexicon.lang == "de" and around <= 0:
            around -= 0.8  # any noun is capitalised
        if around < 0 and _is_country(match.names[0]):
            around *= 0.4  # "премьер-министр Белоруссии Роман Головченко"
        return score + around + self._word_itself(match) + self._hyphens(match)

    def _hyphens(self, match: Match) -> float:
        """Weigh a name that is a part of a longer one: "Notre-Dame" in "Notre-Dame-des-Champs"."""
        text = self.words.text
        start, end = self.words.start[match.first], self.words.end[match.last]
        score = 0.0
        if text[end : end + 1] == "-" and text[end + 1 : end + 2].isalpha():
            score -= 0.3 if text[end + 1].islower() and self.lexicon.lang == "en" else 2.5
        if start and text[start - 1] == "-" and match.first - 1 not in self.ends:
            score -= 2.5
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
        elif key in self.parts:
            score -= 1.2
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
        if gap == "«":
            # A quoted name is a ship's or a firm's, unless the text says what it is.
            return 2.0 if key in lexicon.features else -2.0
        if gap not in {" ", ""}:
            if key in lexicon.titles and len(key) <= 4:
                return -3.0
            return 0.0
        if not words.capital[at] or (words.initial[at] and key in lexicon.stop):
            return self._locative(at)
        if lexicon.lang == "de" and self._german_feature(key):
            return 1.5
        if key in lexicon.features or key in lexicon.sides or key in lexicon.locative:
            return 0.5
        if key in lexicon.titles or key in lexicon.first_names or key in lexicon.vessels:
            return -4.0
        if at in self.ends and not self.titled[at] and not _is_area(match.names[0]):
            return -2.5  # two names in a row are more often a person's
        if at in self.ends or self.titled[at]:
            return -0.5
        if shipped().demonym(key):
            return 0.0
        return -0.5 if lexicon.lang == "de" else -3.0  # German nouns are capitalised

    def _locative(self, at: int) -> float:
        words, lexicon = self.words, self.lexicon
        key = words.key[at]
        if key in lexicon.vessels:
            return -4.0
        if key in lexicon.articles and at > 0 and words.gap[at] == " ":
            key = words.key[at - 1]
            at -= 1
        if key in lexicon.titles:
            return -3.0
        if key in lexicon.features:
            return 1.5
        if lexicon.lang == "de" and key.endswith(("schen", "scher")):
            return 1.2  # "im hessischen Biblis"
        if (
            key in _OF
            and at > 0
            and words.gap[at] in {" ", ""}
            and words.capital[at - 1]
            and not words.initial[at - 1]
            and words.key[at - 1] not in lexicon.features
            and words.key[at - 1] not in lexicon.sides
            and not self._sure(at - 1)
        ):
            return -3.5
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
        if key in lexicon.civic:
            return 0.5
        if key in lexicon.organisations:
            return -2.5
        if at in self.starts and not _is_area(self.starts[at].names[0]) and not self.titled[at]:
            return -2.5
        if at in self.starts or self.titled[at] or key in lexicon.features:
            return 0.0
        return -1.5 if lexicon.lang == "de" else -3.0
