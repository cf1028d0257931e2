"""Who claims or denies the movements of a report and under which flag."""

from __future__ import annotations

from dataclasses import replace

from geo_routes.itinerary import Leg, Status
from geo_routes.lexicons.movements_lexicon import MovementLexicon
from geo_routes.reconstruction.clauses import Clause
from geo_routes.reconstruction.places import Actor


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


def _deny_alleged(leg: Leg, alleged: set[int]) -> Leg:
    """An allegation that the report tells in order to deny it is no shipment."""
    if leg.completed and any(quote.start in alleged for quote in leg.evidence):
        return replace(leg, claim=replace(leg.claim, status=Status.DENIED))
    return leg
