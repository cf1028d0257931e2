"""Who claims or denies the movements of a report and under which flag."""

from __future__ import annotations

from dataclasses import replace

from geo_routes.dates import DateMention
from geo_routes.documents import Document
from geo_routes.itinerary import Leg, Status
from geo_routes.lexicons.movements_lexicon import MovementLexicon, movement_lexicon
from geo_routes.reconstruction.clauses import Clause
from geo_routes.reconstruction.places import SOURCE, Actor

_WINDOW_REACH = 3


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


def deny(legs: list[Leg], actors: list[Actor], clauses: list[Clause]) -> list[Leg]:
    """Find who denies the movements as a whole, in a sentence that tells none itself."""
    told = {quote.start for leg in legs for quote in leg.evidence}
    alleged = {clause.start for clause in clauses if clause.of_kind("claims.alleged")}
    for clause in clauses:
        denials = clause.of_kind("status.denied")
        if not denials or clause.start in told:
            continue
        legs = [_deny_alleged(leg, alleged) for leg in legs]
        at = clause.spans[denials[0].first][0]
        speakers = [actor for actor in actors if clause.start <= actor.start < at]
        if speakers:
            name = speakers[0].name
            return [
                replace(leg, claim=replace(leg.claim, denied_by=name)) if leg.completed else leg
                for leg in legs
            ]
    return legs


def spread_windows(
    document: Document, legs: list[Leg], dates: list[DateMention], clauses: list[Clause]
) -> list[Leg]:
    """Give a window of its own sentence ("took place between ...") to the undated legs before."""
    number = {clause.start: i for i, clause in enumerate(clauses)}
    told = {quote.start for leg in legs for quote in leg.evidence}
    lexicon = movement_lexicon(document.lang)
    out = list(legs)
    for mention in dates:
        if "/" not in mention.edtf:
            continue
        clause = next((c for c in clauses if c.start <= mention.start < c.end), None)
        if clause is None or clause.start in told or clause.of_kind("status.planned"):
            continue
        span = clause.start, clause.end
        for i, leg in enumerate(out):
            distance = number[clause.start] - number.get(leg.evidence[0].start, -99)
            if leg.completed and not leg.departure and 0 < distance <= _WINDOW_REACH:
                inferred = dict(leg.inferred)
                if mention.inferred:
                    inferred["departure"] = mention.inferred
                by = leg.claim.by or find_speaker(document.text[slice(*span)], lexicon)
                out[i] = replace(
                    leg,
                    departure=mention.edtf,
                    arrival=leg.arrival or mention.edtf,
                    inferred=inferred,
                    claim=replace(leg.claim, by=by),
                    evidence=(*leg.evidence, document.quote(*span, source=SOURCE)),
                )
    return out


def _deny_alleged(leg: Leg, alleged: set[int]) -> Leg:
    """An allegation that the report tells in order to deny it is no shipment."""
    if leg.completed and any(quote.start in alleged for quote in leg.evidence):
        return replace(leg, claim=replace(leg.claim, status=Status.DENIED))
    return leg
