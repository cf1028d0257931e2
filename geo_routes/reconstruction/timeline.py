"""
Date the legs: departure or arrival, by the verb and the place that a date stands with.

A leg comes with the dates that stand nearest to its places. A date whose verb tells of the other
end goes there ("on Friday it was sent to X" is a departure). Then each date that is left and each
open end of a leg told there or near there make a pair; the cheapest pairs win.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from geo_routes.dates import DateMention, Duration, bounds, find_durations
from geo_routes.documents import Document
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Leg, Mode, Place, Status
from geo_routes.lexicons.dates_lexicon import date_lexicon
from geo_routes.lexicons.movements_lexicon import movement_lexicon
from geo_routes.reconstruction.claims import find_speaker
from geo_routes.reconstruction.clauses import Clause, Event, event_status
from geo_routes.reconstruction.places import SOURCE

_DEPARTURE, _ARRIVAL, _SPEECH = "departure", "arrival", "speech"
_ENDS = {_DEPARTURE: "origin", _ARRIVAL: "destination"}
_CLEARLY = 3.0
_DEPARTING = frozenset({"depart", "load"})
_ARRIVING = frozenset({"arrive", "unload", "call", "stay", "approach"})
_EVENT_REACH = 40.0
_LIMIT = 9.0
_FAR = 15.0
_BESIDE = 1.5
_NEXT_PART_COST = 6.0
_OTHER_EVENT_COST = 6.0
_SHORT_KM = 30.0
_FLIGHT_KM = 9000.0
_SHORT_REASON = "a short trip: on one day"
_LENGTH_REASON = "counted from the length of the trip"
_SPEECH_REASON = "told on this date"
_TOGETHER_REASON = "the departure of the trip that was given up"
_FUTURE = frozenset({Status.PLANNED, Status.POSSIBLE})


@dataclass(frozen=True, slots=True)
class _Told:
    """A date in its sentence, and which end of a movement its verb tells of."""

    mention: DateMention
    number: int  # of the sentence
    word: int
    side: str  # departure, arrival, move, or ""
    event: Event | None
    is_ahead: bool
    published: str = ""


@dataclass(slots=True)
class _Report:
    """What the pairs are weighed by."""

    clauses: Sequence[Clause]
    told: list[_Told]
    legs: list[Leg]
    spans: list[list[int]] = field(default_factory=list)  # sentences of each leg
    used: set[int] = field(default_factory=set)  # dates given to a leg
    published: date | None = None


def date_legs(
    document: Document,
    legs: Sequence[Leg],
    clauses: Sequence[Clause],
    places: Mapping[str, Place],
    dates: Sequence[DateMention],
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

    Returns
    -------
    legs
        With EDTF dates, and the reason for each that the report does not say in full.
    """
    found = list(_place_dates(document, clauses, dates))
    said = [item for item in found if item.side == _SPEECH]
    report = _Report(clauses, [item for item in found if item.side != _SPEECH], list(legs))
    day = bounds(document.published[:10])
    report.published = day[0] if day else None
    starts = {clause.start: number for number, clause in enumerate(clauses)}
    report.spans = [
        sorted({starts[quote.start] for quote in leg.evidence if quote.start in starts})
        for leg in legs
    ]
    dated = [_turn(leg, report, index) for index, leg in enumerate(legs)]
    report.legs = dated
    for index, name, told in list(_pair(report)):
        dated[index] = _with_date(dated[index], name, told)
    dated = _spread_windows(document, report, dated)
    dated = _leave_together(dated)
    dated = [_date_of_speech(leg, report, n, said) for n, leg in enumerate(dated)]
    durations = find_durations(document.text, document.lang)
    dated = [_count(leg, report, n, durations) for n, leg in enumerate(dated)]
    return [_on_one_day(leg, places) for leg in dated]


