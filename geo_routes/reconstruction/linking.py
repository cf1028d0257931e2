"""Join the places of a report to legs: the rules propose, a network that was learnt decides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from geo_routes import basemap
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Claim, Leg, Mode, Place, Status
from geo_routes.reconstruction.claims import find_speaker
from geo_routes.reconstruction.clauses import Clause
from geo_routes.reconstruction.dating import DateShares, Ends
from geo_routes.reconstruction.link_network import Array, Network, Scores, score_pairs, shipped
from geo_routes.reconstruction.link_traits import MODES, Traits, describe, has_port
from geo_routes.reconstruction.modes import MODE_REASON, Movement, mode_shares
from geo_routes.reconstruction.movements import Movements
from geo_routes.reconstruction.places import SOURCE

LEAST_SHARE = 0.4
"""A leg less likely than this is left out; F1 is level from 0.35 to 0.45, false legs grow fewer."""
_LEAST_OF_REFERENCE = 0.5
_SURE = 0.6  # a leg more likely than this stands beside any other
_LEAST_UNREAL = 0.7  # below it only half are told as denied, possible or past
_LEAST_UNMOVED = 0.54  # where a sentence has no word of moving
_RIGHT_OF_SHARE = 0.84
"""
The network is too sure: so many of the legs that it gives a share were right, from the text, on
`unseen`, `held`, `fresh` and `second`.
"""
_LEAST_LIKELY = 1e-4
_WHOLE_GAIN = math.e
_OF_WORDS = 0.2  # the words of mode count a fifth of what the network tells: it saw them, too
_UNTOLD_GAIN = 0.5  # for no mode: neither alone is sure that the report tells none
_STATUS_GAIN = 2.0  # by so much rise the odds of what the rules read: done, or planned
_TOLD_GAIN = 2.0  # by so much rises the logarithm for a mode that the sentence tells of the leg
_INLAND_LOSS = 3.0  # and by so much it falls for a ship to where no port is near
_INLAND_KM = 60.0
_NEAR_COAST_KM = 10.0
_UP_TO_KM = (10.0, 25.0, 50.0, 90.0, 150.0, math.inf)
_ODDS_FROM_COAST = (-3.2, -0.4, -0.1, 1.4, 3.5, 3.3)
_ODDS_INLAND = (-3.2, 0.4, 0.6, 3.0, 6.1, 5.2)
"""
Up to how far from the sea the farther end of a leg lies, and by so much the logarithm of the odds
of inland water against the sea differs from that of all, where the nearer end is on the coast and
where it is not: counted on 13,900 legs of training reports.
"""
_PRECISE_KM = 30.0
_SHIPS = frozenset({Mode.SEA, Mode.INLAND_WATERWAY})
_VAST = frozenset({"country", "admin1", "region", "sea"})
_ORDER_REASON = "the report tells the two ends apart; the order of its places joins them"
CLAIMS = (None, Status.REPORTED, Status.PLANNED, Status.POSSIBLE, Status.DENIED, Status.PAST)
_PAST = CLAIMS.index(Status.PAST)
_COUNTED = frozenset({Status.REPORTED, Status.INFERRED, Status.PLANNED})
_MODE_KINDS = ("ways.", "carriers.", "hints.")
_MOVING = ("events.", "ways.", "carriers.", "objects.")
_BEING = "events.be"


def link_legs(
    movements: Movements, networks: Sequence[Network] = ()
) -> tuple[list[Leg], DateShares]:
    """
    Decide which legs a report tells.

    Parameters
    ----------
    movements
        The report as the rules read it.
    networks
        Others than the shipped ones.

    Returns
    -------
    legs
        In the order of travel, each with its quotes, its claim, its mode and how likely it is.
        A leg that the rules made keeps what they read of it.
    dates
        How likely each date is that of an end of a leg, as `DateShares` has it.
    """
    best: dict[tuple[str, str], Leg] = {}
    dates: dict[tuple[str, str], dict[int, Ends]] = {}
    for traits in describe_movements(movements):
        if len(traits.keys) < 2:
            continue
        scores = score_pairs(traits, networks or shipped())
        claims = _without_asides(scores.claims, traits)
        scores = replace(scores, claims=_favour_told(claims, traits, movements.legs))
        for pair in _chosen(scores, traits):
            leg = _make(movements, traits, scores, pair)
            if (leg.confidence or 0.0) < _LEAST_UNMOVED and not _moves(movements, leg):
                continue
            known = best.get((leg.origin, leg.destination))
            if known is None or (leg.confidence or 0.0) > (known.confidence or 0.0):
                best[leg.origin, leg.destination] = leg
                dates[leg.origin, leg.destination] = _dates_of(scores, traits, pair)
    return in_order(list(best.values())), dates


def _dates_of(scores: Scores, traits: Traits, pair: tuple[int, int]) -> dict[int, Ends]:
    shares = scores.dates[pair]
    return {
        start: (float(shares[number, 0]), float(shares[number, 1]))
        for number, (_, start) in enumerate(traits.dates)
    }


def describe_movements(movements: Movements) -> list[Traits]:
    """Describe what the rules read for the network."""
    return describe(
        movements.reading,
        movements.mentions,
        movements.places,
        movements.legs,
        movements.nations,
        [date.start for date in movements.dates],
    )


def _favour_told(claims: Array, traits: Traits, legs: Sequence[Leg]) -> Array:
    """Raise the odds of legs that the rules found whole in one sentence."""
    number = {key: i for i, key in enumerate(traits.keys)}
    favoured = claims.copy()
    for leg in legs:
        if leg.claim.status not in _COUNTED or "origin" in leg.inferred:
            continue
        if leg.origin in number and leg.destination in number:
            pair = number[leg.origin], number[leg.destination]
            favoured[pair][1:3] *= _WHOLE_GAIN
            favoured[pair] /= favoured[pair].sum()
    return favoured


def _without_asides(claims: Array, traits: Traits) -> Array:
    """Take legs of a place that only situates another as the other's: "to Dunay near Vostochny"."""
    told = claims.copy()
    for aside, place in traits.situated().items():
        for mine, theirs in ((told[place], claims[aside]), (told[:, place], claims[:, aside])):
            surer = theirs[:, 1:3].sum(-1) > mine[:, 1:3].sum(-1)
            surer[[aside, place]] = False
            mine[surer] = theirs[surer]
    return told


