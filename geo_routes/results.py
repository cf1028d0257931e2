"""Routed legs: a GeoDataFrame that shows itself in a notebook as a map."""

from __future__ import annotations

import importlib
from typing import ClassVar

import geopandas as gpd
import pandas as pd

from geo_routes.errors import GeoRoutesError
from geo_routes.itinerary import Itinerary

_SHOWN = ("leg", "origin", "destination", "mode", "claim", "method", "length_km")


class RoutedLegs(gpd.GeoDataFrame):  # type: ignore[misc]  # geopandas tells no types
    """
    Routed legs, which a notebook shows as a map above a table.

    In all else a GeoDataFrame (EPSG:4326, columns of `schema.LEGS`). A selection of rows or of
    columns is shown as a table.

    Attributes
    ----------
    itinerary
        What was routed.

    Examples
    --------
    >>> from geo_routes import route
    >>> legs = route((130.30, 42.24), (132.35, 42.88), mode="air")
    >>> isinstance(legs, gpd.GeoDataFrame), len(legs.itinerary.legs)
    (True, 1)
    """

    _metadata: ClassVar[list[str]] = [*gpd.GeoDataFrame._metadata, "itinerary"]
    itinerary: Itinerary | None = None

    def __repr__(self) -> str:
        if not self._is_whole():
            return str(super().__repr__())
        table = pd.DataFrame(self)[[*_SHOWN]].round({"length_km": 1}).to_string(index=False)
        return f"{table}\n[{len(self)} rows x {len(self.columns)} columns]"

    def _repr_html_(self) -> str | None:
        # By name, as this module stands below the maps that it shows.
        geo_routes = importlib.import_module("geo_routes")
        itinerary = self.itinerary
        if itinerary is None or not self._is_whole() or len(self) != len(itinerary.legs):
            table: str | None = super()._repr_html_()
            return table
        short = pd.DataFrame(self)[[*_SHOWN]].round({"length_km": 1})
        try:
            shown = geo_routes.draw_map(itinerary, self)._repr_html_()
        except GeoRoutesError:
            shown = ""
        return f"{shown}{short.to_html(index=False)}"

    def _is_whole(self) -> bool:
        return len(self) > 0 and set(_SHOWN) <= set(self.columns)
