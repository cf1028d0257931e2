"""Draft the itinerary that a report tells: who moved what, from where, to where, by what, when."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from geo_routes.dates import DateMention, find_dates
from geo_routes.documents import Document, Quote
from geo_routes.itinerary import (
    Candidate,
    Claim,
    Itinerary,
    Leg,
    Mode,
    Place,
    Region,
    Rule,
    Source,
    Status,
)
from geo_routes.lexicons.movements_lexicon import MovementLexicon, movement_lexicon

if TYPE_CHECKING:
    import geopandas as gpd

SOURCE = "s1"
_SENTENCE_END = re.compile(r"(?<=[.!?…»”])\s+(?=[«“\"„(]?[^\W\d_a-zа-яёіїєґ])|\n+")
_ABBREVIATION = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Dr|St|No|ca|bzw|им|ул|г|стр|np|ul)\.$")
_CLAUSE_END = re.compile(r"[;:]|,\s*(?=(?:d['’]où|from where|откуда|de donde|von wo|skąd)\b)", re.I)
_FEATURE_MODES = {"port": Mode.SEA, "station": Mode.RAIL, "airport": Mode.AIR}
_WINDOW_REACH = 3


@dataclass(frozen=True, slots=True)
class _Mention:
    """A place in the text that could be an end of a movement."""

    key: str
    start: int
    end: int
    country: str
    is_country: bool
    feature: str


@dataclass(frozen=True, slots=True)
class _Actor:
    start: int
    end: int
    name: str


@dataclass(slots=True)
class _State:
    """What a sentence hands on to the next."""

    location: str = ""
    mode: Mode = Mode.UNKNOWN
    flag: str = ""
    carried: bool = False
    pending: tuple[int, ...] = ()
    legs: list[Leg] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


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
    rows = _chosen_rows(places)
    itinerary_places, mentions = _read_places(document, rows)
    actors = [
        _Actor(row["start"], row["start"] + len(row["toponym"]), row["toponym"])
        for row in rows
        if row["role"] == "actor" or row["kind"] in {"metonym", "country"}
    ]
    lexicon = movement_lexicon(document.lang)
    dates = find_dates(document.text, document.lang, document.published)
    state = _State()
    for start, end in _sentences(document.text):
        _read_sentence(document, (start, end), mentions, dates, lexicon, state)
    legs = _drop_summaries(state.legs, itinerary_places)
    legs = _deny(document, legs, actors, lexicon)
    legs = _spread_windows(document, legs, dates)
    used = {end for leg in legs for end in (leg.origin, leg.destination, *leg.via)}
    kept = {
        key: place if key in used else replace(place, reference=True)
        for key, place in itinerary_places.items()
    }
    return Itinerary(
        title=document.title,
        places=kept,
        legs=tuple(legs),
        sources={
            SOURCE: Source(
                publisher=document.publisher,
                title=document.title,
                published=document.published,
                lang=document.lang,
                url=document.url,
                sha256=document.sha256,
                file=document.name,
            )
        },
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
    return [
        replace(
            whole,
            legs=tuple(legs),
            places={key: place for key, place in whole.places.items() if key in ends},
            doubts=tuple(_doubts(legs, whole.places)),
        )
        for ends, legs in groups
    ]


def _chosen_rows(places: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Turn the frame into dictionaries, the other readings under `candidates`."""
    chosen: list[dict[str, Any]] = []
    for row, point in zip(places.to_dict("records"), places.geometry, strict=True):
        nowhere = point is None or point.is_empty
        row["lon"], row["lat"] = (None, None) if nowhere else (point.x, point.y)
        if row["rank"] == 0:
            chosen.append({**row, "candidates": [row]})
        elif chosen and chosen[-1]["start"] == row["start"]:
            chosen[-1]["candidates"].append(row)
    return chosen


def _read_places(
    document: Document, rows: list[dict[str, Any]]
) -> tuple[dict[str, Place], list[_Mention]]:
    places: dict[str, Place] = {}
    mentions: list[_Mention] = []
    keys: dict[Any, str] = {}
    covered: list[tuple[int, int]] = []
    for row in sorted(rows, key=lambda row: (row["start"], -len(row["toponym"]))):
        start, end = int(row["start"]), int(row["start"]) + len(row["toponym"])
        if row["kind"] in {"demonym", "metonym"} or row["role"] == "actor" or row["lon"] is None:
            continue
        is_reference = row["role"] == "reference" or any(a <= start < b for a, b in covered)
        is_vague = row["kind"] == "region"
        identity = (row["gazetteer"], row["name"]) if not is_vague else (start, row["name"])
        key = keys.get(identity)
        if key is None:
            key = _place_id(row["name"], places)
            keys[identity] = key
            places[key] = _as_place(document, row, is_reference)
        elif places[key].reference and not is_reference:
            places[key] = replace(places[key], reference=False)
        if is_vague:
            covered.append((start, end))
        if not is_reference:
            feature = str(row.get("feature") or row["kind"] or "")
            mentions.append(
                _Mention(key, start, end, row["country"], row["kind"] == "country", feature)
            )
    return places, mentions


