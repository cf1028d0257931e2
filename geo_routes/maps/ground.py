"""The basemap of the page, as the page reads it."""

from __future__ import annotations

from typing import Any


def read_ground(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """
    Read land, borders and names round a route.

    Parameters
    ----------
    bounds
        West, south, east and north of the route; longitudes may run on past 180.
    """
    from geo_routes.basemap import web_layer

    layer: dict[str, Any] = web_layer(bounds)
    return layer
