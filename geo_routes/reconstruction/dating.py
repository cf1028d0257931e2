"""
Weigh whether a date of a report is the departure or the arrival of a leg.

Each pair of a date and an end of a leg is described by what a reader would look at: whether both
stand in one sentence, whose verb and whose place the date stands with, how precise it is, and
whether it fits what the leg claims. The weights were learnt (see benchmarks/fit_dates.py).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from geo_routes import lexicons
from geo_routes.dates import DateMention, bounds
from geo_routes.itinerary import Leg, Status
from geo_routes.reconstruction.clauses import Clause, Event

DEPARTURE, ARRIVAL = "departure", "arrival"
FUTURE = frozenset({Status.PLANNED, Status.POSSIBLE})
_WEIGHTS = Path(lexicons.__file__).resolve().parent / "date_weights.toml"
Weights = Mapping[str, Mapping[str, float]]
Ends = tuple[float, float]  # of the departure and of the arrival
DateShares = Mapping[tuple[str, str], Mapping[int, Ends]]
"""How likely a date is that of a leg: by its origin and destination, and by where it is told."""
_LEAST_SHARE = 1e-4
# By logistic regression on `unseen`, `held`, `fresh` and `second`.
_OF_MARKS, _OF_SHARE, _BESIDE_SHARE = 0.37, 0.48, 0.52
_NEAR = (2.0, 5.0, 9.0, 15.0)
_FAR = 99.0
_OLD_DAYS = 200
_SENTENCES = 3  # farther away all dates are alike


@dataclass(frozen=True, slots=True)
class Told:
    """
    A date in its sentence.

    Attributes
    ----------
    mention
        The date.
    number, word
        Of its sentence, and of its first word there.
    side
        Which end of a movement its verb tells of: departure, arrival, pass, move, speech, or "".
    event
        That verb.
    is_ahead
        Whether the sentence tells of the future there.
    planned
        The date as it is meant for a plan.
    """

    mention: DateMention
    number: int
    word: int
    side: str
    event: Event | None
    is_ahead: bool
    planned: str = ""

    def edtf_for(self, status: Status) -> str:
        """Write the date as it is meant for a leg that is planned, or for one that is not."""
        mention = self.mention
        if status in FUTURE and (self.is_ahead or self.side != DEPARTURE):
            return self.planned or mention.edtf
        return mention.past or mention.edtf


@dataclass(slots=True)
class Timeline:
    """Legs, sentences and dates of a report, and which sentences tell which leg."""

    clauses: Sequence[Clause]
    told: Sequence[Told]
    legs: Sequence[Leg]
    spans: Sequence[Sequence[int]]
    published: date | None
    lengths: Sequence[float | None]
    weights: Weights
    shares: DateShares = field(default_factory=dict)
    by_sentence: dict[int, list[int]] = field(default_factory=dict)
    dates_in: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, numbers in enumerate(self.spans):
            for number in numbers:
                self.by_sentence.setdefault(number, []).append(index)
        for told in self.told:
            self.dates_in[told.number] = self.dates_in.get(told.number, 0) + 1


def probability(timeline: Timeline, index: int, name: str, told: Told) -> float:
    """
    Tell how likely a date is that of one end of a leg.

    Parameters
    ----------
    timeline
        The report.
    index
        Of the leg.
    name
        "departure" or "arrival".
    told
        The date.

    Returns
    -------
    probability
        0 to 1.
    """
    weights = timeline.weights[name]
    total = sum(weights.get(feature, 0.0) for feature in features(timeline, index, name, told))
    leg = timeline.legs[index]
    ends = timeline.shares.get((leg.origin, leg.destination), {}).get(told.mention.start)
    if ends is not None:
        share = min(max(ends[name == ARRIVAL], _LEAST_SHARE), 1 - _LEAST_SHARE)
        total = _OF_MARKS * total + _OF_SHARE * math.log(share / (1 - share)) + _BESIDE_SHARE
    return 1.0 / (1.0 + math.exp(-total))


@cache
def shipped_weights() -> Weights:
    """Read the weights that were learnt."""
    with _WEIGHTS.open("rb") as stream:
        found: dict[str, dict[str, float]] = tomllib.load(stream)
    return found


def features(timeline: Timeline, index: int, name: str, told: Told) -> list[str]:
    """
    Describe a date and an end of a leg by short marks.

    Parameters
    ----------
    timeline, index, name, told
        As for `probability`.

    Returns
    -------
    marks
        Those that hold.
    """
    leg = timeline.legs[index]
    where = _where(timeline.spans[index], told.number)
    inside = "in" if where == "in" else "out"
    marks = ["bias", f"where={where}", f"side={told.side}&{inside}", f"grain={_grain(told)}"]
    marks += _of_places(timeline.clauses[told.number], leg, name, told, inside)
    marks += _of_time(timeline, leg, told)
    marks += _of_others(timeline, index, told, where)
    kind = told.event.kind if told.event else "none"
    marks += [f"kind={kind}", f"mode={leg.mode}", f"status={_group(leg)}"]
    if told.event is not None and told.event.is_noun:
        marks.append("noun")
    length_km = timeline.lengths[index]
    if length_km is not None:
        marks.append(f"length={sum(length_km > limit for limit in (60, 400, 2500))}")
    return marks


def _where(spans: Sequence[int], number: int) -> str:
    """Tell where a sentence stands beside those that tell a leg."""
    if not spans:
        return "none"
    if number in spans:
        return "in"
    if number < spans[0]:
        return f"before{min(spans[0] - number, _SENTENCES)}"
    if number > spans[-1]:
        return f"after{min(number - spans[-1], _SENTENCES)}"
    return "between"


def _grain(told: Told) -> str:
    edtf = told.mention.edtf
    if edtf.startswith("../"):
        return "until"
    if "/" in edtf:
        return "window"
    if edtf.endswith("~"):
        return "about"
    return {10: "day", 7: "month", 4: "year"}.get(len(edtf), "other")


def _group(leg: Leg) -> str:
    if leg.claim.status in FUTURE:
        return "future"
    return "done" if leg.completed else str(leg.claim.status)


def _of_places(clause: Clause, leg: Leg, name: str, told: Told, inside: str) -> Iterator[str]:
    """Describe which places the date stands with."""
    ends = (leg.origin, leg.destination)
    place, other = ends if name == DEPARTURE else ends[::-1]
    costs = {"own": _FAR, "other": _FAR, "third": _FAR}
    nearest = {"own": -1, "other": -1, "third": -1}
    for i, mention in clause.anchors.items():
        if mention.is_passage and mention.key not in ends:
            continue
        kind = "own" if mention.key == place else "other" if mention.key == other else "third"
        cost = clause.cost(i, told.word)
        if cost < costs[kind]:
            costs[kind], nearest[kind] = cost, i
    for kind, cost in costs.items():
        size = sum(cost > limit for limit in _NEAR) if cost < _FAR else "no"
        yield f"{kind}={size}&{inside}"
    best = min(costs, key=lambda kind: costs[kind])
    best = best if costs[best] < _FAR else "no"
    yield f"nearest={best}&{told.side}"
    yield f"nearest={best}&{inside}"
    named = "+".join(kind for kind in ("own", "other") if costs[kind] < _FAR)
    yield f"side={told.side}&{inside}&{named}"
    yield f"named={named}&{costs['third'] < _FAR}"
    if nearest["own"] >= 0:
        at = nearest["own"]
        yield f"part={_part(clause, told.word, at)}"
        yield f"order={'after' if told.word > at else 'before'}"
        if told.event is not None:
            yield f"verb={_part(clause, told.event.first, at)}&{told.side}"
            yield f"between={min(_verbs_between(clause, told, at), 2)}"


def _part(clause: Clause, one: int, other: int) -> str:
    if clause.strong[one] != clause.strong[other]:
        return "strong"
    return str(min(abs(clause.segments[one] - clause.segments[other]), 2))


def _verbs_between(clause: Clause, told: Told, at: int) -> int:
    low, high = min(told.word, at), max(told.word, at)
    return sum(
        low < event.first < high and event.kind != "be" and event is not told.event
        for event in clause.events
    )


def _of_time(timeline: Timeline, leg: Leg, told: Told) -> Iterator[str]:
    """Describe whether the date fits what the leg claims."""
    group = _group(leg)
    yield f"reason={_reason(told)}&{'ahead' if told.is_ahead else 'done'}"
    yield f"ahead={told.is_ahead}&{group}"
    days = bounds(told.edtf_for(leg.claim.status))
    if days is None or timeline.published is None:
        return
    if days[0] > timeline.published:
        when = "later"
    elif days[1] >= timeline.published:
        when = "now"
    else:
        when = "old" if (timeline.published - days[1]).days > _OLD_DAYS else "recent"
    yield f"when={when}&{group}"


def _reason(told: Told) -> str:
    """Group the reasons for which a date is more than its words say."""
    reason = told.mention.inferred
    if not reason:
        return "full"
    return "year" if reason.startswith("year") else "relative"


def _of_others(timeline: Timeline, index: int, told: Told, where: str) -> Iterator[str]:
    """Describe which other dates and legs could go together instead."""
    spans = timeline.spans[index]
    own = sum(timeline.dates_in.get(number, 0) for number in spans)
    if where == "in":
        yield f"dates={min(own, 3)}"
        legs = timeline.by_sentence[told.number]
        at = legs.index(index)
        yield f"legs={min(len(legs), 3)}"
        if len(legs) > 1:
            yield f"share={told.side}"
            place = "first" if not at else "last" if at == len(legs) - 1 else "middle"
            yield f"leg={place}&{_rank(timeline, told)}"
    else:
        yield f"undated={not own}&{where}"
        taken = bool(timeline.by_sentence.get(told.number))
        yield f"taken={taken}&{where}"
    yield f"rank={_rank(timeline, told)}"


def _rank(timeline: Timeline, told: Told) -> str:
    """Tell whether a date is the only, the first or the last of its sentence."""
    here = [item for item in timeline.told if item.number == told.number]
    if len(here) == 1:
        return "only"
    return "first" if here[0] is told else "last" if here[-1] is told else "middle"
