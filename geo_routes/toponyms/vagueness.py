"""Vague places: descriptions around a name, such as "near X" or "the X-Y border"."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from geo_routes.gazetteer import Candidate, fold, shipped
from geo_routes.itinerary import Region, Rule
from geo_routes.toponyms.texts import Match, Words, best, countries_of
from geo_routes.toponyms.words import PlaceWords, place_words

_REACH = 110
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


@dataclass(frozen=True, slots=True)
class _Patterns:
    """
    Regular expressions of one language, each to match just before a name.

    `triggers` are quick ones, without which the pattern of that name cannot match.
    """

    near: re.Pattern[str]
    border: re.Pattern[str]
    side: re.Pattern[str]
    adjective: re.Pattern[str]
    offshore: re.Pattern[str]
    coast: re.Pattern[str]
    distance: re.Pattern[str]
    beside: re.Pattern[str]
    inside: re.Pattern[str]
    between: re.Pattern[str]
    triggers: Mapping[str, re.Pattern[str]]
    joined: re.Pattern[str]
    border_after: re.Pattern[str]


@functools.cache
def _patterns(lang: str) -> _Patterns:
    lexicon = place_words(lang)
    phrase = {name: words or "(?!)" for name, words in lexicon.phrases.items()}
    article = r"(?:l['’]|la\s|le\s|les\s|the\s|el\s|los\s|las\s|der\s|dem\s|den\s|die\s|das\s|l\s)?"
    side = "|".join(sorted(map(re.escape, lexicon.written_sides), key=len, reverse=True)) or "(?!)"
    feature = "|".join(sorted(map(re.escape, lexicon.written_features), key=len, reverse=True))
    opening = "|".join(sorted(lexicon.articles | lexicon.counting, key=len, reverse=True)) or "(?!)"
    one = rf"(?:\b(?:{opening})(?:['’]|\s+))"
    noun = (
        rf"(?:(?:{one}(?:[\w-]+\s+){{0,2}}?|(?:[\w-]+\s+)?)(?P<feature>\b(?:{feature})\b)\s+"
        r"(?:[\w’'-]+\s+){0,4}?)?"
    )
    must = noun.removesuffix("?")
    of = (
        r"(?:d['’]|de\s+l['’]|de\s+la\s|du\s|des\s|de\s+los\s|del\s|de\s|of\s+the\s|of\s|"
        r"von\s|der\s)"
    )
    of_slot = of if lexicon.phrases.get("of") else "(?:)"
    near = rf"(?:{_eliding(phrase['near'])})"
    count = "|".join(sorted(lexicon.numbers, key=len, reverse=True)) or r"\d"
    number = (
        rf"(?P<number>\d[\d\s.,]*|(?:{count})\b)\s*(?:de\s+|d['’])?"
        r"(?P<unit>km|kil[oó]m\w+|nautical\s+miles?|miles?|mi|миль|км|"
        r"километр\w*|кілометр\w*|kilometr\w*|Kilometern?|milles?|millas?|Meilen)"
    )

    def compile_before(pattern: str) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{pattern})\s*$", re.IGNORECASE)

    return _Patterns(
        near=compile_before(rf"{noun}{near}\s*{article}"),
        border=compile_before(
            rf"{noun}(?:{near}\s*|(?:à|on|at|an|na|a|у|на|sur|en)\s+)?{article}"
            rf"(?:(?P<side>{side})\s+)?(?:{phrase['border']})\w*\s+(?:(?P<side2>{side})\s+)?"
            rf"(?:{of_slot}|(?:{phrase['border_with']})\s*)?{article}"
        ),
        side=compile_before(
            rf"{noun}(?:{phrase['in']}|{article})\s*(?P<side>{side})\s+{of_slot}{article}"
        ),
        adjective=compile_before(
            rf"{noun}(?:in\s+|en\s+|im\s+|в\s+|на\s+)?(?P<side>{side})(?:\s+|-)"
        ),
        offshore=compile_before(rf"{noun}(?:{_eliding(phrase['offshore'])})\s*{article}"),
        coast=compile_before(
            rf"{noun}{article}(?:(?P<side>{side})\s+)?(?:{phrase['coast']})\s+"
            rf"(?:(?P<side2>{side})\s+)?{of_slot}{article}"
        ),
        distance=compile_before(
            rf"{noun}(?:(?:{phrase['distance']})\s+)*{number}\s*(?:(?:au|to\s+the|al|w[a-z]*|nach)?\s*"
            rf"(?P<side>{side})\s+)?(?:{_eliding(phrase['from'])}|away\s+from)\s*{article}"
        ),
        beside=compile_before(
            rf"{noun}(?:to\s+the|au|à|al|к|на|w|im|{phrase['in']})?\s*{article}"
            rf"(?P<side>{side})\s+(?:{_eliding(phrase['from'])}|{of_slot})\s*{article}"
        ),
        inside=compile_before(rf"{must}(?:{phrase['in']}|in|en|au|aux|à|in\s+the|в|у|w|im)\s*"),
        between=compile_before(
            rf"{noun}(?:{near}\s*)?(?:{article}(?:{phrase['border']})\w*\s+)?"
            rf"(?:{phrase['between']})\s+{article}"
        ),
        triggers=_triggers(lexicon),
        joined=re.compile(
            rf"\s+(?:{phrase['and']})\s+{article}(?:[\w’'-]+\s+){{0,2}}?$", re.IGNORECASE
        ),
        border_after=re.compile(
            rf"(?:['’]s?)?\s+(?:(?P<side>{side})\s+)?(?:{phrase['border']})\w*", re.IGNORECASE
        ),
    )


def _triggers(lexicon: PlaceWords) -> dict[str, re.Pattern[str]]:
    """Make the patterns without which the slower ones cannot match, by their names."""
    units = [
        "mile",
        "mi\\b",
        "km",
        "kil[oó]m",
        "mill",
        "meile",
        "миль",
        "км",
        "километр",
        "кілометр",
    ]
    words = {
        name: [lexicon.phrases[name]]
        for name in ("near", "offshore", "border", "coast")
        if lexicon.phrases.get(name)
    }
    words["distance"] = units
    return {
        name: re.compile("|".join(listed) or "(?!)", re.IGNORECASE)
        for name, listed in words.items()
    }


@functools.cache
def _parts(lang: str) -> tuple[frozenset[str], frozenset[str]]:
    """List the folded words in a language's compass points and in its kinds of places."""
    lexicon = place_words(lang)

    def parts(written: Mapping[str, str]) -> frozenset[str]:
        return frozenset(word for name in written for word in fold(name).split())

    return parts(lexicon.written_sides), parts(lexicon.written_features)


