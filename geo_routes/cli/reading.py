"""Itineraries that commands work on: read from a route file, or drafted from a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_routes import io
from geo_routes.cli.options import AMBIGUOUS_SHARE
from geo_routes.cli.talk import talk
from geo_routes.errors import AmbiguousPlaceError, MovementNotFoundError

if TYPE_CHECKING:
    from geo_routes.itinerary import Itinerary

_LONG, _A_SECOND = 20_000, 4_000
"""Characters of a report worth a word before it is read, and those read in a second or so."""


def is_route_file(source: str) -> bool:
    """Tell a route file from a report by its suffix."""
    return Path(source).suffix.lower() in {".yaml", ".yml"}


def read_itineraries(source: str, options: dict[str, Any]) -> list[Itinerary]:
    """Read a route file, or draft a report."""
    if not is_route_file(source):
        return draft(source, options)
    return io.read_itineraries(Path(source))


def draft(report: str, options: dict[str, Any]) -> list[Itinerary]:
    """Draft the itineraries of a report, or say why there is none."""
    # A command on a route file does without the half that reads text.
    from geo_routes.documents import read_document
    from geo_routes.geocoding import geocode
    from geo_routes.reconstruction import draft_itineraries
    from geo_routes.toponyms import find_toponyms

    document = read_document(
        report, lang=options["report_lang"] or "", published=options["published"] or ""
    )
    size = len(document.text)
    if size > _LONG:
        talk(f"A long report: reading its {size:,} characters takes some {size // _A_SECOND} s.")
    own = Path(options["places"]) if options["places"] else None
    places = geocode(find_toponyms(document, places=own), places=own)
    reader, model = options.get("reader"), options.get("model")
    if bool(reader) != bool(model):
        raise click.UsageError("--reader URL and --model NAME go together.")
    if reader and model:
        from geo_routes.reader import ask_reader

        itineraries = [ask_reader(document, places, url=reader, model=model)]
        for doubt in itineraries[0].doubts:
            talk(doubt)
        if not itineraries[0].legs:
            left_out = "".join(f" {doubt}" for doubt in itineraries[0].doubts[:1])
            raise MovementNotFoundError(f"The reader tells no movement to rely on.{left_out}")
    else:
        itineraries = draft_itineraries(document, places)
    if not any(itinerary.legs for itinerary in itineraries):
        raise MovementNotFoundError(
            f"{report} tells no movement between two places that could be read. "
            "Write the route file by hand, as the README shows, and map that."
        )
    return io.mark_drafts(itineraries)


def write_route_file(itineraries: list[Itinerary], target: Path) -> None:
    """Write one itinerary, or several, as one route file."""
    io.write_itinerary(itineraries if len(itineraries) > 1 else itineraries[0], target)


def refuse_ambiguous(itineraries: list[Itinerary]) -> None:
    """Stop at the first place that has another likely reading."""
    for itinerary in itineraries:
        for _, place in itinerary.stops():
            rivals = [c for c in place.candidates if c.gazetteer != place.gazetteer]
            own = [c.score for c in place.candidates if c.gazetteer == place.gazetteer]
            best = own[0] if own else 1.0
            if place.region is None and any(c.score > AMBIGUOUS_SHARE * best for c in rivals):
                raise AmbiguousPlaceError(
                    f"{place.toponym or place.name!r} may mean {rivals[0].name} "
                    f"({rivals[0].country}) too. Draft a route file and choose there."
                )
