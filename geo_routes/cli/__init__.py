"""
The command line: read, call the library, write.

The commands live one family a module, and a module is imported when one of its commands runs.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from geo_routes import __version__
from geo_routes.errors import (
    AmbiguousPlaceError,
    DataError,
    GeoRoutesError,
    MovementNotFoundError,
    PlaceNotFoundError,
    ReaderError,
    RouteNotFoundError,
)

EXIT_CODES: tuple[tuple[type[GeoRoutesError], int], ...] = (
    (AmbiguousPlaceError, 4),
    (DataError, 6),
    (PlaceNotFoundError, 3),
    (RouteNotFoundError, 3),
    (MovementNotFoundError, 3),
    (ReaderError, 7),
    (GeoRoutesError, 2),
)

_MODULES: Mapping[str, str] = {
    "map": "drawing",
    "draft": "drafting",
    "check": "drafting",
    "geocode": "looking_up",
    "route": "looking_up",
    "export": "drawing",
    "import": "importing",
    "track": "importing",
    "batch": "many",
    "data": "data",
}

# The matrices are small: threads of the linear algebra libraries wait longer than they work, and
# `batch` starts processes of its own. What the user sets stands.
_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# The others end after a second or so: looking for garbage takes a twelfth of it and finds little.
_LONG = frozenset({"batch", "data"})

# First lines of the commands' own help, so that their list costs no import.
_SUMMARIES: Mapping[str, str] = {
    "map": "Draw a report, or a reviewed route file, as a web map.",
    "draft": "Draft a route file from REPORT ('-' for stdin), for a person to correct.",
    "check": "List what a reviewer should look at in ROUTE_FILE, with line numbers.",
    "geocode": "Find the places that NAME may mean, best first.",
    "route": "Route from ORIGIN to DESTINATION, each a name or LON,LAT.",
    "export": "Write the routed legs for GIS (.gpkg, .geojson, .kml ...) or print (.svg, .pdf, "
    ".png).",
    "import": "Make a route file of a table of LEGS (.csv or .xlsx) and one of places.",
    "track": "Lay a vessel's TRACK (.csv or AIS sentences) over a leg of ROUTE_FILE.",
    "batch": "Map all reports below FOLDER; one bad report is one failed row of summary.csv.",
    "data": "List, verify and rebuild the data sets that ship with geo-routes.",
}


class _Group(click.Group):
    """Imports a command when it is asked for, and turns our errors into one line and a code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_MODULES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        if cmd_name not in _LONG:
            gc.disable()
        module = importlib.import_module(f"geo_routes.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))

    def invoke(self, ctx: click.Context) -> Any:
        for name in _THREADS:
            os.environ.setdefault(name, "1")
        collects = gc.isenabled()
        try:
            return super().invoke(ctx)
        except GeoRoutesError as error:
            click.echo(f"geo-routes: {' '.join(str(error).split())}", err=True)
            sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
        finally:
            if collects:
                gc.enable()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="geo-routes")
def main() -> None:
    """
    Map a reported shipment: text in, routed legs out, each with its evidence.

    \b
    Example: geo-routes map report.txt -o map.html
    """
