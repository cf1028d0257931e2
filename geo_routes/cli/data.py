"""Commands on the data sets: list, verify, build."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

import click

from geo_routes import datasets
from geo_routes.cli.options import arguments_checked
from geo_routes.cli.talk import talk


@click.group("data")
def data_command() -> None:
    """List, verify and rebuild the data sets that ship with geo-routes."""


@data_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON.")
def data_list_command(as_json: bool) -> None:
    """
    List the data sets with version, size and licence.

    \b
    Example: geo-routes data list
    """
    rows = datasets.catalogue()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows.values()], indent=2, ensure_ascii=False))
        return
    for row in rows.values():
        size_mb = row.size_bytes / 1e6
        click.echo(f"{row.name:12} {row.version:14} {size_mb:6.1f} MB  {row.licence}")


@data_command.command("verify")
@click.argument("names", nargs=-1)
def data_verify_command(names: tuple[str, ...]) -> None:
    """
    Compare the data sets with their SHA-256.

    \b
    Example: geo-routes data verify
    """
    for name in names or tuple(datasets.catalogue()):
        datasets.verify(name)
        click.echo(f"{name}: whole")


class _Talk(logging.Handler):
    """Tells how far a long build has come."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one line."""
        talk(record.getMessage())


@data_command.command("build")
@click.argument("name")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Target folder.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="For downloads.")
@click.option(
    "--osm",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For rail: an OpenStreetMap extract (.osm.pbf) whose track replaces the shipped.",
)
@click.option("--area", metavar="W,S,E,N", help="Where it does; else along the extract's track.")
def data_build_command(
    name: str, into: Path | None, cache: Path | None, osm: Path | None, area: str | None
) -> None:
    """
    Build data set NAME again from its packages.

    \b
    Example: geo-routes data build rail --into mydata
    Example: geo-routes data build rail --osm russia-latest.osm.pbf --into mydata
    """
    from geo_routes import builders

    folder = into or Path("geo-routes-data")
    store = cache or Path.home() / ".cache" / "geo-routes"
    folder.mkdir(parents=True, exist_ok=True)
    store.mkdir(parents=True, exist_ok=True)
    builders_log = logging.getLogger(builders.__name__)
    builders_log.setLevel(logging.INFO)
    builders_log.addHandler(_Talk())
    with arguments_checked():
        dataset = builders.build(name, folder, store, osm=osm, area=area)
    click.echo(f"{folder / dataset.file}  sha256 {dataset.sha256}")
    talk(f"Use it: export GEO_ROUTES_DATA={folder.resolve()}")
