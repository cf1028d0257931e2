"""Who claims or denies the movements of a report, under which flag, by which mode."""

from __future__ import annotations

from dataclasses import replace

from geo_routes.dates import DateMention
from geo_routes.documents import Document
from geo_routes.itinerary import Leg, Mode, Status
from geo_routes.lexicons.movements_lexicon import MovementLexicon, movement_lexicon
from geo_routes.reconstruction.places import SOURCE, Actor
from geo_routes.reconstruction.sentences import split_sentences

_WINDOW_REACH = 3


def find_mode(text: str, lexicon: MovementLexicon) -> Mode | None:
    """Take the mode whose word stands last in a text."""
    last = [
        (max((match.end() for match in pattern.finditer(text)), default=-1), mode)
        for mode, pattern in lexicon.modes
    ]
    end, mode = max(last)
    return Mode(mode) if end >= 0 else None


def find_flag(text: str, lexicon: MovementLexicon) -> str:
    """Find the country whose flag a ship flies, as an ISO code."""
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


def find_speaker(sentence: str, lexicon: MovementLexicon) -> str:
    """Find who a sentence says so of a movement."""
    for pattern in lexicon.attribution:
        match = pattern.search(sentence)
        if match and not lexicon.pointing.match(match["by"]):
            return " ".join(match["by"].split()).strip(" «»\"“”'")
    return ""


def deny(
    document: Document, legs: list[Leg], actors: list[Actor], lexicon: MovementLexicon
) -> list[Leg]:
    """Find who denies the movements as a whole, in a sentence that tells none itself."""
    denial = dict(lexicon.statuses)["denied"]
    told = {quote.start for leg in legs for quote in leg.evidence}
    for start, end in split_sentences(document.text):
        match = denial.search(document.text[start:end])
        if match is None or start in told:
            continue
        legs = [_deny_alleged(leg, lexicon) for leg in legs]
        speakers = [a for a in actors if start <= a.start < start + match.start()]
        if speakers:
            name = speakers[0].name
            return [
                replace(leg, claim=replace(leg.claim, denied_by=name)) if leg.completed else leg
                for leg in legs
            ]
    return legs


def spread_windows(document: Document, legs: list[Leg], dates: list[DateMention]) -> list[Leg]:
    """Give a window of its own sentence ("took place between ...") to the undated legs before."""
    spans = list(split_sentences(document.text))
    number = {start: i for i, (start, _) in enumerate(spans)}
    told = {quote.start for leg in legs for quote in leg.evidence}
    out = list(legs)
    for mention in dates:
        if "/" not in mention.edtf:
            continue
        start = next((s for s, e in spans if s <= mention.start < e), None)
        if start is None or start in told or _is_planned(document, spans, start):
            continue
        for i, leg in enumerate(out):
            distance = number[start] - number.get(leg.evidence[0].start, -99)
            if leg.completed and not leg.departure and 0 < distance <= _WINDOW_REACH:
                inferred = dict(leg.inferred)
                if mention.inferred:
                    inferred["departure"] = mention.inferred
                by = leg.claim.by or find_speaker(
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


def _deny_alleged(leg: Leg, lexicon: MovementLexicon) -> Leg:
    """An allegation that the report tells in order to deny it is no shipment."""
    if leg.completed and any(lexicon.alleged.search(quote.exact) for quote in leg.evidence):
        return replace(leg, claim=replace(leg.claim, status=Status.DENIED))
    return leg


def _is_planned(document: Document, spans: list[tuple[int, int]], start: int) -> bool:
    end = next(e for s, e in spans if s == start)
    planned = dict(movement_lexicon(document.lang).statuses)["planned"]
    return planned.search(document.text, start, end) is not None
