"""Builders: make the data sets from packages of the public registries."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_routes.datasets import Dataset

BUILDERS: Mapping[str, str] = {
    "gazetteer": "geo_routes.builders.gazetteer",
    "divisions": "geo_routes.builders.divisions",
    "basemap": "geo_routes.builders.basemap",
    "sea": "geo_routes.builders.sea",
    "rail": "geo_routes.builders.rail",
}
"""Module of each data set's builder; its function `build(folder, cache)` returns a Dataset."""


def build(
    name: str, folder: Path, cache: Path, *, osm: Path | None = None, area: str | None = None
) -> Dataset:
    """
    Build one data set and enter it in the catalogue.

    Parameters
    ----------
    name
        A key of `BUILDERS`.
    folder
        Where the data set and the catalogue are written.
    cache
        Where downloaded packages are kept.
    osm, area
        For rail alone: an OpenStreetMap extract whose track replaces the shipped, and the area
        ("west,south,east,north") where it does.

    Returns
    -------
    dataset
        The catalogue's entry.
    """
    if name not in BUILDERS:
        raise ValueError(f"No builder for {name!r}; there are: {', '.join(BUILDERS)}.")
    if name != "rail" and (osm or area):
        raise ValueError("`osm` and `area` go with the data set rail.")
    if area and not osm:
        raise ValueError("`area` needs `osm`, the extract that replaces what lies there.")
    folder.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(BUILDERS[name])
    options = {"osm": osm, "area": area} if osm else {}
    dataset: Dataset = module.build(folder, cache, **options)
    return dataset