def _chosen(scores: Scores, traits: Traits) -> Iterator[tuple[int, int]]:
    """List the pairs of places that a leg joins, by number."""
    counted = scores.claims[..., 1] + scores.claims[..., 2]
    unreal = scores.claims[..., 3:].sum(-1)
    asides, references = traits.asides(), traits.references()
    real: dict[tuple[int, int], float] = {}
    for i in range(len(counted)):
        for j in range(len(counted)):
            if i == j or {i, j} & asides:
                continue
            least = _LEAST_OF_REFERENCE if {i, j} & references else LEAST_SHARE
            if counted[i, j] >= max(least, scores.claims[i, j, _PAST]):
                real[i, j] = float(counted[i, j])
            elif unreal[i, j] >= _LEAST_UNREAL:
                yield i, j
    yield from _consistent(real)


def _consistent(shares: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Leave out legs in doubt that others speak against: a surer way back, and a way by a stop."""
    kept = {
        (i, j): share
        for (i, j), share in shares.items()
        if share >= _SURE or share >= shares.get((j, i), 0.0)
    }
    for pair in sorted(kept, key=lambda pair: (kept[pair], pair)):
        share = kept[pair]
        onward = [j for i, j in kept if i == pair[0]]
        if share < _SURE and any((stop, pair[1]) in kept for stop in onward):
            del kept[pair]
    return sorted(kept)


def _make(movements: Movements, traits: Traits, scores: Scores, pair: tuple[int, int]) -> Leg:
    """Make the leg between two places, from what the rules read where they join them too."""
    i, j = pair
    origin, destination = traits.keys[i], traits.keys[j]
    claims = scores.claims[i, j]
    known = [
        leg for leg in movements.legs if leg.origin == origin and leg.destination == destination
    ]
    is_counted = claims[1] + claims[2] >= LEAST_SHARE
    is_done = any(leg.completed for leg in known)
    is_planned = any(leg.claim.status is Status.PLANNED for leg in known)
    done = claims[1] * (_STATUS_GAIN if is_done else 1.0)
    planned = claims[2] * (_STATUS_GAIN if is_planned else 1.0)
    chosen = (1 if done >= planned else 2) if is_counted else 3 + int(claims[3:].argmax())
    status = CLAIMS[chosen]
    assert status is not None
    share = float(claims[1] + claims[2]) if is_counted else float(claims[chosen])
    same = [leg for leg in known if _agrees(leg.claim.status, status)]
    leg = same[0] if same else _new_leg(movements, traits, scores, pair, status)
    mode = _choose_mode(movements, scores.modes[i, j], leg, known)
    inferred = {name: why for name, why in leg.inferred.items() if name != "mode"}
    if mode is not Mode.UNKNOWN and not _tells(_clauses_of(movements, leg), mode):
        inferred["mode"] = MODE_REASON
    return replace(leg, mode=mode, inferred=inferred, confidence=round(_RIGHT_OF_SHARE * share, 2))


def _choose_mode(movements: Movements, shares: Array, leg: Leg, known: Sequence[Leg]) -> Mode:
    """Weigh together what the network, the words of mode and the rules tell."""
    ends = movements.places[leg.origin], movements.places[leg.destination]
    points = ends[0].point, ends[1].point
    clauses = movements.reading.clauses
    told = _clauses_of(movements, leg)
    movement = Movement(
        clauses,
        [number for number, clause in enumerate(clauses) if any(clause is c for c in told)],
        (leg.origin, leg.destination),
        (ends[0].kind, ends[1].kind),
        distance_km(points[0], points[1]) if points[0] and points[1] else None,
    )
    by_words = mode_shares(movement, movements.reading.lexicon)
    scores = {
        mode: math.log(shares[i] + _LEAST_LIKELY)
        + _OF_WORDS * math.log(by_words[mode] + _LEAST_LIKELY)
        for i, mode in enumerate(MODES)
    }
    scores[Mode.UNKNOWN] += _UNTOLD_GAIN
    for other in known:
        if "mode" in other.inferred:
            continue
        if other.mode not in scores:  # a pipeline: the network knows none
            return other.mode
        scores[other.mode] += _TOLD_GAIN
    best = max(scores, key=scores.__getitem__)
    if best in _SHIPS and all(map(_is_precise, ends)):
        scores[Mode.INLAND_WATERWAY] += _odds_of_inland(ends)
        best = max(scores, key=scores.__getitem__)
    if best is Mode.SEA and any(map(_is_inland, ends)):
        scores[best] -= _INLAND_LOSS
    return max(scores, key=scores.__getitem__)


def _is_precise(place: Place) -> bool:
    """Tell whether a place is told so precisely that what lies near it says something of it."""
    return (
        place.point is not None
        and place.region is None
        and place.kind not in _VAST
        and place.radius_km <= _PRECISE_KM
    )


def _odds_of_inland(ends: Sequence[Place]) -> float:
    """Tell how much likelier a ship goes by river or canal the farther from the sea an end lies."""
    near_km, far_km = sorted(basemap.coast_km(*end.point) for end in ends if end.point is not None)
    is_from_coast = near_km < _NEAR_COAST_KM
    if is_from_coast and any(map(_is_inland, ends)):
        return 0.0  # no port: a ship by either water is as unlikely
    odds = _ODDS_FROM_COAST if is_from_coast else _ODDS_INLAND
    return next(odd for most_km, odd in zip(_UP_TO_KM, odds, strict=True) if far_km < most_km)


def _is_inland(place: Place) -> bool:
    """Tell whether no port lies near a place that is told precisely enough."""
    return place.point is not None and _is_precise(place) and not has_port(*place.point, _INLAND_KM)


def _clauses_of(movements: Movements, leg: Leg) -> list[Clause]:
    starts = {quote.start for quote in leg.evidence}
    return [clause for clause in movements.reading.clauses if clause.start in starts]


def _moves(movements: Movements, leg: Leg) -> bool:
    """Tell whether each sentence of a leg has a word of moving, or of what moves."""
    return all(
        any(cue.tag.startswith(_MOVING) and cue.tag != _BEING for cue in clause.cues)
        for clause in _clauses_of(movements, leg)
    )


def _agrees(one: Status, other: Status) -> bool:
    return one is other or {one, other} == {Status.REPORTED, Status.INFERRED}


def _tells(clauses: Sequence[Clause], mode: Mode) -> bool:
    return any(
        cue.tag == f"{kind}{mode}"
        for clause in clauses
        for kind in _MODE_KINDS
        for cue in clause.of_kind(kind)
    )


def _new_leg(
    movements: Movements, traits: Traits, scores: Scores, pair: tuple[int, int], status: Status
) -> Leg:
    """Make a leg with the sentences that speak most for it."""
    reading = movements.reading
    document = reading.document
    numbers = sorted({traits.words[word].sentence for word in scores.mentions[pair]})
    spans = [(reading.clauses[n].start, reading.clauses[n].end) for n in numbers]
    speakers = (find_speaker(document.text[a:b], reading.lexicon) for a, b in spans)
    deniers = {leg.claim.denied_by for leg in movements.legs if leg.completed} - {""}
    return Leg(
        origin=traits.keys[pair[0]],
        destination=traits.keys[pair[1]],
        mode=Mode.UNKNOWN,
        claim=Claim(
            status=status,
            by=next((name for name in speakers if name), ""),
            denied_by=min(deniers) if deniers and status is Status.REPORTED else "",
        ),
        flag=reading.flags.get(spans[0][0], ""),
        evidence=tuple(document.quote(a, b, source=SOURCE) for a, b in spans),
        inferred={"origin": _ORDER_REASON} if len(spans) > 1 else {},
    )


def in_order(legs: Sequence[Leg]) -> list[Leg]:
    """
    Put legs in the order of travel: each journey from its begin, in the order of the text.

    Parameters
    ----------
    legs
        With their quotes.

    Returns
    -------
    legs
        The same ones.
    """
    left = sorted(legs, key=lambda leg: min((q.start for q in leg.evidence), default=0))
    ordered: list[Leg] = []
    while left:
        goals = {leg.destination for leg in left}
        here: Leg | None = next((leg for leg in left if leg.origin not in goals), left[0])
        while here is not None:
            ordered.append(here)
            left.remove(here)
            here = next((leg for leg in left if leg.origin == here.destination), None)
    return ordered
