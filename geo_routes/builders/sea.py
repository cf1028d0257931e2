"""Build the sea network: open water from full-resolution GSHHG, and the corners of ways over it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from geo_routes import datasets
from geo_routes.builders.arrays import write_npz
from geo_routes.builders.sea_corners import learn_corners
from geo_routes.builders.sea_courses import carve
from geo_routes.builders.sea_graph import make_graph, make_tiles, offshore
from geo_routes.builders.sea_reaches import measure_landmarks, measure_reaches, usual_graph
from geo_routes.builders.sea_sight import SightedWater
from geo_routes.builders.sea_tangents import join_tangents
from geo_routes.builders.shorelines import SHORELINES, read_water
from geo_routes.networks.sea_corners import Corners
from geo_routes.networks.sea_passages import read_passages
from geo_routes.networks.sea_search import SeaSearch
from geo_routes.networks.sea_tiles import COLUMNS, ROWS
from geo_routes.networks.sea_water import BLOCK

FILE = "sea.npz"

logger = logging.getLogger(__name__)


def build(folder: Path, cache: Path) -> datasets.Dataset:
    """
    Build the sea network from the pinned shorelines and the table of passages.

    Parameters
    ----------
    folder
        Gets sea.npz and its entry in the catalogue.
    cache
        Folder of downloaded packages.

    Returns
    -------
    dataset
        The catalogue's entry.
    """
    passages = read_passages()
    logger.info("Reading shorelines.")
    cells, carved = carve(read_water(cache), passages)
    graph, cells = make_graph(cells, carved)
    off = offshore(cells.open)
    squares = off.reshape(ROWS // BLOCK, BLOCK, COLUMNS // BLOCK, BLOCK)
    grid: dict[str, np.ndarray] = {
        "offshore": np.packbits(off),
        "clear": np.asarray(squares.all(axis=(1, 3))),
        **make_tiles(graph, cells),
    }
    water = SightedWater(grid, cells)
    search = SeaSearch(water, Corners.none(), passages)
    learnt = learn_corners(search, graph, passages)
    corners = join_tangents(water, off, learnt, passages)
    # Costs are rounded when they are written; a bound has to hold for those that are read.
    corners = Corners.read(corners.arrays())
    usual = usual_graph(corners, passages)
    logger.info("Measuring landmarks and reaches.")
    corners = replace(corners, landmarks=measure_landmarks(usual), reaches=measure_reaches(usual))
    target = folder / FILE
    write_npz(target, {**grid, **corners.arrays()})
    dataset = datasets.Dataset(
        name="sea",
        file=FILE,
        version="5",
        sha256=datasets.sha256(target),
        licence="LGPL-3.0 (GSHHG); CC0-1.0 (passages)",
        attribution="GSHHG (Wessel and Smith), geo-routes passages",
        sources=(SHORELINES.source,),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset
