"""Options that several commands share, and how their words are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from geo_routes.errors import GeoRoutesError, PlaceNotFoundError

F = TypeVar("F", bound=Callable[..., Any])

AMBIGUOUS_SHARE = 0.8
"""A second reading this near to the best one (by score) makes a name ambiguous."""


def output_option(default: str | None = None) -> Callable[[F], F]:
    """Add -o and --overwrite."""

    def add(command: F) -> F:
        command = click.option("--overwrite", is_flag=True, help="Replace existing files.")(command)
        return click.option(
            "-o", "--output", default=default, metavar="FILE", help="File to write, - for stdout."
        )(command)

    return add


def document_options(command: F) -> F:
    """Add what overrides a report's own words about itself."""
    for option in (
        click.option("--places", metavar="CSV", help="Places of your own: name,lon,lat,country."),
        click.option("--published", metavar="DATE", help="Date of the report, YYYY-MM-DD."),
        click.option("--report-lang", metavar="CODE", help="Language of the report, such as fr."),
    ):
        command = option(command)
    return command


def reader_options(command: F) -> F:
    """Add a reader of the user's own: off unless its address is given."""
    for option in (
        click.option("--model", metavar="NAME", help="Model that --reader asks."),
        click.option(
            "--reader",
            metavar="URL",
            help="Ask a model at this OpenAI-compatible address for the movements; the report is "
            "sent there, and nowhere else.",
        ),
    ):
        command = option(command)
    return command


def avoid_option(command: F) -> F:
    """Add --avoid."""
    return click.option(
        "--avoid",
        multiple=True,
        metavar="ID",
        help="Passage (suez) or country (CN) to stay out of; may be repeated.",
    )(command)


@contextmanager
def arguments_checked() -> Iterator[None]:
    """Let what the library says of a bad argument reach the user as a usage error."""
    try:
        yield
    except ValueError as error:
        if isinstance(error, GeoRoutesError):
            raise
        raise click.UsageError(str(error)) from error


def read_end(text: str) -> Any:
    """Read LON,LAT as a point; leave a name as it is."""
    parts = text.split(",")
    if len(parts) != 2:
        return text
    try:
        lon, lat = float(parts[0]), float(parts[1])
    except ValueError:
        return text
    if abs(lat) <= 90 and abs(lon) <= 180:
        return lon, lat
    swapped = abs(lon) <= 90 and abs(lat) <= 180
    advice = f"write {parts[1].strip()},{parts[0].strip()}" if swapped else "no such point"
    raise click.UsageError(f"{text!r} is no LON,LAT (longitude comes first): {advice}.")


def read_point(text: str) -> tuple[float, float]:
    """Read LON,LAT, or look a name up."""
    end = read_end(text)
    if isinstance(end, tuple):
        return float(end[0]), float(end[1])
    from geo_routes.geocoding import geocode_name

    found = geocode_name(text, candidates=1)
    found = found[found.geometry.notna()]
    if found.empty:
        raise PlaceNotFoundError(f"No place called {text!r} in the gazetteer (--near).")
    return found.geometry.iloc[0].x, found.geometry.iloc[0].y


def read_millimetres(text: str) -> float:
    """Read a width such as 180mm."""
    number = text.strip().lower().removesuffix("mm")
    try:
        return float(number)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no width such as 180mm.") from None
