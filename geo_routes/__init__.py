"""Map reported shipments: text in, routed legs by sea and rail out, each with its evidence."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo_routes.documents import Document, Quote, read_document
    from geo_routes.errors import GeoRoutesError
    from geo_routes.geocoding import geocode
    from geo_routes.io import (
        check_itinerary,
        export_legs,
        read_export,
        read_itinerary,
        write_itinerary,
    )
    from geo_routes.itinerary import Claim, Itinerary, Leg, Mode, Place, Region, Rule, Source
    from geo_routes.maps import draw_map, export_figure
    from geo_routes.reconstruction import draft_itineraries, draft_itinerary
    from geo_routes.routing import route, route_itinerary
    from geo_routes.toponyms import find_toponyms

__version__ = "0.1.0"

_HOMES = {
    "Claim": "itinerary",
    "Document": "documents",
    "GeoRoutesError": "errors",
    "Itinerary": "itinerary",
    "Leg": "itinerary",
    "Mode": "itinerary",
    "Place": "itinerary",
    "Quote": "documents",
    "Region": "itinerary",
    "Rule": "itinerary",
    "Source": "itinerary",
    "check_itinerary": "io",
    "draft_itineraries": "reconstruction",
    "draft_itinerary": "reconstruction",
    "draw_map": "maps",
    "export_figure": "maps",
    "export_legs": "io",
    "find_toponyms": "toponyms",
    "geocode": "geocoding",
    "read_document": "documents",
    "read_export": "io",
    "read_itinerary": "io",
    "route": "routing",
    "route_itinerary": "routing",
    "write_itinerary": "io",
}

__all__ = [
    "Claim",
    "Document",
    "GeoRoutesError",
    "Itinerary",
    "Leg",
    "Mode",
    "Place",
    "Quote",
    "Region",
    "Rule",
    "Source",
    "__version__",
    "check_itinerary",
    "draft_itineraries",
    "draft_itinerary",
    "draw_map",
    "export_figure",
    "export_legs",
    "find_toponyms",
    "geocode",
    "read_document",
    "read_export",
    "read_itinerary",
    "route",
    "route_itinerary",
    "write_itinerary",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'geo_routes' has no attribute {name!r}")
    return getattr(importlib.import_module(f"geo_routes.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
