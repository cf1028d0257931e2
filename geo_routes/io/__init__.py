"""Route files, GIS files and spreadsheets, in and out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo_routes.io.checks import check_itinerary
    from geo_routes.io.exports import FORMATS, export_legs, read_export
    from geo_routes.io.imports import read_spreadsheet
    from geo_routes.io.keeping import keep_corrections, keep_drafts, mark_drafts
    from geo_routes.io.routefile import read_itineraries, read_itinerary, write_itinerary
    from geo_routes.io.structure import itinerary_from_dict, itinerary_to_dict
    from geo_routes.io.tracks import (
        TrackComparison,
        TrackGap,
        compare_track,
        measure_track,
        read_track,
    )

_HOMES = {
    "FORMATS": "exports",
    "TrackComparison": "tracks",
    "TrackGap": "tracks",
    "check_itinerary": "checks",
    "compare_track": "tracks",
    "export_legs": "exports",
    "itinerary_from_dict": "structure",
    "itinerary_to_dict": "structure",
    "keep_corrections": "keeping",
    "keep_drafts": "keeping",
    "mark_drafts": "keeping",
    "measure_track": "tracks",
    "read_export": "exports",
    "read_itineraries": "routefile",
    "read_itinerary": "routefile",
    "read_spreadsheet": "imports",
    "read_track": "tracks",
    "write_itinerary": "routefile",
}

__all__ = [
    "FORMATS",
    "TrackComparison",
    "TrackGap",
    "check_itinerary",
    "compare_track",
    "export_legs",
    "itinerary_from_dict",
    "itinerary_to_dict",
    "keep_corrections",
    "keep_drafts",
    "mark_drafts",
    "measure_track",
    "read_export",
    "read_itineraries",
    "read_itinerary",
    "read_spreadsheet",
    "read_track",
    "write_itinerary",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'geo_routes.io' has no attribute {name!r}")
    return getattr(importlib.import_module(f"geo_routes.io.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