def _turn(leg: Leg, report: _Report, index: int) -> Leg:
    """Give a date to the other end where its verb tells of that."""
    found = {name: _find(report, index, getattr(leg, name)) for name in (_DEPARTURE, _ARRIVAL)}
    turned = replace(leg, departure="", arrival="", inferred=_without_dates(leg))
    for name, told in found.items():
        if told is None:
            turned = _keep(turned, leg, name)
            continue
        if _is_gone(report, leg, told):
            continue
        other = _ARRIVAL if name == _DEPARTURE else _DEPARTURE
        is_other = told.side == other and not _is_beside(report, told, leg, name)
        is_other = is_other or (told.side == "move" and name == _ARRIVAL)
        if _is_nearer_to_another(report, told, leg, other if is_other else name):
            continue
        if not is_other:
            turned = _with_date(turned, name, told)
        elif not getattr(leg, other) and told.number in report.spans[index]:
            turned = _with_date(turned, other, told)
        else:
            continue
        report.used.add(id(told))
    return turned


def _is_nearer_to_another(report: _Report, told: _Told, leg: Leg, name: str) -> bool:
    """Whether a date stands far nearer to the same end of another leg told there."""
    clause = report.clauses[told.number]
    place = getattr(leg, _ENDS[name])
    own = _place_cost(clause, told, place)
    others = [
        _place_cost(clause, told, getattr(other, _ENDS[name]))
        for index, other in enumerate(report.legs)
        if told.number in report.spans[index] and getattr(other, _ENDS[name]) != place
    ]
    return min(others, default=_FAR) < own - _CLEARLY


def _ends(leg: Leg) -> tuple[str, str]:
    """List the ids of both ends."""
    return leg.origin, leg.destination


def _without_dates(leg: Leg) -> dict[str, str]:
    return {k: v for k, v in leg.inferred.items() if k not in {_DEPARTURE, _ARRIVAL}}


def _keep(turned: Leg, leg: Leg, name: str) -> Leg:
    inferred = dict(turned.inferred)
    if name in leg.inferred:
        inferred[name] = leg.inferred[name]
    if name == _DEPARTURE:
        return replace(turned, departure=turned.departure or leg.departure, inferred=inferred)
    return replace(turned, arrival=turned.arrival or leg.arrival, inferred=inferred)


def _find(report: _Report, index: int, edtf: str) -> _Told | None:
    """Find where a leg's date is told."""
    for told in report.told:
        if edtf and told.mention.edtf == edtf and told.number in report.spans[index]:
            return told
    return next((t for t in report.told if edtf and t.mention.edtf == edtf), None)


def _is_beside(report: _Report, told: _Told, leg: Leg, name: str) -> bool:
    """Whether a date stands right beside the place whose end it dates: "Rotterdam le 7"."""
    place = leg.origin if name == _DEPARTURE else leg.destination
    clause = report.clauses[told.number]
    return any(
        clause.cost(told.word, i) < _BESIDE for i, m in clause.anchors.items() if m.key == place
    )


def _place_dates(
    document: Document, clauses: Sequence[Clause], dates: Sequence[DateMention]
) -> Iterator[_Told]:
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
                yield _Told(mention, number, word, _SPEECH, None, is_ahead=False)
                break
            event = _event_near(clause, word, (*lexicon.departing, *lexicon.arriving))
            side = _side(clause, event, lexicon.departing, lexicon.arriving)
            is_past_plan = bool(clause.of_kind("tense.past_plan"))
            is_ahead = not is_past_plan and event_status(clause, event, word) in _FUTURE
            yield _Told(mention, number, word, side, event, is_ahead, document.published[:10])
            break


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
        return _ARRIVAL
    if event.kind in _DEPARTING or verb.startswith(departing):
        return _DEPARTURE
    if event.kind == "pass":
        return "pass"
    return _ARRIVAL if event.kind in _ARRIVING else "move"


def _dates_speech(clause: Clause, word: int) -> bool:
    """Whether a date is that of a statement: "Washington revealed on Friday that"."""
    said = [clause.cost(cue.first, word) for cue in clause.of_kind("say.")]
    moved = [
        min(clause.cost(event.first, word), clause.cost(event.last, word))
        for event in clause.events
        if event.kind != "be"
    ]
    return bool(said) and min(said) < 12 and min(said) < min(moved, default=99.0)