def _likely(words: Words, match: Match, before: str, lexicon: PlaceWords) -> set[str]:
    """Name the patterns that may match the words just before a name."""
    triggers = _patterns(lexicon.lang).triggers
    found = {name for name, quick in triggers.items() if quick.search(before)}
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


@functools.cache
def _last_words(lang: str) -> frozenset[str]:
    """List the words that can end a description just before a name, to skip others quickly."""
    lexicon = place_words(lang)
    written = " ".join(lexicon.phrases.values()).replace(r"\s+", " ")
    ends = {fold(word) for word in re.findall(r"[^\W\d_]+", written)}
    shared = "l la le les the el los las der dem den die das d de du des del of von in en au aux à"
    stems = (lexicon.phrases.get("border", ""), lexicon.phrases.get("capital", ""))
    borders = {
        fold(word)
        for word, feature in lexicon.written_features.items()
        if feature == "border" and any(stems)
    }
    other = {fold(word) for word in ["away", "from", "с", "со", "между", "в", "у", "w", "im"]}
    return frozenset(ends | set(map(fold, shared.split())) | set(lexicon.sides) | borders | other)


def _eliding(phrases: str) -> str:
    """Let phrases that end in "de" also end in "du", "des", "d'"."""
    forms = []
    for phrase in phrases.split("|"):
        if phrase.endswith("de"):
            forms.append(rf"{phrase[:-2]}(?:de|du|des|d['’])")
        elif phrase.endswith(r"\s+a") or phrase == "a":
            forms.append(rf"{phrase[:-1]}(?:a|al)\b")
        else:
            forms.append(rf"{phrase}\b" if phrase[-1:].isalpha() else phrase)
    return "|".join(forms)


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
    patterns = _patterns(lexicon.lang)
    found: list[Description] = []
    for number, match in enumerate(matches):
        if match.kind != "place":
            continue
        start = words.start[match.first]
        floor = words.end[matches[number - 1].last] if number else 0
        described = None
        if number + 1 < len(matches):
            described = _between(words, match, matches[number + 1], patterns, lexicon)
        if described is None:
            described = _between_coasts(words, match, patterns, lexicon)
        if described is None:
            described = _describe(words, match, max(floor, start - _REACH), lexicon, patterns)
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


