"""Maps of routed legs: a web page that needs nothing else, and a figure for print."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo_routes.maps.embed import embed_snippet
    from geo_routes.maps.page import draw_map
    from geo_routes.maps.print import export_figure

_HOMES = {"draw_map": "page", "embed_snippet": "embed", "export_figure": "print"}

__all__ = ["draw_map", "embed_snippet", "export_figure"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'geo_routes.maps' has no attribute {name!r}")
    return getattr(importlib.import_module(f"geo_routes.maps.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
