"""Draft the itinerary that a report tells: who moved what, from where, to where, by what, when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from geo_routes.dates import DateMention, find_dates
from geo_routes.documents import Document
from geo_routes.itinerary import Claim, Itinerary, Leg, Mode, Place, Source, Status
from geo_routes.lexicons.movements_lexicon import MovementLexicon, movement_lexicon
from geo_routes.reconstruction.claims import (
    deny,
    find_flag,
    find_mode,
    find_speaker,
    spread_windows,
)
from geo_routes.reconstruction.places import (
    SOURCE,
    Mention,
    chosen_rows,
    find_actors,
    read_places,
)
from geo_routes.reconstruction.sentences import (
    Item,
    Role,
    give_dates,
    read_items,
    split_sentences,
)
from geo_routes.reconstruction.timeline import (
    Journey,
    Stop,
    is_completed,
    make_block,
    order_items,
)

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["draft_itineraries", "draft_itinerary"]

_FEATURE_MODES = {"port": Mode.SEA, "station": Mode.RAIL, "airport": Mode.AIR}
_ORDER_REASON = "the report tells the two ends apart; the order of its places joins them"


@dataclass(slots=True)
class _Reading:
    """What has been read of a report so far."""

    document: Document
    lexicon: MovementLexicon
    dates: list[DateMention]
    journey: Journey = field(default_factory=Journey)
    others: list[Leg] = field(default_factory=list)  # planned, possible, denied, past
    last: Stop | None = None
    planned: Stop | None = None
    mode: Mode | None = None
    flag: str = ""
    has_cargo: bool = False


def draft_itinerary(document: Document, places: gpd.GeoDataFrame) -> Itinerary:
    """
    Draft the itinerary of a report, all its movements in one.

    Parameters
    ----------
    document
        The report.
    places
        A places frame (`schema.PLACES`), as `geocode` returns it.

    Returns
    -------
    itinerary
        Legs with their quotes, claims, dates and what was inferred; places named only to situate
        others are kept as references; `doubts` lists what a person should look at.
    """
    rows = chosen_rows(places)
    itinerary_places, mentions = read_places(document, rows)
    lexicon = movement_lexicon(document.lang)
    dates = find_dates(document.text, document.lang, document.published)
    reading = _Reading(document, lexicon, dates)
    for span in split_sentences(document.text):
        here = [m for m in mentions if span[0] <= m.start < span[1]]
        _read_sentence(reading, span, here)
    legs = [*_journey_legs(reading), *reading.others]
    legs = deny(document, _once(legs), find_actors(rows), lexicon)
    legs = spread_windows(document, legs, dates)
    used = {end for leg in legs for end in (leg.origin, leg.destination, *leg.via)}
    kept = {
        key: place if key in used else replace(place, reference=True)
        for key, place in itinerary_places.items()
    }
    return Itinerary(
        title=document.title,
        places=kept,
        legs=tuple(legs),
        sources={SOURCE: _source(document)},
        doubts=tuple(_doubts(legs, kept)),
    )


def draft_itineraries(document: Document, places: gpd.GeoDataFrame) -> list[Itinerary]:
    """
    Draft one itinerary a shipment: legs that share no place are shipments of their own.

    Parameters
    ----------
    document, places
        As for `draft_itinerary`.

    Returns
    -------
    itineraries
        At least one, in the order of the text.
    """
    whole = draft_itinerary(document, places)
    groups: list[tuple[set[str], list[Leg]]] = []
    for leg in whole.legs:
        ends = {leg.origin, leg.destination}
        touching = [group for group in groups if group[0] & ends]
        merged = (
            ends.union(*(group[0] for group in touching)),
            [item for group in touching for item in group[1]] + [leg],
        )
        groups = [group for group in groups if group not in touching] + [merged]
    if len(groups) < 2:
        return [whole]
    drafts = []
    for ends, legs in groups:
        kept = ends.union(*(leg.via for leg in legs))
        drafts.append(
            replace(
                whole,
                legs=tuple(legs),
                places={key: place for key, place in whole.places.items() if key in kept},
                doubts=tuple(_doubts(legs, whole.places)),
            )
        )
    return drafts


def _source(document: Document) -> Source:
    return Source(
        publisher=document.publisher,
        title=document.title,
        published=document.published,
        lang=document.lang,
        url=document.url,
        sha256=document.sha256,
        file=document.name,
    )


def _read_sentence(reading: _Reading, span: tuple[int, int], here: list[Mention]) -> None:
    """Read the movements of one sentence, and hand on where the cargo is."""
    document, lexicon = reading.document, reading.lexicon
    text = document.text[span[0] : span[1]]
    reading.flag = find_flag(text, lexicon) or reading.flag
    is_carried = bool(
        lexicon.carrier.search(text) or lexicon.onward.search(text) or reading.has_cargo
    )
    items = read_items(document.text, span, here, lexicon)
    give_dates(document.text, items, reading.dates, span, lexicon)
    items = _drop_coarse(items)
    after = [match.start() + span[0] for match in lexicon.after.finditer(text)]
    for group in _by_status(items):
        ordered = order_items(group, after)
        modes = _modes(reading, span, ordered)
        block = make_block(ordered, span, modes)
        for stop in block:
            stop.mode_before = reading.mode
        if is_completed(group[0]):
            if len(block) > 1 or _counts_alone(ordered, is_carried):
                reading.journey.add(
                    block, is_earlier=bool(lexicon.had.search(text)), is_carried=is_carried
                )
                reading.last = block[-1] if block else reading.last
        else:
            _add_others(reading, span, ordered, block)
    if items or reading.mode is None:
        reading.mode = find_mode(text, lexicon) or reading.mode
    reading.has_cargo = is_carried


def _drop_coarse(items: list[Item]) -> list[Item]:
    """Leave a country out beside a place in it: "arrived in India at Attari"."""
    precise = {item.mention.country for item in items if not item.mention.is_country}
    return [
        item for item in items if not (item.mention.is_country and item.mention.country in precise)
    ]


def _by_status(items: list[Item]) -> Iterable[list[Item]]:
    groups: dict[Status, list[Item]] = {}
    for item in items:
        groups.setdefault(item.status, []).append(item)
    return groups.values()


def _counts_alone(items: list[Item], is_carried: bool) -> bool:
    """One place makes a stop where a sentence about a carrier or cargo surely says so."""
    return bool(items) and is_carried and not items[0].mention.is_country


def _modes(reading: _Reading, span: tuple[int, int], items: list[Item]) -> dict[int, Mode | None]:
    """Tell by what each place was reached: words before it, of its sentence, or told before."""
    text, lexicon = reading.document.text, reading.lexicon
    found: dict[int, Mode | None] = {}
    whole = find_mode(text[span[0] : span[1]], lexicon)
    low = span[0]
    for item in sorted(items, key=lambda item: item.mention.start):
        near = find_mode(text[low : item.mention.start], lexicon)
        found[item.mention.start] = near or whole
        if item.role is not Role.VIA:
            low = item.mention.end
    return found


def _add_others(
    reading: _Reading, span: tuple[int, int], items: list[Item], block: list[Stop]
) -> None:
    """Add planned, possible, denied and past movements, which do not move the cargo."""
    status = items[0].status
    joined = {item.mention.key for item in items if item.is_joined}
    origin = block[0] if block and block[0].is_start else None
    rest = block[1:] if origin else block
    reason = ""
    if origin is None:
        if status is Status.DENIED:
            return  # it denies what was told before: `deny` finds who speaks
        origin = _where(reading, span)
        reason = _ORDER_REASON
    for stop in rest:
        if origin is not None and origin.key != stop.key:
            reading.others.append(_leg(reading, origin, stop, status, reason))
        if stop.key not in joined or origin is None:
            origin, reason = stop, ""
    if rest and status is Status.PLANNED:
        reading.planned = rest[-1]


def _where(reading: _Reading, span: tuple[int, int]) -> Stop | None:
    """Tell where a movement starts whose sentence does not say so."""
    if reading.last and span in reading.last.spans:
        return reading.last
    if reading.planned and reading.lexicon.onward.search(reading.document.text, *span):
        return reading.planned
    stops = reading.journey.stops
    return stops[-1] if stops else reading.planned


def _journey_legs(reading: _Reading) -> list[Leg]:
    stops = reading.journey.stops
    precise = {stop.mention.country for stop in stops if not stop.mention.is_country}
    stops = [s for s in stops if not (s.mention.is_country and s.mention.country in precise)]
    pairs = [*(pair for branch in reading.journey.branches for pair in pairwise(branch))]
    pairs += pairwise(stops)
    return [
        _leg(reading, a, b, Status.REPORTED, "" if _are_told_together(a, b) else _ORDER_REASON)
        for a, b in pairs
        if a.key != b.key and (b.is_told_after or not b.is_start)
    ]


def _are_told_together(origin: Stop, destination: Stop) -> bool:
    return destination.is_told_after and bool({*origin.spans} & {*destination.spans})


def _leg(reading: _Reading, origin: Stop, destination: Stop, status: Status, reason: str) -> Leg:
    document, lexicon = reading.document, reading.lexicon
    inferred = {"origin": reason} if reason else {}
    mode = destination.mode or (origin.mode if origin.is_start else None)
    if mode is None:
        mode = (
            destination.mode_before
            or reading.mode
            or _FEATURE_MODES.get(destination.mention.feature)
        )
        if mode:
            inferred["mode"] = "from the kind of place, or from the mode told elsewhere"
    spans = sorted({*destination.spans[:2], *([] if reason == "" else origin.spans[:1])})
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
        flag=reading.flag if mode is Mode.SEA else "",
        evidence=tuple(document.quote(s, e, source=SOURCE) for s, e in spans),
        inferred=inferred,
        confidence=_confidence(inferred),
    )


def _confidence(inferred: Mapping[str, str]) -> float:
    # Shares of right legs on reports of real shipments, from the text alone (see benchmarks/).
    return round(0.5 - 0.1 * ("origin" in inferred) - 0.15 * ("mode" in inferred), 2)


def _once(legs: Iterable[Leg]) -> list[Leg]:
    """Drop repeats."""
    kept: dict[tuple[str, str, Mode, Status], Leg] = {}
    for leg in legs:
        kept.setdefault((leg.origin, leg.destination, leg.mode, leg.claim.status), leg)
    return list(kept.values())


def _doubts(legs: Iterable[Leg], places: Mapping[str, Place]) -> Iterable[str]:
    """Say what a person should look at."""
    for number, leg in enumerate(legs, start=1):
        for name, reason in leg.inferred.items():
            yield f"Leg {number}: {name} is inferred ({reason})."
        if leg.mode is Mode.UNKNOWN:
            yield f"Leg {number}: the report does not say how."
    for place in places.values():
        if place.reference or place.region is not None:
            continue
        rivals = [c for c in place.candidates if c.gazetteer != place.gazetteer]
        if rivals and rivals[0].score > 0.8 * max(c.score for c in place.candidates):
            names = ", ".join(f"{c.name} ({c.country})" for c in rivals[:3])
            yield f"{place.toponym or place.name} may also be {names}."