def _describe(
    words: Words, match: Match, floor: int, lexicon: PlaceWords, patterns: _Patterns
) -> Description | None:
    """Read the words just before a name."""
    text = words.text
    if not match.first or words.key[match.first - 1] not in _last_words(lexicon.lang):
        return None
    start, end = words.start[match.first], words.end[match.last]
    before = _sentence_end(text[floor:start])
    likely = _likely(words, match, before, lexicon)
    if not likely:
        return None
    place = best(match.names[0])
    if place is None:
        return None

    def find(name: str) -> re.Match[str] | None:
        pattern: re.Pattern[str] = getattr(patterns, name)
        return pattern.search(before) if name in likely else None

    read = _region_before(place, find, lexicon)
    if read is None:
        return None
    found, region = read
    feature = found.groupdict().get("feature") or ""
    return Description(
        start=start - len(before) + found.start(),
        end=end,
        region=region,
        feature=lexicon.written_features.get(re.sub(r"\s+", " ", feature).lower(), ""),
    )


def _region_before(
    place: Candidate, find: Callable[[str], re.Match[str] | None], lexicon: PlaceWords
) -> tuple[re.Match[str], Region] | None:
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
    return re.split(r"[!?;:\n]|\.\s|,\s|[()«»“”\"]", before)[-1]


def _side(found: re.Match[str], lexicon: PlaceWords) -> str:
    groups = found.groupdict()
    written = groups.get("side") or groups.get("side2") or ""
    return lexicon.written_sides.get(written.lower(), "")


def _at_distance(found: re.Match[str], point: tuple[float, float], lexicon: PlaceWords) -> Region:
    digits = re.sub(r"\s", "", found["number"])
    digits = str(lexicon.numbers.get(digits.lower(), digits))
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        digits = re.sub(r"[.,]", "", digits)
    number = float(digits.replace(",", ".").strip(".") or 0)
    unit = found["unit"].lower()
    if unit.startswith(("nautical", "mille")):
        number *= _NAUTICAL_MILE_KM
    elif unit.startswith(("mi", "ми", "mei")):
        number *= _MILE_KM
    side = _side(found, lexicon)
    return Region(rule=Rule.DISTANCE, anchors=(point,), distance_km=round(number, 1), side=side)


def _between(
    words: Words, match: Match, after: Match, patterns: _Patterns, lexicon: PlaceWords
) -> Description | None:
    """Read "between A and B", from the first of the two names."""
    text = words.text
    start = words.start[match.first]
    joint = text[words.end[match.last] : words.start[after.first]]
    if len(joint) > _REACH or not patterns.joined.match(joint):
        return None
    before = _sentence_end(text[max(0, start - _REACH) : start])
    found = patterns.between.search(before)
    if found is None:
        return None
    places = [best(match.names[0]), best(after.names[0])]
    first, second = places
    if first is None or second is None:
        return None
    feature = lexicon.written_features.get((found.groupdict().get("feature") or "").lower(), "")
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
        start=start - len(before) + found.start(),
        end=words.end[after.last],
        region=region,
        feature=feature,
    )


def _between_coasts(
    words: Words, match: Match, patterns: _Patterns, lexicon: PlaceWords
) -> Description | None:
    """Read "between Cyprus and the Syrian coast"."""
    after = match.last + 1
    if after >= len(words.key) or words.key[after] not in lexicon.joining:
        return None
    start = words.start[match.first]
    before = _sentence_end(words.text[max(0, start - _REACH) : start])
    found = patterns.between.search(before)
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
        start=start - len(before) + found.start(),
        end=words.end[last],
        region=Region(rule=Rule.BETWEEN, anchors=anchors),
    )


def _touch(code: str, other: str) -> bool:
    return other in shipped().country(code).neighbours
