"""What the rules read of a report: its places, its sentences and the legs that they make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo_routes.dates import DateMention, find_dates
from geo_routes.documents import Document
from geo_routes.itinerary import Leg, Place
from geo_routes.lexicons.movements_lexicon import movement_lexicon
from geo_routes.reconstruction.claims import deny
from geo_routes.reconstruction.legs import make_legs
from geo_routes.reconstruction.modes import settle_modes
from geo_routes.reconstruction.places import Mention, find_actors, read_places
from geo_routes.reconstruction.reading import Reading, read_report


@dataclass(slots=True)
class Movements:
    """
    A report as the rules read it.

    Attributes
    ----------
    reading
        Its sentences.
    places, mentions
        Of the itinerary, and where they are named.
    legs
        What the rules make of it.
    dates
        All that it tells.
    nations
        Adjectives of nations and names of speakers: start, end, kind.
    """

    reading: Reading
    places: dict[str, Place]
    mentions: list[Mention]
    legs: list[Leg]
    dates: list[DateMention]
    nations: list[tuple[int, int, str]]


def read_movements(document: Document, rows: list[dict[str, Any]]) -> Movements:
    """
    Read the movements of a report by rules.

    Parameters
    ----------
    document
        The report.
    rows
        Its places, as `chosen_rows` gives them.

    Returns
    -------
    movements
    """
    places, mentions = read_places(document, rows)
    dates = find_dates(document.text, document.lang, document.published)
    reading = Reading(document, movement_lexicon(document.lang), dates)
    read_report(reading, mentions)
    legs = settle_modes(document, make_legs(reading), reading.clauses, places)
    nations = [
        (int(row["start"]), int(row["start"]) + len(row["toponym"]), str(row["kind"]))
        for row in rows
        if row["kind"] in {"demonym", "metonym"} or row["role"] == "actor"
    ]
    legs = deny(legs, find_actors(rows, document.text), reading.clauses)
    return Movements(reading, places, mentions, legs, dates, nations)