def _pair(report: _Report) -> Iterator[tuple[int, str, _Told]]:
    """Choose the date of each end, the cheapest pairs first."""
    pairs = sorted(
        (cost, index, name, number)
        for index in range(len(report.legs))
        for name in (_DEPARTURE, _ARRIVAL)
        for number, told in enumerate(report.told)
        if id(told) not in report.used
        if (cost := _cost(report, index, name, told)) < _LIMIT
    )
    taken: dict[int, tuple[str, str]] = {}  # date -> the end and the place that it dates
    filled: set[tuple[int, str]] = set()
    for _, index, name, number in pairs:
        leg = report.legs[index]
        end = (name, leg.origin if name == _DEPARTURE else leg.destination)
        if getattr(leg, name) or (index, name) in filled or taken.get(number, end) != end:
            continue
        taken[number] = end
        filled.add((index, name))
        yield index, name, report.told[number]


def _cost(report: _Report, index: int, name: str, told: _Told) -> float:
    """Weigh whether a date is that of a leg's departure or arrival."""
    away = _sentence_cost(report, index, name, told)
    if away >= _LIMIT:
        return away
    sides = {
        _DEPARTURE: {_DEPARTURE: 0.0, "move": 2.0, "": 5.0, "pass": 14.0, _ARRIVAL: 14.0},
        _ARRIVAL: {_ARRIVAL: 0.0, "move": 5.0, "": 4.0, "pass": 8.0, _DEPARTURE: 20.0},
    }
    leg = report.legs[index]
    place = leg.origin if name == _DEPARTURE else leg.destination
    clause = report.clauses[told.number]
    is_named = any(mention.key == place for mention in clause.anchors.values())
    is_about_others = any(
        not mention.is_passage and (name == _ARRIVAL or mention.key not in _ends(leg))
        for mention in clause.anchors.values()
    )
    if is_about_others and not is_named and len(report.spans[index]) > 1:
        return _LIMIT
    if _is_gone(report, leg, told):
        return _LIMIT
    return away + sides[name][told.side] + _place_cost(clause, told, place)


def _is_gone(report: _Report, leg: Leg, told: _Told) -> bool:
    """Whether a date lies before the report, and so is none of a plan."""
    days = bounds((told.mention.ahead if told.is_ahead else "") or told.mention.edtf)
    if leg.claim.status not in _FUTURE or told.side == _DEPARTURE or days is None:
        return False
    return report.published is not None and days[1] < report.published


def _sentence_cost(report: _Report, index: int, name: str, told: _Told) -> float:
    """Weigh how far a date's sentence is from those that tell the leg."""
    spans = report.spans[index]
    if not spans:
        return _LIMIT
    if told.number in spans:
        return 0.0
    if told.side in {"", "move"}:
        return _LIMIT
    if spans[0] < told.number < spans[-1] and {told.number - 1, told.number + 1} & {*spans}:
        return 3.0
    ends = {mention.key for mention in report.clauses[told.number].anchors.values()}
    if told.number == spans[-1] + 1 and ends & {*_ends(report.legs[index])}:
        return 3.0
    if told.number == spans[0] - 1 and name == _DEPARTURE and told.side == _DEPARTURE:
        return 4.0
    if told.number == spans[-1] + 1 and told.side == name:
        return 9.0
    return _LIMIT


def _place_cost(clause: Clause, told: _Told, place: str) -> float:
    """Weigh how far a date is from the place, and whether it stands with another place."""
    own = [_distance(clause, told, i) for i, m in clause.anchors.items() if m.key == place]
    others = [
        _distance(clause, told, i)
        for i, m in clause.anchors.items()
        if m.key != place and not m.is_passage
    ]
    near = min(own, default=8.0 if not others else 12.0)
    rival = min(others, default=_FAR)
    return min(near, _FAR) / 2 + max(0.0, min(near, _FAR) - rival) / 2


def _distance(clause: Clause, told: _Told, word: int) -> float:
    near = clause.cost(told.word, word)
    if told.event is None:
        return near
    verb = told.event
    low, high = min(verb.first, word), max(verb.last, word)
    between = sum(
        low < e.first < high and e.kind not in {"be", verb.kind} and not e.is_noun
        for e in clause.events
    )
    by_verb = min(clause.cost(verb.first, word), clause.cost(verb.last, word)) + 1
    return min(near, by_verb) + _OTHER_EVENT_COST * between


