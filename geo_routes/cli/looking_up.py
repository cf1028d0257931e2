"""Commands that look up one place, or one way."""

from __future__ import annotations

import click

from geo_routes.cli.options import (
    AMBIGUOUS_SHARE,
    arguments_checked,
    avoid_option,
    read_end,
    read_point,
)
from geo_routes.cli.talk import describe_leg, legs_to_json
from geo_routes.errors import AmbiguousPlaceError, PlaceNotFoundError
from geo_routes.geocoding import geocode_name
from geo_routes.routing import route

MODES = ("sea", "rail", "road", "air", "inland_waterway", "pipeline", "unknown")


@click.command("geocode")
@click.argument("name")
@click.option("--near", metavar="NAME_OR_LON,LAT", help="Prefer places near this one.")
@click.option("--country", metavar="CODE", help="Only places of this country, such as RU.")
@click.option("--candidates", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="Print GeoJSON.")
@click.option("--strict", is_flag=True, help="Stop (4) when several readings are likely.")
def geocode_command(
    name: str,
    *,
    near: str | None,
    country: str | None,
    candidates: int,
    as_json: bool,
    strict: bool,
) -> None:
    """
    Find the places that NAME may mean, best first.

    \b
    Example: geo-routes geocode "Dounaï" --near Vladivostok
    """
    point = read_point(near) if near else None
    found = geocode_name(name, near=point, country=country, candidates=candidates)
    found = found[found.geometry.notna()]
    if found.empty:
        raise PlaceNotFoundError(f"No place called {name!r} in the gazetteer.")
    if strict and len(found) > 1 and found.score.iloc[1] > AMBIGUOUS_SHARE * found.score.iloc[0]:
        raise AmbiguousPlaceError(f"{name!r} may mean several places; add --near or --country.")
    if as_json:
        columns = ["rank", "score", "name", "country", "kind", "gazetteer", "uncertainty_km", "why"]
        click.echo(found[[*columns, "geometry"]].to_json(drop_id=True, indent=2))
        return
    for row in found.itertuples():
        click.echo(
            f"{row.score:.2f}  {row.name}, {row.country}  "
            f"{row.geometry.x:.4f},{row.geometry.y:.4f}  {row.kind}  {row.gazetteer}  {row.why}"
        )


@click.command("route")
@click.argument("origin")
@click.argument("destination")
@click.option("--mode", type=click.Choice(MODES), default="sea", show_default=True)
@click.option("--via", multiple=True, metavar="ID_OR_PLACE", help="Passage or place to pass.")
@avoid_option
@click.option("--alternatives", default=1, show_default=True, type=click.IntRange(1, 10))
@click.option("--json", "as_json", is_flag=True, help="Print GeoJSON.")
def route_command(
    origin: str,
    destination: str,
    *,
    mode: str,
    via: tuple[str, ...],
    avoid: tuple[str, ...],
    alternatives: int,
    as_json: bool,
) -> None:
    """
    Route from ORIGIN to DESTINATION, each a name or LON,LAT.

    \b
    Example: geo-routes route Rajin Dunay --mode sea
    """
    with arguments_checked():
        legs = route(
            read_end(origin),
            read_end(destination),
            mode=mode,
            via=[read_end(item) for item in via],
            avoid=avoid,
            alternatives=alternatives,
        )
    if as_json:
        click.echo(legs_to_json(legs))
        return
    for row in legs.itertuples():
        click.echo(describe_leg(row))
