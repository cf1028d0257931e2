"""Vague places: descriptions around a name, such as "near X" or "the X-Y border"."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from geo_routes.gazetteer import Candidate, fold, shipped
from geo_routes.itinerary import Region, Rule
from geo_routes.toponyms.patterns import Found, last_words, patterns
from geo_routes.toponyms.texts import Match, Words, best, countries_of
from geo_routes.toponyms.words import PlaceWords, place_words

_REACH = 110
_CLAUSE_END = re.compile(r"[!?;:\n]|\.\s|,\s|[()«»“”\"]")
_MILE_KM = 1.609344
_NAUTICAL_MILE_KM = 1.852
_AREAS = frozenset({"country", "admin1", "region"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A vague place in the text; its anchors are the best known places of the names, for now."""

    start: int
    end: int
    region: Region
    feature: str = ""
    names: tuple[str, ...] = ()


@functools.cache
def _parts(lang: str) -> tuple[frozenset[str], frozenset[str]]:
    """List the folded words in a language's compass points and in its kinds of places."""
    lexicon = place_words(lang)

    def parts(written: Mapping[str, str]) -> frozenset[str]:
        return frozenset(word for name in written for word in fold(name).split())

    return parts(lexicon.written_sides), parts(lexicon.written_features)


def _likely(words: Words, match: Match, before: str, lexicon: PlaceWords) -> set[str]:
    """Name the patterns that may match the words just before a name."""
    found = patterns(lexicon.lang).triggered(before)
    sides, features = _parts(lexicon.lang)
    start = words.start[match.first] - len(before)
    at = match.first - 1
    while at >= 0 and words.end[at] > start:
        if words.key[at] in sides:
            found |= {"side", "adjective", "beside"}
        if words.key[at] in features:
            found.add("inside")
        at -= 1
    return found


def find_descriptions(
    words: Words, matches: Sequence[Match], lexicon: PlaceWords
) -> list[Description]:
    """
    Find the vague places of a text.

    Parameters
    ----------
    words, matches
        The text and the names of places in it. A name that only situates another place gets
        the role `reference`.
    lexicon
        The words of the text's language.

    Returns
    -------
    descriptions
        In the order of the text.
    """
    found: list[Description] = []
    for number, match in enumerate(matches):
        if match.kind != "place":
            continue
        start = words.start[match.first]
        floor = words.end[matches[number - 1].last] if number else 0
        described = None
        if not lexicon.joining.isdisjoint(words.key[match.last + 1 : match.last + 2]):
            if number + 1 < len(matches):
                described = _between(words, match, matches[number + 1], lexicon)
            if described is None:
                described = _between_coasts(words, match, lexicon)
        if described is None:
            described = _describe(words, match, max(floor, start - _REACH), lexicon)
        if described is None:
            continue
        match.role = "reference" if match.role != "actor" else match.role
        if _follows_a_name(words, matches, number, described, lexicon):
            _situate(words, matches[:number], described.region, lexicon)
        else:
            found.append(described)
    return found


def _situate(words: Words, matches: Sequence[Match], region: Region, lexicon: PlaceWords) -> None:
    """Note where a name lies, and those listed with it: "A, B and C, three towns near D"."""
    after: Match | None = None
    for match in reversed(matches):
        if match.kind != "place":
            return
        if after is not None:
            between = words.text[words.end[match.last] : words.start[after.first]]
            if not re.fullmatch(rf"\s*(?:,|{'|'.join(lexicon.joining) or ','})\s*", between):
                return
        match.region = region
        after = match


def _follows_a_name(
    words: Words, matches: Sequence[Match], number: int, described: Description, lexicon: PlaceWords
) -> bool:
    """Tell whether a description only situates a place that is named just before it."""
    if not number:
        return False
    before = matches[number - 1]
    between = words.text[words.end[before.last] : described.start]
    if described.feature and not re.search(r"[,(–—-]", between):
        return False  # "from Kitale to depots near the border"
    if before.kind != "place" or not re.fullmatch(r"\s?[,(–—-]?\s*(?:[\w’'-]+\s+){0,3}", between):
        return False
    opening = lexicon.articles | lexicon.locative | lexicon.sides.keys()
    return all(fold(part) in opening for part in re.findall(r"[\w-]+", between))


def _describe(words: Words, match: Match, floor: int, lexicon: PlaceWords) -> Description | None:
    """Read the words just before a name."""
    text = words.text
    if not match.first or words.key[match.first - 1] not in last_words(lexicon.lang):
        return None
    start, end = words.start[match.first], words.end[match.last]
    before = _sentence_end(text[floor:start])
    likely = _likely(words, match, before, lexicon)
    if not likely:
        return None
    place = best(match.names[0])
    if place is None:
        return None

    def find(name: str) -> Found | None:
        return patterns(lexicon.lang).find(name, before) if name in likely else None

    read = _region_before(place, find, lexicon)
    if read is None:
        return None
    found, region = read
    feature = found.said.get("feature", "")
    return Description(
        start=start - len(before) + found.start,
        end=end,
        region=region,
        feature=lexicon.written_features.get(re.sub(r"\s+", " ", feature).lower(), ""),
    )


