"""
Weigh by which mode a leg was made.

Each mode is described by its words in the sentences that tell the leg and around them, by how far
apart the ends are and by what they are. The weights were learnt (see benchmarks/fit_modes.py).
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from geo_routes import lexicons
from geo_routes.documents import Document
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Leg, Mode, Place, Status
from geo_routes.lexicons.movements_lexicon import Cue, MovementLexicon, movement_lexicon
from geo_routes.reconstruction.clauses import Clause, event_mode, nearest_event

MODES = (Mode.SEA, Mode.RAIL, Mode.ROAD, Mode.AIR, Mode.INLAND_WATERWAY, Mode.UNKNOWN)
_WEIGHTS = Path(lexicons.__file__).resolve().parent / "mode_weights.toml"
_KINDS = ("ways.", "carriers.", "hints.")
_FAR_KM = (40.0, 150.0, 600.0, 2500.0)
_NEAR = (4.0, 10.0, 20.0)
_BEFORE = 3
_LEAST = 0.5
MODE_REASON = "from the kind of place, or from the mode told elsewhere"


@dataclass(frozen=True, slots=True)
class Movement:
    """
    What a leg is judged by.

    Attributes
    ----------
    clauses
        All sentences of the report.
    numbers
        Those that tell the leg.
    ends
        Ids of its origin and destination.
    kinds
        What the ends are: "port", "airport", "city" ...
    length_km
        Between them.
    """

    clauses: Sequence[Clause]
    numbers: Sequence[int]
    ends: tuple[str, str]
    kinds: tuple[str, str]
    length_km: float | None


def choose_mode(
    movement: Movement, lexicon: MovementLexicon, weights: Mapping[str, float] | None = None
) -> tuple[Mode, float]:
    """
    Choose the likeliest mode of a leg.

    Parameters
    ----------
    movement
        The leg and the sentences of its report.
    lexicon
        The movement words of the report's language.
    weights
        Other weights than the shipped ones.

    Returns
    -------
    mode, share
        UNKNOWN where nothing tells; how likely it is, 0 to 1.
    """
    shares = mode_shares(movement, lexicon, weights)
    best = max(shares, key=lambda mode: shares[mode])
    return best, shares[best]


def mode_shares(
    movement: Movement, lexicon: MovementLexicon, weights: Mapping[str, float] | None = None
) -> dict[Mode, float]:
    """Tell how likely each mode is, as `choose_mode` does; the shares add up to 1."""
    known = shipped_weights() if weights is None else weights
    marks = features(movement, lexicon)
    scores = {mode: sum(known.get(mark, 0.0) for mark in found) for mode, found in marks.items()}
    most = max(scores.values())
    raised = {mode: math.exp(score - most) for mode, score in scores.items()}
    total = sum(raised.values())
    return {mode: value / total for mode, value in raised.items()}


def settle_modes(
    document: Document,
    legs: Sequence[Leg],
    clauses: Sequence[Clause],
    places: Mapping[str, Place],
) -> list[Leg]:
    """
    Choose the mode of each leg whose own sentence does not tell it.

    Parameters
    ----------
    document
        The report.
    legs
        Legs with their quotes; those whose mode is unknown or inferred are looked at.
    clauses
        The sentences of the report.
    places
        Of the itinerary.

    Returns
    -------
    legs
        With the likeliest mode where it is likelier than all others together, and no repeats.
    """
    lexicon = movement_lexicon(document.lang)
    starts = {clause.start: number for number, clause in enumerate(clauses)}
    settled: dict[tuple[str, str, Mode, Status], Leg] = {}
    for leg in legs:
        chosen = leg
        if leg.mode is Mode.UNKNOWN or "mode" in leg.inferred:
            ends = places[leg.origin], places[leg.destination]
            points = ends[0].point, ends[1].point
            movement = Movement(
                clauses,
                [starts[quote.start] for quote in leg.evidence if quote.start in starts],
                (leg.origin, leg.destination),
                (ends[0].kind, ends[1].kind),
                distance_km(points[0], points[1]) if points[0] and points[1] else None,
            )
            mode, share = choose_mode(movement, lexicon)
            if share >= _LEAST and mode is not leg.mode:
                inferred = {k: v for k, v in leg.inferred.items() if k != "mode"}
                if mode is not Mode.UNKNOWN:
                    inferred["mode"] = MODE_REASON
                chosen = replace(leg, mode=mode, inferred=inferred)
        key = (chosen.origin, chosen.destination, chosen.mode, chosen.claim.status)
        settled.setdefault(key, chosen)
    return list(settled.values())


@cache
def shipped_weights() -> Mapping[str, float]:
    """Read the weights that were learnt."""
    with _WEIGHTS.open("rb") as stream:
        found: dict[str, float] = tomllib.load(stream)["marks"]
    return found


def features(movement: Movement, lexicon: MovementLexicon) -> dict[Mode, list[str]]:
    """
    Describe each mode by short marks.

    Parameters
    ----------
    movement, lexicon
        As for `choose_mode`.

    Returns
    -------
    marks
        Those that hold, by mode.
    """
    marks: dict[Mode, list[str]] = {mode: [f"mode={mode}"] for mode in MODES}
    for mark, mode in _all_marks(movement, lexicon):
        marks[mode].append(mark)
    bucket = "none" if movement.length_km is None else str(_bucket(movement.length_km, _FAR_KM))
    for mode, found in marks.items():
        found.append(f"km={bucket}&{mode}")
        found += [f"{end}={kind}&{mode}" for end, kind in zip("od", movement.kinds, strict=True)]
    return marks


def _bucket(value: float, limits: Sequence[float]) -> int:
    return sum(value > limit for limit in limits)


def _mode_cues(clause: Clause) -> Iterator[tuple[Cue, str, Mode]]:
    for kind in _KINDS:
        for cue in clause.of_kind(kind):
            name = cue.tag.partition(".")[2]
            if name in MODES:
                yield cue, kind, Mode(name)


def _all_marks(movement: Movement, lexicon: MovementLexicon) -> Iterator[tuple[str, Mode]]:
    for number in movement.numbers:
        yield from _own_marks(movement, movement.clauses[number], lexicon)
    inside = {mode for n in movement.numbers for _, _, mode in _mode_cues(movement.clauses[n])}
    state = "told" if inside else "untold"
    for mode in MODES[:-1]:
        yield f"own={mode in inside}&{state}&{min(len(inside), 2)}", mode
    yield from ((f"{mark}&{state}", mode) for mark, mode in _marks_around(movement))
    yield f"{state}", Mode.UNKNOWN


def _own_marks(
    movement: Movement, clause: Clause, lexicon: MovementLexicon
) -> Iterator[tuple[str, Mode]]:
    """Describe the words of mode of a sentence by where they stand beside the two ends."""
    at = {
        name: [i for i, mention in clause.anchors.items() if mention.key == key]
        for name, key in zip("od", movement.ends, strict=True)
    }
    found = list(_mode_cues(clause))
    for _, kind, mode in found:
        yield f"has={kind}", mode
    for name, words in at.items():
        for word in words[:1]:
            event = nearest_event(clause, word, lexicon)
            guess = event_mode(clause, event, word)
            if guess in MODES:
                yield f"guess={name}", guess
            costs = sorted((clause.cost(cue.first, word), kind, mode) for cue, kind, mode in found)
            for cost, kind, mode in costs[:1]:
                yield f"nearest={name}&{kind}", mode
                yield f"nearest={name}&{_bucket(cost, _NEAR)}", mode
            ways = [item for item in costs if item[1] != "hints."]
            for _, _, mode in ways[:1]:
                yield f"way={name}", mode
            same = {
                mode
                for cue, kind, mode in found
                if kind != "hints." and clause.segments[cue.first] == clause.segments[word]
            }
            for mode in same:
                yield f"part={name}&{len(same)}", mode
    if at["o"] and at["d"]:
        low, high = sorted((at["o"][0], at["d"][0]))
        for mode in {mode for cue, _, mode in found if low < cue.first < high}:
            yield "between", mode


def _marks_around(movement: Movement) -> Iterator[tuple[str, Mode]]:
    """Describe the words of mode of the other sentences."""
    first, last = min(movement.numbers, default=0), max(movement.numbers, default=0)
    by_number = [list(_mode_cues(clause)) for clause in movement.clauses]
    before = [
        (first - number, kind, mode)
        for number in range(first - 1, -1, -1)
        for _, kind, mode in reversed(by_number[number])
    ]
    for distance, kind, mode in [item for item in before if item[1] != "hints."][:1]:
        yield f"before={min(distance, _BEFORE)}&{kind}", mode
    for _, _, mode in [item for item in before if item[1] == "hints."][:1]:
        yield "hinted", mode
    after = by_number[last + 1] if last + 1 < len(by_number) else []
    for _, kind, mode in after[:1]:
        yield f"after={kind}", mode
    counts = Counter(mode for found in by_number for _, kind, mode in found if kind != "hints.")
    for mode, count in counts.items():
        yield f"all={_bucket(count / sum(counts.values()), (0.2, 0.4, 0.7, 0.99))}", mode
    opening = next((m for found in by_number for _, kind, m in found if kind != "hints."), None)
    if opening:
        yield "opening", opening
