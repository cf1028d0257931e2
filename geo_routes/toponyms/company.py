"""What the other names of a text say of a match: its twins, its list, its neighbourhood."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from geo_routes.toponyms.texts import Match, Words, best, divisions_of
from geo_routes.toponyms.words import PlaceWords

_CERTAIN = 1.0
"""Names whose score is higher tell which divisions a text is about."""
_SURE = -0.2
"""Names whose score is higher make others in the same list, or of the same word, likelier."""

Evidence = tuple[str, float]


def enumerations(
    words: Words, lexicon: PlaceWords, matches: Sequence[Match]
) -> dict[int, list[Match]]:
    """List the matches that stand beside each other in an enumeration."""
    found: dict[int, list[Match]] = {}
    for match, after in itertools.pairwise(matches):
        at = after.first
        listed = at == match.last + 1 and words.gap[at] == ","
        if at == match.last + 2 and words.key[at - 1] in lexicon.joining:
            listed = words.gap[at] == " " and words.gap[at - 1] in {" ", ","}
        if listed:
            found.setdefault(id(match), []).append(after)
            found.setdefault(id(after), []).append(match)
    return found


def sure_divisions(matches: Sequence[Match]) -> dict[str, set[str]]:
    """List the divisions that hold sure names of a text, each with those names."""
    found: dict[str, set[str]] = {}
    for match in matches:
        if match.score >= _CERTAIN:
            name = match.names[0]
            place = best(name)
            if place is not None and place.admin1:
                found.setdefault(place.admin1, set()).add(name)
    return found


def neighbourhood(match: Match, around: dict[str, set[str]]) -> Iterator[Evidence]:
    """Tell whether a place of the name lies in a division that the text surely names or holds."""
    name = match.names[0]
    place = best(name)
    if place is None or place.kind not in {"city", "port", "station", "site"}:
        return
    if any(around[code] - {name} for code in divisions_of(name) & around.keys()):
        yield "same division", 1.0


def company(
    match: Match,
    twins: Sequence[Match],
    lists: dict[int, list[Match]],
    firsts: dict[int, float],
) -> Iterator[Evidence]:
    """Tell what other mentions of the name and its neighbours in a list say."""
    others = [firsts[id(twin)] for twin in twins if twin is not match]
    if others:
        yield "has twin", 1.0
        yield "twin", max(-2.0, min(3.0, max(others)))
    beside = [firsts[id(other)] for other in lists.get(id(match), ())]
    if beside:
        yield "in a list", 1.0
        yield "listed", max(-2.0, min(3.0, max(beside)))
        yield "listed on both sides", float(len(beside) > 1 and min(beside) > _SURE)