def _place_id(name: str, taken: Mapping[str, Place]) -> str:
    stem = re.sub(r"\W+", "_", name.lower()).strip("_")[:40] or "place"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key


def _as_place(document: Document, row: dict[str, Any], is_reference: bool) -> Place:
    region = row["region"] if isinstance(row["region"], Region) else None
    if row["kind"] == "country" and region is None:
        region = Region(rule=Rule.WHOLE, of=row["country"])
    start = int(row["start"])
    others = [
        Candidate(
            name=str(item["name"]),
            lon=float(item["lon"]),
            lat=float(item["lat"]),
            gazetteer=str(item["gazetteer"]),
            country=str(item["country"]),
            score=round(float(item["score"]), 3),
            why=str(item["why"]),
        )
        for item in row["candidates"]
        if item["lon"] is not None
    ]
    radius_km = float(row["uncertainty_km"])
    return Place(
        name=str(row["name"]),
        lon=round(float(row["lon"]), 5),
        lat=round(float(row["lat"]), 5),
        radius_km=0.0 if math.isnan(radius_km) else radius_km,
        region=region,
        gazetteer=str(row["gazetteer"]),
        country=str(row["country"]),
        kind=str(row["kind"]),
        toponym=str(row["toponym"]),
        evidence=(document.quote(start, start + len(row["toponym"]), source=SOURCE),),
        candidates=tuple(others) if len(others) > 1 else (),
        reference=is_reference,
    )


def _sentences(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[start : match.start()]):
            continue
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _read_sentence(
    document: Document,
    span: tuple[int, int],
    mentions: list[_Mention],
    dates: list[DateMention],
    lexicon: MovementLexicon,
    state: _State,
) -> None:
    """Read the movements of one sentence, and hand on where the cargo is."""
    text = document.text[span[0] : span[1]]
    here = [m for m in mentions if span[0] <= m.start < span[1]]
    flag = _flag(text, lexicon)
    state.flag = flag or state.flag
    carried = bool(
        lexicon.carrier.search(text)
        or lexicon.onward.search(text)
        or (state.carried and lexicon.pronouns.search(text))
    )
    mode = _mode(text, lexicon)
    if not lexicon.move.search(text):
        state.mode = mode or state.mode
        return
    roles = [(m, *_role(document.text, span[0], m, here, lexicon)) for m in here]
    chain = _chain(roles, state, carried)
    first_new = len(state.legs)
    for origin, via, destination, reason in chain:
        state.legs.append(
            _leg(document, span, (origin, via, destination), dates, lexicon, state, reason)
        )
        state.starts.append(span[0])
    done = [leg for leg in state.legs[first_new:] if leg.completed]
    if done:
        state.location = done[-1].destination
    elif carried and not chain:
        origins = [m for m, role, weak in roles if role == "origin" and not weak]
        if origins:
            state.location = origins[-1].key
    if len(state.legs) > first_new and state.legs[-1].mode is not Mode.UNKNOWN:
        state.mode = state.legs[-1].mode
    elif mode:
        state.mode = mode
    state.carried = carried or bool(chain)


def _role(
    text: str, floor: int, mention: _Mention, here: list[_Mention], lexicon: MovementLexicon
) -> tuple[str, bool]:
    """Tell what a place is to its sentence by the words before it: its role, and how surely."""
    before_ends = [m.end for m in here if m.end <= mention.start]
    low = max([floor, *before_ends])
    before = text[low : mention.start]
    tail = before
    for _ in range(5):
        for role, weak, pattern in lexicon.roles:
            if pattern.search(tail):
                return _settle(role, weak, text[floor : mention.start], lexicon)
        shorter = lexicon.fillers.sub("", tail)
        if shorter == tail:
            break
        tail = shorter
    if before_ends and re.fullmatch(r"\W*(?:,|et|and|и|та|y|e|und|i|puis|then)?\W*", before):
        previous = max((m for m in here if m.end <= mention.start), key=lambda m: m.end)
        return _role(text, floor, previous, here, lexicon)
    return "", True


