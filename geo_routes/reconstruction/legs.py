"""Turn the stops that were read into legs with their quotes, modes, claims and confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from geo_routes.dates import bounds
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Claim, Leg, Mode, Status
from geo_routes.reconstruction.claims import find_speaker
from geo_routes.reconstruction.journey import Stop, is_same
from geo_routes.reconstruction.places import SOURCE
from geo_routes.reconstruction.reading import Reading, Unreal

_FEATURE_MODES = {"port": Mode.SEA, "station": Mode.RAIL, "airport": Mode.AIR}
_ORDER_REASON = "the report tells the two ends apart; the order of its places joins them"
_SHARES = {(False, False): 0.5, (True, False): 0.34, (False, True): 0.32, (True, True): 0.12}
_OLD_DAYS = 240
_AIRPORT_KM = 40.0
_SHORTEST_FLIGHT_KM = 80.0
_LONGEST_KM = {Mode.ROAD: 2500.0, Mode.RAIL: 9000.0, Mode.INLAND_WATERWAY: 2500.0}
_CARGO_KINDS = frozenset({"", "be", "build"})
_MODE_REASON = "from the kind of place, or from the mode told elsewhere"


def make_legs(reading: Reading) -> list[Leg]:
    """Make the legs of a report: what happened first, then what is planned, denied or past."""
    pairs = [(a, b) for a, b in reading.journey.pairs() if _are_placed(reading, a, b)]
    old = _old_runs(reading, pairs)
    legs = [
        _leg(
            reading,
            a,
            b,
            Status.PAST if id(b) in old else _told_status(b),
            "" if _are_told_together(a, b) else _ORDER_REASON,
        )
        for a, b in pairs
    ]
    legs += [
        _leg(reading, a, b, Status.PLANNED, "")
        for a, b in reading.journey.missed
        if _are_placed(reading, a, b)
    ]
    legs = [leg for leg in legs if not _is_far_fetched(leg, reading)]
    before: Unreal | None = None
    for unreal in reading.unreal:
        legs += _unreal_legs(reading, unreal, before)
        before = unreal if unreal.status is Status.PLANNED else before
    return _once(leg for leg in legs if not _is_of_people(reading, leg))


def _is_far_fetched(leg: Leg, reading: Reading) -> bool:
    """Whether a leg that no sentence tells whole would lead too far for its vehicle."""
    points = {s.key: s.mention.point for s in reading.journey.all_stops()}
    limit = _LONGEST_KM.get(leg.mode)
    return (
        "origin" in leg.inferred
        and limit is not None
        and distance_km(points[leg.origin], points[leg.destination]) > limit
    )


def _is_of_people(reading: Reading, leg: Leg) -> bool:
    """Whether nothing tells of a vehicle, a way or a cargo where a movement is told."""
    if leg.mode is not Mode.UNKNOWN:
        return False
    starts = {quote.start for quote in leg.evidence}
    return not any(
        cue.tag.startswith(("cargo.", "carriers.", "ways.", "hints."))
        for clause in reading.clauses
        if clause.start in starts
        for cue in clause.cues
    )


def _are_placed(reading: Reading, origin: Stop, destination: Stop) -> bool:
    """Whether both ends could be placed; what is left out is noted as a doubt."""
    names = [stop.mention.text for stop in (origin, destination) if stop.mention.is_unplaced]
    for name in names:
        reading.unplaced.setdefault(name)
    return not names


def _told_status(stop: Stop) -> Status:
    """A goal that the report does not tell as reached is inferred when near, else planned."""
    if not stop.is_goal:
        return Status.REPORTED
    is_near = stop.event is not None and stop.event.kind == "approach"
    return Status.INFERRED if is_near else Status.PLANNED


def _old_runs(reading: Reading, pairs: list[tuple[Stop, Stop]]) -> set[int]:
    """Find the stops of journeys that ended more than a year before what the report is about."""
    runs: list[list[Stop]] = []
    for a, b in pairs:
        run = next((run for run in runs if any(stop is a for stop in run)), None)
        if run is None:
            runs.append([a, b])
        else:
            run.append(b)
    days = [[d for stop in run if (d := stop.days())] or _days_beside(reading, run) for run in runs]
    begins = [min(d[0] for d in found) for found in days if found]
    published = bounds(reading.document.published[:10])
    if published and any(unreal.status is Status.PLANNED for unreal in reading.unreal):
        begins.append(published[0])
    if not begins:
        return set()
    newest = max(begins)
    old = {
        id(stop)
        for run, found in zip(runs, days, strict=True)
        if found and (newest - max(d[1] for d in found)).days > _OLD_DAYS
        for stop in run
    }
    for one, other in pairs:
        found = _days_beside(reading, [other]) if _are_told_together(one, other) else []
        if found and (newest - max(d[1] for d in found)).days > _OLD_DAYS:
            old.add(id(other))
    return old


def _days_beside(reading: Reading, run: list[Stop]) -> list[tuple[date, date]]:
    """Take all dates of the sentences of a journey none of whose stops is dated."""
    return [
        found
        for start, end in {span for stop in run for span in stop.spans}
        for mention in reading.dates
        if start <= mention.start < end and (found := bounds(mention.edtf))
    ]


def _unreal_legs(reading: Reading, unreal: Unreal, before: Unreal | None) -> Iterable[Leg]:
    stops, reason = list(unreal.stops), ""
    if not unreal.has_origin:
        if unreal.status is Status.DENIED:
            return  # it denies what was told before: `deny` finds who speaks
        origin = _where(reading, unreal, before)
        if origin is None:
            reason = ""
        else:
            reason = "" if origin is unreal.place else _ORDER_REASON
            stops.insert(0, origin)
    if len(stops) == 1 and unreal.has_origin and unreal.status is Status.PLANNED:
        end = _meeting_place(reading, unreal)
        stops += [end] if end else []
    last = stops[0]
    for stop in stops[1:]:
        if not is_same(last.mention, stop.mention) and _are_placed(reading, last, stop):
            yield _leg(reading, last, stop, unreal.status, reason)
        following = stops.index(stop) + 1
        if following >= len(stops) or not stops[following].is_sibling:
            last, reason = stop, ""


def _meeting_place(reading: Reading, unreal: Unreal) -> Stop | None:
    """Find where something goes that is only said to come from a place."""
    event = unreal.stops[0].event
    if event is None or event.kind != "arrive":
        return None
    mode = unreal.mode
    stops = [stop for stop in reading.journey.stops if not stop.is_start]
    same = [stop for stop in stops if mode is None or stop.mode in {None, mode}]
    return (same or stops)[-1] if stops else None


def _where(reading: Reading, unreal: Unreal, before: Unreal | None) -> Stop | None:
    """Tell where a movement starts whose sentence does not say so."""
    if unreal.place is not None:
        origin = _before(reading, unreal.place) if unreal.is_other else None
        return origin or unreal.place
    if before is not None and (unreal.is_onward or unreal.number - before.number <= 3):
        return before.stops[-1]
    stops = reading.journey.stops
    if not stops:
        return before.stops[-1] if before else None
    return stops[0] if unreal.is_had else reading.journey.end_of(unreal.here)


def _before(reading: Reading, place: Stop) -> Stop | None:
    """Find the stop before a place: where the parts of a cargo parted."""
    pairs = reading.journey.pairs()
    return next((a for a, b in pairs if b is place), None)


def _are_told_together(origin: Stop, destination: Stop) -> bool:
    return destination.is_told_after and bool({*origin.spans} & {*destination.spans})


def _leg(reading: Reading, origin: Stop, destination: Stop, status: Status, reason: str) -> Leg:
    document, lexicon = reading.document, reading.lexicon
    inferred = {"origin": reason} if reason else {}
    mode = destination.mode or origin.mode_out
    if origin.mode_out and not {*origin.spans} & {*destination.spans}:
        mode = origin.mode_out  # how it left is told with the departure itself
    length_km = distance_km(origin.mention.point, destination.mention.point)
    if mode is Mode.AIR and length_km < _AIRPORT_KM:
        mode = None  # from or to the airport, not by air
    if mode is None:
        mode = _inherit(reading, origin, destination, status)
        if mode:
            inferred["mode"] = _MODE_REASON
    shared = [span for span in destination.spans if span in origin.spans]
    spans = sorted(set(shared[:1] or [*origin.spans[:1], *destination.spans[:1]]))
    by = next((b for b in (find_speaker(document.text[s:e], lexicon) for s, e in spans) if b), "")
    for name, why in (
        ("departure", origin.reasons.get("left")),
        ("arrival", destination.reasons.get("reached")),
    ):
        if why:
            inferred[name] = why
    return Leg(
        origin=origin.key,
        destination=destination.key,
        mode=mode or Mode.UNKNOWN,
        via=destination.via,
        departure=origin.left,
        arrival=destination.reached,
        claim=Claim(status=status, by=by),
        flag=reading.flags.get(spans[0][0], "") if mode is Mode.SEA else "",
        evidence=tuple(document.quote(s, e, source=SOURCE) for s, e in spans),
        inferred=inferred,
        confidence=_confidence(inferred),
    )


def _inherit(reading: Reading, origin: Stop, destination: Stop, status: Status) -> Mode | None:
    """Take the mode told before, where the same vehicle may well go on."""
    kind = destination.event.kind if destination.event else ""
    is_reported = status is Status.REPORTED or destination.is_goal
    if (origin.is_source and is_reported) or (not is_reported and kind in _CARGO_KINDS):
        return None
    mode = None
    if origin.mode and origin.spans[:1] == destination.spans[:1]:
        mode = origin.mode  # the same sentence goes on
    feature = _FEATURE_MODES.get(destination.mention.feature)
    mode = mode or destination.mode_before or feature or reading.first_mode
    length_km = distance_km(origin.mention.point, destination.mention.point)
    return None if mode is Mode.AIR and length_km < _SHORTEST_FLIGHT_KM else mode


def _confidence(inferred: Mapping[str, str]) -> float:
    # Shares of right legs on reports not read before, from the text alone (see benchmarks/).
    return _SHARES["origin" in inferred, "mode" in inferred]


def _once(legs: Iterable[Leg]) -> list[Leg]:
    """Drop repeats."""
    kept: dict[tuple[str, str, Mode, Status], Leg] = {}
    for leg in legs:
        kept.setdefault((leg.origin, leg.destination, leg.mode, leg.claim.status), leg)
    return list(kept.values())
