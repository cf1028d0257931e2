"""Commands that take tables and vessel tracks in."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import click

from geo_routes import io
from geo_routes.cli.options import arguments_checked, output_option
from geo_routes.cli.reading import write_route_file
from geo_routes.cli.talk import count, talk
from geo_routes.errors import RouteNotFoundError
from geo_routes.outputs import check_target
from geo_routes.routing import route_itinerary

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("legs", type=_FILE)
@click.option("--places", type=_FILE, help="Table of places; an XLSX workbook holds its own.")
@click.option("--title", default="", help="Title of the itinerary.")
@output_option("-")
def import_command(
    legs: Path, *, places: Path | None, title: str, output: str, overwrite: bool
) -> None:
    """
    Make a route file of a table of LEGS (.csv or .xlsx) and one of places.

    \b
    Example: geo-routes import legs.csv --places places.csv -o route.yaml
    """
    target = None if output == "-" else Path(output)
    if target:
        check_target(target, overwrite=overwrite)
    itinerary = io.read_spreadsheet(legs, places, title=title)
    if target is None:
        io.write_itinerary(itinerary, sys.stdout)
        return
    write_route_file([itinerary], target)
    talk(f"{target}: {count(len(itinerary.legs), 'leg')}. Review: geo-routes check {target}")


@click.command("track")
@click.argument("route_file", type=_FILE)
@click.argument("track_file", metavar="TRACK", type=_FILE)
@click.option("--leg", "number", default=1, show_default=True, help="Number of the leg.")
@click.option("--mmsi", default="", help="Vessel, where AIS sentences are of several.")
@click.option("--gap-hours", default=6.0, show_default=True, help="Longer silence is a gap.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def track_command(
    route_file: Path, track_file: Path, *, number: int, mmsi: str, gap_hours: float, as_json: bool
) -> None:
    """
    Lay a vessel's TRACK (.csv or AIS sentences) over a leg of ROUTE_FILE.

    \b
    Example: geo-routes track route.yaml track.csv --leg 1
    """
    itinerary = io.read_itinerary(route_file)
    if not 1 <= number <= len(itinerary.legs):
        raise click.BadParameter(f"{route_file} has {count(len(itinerary.legs), 'leg')}.")
    one = replace(itinerary, legs=itinerary.legs[number - 1 : number])
    with arguments_checked():
        line = route_itinerary(one).geometry.iloc[0]
    if line is None:
        raise RouteNotFoundError(f"Leg {number} of {route_file} has no line: an end is not placed.")
    found = io.compare_track(io.read_track(track_file, mmsi=mmsi), line, gap_h=gap_hours)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, default=datetime.isoformat))
        return
    click.echo(
        f"{count(found.fixes, 'position')} over {found.length_km:,.0f} km; "
        f"leg {number} is {found.leg_km:,.0f} km long.\n"
        f"Distance from the leg: {found.median_km:,.1f} km in the median, "
        f"{found.largest_km:,.1f} km at most; "
        f"{found.within_25_km:.0%} of the positions within 25 km."
    )
    for gap in found.gaps:
        click.echo(
            f"Gap: {gap.start:%Y-%m-%d %H:%M} to {gap.end:%Y-%m-%d %H:%M} UTC, "
            f"{gap.hours:,.1f} h, {gap.distance_km:,.0f} km."
        )
