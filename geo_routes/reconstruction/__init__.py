"""Draft the itinerary that a report tells: who moved what, from where, to where, by what, when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from geo_routes.documents import Document
from geo_routes.itinerary import Itinerary, Leg, Mode, Place
from geo_routes.reconstruction.freight import add_freight
from geo_routes.reconstruction.linking import link_legs
from geo_routes.reconstruction.movements import read_movements
from geo_routes.reconstruction.places import (
    SOURCE,
    chosen_rows,
    source_of,
)
from geo_routes.reconstruction.timeline import date_legs

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["draft_itineraries", "draft_itinerary"]


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

    Examples
    --------
    >>> from geo_routes import Document, find_toponyms, geocode
    >>> document = Document(text="The ship left Hamburg for Lagos on 3 May 2023.", lang="en")
    >>> itinerary = draft_itinerary(document, geocode(find_toponyms(document)))
    >>> [(leg.origin, leg.destination, str(leg.mode)) for leg in itinerary.legs]
    [('hamburg', 'lagos', 'sea')]
    """
    rows = chosen_rows(places)
    found = read_movements(document, rows)
    legs, shares = link_legs(found)
    legs = date_legs(document, legs, found.reading.clauses, found.places, found.dates, shares)
    legs = add_freight(document, legs, found.reading.clauses)
    used = {end for leg in legs for end in (leg.origin, leg.destination, *leg.via)}
    kept = {key: replace(place, reference=key not in used) for key, place in found.places.items()}
    return Itinerary(
        title=document.title,
        places=kept,
        legs=tuple(legs),
        sources={SOURCE: source_of(document)},
        doubts=(
            *_doubts(legs, kept),
            *(
                f"{name} could not be placed: legs to or from it are left out."
                for name in found.reading.unplaced
            ),
        ),
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

    Examples
    --------
    >>> from geo_routes import Document, find_toponyms, geocode
    >>> document = Document(text="The ship left Hamburg for Lagos on 3 May 2023.", lang="en")
    >>> len(draft_itineraries(document, geocode(find_toponyms(document))))
    1
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
