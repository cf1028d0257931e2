"""Columns, types and units of every frame, written once."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CRS = "EPSG:4326"

TOPONYMS: Mapping[str, str] = {
    "toponym": "object",  # as written in the document
    "start": "int64",  # offset of the first character
    "end": "int64",  # offset past the last character
    "kind": "object",  # place, region (vague place), demonym, metonym
    "feature": "object",  # what the text calls it: port, station, city, country, sea, ... or ""
    "role": "object",  # reference for a place that only situates another, else ""
    "region": "object",  # an itinerary.Region for a vague place, else None
    "names": "object",  # tuple of folded names to look up, best first
    "confidence": "float64",  # 0 to 1
}
"""One row a toponym, in the order of the text. `attrs["document"]` holds the Document."""

PLACES: Mapping[str, str] = {
    "toponym": "object",
    "start": "int64",
    "end": "int64",
    "rank": "int64",  # 0 is the chosen reading
    "score": "float64",  # 0 to 1
    "name": "object",
    "country": "object",  # ISO 3166 alpha-2
    "kind": "object",  # city, port, station, site, country, admin1, sea, region, demonym, metonym
    "gazetteer": "object",  # id of the entry, "" when nothing was found
    "uncertainty_km": "float64",
    "region": "object",  # an itinerary.Region, or None
    "role": "object",  # reference, actor, or ""
    "why": "object",  # the reason for the score
}
"""One row a candidate, best first; a toponym nobody could place keeps a row without geometry."""

LEGS: Mapping[str, str] = {
    "leg": "int64",  # 1-based number
    "origin": "object",  # names, as shown
    "destination": "object",
    "origin_id": "object",  # ids of the itinerary's places
    "destination_id": "object",
    "mode": "object",
    "departure": "object",  # EDTF
    "arrival": "object",
    "claim": "object",  # status
    "by": "object",
    "denied_by": "object",
    "cargo": "object",
    "vehicle": "object",
    "flag": "object",
    "method": "object",  # sea network, rail network, geodesic, geodesic fallback, none
    "length_km": "float64",  # sea: berth to berth; rail: along the track; else of the geometry
    "length_nm": "float64",
    "snap_km": "float64",  # both ends together: from the places to the network
    "origin_snap_km": "float64",
    "destination_snap_km": "float64",
    "connector_km": "float64",  # healed gaps
    "approx_km": "float64",  # chords whose true course is unknown
    "countries": "object",  # dict: km by ISO 3166 alpha-2
    "passages": "object",  # tuple of ids, in order
    "crossings": "object",  # tuple of border crossings, in order
    "gauge_breaks": "object",  # tuple of names
    "approx": "object",  # MultiLineString of connectors and chords, or None
    "evidence": "object",  # tuple of Quote
    "inferred": "object",  # dict: field -> reason
    "notes": "object",  # tuple of sentences
    "confidence": "float64",
}
"""One row a leg. Geometry is a LineString, longitudes running on past 180, or None."""

NM_KM = 1.852
"""Kilometres in an international nautical mile."""


def empty_toponyms() -> pd.DataFrame:
    """Make a toponyms frame without rows."""
    return _empty(TOPONYMS)


def empty_places() -> gpd.GeoDataFrame:
    """Make a places frame without rows."""
    import geopandas as gpd

    return gpd.GeoDataFrame(_empty(PLACES), geometry=[], crs=CRS)


def empty_legs() -> gpd.GeoDataFrame:
    """Make a legs frame without rows."""
    import geopandas as gpd

    return gpd.GeoDataFrame(_empty(LEGS), geometry=[], crs=CRS)


def make_frame(
    values: Mapping[str, Sequence[Any]], columns: Mapping[str, str], **further: Any
) -> pd.DataFrame:
    """
    Make a plain frame of some columns, quicker than pandas would when it has to guess types.

    Further columns are arrays that pandas takes as they are.
    """
    import numpy as np
    import pandas as pd

    names = (*columns, *further)
    index = pd.RangeIndex(len(values[next(iter(columns))]))
    blocks = []
    for kind in dict.fromkeys(columns.values()):
        places = [place for place, name in enumerate(columns) if columns[name] == kind]
        block = np.empty((len(places), len(index)), dtype=kind)
        for row, place in zip(block, places, strict=True):
            # Filled rather than converted: tuples of one length would make a table.
            row[:] = values[names[place]]
        blocks.append((block, np.array(places)))
    blocks += [(further[name], np.array([names.index(name)])) for name in further]
    frame: pd.DataFrame = _join_blocks(blocks, index, names)
    return frame


def _join_blocks(
    blocks: Sequence[tuple[Any, Any]], index: pd.RangeIndex, names: tuple[str, ...]
) -> Any:
    """Make a frame of arrays that each hold all columns of one type, and their positions."""
    import pandas as pd

    try:
        # The stubs lack it.
        from pandas.api.internals import (  # type: ignore[import-not-found]
            create_dataframe_from_blocks,
        )
    except ImportError:  # before pandas 3
        columns: dict[int, Any] = {}
        for block, places in blocks:
            rows = block if getattr(block, "ndim", 1) == 2 else [block]
            columns |= zip(places.tolist(), rows, strict=True)
        made = {
            name: pd.Series(columns[at], index, columns[at].dtype) for at, name in enumerate(names)
        }
        return pd.DataFrame(made, index=index, copy=False)
    return create_dataframe_from_blocks(
        list(blocks), index, _header(names).view()
    )  # a name may be set


@functools.cache
def _header(names: tuple[str, ...]) -> pd.Index[str]:
    import pandas as pd

    return pd.Index(names)


def check_toponyms(frame: pd.DataFrame) -> None:
    """Raise ValueError when a toponyms frame lacks a column."""
    _check(frame, TOPONYMS, "toponyms")


def check_places(frame: pd.DataFrame) -> None:
    """Raise ValueError when a places frame lacks a column."""
    _check(frame, PLACES, "places")


def check_legs(frame: pd.DataFrame) -> None:
    """Raise ValueError when a legs frame lacks a column."""
    _check(frame, LEGS, "legs")


def _empty(columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def _check(frame: pd.DataFrame, columns: Mapping[str, str], what: str) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"The {what} frame lacks: {', '.join(missing)}.")
