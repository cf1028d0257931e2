"""Build the rail network: OSM-derived track, gaps healed and flagged, chains collapsed."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from geo_routes import datasets
from geo_routes.builders.arrays import write_npz
from geo_routes.builders.rail_countries import countries_at, find_countries
from geo_routes.builders.rail_gaps import heal_gaps, patch_gaps
from geo_routes.builders.rail_measure import true_lengths
from geo_routes.builders.rail_official import cut_at_ends, official_lengths
from geo_routes.builders.rail_pack import pack
from geo_routes.builders.rail_refine import REFINERS, refine
from geo_routes.builders.rail_tags import find_gauges, find_lines
from geo_routes.builders.rail_tracks import Tracks, read_package, read_patch
from geo_routes.builders.registry import Package

logger = logging.getLogger(__name__)

NETWORK = Package(
    "pypi",
    "scgraph_data",
    "2.0.0",
    "a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406",
)
FILE = "rail.npz"
GAPS, LINES, GAUGES = "rail.csv", "rail_trunks.csv", "rail_gauges.csv"
LENGTHS = "rail_lengths.csv"


def build(
    folder: Path, cache: Path, *, osm: Path | None = None, area: str | None = None
) -> datasets.Dataset:
    """
    Build the rail network from the pinned packages and the patch files.

    Parameters
    ----------
    folder
        Gets rail.npz and its entry in the catalogue.
    cache
        Folder of downloaded packages.
    osm
        An OpenStreetMap extract (.osm.pbf or .osm) whose track replaces the shipped in its area.
    area
        "west,south,east,north" in degrees; what the extract's track spans where left out.

    Returns
    -------
    dataset
        The catalogue's entry.
    """
    logger.info("Reading the world's track.")
    tracks = read_package(NETWORK.fetch(cache))
    sources = [NETWORK.source]
    for package, member in REFINERS:
        tracks = refine(tracks, package.fetch(cache), member)
        sources.append(package.source)
    patches = read_patch(GAPS)
    lines = [row for row in patches if row["kind"] == "line"]
    tracks = patch_gaps(tracks, [row for row in patches if row["kind"] != "line"])
    logger.info("Healing gaps, tagging %d pieces of track and packing them.", len(tracks.pairs))
    if osm is None:
        # A line that begins at a dead end would hide the gap beyond it.
        tracks = patch_gaps(heal_gaps(tracks, countries_at(tracks.points)[0]), lines)
    else:
        from geo_routes.builders.rail_osm import read_osm, replace_area

        tracks = replace_area(patch_gaps(tracks, lines), read_osm(osm), area)
        tracks = heal_gaps(tracks, countries_at(tracks.points)[0])
        sources.append(f"file:{osm.name} sha256:{datasets.sha256(osm)}")
    target = folder / FILE
    partial = target.with_suffix(".partial")
    write_npz(partial, assemble(tracks), compress=False)
    # Replaced in one step: another process may be reading the old one.
    partial.replace(target)
    dataset = datasets.Dataset(
        name="rail",
        file=FILE,
        version="3",
        sha256=datasets.sha256(target),
        licence="ODbL-1.0",
        attribution="OpenStreetMap contributors (through scgraph_data and railroute-ts), "
        "geo-routes patches",
        sources=tuple(sources),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset


def assemble(tracks: Tracks) -> dict[str, np.ndarray]:
    """
    Tag whole track, estimate its lengths and pack it.

    Parameters
    ----------
    tracks
        All pieces, gaps healed.

    Returns
    -------
    arrays
        What `geo_routes.networks.rail` reads.
    """
    official = read_patch(LENGTHS)
    tracks = cut_at_ends(tracks.without_twins(), official)
    country, codes = find_countries(tracks)
    gauge = find_gauges(tracks, country, codes, read_patch(GAUGES))
    lines = find_lines(tracks, read_patch(LINES))
    tracks = replace(tracks, km=true_lengths(tracks))
    tracks = replace(tracks, km=official_lengths(tracks, lines, official))
    tags = np.column_stack([tracks.kind, country, lines.number, gauge, tracks.electrified])
    arrays = pack(tracks, tags)
    arrays["codes"] = np.array(codes)
    arrays["lines"] = np.array(lines.names)
    arrays["roles"] = np.array(lines.roles)
    return arrays