def _settle(role: str, weak: bool, before: str, lexicon: MovementLexicon) -> tuple[str, bool]:
    """A locative after a verb of loading is an origin: "loaded at X"."""
    if role == "destination" and weak:
        loads = [match.end() for match in lexicon.load.finditer(before)]
        moves = [match.end() for match in lexicon.arrive.finditer(before)]
        if loads and (not moves or max(moves) < max(loads)) and len(before) - max(loads) < 60:
            return "origin", False
    return role, weak


def _chain(
    roles: list[tuple[_Mention, str, bool]], state: _State, carried: bool
) -> list[tuple[Any, list[_Mention], _Mention, str]]:
    """Join the places of a sentence into movements, in the order of the journey."""
    strong = [r for r in roles if r[1]]
    if any(role == "destination" for _, role, _ in strong):
        moving = strong
    else:
        return []
    origin: _Mention | None = None
    via: list[_Mention] = []
    found: list[tuple[Any, list[_Mention], _Mention, str]] = []
    waiting: list[_Mention] = []  # destinations whose origin the sentence has not told
    for mention, role, weak in moving:
        if role == "origin":
            if weak and mention.is_country:
                continue
            if waiting and waiting[0].key != mention.key:
                found.append((mention, via, waiting[0], ""))
                found += [(a, [], b, "") for a, b in pairwise(waiting)]
                waiting, via, origin = [], [], None
            else:
                origin = mention
        elif role == "via":
            via.append(mention)
        elif weak and mention.is_country and not found and origin is None:
            continue
        elif origin is not None:
            if origin.key != mention.key:
                found.append((origin, via, mention, ""))
            origin, via = None, []
        elif found:
            if found[-1][2].key != mention.key:
                found.append((found[-1][2], via, mention, ""))
                via = []
        elif not waiting or waiting[-1].key != mention.key:
            waiting.append(mention)
    if waiting and carried:
        onward = [(a, [], b, "") for a, b in pairwise(waiting)]
        if state.location and state.location != waiting[0].key:
            reason = "the report names the place earlier as where the cargo or vehicle was"
            onward.insert(0, (state.location, via, waiting[0], reason))
        found = onward + found
        if not found and not waiting[0].is_country:
            state.location = waiting[0].key
    return found


def _leg(
    document: Document,
    span: tuple[int, int],
    ends: tuple[Any, list[_Mention], _Mention],
    dates: list[DateMention],
    lexicon: MovementLexicon,
    state: _State,
    reason: str,
) -> Leg:
    origin, via, destination = ends
    text = document.text
    origin_key = origin if isinstance(origin, str) else origin.key
    inferred = {"origin": reason} if reason else {}
    low = span[0]
    if not isinstance(origin, str) and origin.end < destination.start:
        low = origin.end
    segment = text[low : destination.end]
    mode = _mode(segment, lexicon) or _mode(text[span[0] : span[1]], lexicon)
    if not mode:
        mode = _FEATURE_MODES.get(destination.feature)
        if mode:
            inferred["mode"] = f"the destination is a {destination.feature}"
        elif state.mode is not Mode.UNKNOWN:
            mode = state.mode
            inferred["mode"] = "the mode told before"
    departure, arrival = _leg_dates(text, span, destination, dates, lexicon, inferred)
    by = _attribution(text[span[0] : span[1]], lexicon)
    return Leg(
        origin=origin_key,
        destination=destination.key,
        mode=mode or Mode.UNKNOWN,
        via=tuple(m.key for m in via),
        departure=departure,
        arrival=arrival,
        claim=Claim(status=_status(text[span[0] : span[1]], segment, lexicon), by=by),
        flag=state.flag if mode is Mode.SEA else "",
        evidence=(_quote(document, span),),
        inferred=inferred,
        confidence=_confidence(reason, inferred),
    )


def _quote(document: Document, span: tuple[int, int]) -> Quote:
    return document.quote(span[0], span[1], source=SOURCE)


def _confidence(reason: str, inferred: Mapping[str, str]) -> float:
    return round(0.75 - (0.2 if reason else 0.0) - (0.1 if "mode" in inferred else 0.0), 2)


def _mode(text: str, lexicon: MovementLexicon) -> Mode | None:
    """Take the mode whose word stands last in a text."""
    last = [
        (max((match.end() for match in pattern.finditer(text)), default=-1), mode)
        for mode, pattern in lexicon.modes
    ]
    end, mode = max(last)
    return Mode(mode) if end >= 0 else None


def _status(sentence: str, segment: str, lexicon: MovementLexicon) -> Status:
    for status, pattern in lexicon.statuses:
        if pattern.search(sentence if status == "denied" else segment):
            return Status(status)
    return Status.REPORTED


def _flag(text: str, lexicon: MovementLexicon) -> str:
    from geo_routes import gazetteer

    for pattern in lexicon.flag:
        match = pattern.search(text)
        if match:
            word = match["flag"]
            codes = gazetteer.shipped().demonym(word)
            if codes:
                return codes[0]
            countries = [
                c for c in gazetteer.shipped().candidates(word, limit=3) if c.kind == "country"
            ]
            if countries:
                return countries[0].country
    return ""


def _attribution(sentence: str, lexicon: MovementLexicon) -> str:
    for pattern in lexicon.attribution:
        match = pattern.search(sentence)
        if match:
            return " ".join(match["by"].split()).strip(" «»\"“”'")
    return ""


def _leg_dates(
    text: str,
    span: tuple[int, int],
    destination: _Mention,
    dates: list[DateMention],
    lexicon: MovementLexicon,
    inferred: dict[str, str],
) -> tuple[str, str]:
    here = [d for d in dates if span[0] <= d.start < span[1]]
    if not here:
        return "", ""
    departure = arrival = ""
    for mention in here:
        if "/" in mention.edtf:
            departure = departure or mention.edtf
            name = "departure"
        else:
            words = text[max(span[0], mention.start - 60) : mention.end + 40]
            close = abs(mention.start - destination.end) < 80
            if lexicon.arrive.search(words) and close and not arrival:
                arrival, name = mention.edtf, "arrival"
            elif not departure:
                departure, name = mention.edtf, "departure"
            else:
                continue
        if mention.inferred:
            inferred.setdefault(name, mention.inferred)
    return departure, arrival


def _drop_summaries(legs: list[Leg], places: Mapping[str, Place]) -> list[Leg]:
    """Drop repeats, and country-to-country legs that more precise legs of the report tell."""
    kept: list[Leg] = []
    seen: set[tuple[str, str, str]] = set()
    for leg in legs:
        key = (leg.origin, leg.destination, str(leg.claim.status))
        if key not in seen:
            seen.add(key)
            kept.append(leg)
    precise = [leg for leg in kept if not _is_summary(leg, places)]
    countries = {places[end].country for leg in precise for end in (leg.origin, leg.destination)}
    return [
        leg
        for leg in kept
        if not _is_summary(leg, places)
        or not {places[leg.origin].country, places[leg.destination].country} <= countries
    ]


def _is_summary(leg: Leg, places: Mapping[str, Place]) -> bool:
    return all(places[end].kind == "country" for end in (leg.origin, leg.destination))


def _deny(
    document: Document, legs: list[Leg], actors: list[_Actor], lexicon: MovementLexicon
) -> list[Leg]:
    """Find who denies the movements as a whole, in a sentence that tells none itself."""
    denial = dict(lexicon.statuses)["denied"]
    told = {quote.start for leg in legs for quote in leg.evidence}
    for start, end in _sentences(document.text):
        match = denial.search(document.text[start:end])
        if match is None or start in told:
            continue
        speakers = [a for a in actors if start <= a.start < start + match.start()]
        if speakers:
            name = speakers[0].name
            return [
                replace(leg, claim=replace(leg.claim, denied_by=name)) if leg.completed else leg
                for leg in legs
            ]
    return legs


def _spread_windows(document: Document, legs: list[Leg], dates: list[DateMention]) -> list[Leg]:
    """Give a window of its own sentence ("took place between ...") to the undated legs before."""
    spans = list(_sentences(document.text))
    number = {start: i for i, (start, _) in enumerate(spans)}
    told = {quote.start for leg in legs for quote in leg.evidence}
    out = list(legs)
    for mention in dates:
        if "/" not in mention.edtf:
            continue
        start = next((s for s, e in spans if s <= mention.start < e), None)
        if start is None or start in told:
            continue
        for i, leg in enumerate(out):
            distance = number[start] - number.get(leg.evidence[0].start, -99)
            if leg.completed and not leg.departure and 0 < distance <= _WINDOW_REACH:
                inferred = dict(leg.inferred)
                if mention.inferred:
                    inferred["departure"] = mention.inferred
                by = leg.claim.by or _attribution(
                    document.text[start : spans[number[start]][1]], movement_lexicon(document.lang)
                )
                out[i] = replace(
                    leg,
                    departure=mention.edtf,
                    arrival=leg.arrival or mention.edtf,
                    inferred=inferred,
                    claim=replace(leg.claim, by=by),
                    evidence=(
                        *leg.evidence,
                        document.quote(*spans[number[start]], source=SOURCE),
                    ),
                )
    return out


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
