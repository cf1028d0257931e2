"""The command that maps many reports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from geo_routes.batch import SUMMARY, find_reports, map_reports
from geo_routes.errors import MovementNotFoundError, OutputError

PARTLY_FAILED = 5


@click.command("batch")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--resume", is_flag=True, help="Skip what an earlier run has done.")
@click.option(
    "--places",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Places of your own: name,lon,lat,country.",
)
@click.option("--no-maps", is_flag=True, help="Write route files only.")
def batch_command(
    folder: Path, *, output: Path, resume: bool, places: Path | None, no_maps: bool
) -> None:
    """
    Map all reports below FOLDER; one bad report is one failed row of summary.csv.

    \b
    Example: geo-routes batch reports/ -o maps/ --resume
    """
    reports = find_reports(folder)
    if not reports:
        raise MovementNotFoundError(f"No .txt, .html or .pdf below {folder}.")
    if output.is_dir() and not resume and (output / SUMMARY).exists():
        raise OutputError(f"{output / SUMMARY} exists already. Go on with --resume, or move it.")
    output.mkdir(parents=True, exist_ok=True)
    summary = map_reports(
        reports,
        output,
        resume=resume,
        draw=not no_maps,
        places=places,
        progress=sys.stderr.isatty(),
    )
    counts = summary.status.value_counts()
    click.echo(", ".join(f"{number} {status}" for status, number in counts.items()))
    if (summary.status == "failed").any():
        sys.exit(PARTLY_FAILED)