def _region_before(
    place: Candidate, find: Callable[[str], Found | None], lexicon: PlaceWords
) -> tuple[Found, Region] | None:
    """Make the region that the words before a name describe, with the words that matched."""
    area = place.kind in _AREAS
    code = place.admin1 if place.kind == "admin1" and place.admin1 else place.country
    point = (place.lon, place.lat)
    if code and (found := find("border")) and place.kind == "country":
        side = _side(found, lexicon)
        return found, Region(rule=Rule.BORDER, of=code, side=side, within_km=100.0)
    if found := find("offshore"):
        if place.kind in {"country", "admin1"} and code:
            return found, Region(rule=Rule.OFFSHORE, of=code)
        return found, Region(rule=Rule.OFFSHORE, anchors=(point,), within_km=30.0)
    if code and area and (found := find("coast")):
        return found, Region(rule=Rule.COAST, of=code, side=_side(found, lexicon))
    if found := find("distance"):
        return found, _at_distance(found, point, lexicon)
    if found := find("near"):
        return found, Region(rule=Rule.NEAR, anchors=(point,), within_km=30.0)
    if not area and (found := find("beside")):
        side = _side(found, lexicon)
        aside = Region(
            rule=Rule.DISTANCE, anchors=(point,), distance_km=30.0, within_km=30.0, side=side
        )
        return found, aside
    if code and area:
        if (found := find("side")) or (found := find("adjective")):
            return found, Region(rule=Rule.SIDE, of=code, side=_side(found, lexicon))
        if found := find("inside"):
            return found, Region(rule=Rule.WHOLE, of=code)
    return None


def tells_across(written: str, lexicon: PlaceWords) -> bool:
    """Tell whether a description sees a border from its other side: "the border with X"."""
    border, across = (lexicon.phrases.get(name, "") for name in ("border", "border_across"))
    if not border or not across:
        return False
    return re.search(rf"(?:{border})\w*\s+(?:{across})\b", written, re.IGNORECASE) is not None


def _sentence_end(before: str) -> str:
    """Keep what follows the last end of a sentence or clause."""
    return _CLAUSE_END.split(before)[-1]


def _side(found: Found, lexicon: PlaceWords) -> str:
    written = found.said.get("side") or found.said.get("side2") or ""
    return lexicon.written_sides.get(written.lower(), "")


def _at_distance(found: Found, point: tuple[float, float], lexicon: PlaceWords) -> Region:
    digits = re.sub(r"\s", "", found.said["number"])
    digits = str(lexicon.numbers.get(digits.lower(), digits))
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        digits = re.sub(r"[.,]", "", digits)
    number = float(digits.replace(",", ".").strip(".") or 0)
    unit = found.said["unit"].lower()
    if unit.startswith(("nautical", "mille")):
        number *= _NAUTICAL_MILE_KM
    elif unit.startswith(("mi", "ми", "mei")):
        number *= _MILE_KM
    side = _side(found, lexicon)
    return Region(rule=Rule.DISTANCE, anchors=(point,), distance_km=round(number, 1), side=side)


def _between(words: Words, match: Match, after: Match, lexicon: PlaceWords) -> Description | None:
    """Read "between A and B", from the first of the two names."""
    text = words.text
    start = words.start[match.first]
    joint = text[words.end[match.last] : words.start[after.first]]
    if len(joint) > _REACH or not patterns(lexicon.lang).joins(joint):
        return None
    before = _sentence_end(text[max(0, start - _REACH) : start])
    found = patterns(lexicon.lang).find("between", before)
    if found is None:
        return None
    places = [best(match.names[0]), best(after.names[0])]
    first, second = places
    if first is None or second is None:
        return None
    feature = lexicon.written_features.get(found.said.get("feature", "").lower(), "")
    if first.kind == second.kind == "country" and _touch(first.country, second.country):
        region = Region(
            rule=Rule.BORDER, of=first.country, of_border=second.country, within_km=50.0
        )
    else:
        region = Region(
            rule=Rule.BETWEEN, anchors=((first.lon, first.lat), (second.lon, second.lat))
        )
    after.role = "reference"
    return Description(
        start=start - len(before) + found.start,
        end=words.end[after.last],
        region=region,
        feature=feature,
    )


def _between_coasts(words: Words, match: Match, lexicon: PlaceWords) -> Description | None:
    """Read "between Cyprus and the Syrian coast"."""
    after = match.last + 1
    start = words.start[match.first]
    before = _sentence_end(words.text[max(0, start - _REACH) : start])
    found = patterns(lexicon.lang).find("between", before)
    place = best(match.names[0])
    if found is None or place is None:
        return None
    window = range(after + 1, min(after + 5, len(words.key)))
    coast = re.compile(lexicon.phrases.get("coast") or "(?!)", re.IGNORECASE)
    shores = [n for n in window if coast.fullmatch(words.text[words.start[n] : words.end[n]])]
    codes = [
        code for n in window for code in countries_of(words.key[n], lexicon.lang) if ":" not in code
    ]
    if not shores or not codes:
        return None
    country = shipped().country(codes[0])
    anchors = ((place.lon, place.lat), (country.lon, country.lat))
    last = max(n for n in window if n in shores or countries_of(words.key[n], lexicon.lang))
    return Description(
        start=start - len(before) + found.start,
        end=words.end[last],
        region=Region(rule=Rule.BETWEEN, anchors=anchors),
    )


def _touch(code: str, other: str) -> bool:
    return other in shipped().country(code).neighbours
