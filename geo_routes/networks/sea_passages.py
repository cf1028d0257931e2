"""The named passages of the sea: where they run, where they are gated, whether ships take them."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from geo_routes import datasets
from geo_routes.errors import DataError

TABLE = "passages.csv"
Course = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """
    A strait, canal or river by its name.

    Attributes
    ----------
    is_open
        Whether ships take it when nothing is said.
    carve
        Centre line (lon, lat) along which the passage is opened through the shore's margin.
    gate
        Line (lon, lat) across it; a route that crosses the gate passes.
    """

    id: str
    name: str
    is_open: bool
    carve: Course
    gate: Course


def read_passages() -> list[Passage]:
    """Read the table of passages that ships with the package."""
    for folder in datasets.folders():
        path = folder / TABLE
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as stream:
                return [
                    Passage(
                        id=row["id"],
                        name=row["name"],
                        is_open=row["default"] == "open",
                        carve=_course(row["carve"]),
                        gate=_course(row["gate"]),
                    )
                    for row in csv.DictReader(stream)
                ]
    raise DataError(f"{TABLE} is missing. Reinstall geo-routes.")


def _course(text: str) -> Course:
    pairs = (point.split() for point in text.split(";") if point)
    return tuple((float(lon), float(lat)) for lon, lat in pairs)