def _with_date(leg: Leg, name: str, told: _Told) -> Leg:
    mention = told.mention
    is_ahead = told.is_ahead and leg.claim.status in _FUTURE
    edtf = (mention.ahead if is_ahead else mention.past) or mention.edtf
    inferred = dict(leg.inferred)
    if mention.inferred:
        inferred[name] = mention.inferred
    if edtf.startswith("../") and leg.claim.status is Status.PLANNED and told.published:
        edtf = f"{told.published}/{edtf[3:]}"  # a plan lies between the report and its limit
    if name == _DEPARTURE:
        return replace(leg, departure=edtf, inferred=inferred)
    return replace(leg, arrival=edtf, inferred=inferred)


def _spread_windows(document: Document, report: _Report, legs: list[Leg]) -> list[Leg]:
    """Give a window of its own sentence to the undated legs beside it."""
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
            if leg.departure or leg.arrival or not report.spans[index]:
                continue
            distance = told.number - report.spans[index][-1]
            if is_plan and leg.claim.status is Status.PLANNED and -6 <= distance < 0:
                out[index] = _in_window(document, leg, told, clause, edtf)
            elif not is_plan and leg.completed and 0 < distance <= 3:
                window = _in_window(document, leg, told, clause, edtf)
                out[index] = replace(window, arrival=edtf)
    return out


def _in_window(document: Document, leg: Leg, told: _Told, clause: Clause, edtf: str) -> Leg:
    inferred = dict(leg.inferred)
    if told.mention.inferred:
        inferred[_DEPARTURE] = told.mention.inferred
    quote = document.quote(clause.start, clause.end, source=SOURCE)
    lexicon = movement_lexicon(document.lang)
    by = leg.claim.by or find_speaker(document.text[clause.start : clause.end], lexicon)
    return replace(
        leg,
        departure=edtf,
        inferred=inferred,
        claim=replace(leg.claim, by=by),
        evidence=(*leg.evidence, quote),
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
        plan = begun.get(leg.origin)
        if plan is not None and leg.completed and not leg.departure and leg.mode is plan.mode:
            days = bounds(leg.arrival)
            if days is not None and plan.departure <= str(days[1]):
                inferred = {**leg.inferred, _DEPARTURE: _TOGETHER_REASON}
                leg = replace(leg, departure=plan.departure, inferred=inferred)  # noqa: PLW2901
        out.append(leg)
    return out


def _date_of_speech(leg: Leg, report: _Report, index: int, said: Sequence[_Told]) -> Leg:
    """Take the date of the statement for a departure told as news: about then."""
    if leg.departure or leg.arrival or leg.claim.status is not Status.REPORTED:
        return leg
    for told in said:
        clause = report.clauses[told.number]
        is_news = told.number == report.spans[index][0] if report.spans[index] else False
        if (
            is_news
            and len(told.mention.edtf) == 10
            and any(event.kind == "depart" and not event.is_noun for event in clause.events)
        ):
            inferred = {**leg.inferred, _DEPARTURE: _SPEECH_REASON}
            return replace(leg, departure=f"{told.mention.edtf}~", inferred=inferred)
    return leg


def _count(leg: Leg, report: _Report, index: int, durations: Sequence[Duration]) -> Leg:
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
                inferred = {**leg.inferred, _ARRIVAL: _LENGTH_REASON}
                return replace(leg, arrival=edtf, inferred=inferred)
            edtf = f"{days[0] - duration.days}{mark}"
            inferred = {**leg.inferred, _DEPARTURE: _LENGTH_REASON}
            return replace(leg, departure=edtf, inferred=inferred)
    return leg


def _on_one_day(leg: Leg, places: Mapping[str, Place]) -> Leg:
    """A flight or a short trip of which one end is dated took place on that day."""
    known = leg.departure or leg.arrival
    if leg.claim.status in _FUTURE or bool(leg.departure) == bool(leg.arrival) or len(known) != 10:
        return leg
    ends = places[leg.origin], places[leg.destination]
    if not ends[0].point or not ends[1].point or any(end.region for end in ends):
        return leg
    limit = _FLIGHT_KM if leg.mode is Mode.AIR else _SHORT_KM
    if leg.mode is Mode.SEA or distance_km(ends[0].point, ends[1].point) > limit:
        return leg
    name = _ARRIVAL if leg.departure else _DEPARTURE
    inferred = {**leg.inferred, name: _SHORT_REASON}
    return replace(leg, departure=known, arrival=known, inferred=inferred)
