"""What commands print: data on stdout, talk on stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_routes.outputs import write_text

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_routes.itinerary import Itinerary


def talk(message: str) -> None:
    """Tell a person on a terminal; say nothing to a program."""
    if sys.stderr.isatty():
        click.echo(message, err=True)


def count(number: int, word: str) -> str:
    """Put a number before its word, in the plural where it is one."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def write(target: Path | None, text: str) -> None:
    """Write text to a file, or to stdout without one."""
    if target is None:
        click.echo(text)
    else:
        write_text(target, text + "\n")


def tell_legs(
    target: Path, route_file: Path | None, itinerary: Itinerary, legs: gpd.GeoDataFrame
) -> None:
    """Tell what was drawn and what to review."""
    for row in legs.itertuples():
        talk(f"  {row.leg}. {describe_leg(row)} [{row.claim}]")
    talk(f"{target}: {count(len(legs), 'leg')}.")
    if route_file:
        doubts = count(len(itinerary.doubts), "doubt")
        talk(f"{route_file}: the draft, with {doubts}. Review: geo-routes check {route_file}")


def describe_leg(row: Any) -> str:
    """Put a leg on one line."""
    if row.geometry is None:
        return f"{row.origin} -> {row.destination}  {row.mode}  not placed"
    miles = f" ({row.length_nm:,.0f} nm)" if row.mode == "sea" else ""
    facts = [f"{row.length_km:,.0f} km{miles}", row.method]
    if row.passages:
        facts.append("passes " + ", ".join(row.passages))
    if row.countries:
        parts = (f"{code} {km:,.0f} km" for code, km in row.countries.items())
        facts.append("through " + ", ".join(parts))
    if row.crossings:
        facts.append("crosses at " + ", ".join(row.crossings))
    if row.gauge_breaks:
        facts.append("gauge changes at " + ", ".join(row.gauge_breaks))
    if row.approx_km > 0 or row.connector_km > 0:
        facts.append(f"{row.approx_km + row.connector_km:,.0f} km approximate")
    if row.snap_km > 1:
        facts.append(f"{row.snap_km:,.0f} km from the network at the ends")
    facts += row.notes
    return f"{row.origin} -> {row.destination}  {row.mode}  " + "; ".join(facts)


def legs_to_json(legs: gpd.GeoDataFrame) -> str:
    """Make GeoJSON of a legs frame, without the columns that JSON cannot hold."""
    plain = legs.drop(columns=["evidence", "approx"])
    plain = plain.assign(geometry=plain.geometry.map(_cut))
    return str(plain.to_json(drop_id=True, indent=2))


def _cut(line: Any) -> Any:
    from geo_routes.geodesy import cut_antimeridian

    return line if line is None else cut_antimeridian(line)
