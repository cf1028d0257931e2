"""Commands that draft and check route files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from geo_routes import io
from geo_routes.cli.options import document_options, output_option, reader_options
from geo_routes.cli.reading import draft, write_route_file
from geo_routes.cli.talk import count, talk, write
from geo_routes.outputs import check_target


@click.command("draft")
@click.argument("report")
@output_option("-")
@document_options
@reader_options
@click.option("--json", "as_json", is_flag=True, help="Print the structure as JSON.")
@click.option("--keep", is_flag=True, help="Keep a person's corrections in an existing FILE.")
def draft_command(
    report: str, *, output: str, overwrite: bool, as_json: bool, keep: bool, **options: Any
) -> None:
    """
    Draft a route file from REPORT ('-' for stdin), for a person to correct.

    \b
    Example: geo-routes draft report.txt -o route.yaml
    """
    target = None if output == "-" else Path(output)
    if target:
        check_target(target, overwrite=overwrite or keep)
    itineraries = draft(report, options)
    if keep and target and target.exists():
        itineraries = io.keep_drafts(io.read_itineraries(target), itineraries)
    if as_json:
        rows = [io.itinerary_to_dict(itinerary) for itinerary in itineraries]
        write(target, json.dumps(rows[0] if len(rows) == 1 else rows, indent=2, ensure_ascii=False))
    elif target:
        write_route_file(itineraries, target)
        talk(
            f"{target}: {count(sum(len(i.legs) for i in itineraries), 'leg')}. "
            f"Review it with: geo-routes check {target}"
        )
    else:
        io.write_itinerary(itineraries if len(itineraries) > 1 else itineraries[0], sys.stdout)


@click.command("check")
@click.argument("route_file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the doubts as JSON.")
def check_command(route_file: Path, *, as_json: bool) -> None:
    """
    List what a reviewer should look at in ROUTE_FILE, with line numbers.

    \b
    Example: geo-routes check route.yaml
    """
    doubts = io.check_itinerary(route_file)
    if as_json:
        rows = [{"line": line, "message": message} for line, message in doubts]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for line, message in doubts:
        click.echo(f"{route_file}:{line}: {message}")
    talk(f"{count(len(doubts), 'doubt')}.")
