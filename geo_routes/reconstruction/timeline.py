"""
Date the legs: which date of the report is a leg's departure, which its arrival.

Each date and each end of a leg make a pair, weighed by `dating`; the likeliest pairs win, as long
as a leg does not arrive before it left. What the report tells otherwise follows: windows of
several legs, the length of a trip, trips of one day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from geo_routes.dates import DateMention, Duration, bounds, find_durations
from geo_routes.documents import Document
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Leg, Mode, Place, Status
from geo_routes.lexicons.dates_lexicon import date_lexicon
from geo_routes.lexicons.movements_lexicon import movement_lexicon
from geo_routes.reconstruction.claims import find_speaker
from geo_routes.reconstruction.clauses import Clause, Event, event_status
from geo_routes.reconstruction.dating import (
    ARRIVAL,
    DEPARTURE,
    FUTURE,
    DateShares,
    Timeline,
    Told,
    Weights,
    probability,
    shipped_weights,
)
from geo_routes.reconstruction.places import SOURCE

_SPEECH = "speech"
_TRAVELLED = frozenset({Status.REPORTED, Status.INFERRED, Status.PLANNED})
_DEPARTING = frozenset({"depart", "load"})
_ARRIVING = frozenset({"arrive", "unload", "call", "stay", "approach"})
_EVENT_REACH = 40.0
_REACH = 2  # sentences; a date told farther away is none of the leg
_LEAST = 0.3  # a date less likely than this is none of the leg
_LEAST_OTHER = 0.8
_LIKELY = 0.5
_SAME = 0.5  # so likely must be the date of one end to be that of the other, too
_NEXT_PART_COST = 6.0
_WEEK_DAYS = 14
_PLAN_FACTOR = 3  # so many times farther may a plan lie ahead as behind
_SHORT_KM = 30.0
_DAY_LETTERS = 10
_FLIGHT_KM = 9000.0
_SHORT_REASON = "a short trip: on one day"
_LENGTH_REASON = "counted from the length of the trip"
_NEARBY_REASON = "a date told nearby"
_SPEECH_REASON = "told on this date"
_TOGETHER_REASON = "the departure of the trip that was given up"


def date_legs(
    document: Document,
    legs: Sequence[Leg],
    clauses: Sequence[Clause],
    places: Mapping[str, Place],
    dates: Sequence[DateMention],
    shares: DateShares | None = None,
    *,
    weights: Weights | None = None,
) -> list[Leg]:
    """
    Give each leg its departure and arrival, as far as the report tells them.

    Parameters
    ----------
    document
        The report.
    legs
        Legs with their quotes, in the order of travel, and the dates read beside their places.
    clauses
        The sentences of the report, as `read_clause` reads them.
    places
        Of the itinerary.
    dates
        Of the report, as `find_dates` finds them.
    shares
        What the network makes of them, as `link_legs` gives it.
    weights
        Other weights than the shipped ones, by end and mark.

    Returns
    -------
    legs
        With EDTF dates, and the reason for each that the report does not say in full.
    """
    timeline = make_timeline(document, legs, clauses, places, dates)
    timeline.weights = weights or timeline.weights
    timeline.shares = shares or {}
    dated = [replace(leg, departure="", arrival="", inferred=_without_dates(leg)) for leg in legs]
    for index, name, told, sure in _pair(timeline):
        dated[index] = _with_date(document, dated[index], name, told, sure)
    dated = _spread_windows(document, timeline, dated)
    dated = _leave_together(dated)
    dated = [_date_of_speech(leg, timeline, n) for n, leg in enumerate(dated)]
    durations = find_durations(document.text, document.lang)
    dated = [_count(leg, timeline, n, durations) for n, leg in enumerate(dated)]
    return [_on_one_day(leg, places) for leg in dated]


def make_timeline(
    document: Document,
    legs: Sequence[Leg],
    clauses: Sequence[Clause],
    places: Mapping[str, Place],
    dates: Sequence[DateMention],
) -> Timeline:
    """Put the dates of a report beside its legs and sentences."""
    day = bounds(document.published[:10])
    starts = {clause.start: number for number, clause in enumerate(clauses)}
    spans = [
        sorted({starts[quote.start] for quote in leg.evidence if quote.start in starts})
        for leg in legs
    ]
    return Timeline(
        clauses=clauses,
        told=list(place_dates(document, clauses, dates)),
        legs=legs,
        spans=spans,
        published=day[0] if day else None,
        lengths=[_length_km(leg, places) for leg in legs],
        weights=shipped_weights(),
    )


def _length_km(leg: Leg, places: Mapping[str, Place]) -> float | None:
    ends = places[leg.origin].point, places[leg.destination].point
    return distance_km(ends[0], ends[1]) if ends[0] and ends[1] else None


def _without_dates(leg: Leg) -> dict[str, str]:
    return {k: v for k, v in leg.inferred.items() if k not in {DEPARTURE, ARRIVAL}}


def place_dates(
    document: Document, clauses: Sequence[Clause], dates: Sequence[DateMention]
) -> Iterator[Told]:
    """Find the sentence, the word and the verb of each date that dates a movement."""
    lexicon = date_lexicon(document.lang)
    for mention in dates:
        for number, clause in enumerate(clauses):
            if not clause.start <= mention.start < clause.end or not clause.words:
                continue
            word = max(
                (i for i, (start, _) in enumerate(clause.spans) if start <= mention.start),
                default=0,
            )
            if _dates_speech(clause, word):
                # What a report cites was said before it, also where it tells of a plan.
                yield Told(mention, number, word, _SPEECH, None, False, mention.past)
                break
            event = _event_near(clause, word, (*lexicon.departing, *lexicon.arriving))
            side = _side(clause, event, lexicon.departing, lexicon.arriving)
            is_past_plan = bool(clause.of_kind("tense.past_plan"))
            is_ahead = not is_past_plan and event_status(clause, event, word) in FUTURE
            planned = _planned(mention, document.published, is_past=is_past_plan)
            yield Told(mention, number, word, side, event, is_ahead, planned)
            break


def _planned(mention: DateMention, published: str, *, is_past: bool) -> str:
    """Read a date without its year or week as that of a plan: the nearer to the report."""
    forms = mention.past, mention.ahead
    days = bounds(forms[0]), bounds(forms[1]), bounds(published[:10])
    if not days[0] or not days[1] or not days[2] or forms[0] == forms[1]:
        return mention.ahead or mention.edtf
    if (days[1][1] - days[0][1]).days <= _WEEK_DAYS:
        return forms[0] if is_past else forms[1]
    back, ahead = days[2][0] - days[0][1], days[1][0] - days[2][0]
    return forms[0] if back * (1 if is_past else _PLAN_FACTOR) < ahead else forms[1]


def _event_near(clause: Clause, word: int, stems: tuple[str, ...]) -> Event | None:
    vehicles = {cue.first for cue in clause.of_kind("carriers.")}
    events = [
        e
        for e in clause.events
        if e.kind not in {"be", "build"} and not (e.kind == "move" and e.first in vehicles)
    ]
    known = {i for e in events for i in range(e.first, e.last + 1)}
    events += [
        Event("move", i, i)
        for i, written in enumerate(clause.words)
        if i not in known and i not in vehicles and written.startswith(stems)
    ]
    near = min(events, key=lambda e: _event_cost(clause, e, word), default=None)
    return near if near and _event_cost(clause, near, word) < _EVENT_REACH else None


def _event_cost(clause: Clause, event: Event, word: int) -> float:
    """Tell how far a verb is from a date, places between them not counting."""
    low, high = min(event.first, word), max(event.last, word)
    places = sum(low < i < high for i in clause.anchors)
    cost = min(clause.cost(event.first, word), clause.cost(event.last, word))
    links = [*clause.of_kind("joins."), *clause.of_kind("order.after")]
    is_parted = any(low < cue.first <= high for cue in links) or (
        event.first > word and clause.segments[event.first] != clause.segments[word]
    )
    return cost - 4.0 * places + 1.5 * event.is_noun + _NEXT_PART_COST * is_parted


def _side(
    clause: Clause, event: Event | None, departing: tuple[str, ...], arriving: tuple[str, ...]
) -> str:
    """Tell which end of a movement a verb dates."""
    if event is None:
        return ""
    verb = " ".join(clause.words[event.first : event.last + 1])
    if verb.startswith(arriving):
        return ARRIVAL
    if event.kind in _DEPARTING or verb.startswith(departing):
        return DEPARTURE
    if event.kind == "pass":
        return "pass"
    return ARRIVAL if event.kind in _ARRIVING else "move"


def _dates_speech(clause: Clause, word: int) -> bool:
    """Whether a date is that of a statement: "Washington revealed on Friday that"."""
    said = [clause.cost(cue.first, word) for cue in clause.of_kind("say.")]
    moved = [
        min(clause.cost(event.first, word), clause.cost(event.last, word))
        for event in clause.events
        if event.kind != "be"
    ]
    return bool(said) and min(said) < 12 and min(said) < min(moved, default=99.0)


def _pair(timeline: Timeline) -> Iterator[tuple[int, str, Told, float]]:
    """Choose the date of each end, the likeliest pairs first."""
    pairs = sorted(
        (
            (-share, index, name, number)
            for index, spans in enumerate(timeline.spans)
            if spans
            for name in (DEPARTURE, ARRIVAL)
            for number, told in enumerate(timeline.told)
            if spans[0] - _REACH <= told.number <= spans[-1] + _REACH
            and (share := probability(timeline, index, name, told)) >= _least(told, spans, name)
        ),
    )
    chosen: dict[tuple[int, str], Told] = {}
    for share, index, name, number in pairs:
        told, status = timeline.told[number], timeline.legs[index].claim.status
        if (index, name) in chosen:
            continue
        other = chosen.get((index, ARRIVAL if name == DEPARTURE else DEPARTURE))
        if other is told and (-share < _SAME or timeline.legs[index].mode is Mode.AIR):
            continue  # whether a flight took a day its length tells
        if other and not _is_in_order(told.edtf_for(status), other.edtf_for(status), name):
            continue
        if -share < _LIKELY and not fits_journey(timeline, chosen, index, told):
            continue
        chosen[index, name] = told
        yield index, name, told, -share


def fits_journey(
    timeline: Timeline,
    chosen: Mapping[tuple[int, str], Told],
    index: int,
    told: Told,
) -> bool:
    """
    Whether a date of one end of a leg agrees with the journey, as far as it is dated.

    Parameters
    ----------
    timeline
        The report.
    chosen
        Dates already given: by number of the leg and end.
    index, told
        The leg and the date in question.

    Returns
    -------
    fits
        False where a leg before it in the journey, which ends where it begins, has a later date,
        or one after it an earlier date.
    """
    legs = timeline.legs
    own = bounds(told.edtf_for(legs[index].claim.status))
    if own is None or legs[index].claim.status not in _TRAVELLED:
        return True
    for (at, _), other in chosen.items():
        if at == index or legs[at].claim.status not in _TRAVELLED:
            continue
        before = at < index and legs[at].destination == legs[index].origin
        after = at > index and legs[at].origin == legs[index].destination
        days = bounds(other.edtf_for(legs[at].claim.status)) if before or after else None
        if days is None:
            continue
        if (before and days[0] > own[1]) or (after and own[0] > days[1]):
            return False
    return True


def _least(told: Told, spans: Sequence[int], name: str) -> float:
    """Tell how likely a date must be; more so where its verb tells of the other end."""
    is_other = told.side in {DEPARTURE, ARRIVAL} and told.side != name and told.number in spans
    return _LEAST_OTHER if is_other else _LEAST


def _is_in_order(edtf: str, other: str, name: str) -> bool:
    """Whether a leg with these two dates does not arrive before it left."""
    days = bounds(edtf), bounds(other)
    departure, arrival = days if name == DEPARTURE else days[::-1]
    return departure is None or arrival is None or departure[0] <= arrival[1]


def _with_date(document: Document, leg: Leg, name: str, told: Told, share: float) -> Leg:
    edtf = told.edtf_for(leg.claim.status)
    inferred = dict(leg.inferred)
    if told.side == _SPEECH and len(edtf) == 10:
        edtf, inferred[name] = f"{edtf}~", _SPEECH_REASON
    elif told.mention.inferred:
        inferred[name] = told.mention.inferred
    elif share < _LIKELY:
        inferred[name] = _NEARBY_REASON
    if edtf.startswith("../") and leg.claim.status is Status.PLANNED and document.published:
        # A plan lies between the report and its limit.
        edtf = f"{document.published[:10]}/{edtf[3:]}"
    if name == DEPARTURE:
        return replace(leg, departure=edtf, inferred=inferred)
    return replace(leg, arrival=edtf, inferred=inferred)


def _spread_windows(document: Document, report: Timeline, legs: list[Leg]) -> list[Leg]:
    """Give a window of its own sentence to the legs beside it that no other date tells of."""
    used = {number for spans in report.spans for number in spans}
    out = list(legs)
    for told in report.told:
        edtf, clause = told.mention.edtf, report.clauses[told.number]
        if "/" not in edtf or told.number in used:
            continue
        is_plan = bool(clause.of_kind("status.planned"))
        if edtf.startswith("../"):
            if not is_plan or not document.published:
                continue
            edtf = f"{document.published[:10]}/{(told.mention.ahead or edtf)[3:]}"
        for index, leg in enumerate(out):
            has_it = not is_plan and {leg.departure, leg.arrival} - {""} == {edtf}
            if (_is_dated(leg) and not has_it) or not report.spans[index]:
                continue
            distance = told.number - report.spans[index][-1]
            if is_plan and leg.claim.status is Status.PLANNED and -6 <= distance < 0:
                out[index] = _in_window(document, leg, told, clause, edtf)
            elif not is_plan and leg.completed and 0 < distance <= 3:
                window = _in_window(document, leg, told, clause, edtf)
                out[index] = replace(window, arrival=edtf)
    return out


def _is_dated(leg: Leg) -> bool:
    """Whether a leg has a date of its own, and not only that of the statement about it."""
    dates = {DEPARTURE: leg.departure, ARRIVAL: leg.arrival}
    return any(date and leg.inferred.get(name) != _SPEECH_REASON for name, date in dates.items())


def _in_window(document: Document, leg: Leg, told: Told, clause: Clause, edtf: str) -> Leg:
    inferred = _without_dates(leg)
    if told.mention.inferred:
        inferred[DEPARTURE] = told.mention.inferred
    quote = document.quote(clause.start, clause.end, source=SOURCE)
    evidence = leg.evidence if quote in leg.evidence else (*leg.evidence, quote)
    lexicon = movement_lexicon(document.lang)
    by = leg.claim.by or find_speaker(document.text[clause.start : clause.end], lexicon)
    return replace(
        leg,
        departure=edtf,
        arrival="",
        inferred=inferred,
        claim=replace(leg.claim, by=by),
        evidence=evidence,
    )


def _leave_together(legs: Sequence[Leg]) -> list[Leg]:
    """A journey left when the plan that it gave up was begun: "left A for B, but came to C"."""
    begun = {
        leg.origin: leg
        for leg in legs
        if leg.claim.status is Status.PLANNED and len(leg.departure) == 10
    }
    out = []
    for leg in legs:
        dated, plan = leg, begun.get(leg.origin)
        if plan is not None and leg.completed and not leg.departure and leg.mode is plan.mode:
            days = bounds(leg.arrival)
            if days is not None and plan.departure <= str(days[1]):
                inferred = {**leg.inferred, DEPARTURE: _TOGETHER_REASON}
                dated = replace(leg, departure=plan.departure, inferred=inferred)
        out.append(dated)
    return out


def _date_of_speech(leg: Leg, report: Timeline, index: int) -> Leg:
    """Take the date of the statement for a departure told as news: about then."""
    if leg.departure or leg.arrival or leg.claim.status is not Status.REPORTED:
        return leg
    for told in report.told:
        if told.side != _SPEECH:
            continue
        clause = report.clauses[told.number]
        is_news = told.number == report.spans[index][0] if report.spans[index] else False
        if (
            is_news
            and len(told.mention.edtf) == 10
            and any(event.kind == "depart" and not event.is_noun for event in clause.events)
        ):
            inferred = {**leg.inferred, DEPARTURE: _SPEECH_REASON}
            return replace(leg, departure=f"{told.mention.edtf}~", inferred=inferred)
    return leg


def _count(leg: Leg, report: Timeline, index: int, durations: Sequence[Duration]) -> Leg:
    """Count the other end from the length of the trip: "two days after leaving Lagos"."""
    if bool(leg.departure) == bool(leg.arrival):
        return leg
    known = leg.departure or leg.arrival
    days = bounds(known)
    if days is None or days[0] != days[1] or "/" in known:
        return leg
    for number in report.spans[index]:
        clause = report.clauses[number]
        for duration in durations:
            if not clause.start <= duration.start < clause.end:
                continue
            mark = "~" if known.endswith("~") or not duration.is_exact else ""
            if leg.departure:
                edtf = f"{days[0] + duration.days}{mark}"
                inferred = {**leg.inferred, ARRIVAL: _LENGTH_REASON}
                return replace(leg, arrival=edtf, inferred=inferred)
            edtf = f"{days[0] - duration.days}{mark}"
            inferred = {**leg.inferred, DEPARTURE: _LENGTH_REASON}
            return replace(leg, departure=edtf, inferred=inferred)
    return leg


def _on_one_day(leg: Leg, places: Mapping[str, Place]) -> Leg:
    """A flight or short trip of which one end is dated took place on that day or in that month."""
    known = leg.departure or leg.arrival
    is_window = "/" in known or "~" in known
    if leg.claim.status in FUTURE or bool(leg.departure) == bool(leg.arrival) or is_window:
        return leg
    ends = places[leg.origin], places[leg.destination]
    if not ends[0].point or not ends[1].point or any(end.region for end in ends):
        return leg
    limit = _FLIGHT_KM if leg.mode is Mode.AIR else _SHORT_KM
    is_far = distance_km(ends[0].point, ends[1].point) > limit
    if is_far and (leg.mode is not Mode.AIR or len(known) == _DAY_LETTERS):
        return leg
    if leg.mode is Mode.SEA:
        return leg
    name = ARRIVAL if leg.departure else DEPARTURE
    inferred = {**leg.inferred, name: _SHORT_REASON}
    return replace(leg, departure=known, arrival=known, inferred=inferred)
