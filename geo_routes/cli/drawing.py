"""Commands that draw and export: map and export."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import click

from geo_routes import io, maps
from geo_routes.cli.options import (
    arguments_checked,
    avoid_option,
    document_options,
    output_option,
    read_millimetres,
    reader_options,
)
from geo_routes.cli.reading import (
    is_route_file,
    read_itineraries,
    refuse_ambiguous,
    write_route_file,
)
from geo_routes.cli.talk import count, talk, tell_legs
from geo_routes.itinerary import join_itineraries
from geo_routes.outputs import check_target, write_text
from geo_routes.routing import route_itinerary

worldview_option = click.option(
    "--worldview",
    type=click.Choice(["un", "held", "none"]),
    default="un",
    help="Borders: of the United Nations' maps, by who holds a territory, or none.",
)


@click.command("map")
@click.argument("source", metavar="REPORT_OR_ROUTE_FILE")
@output_option()
@document_options
@reader_options
@avoid_option
@click.option("--lang", default="", metavar="CODE", help="Language of the page: en fr ru es de.")
@click.option("--title", default="", help="Title of the page.")
@click.option("--basemap", type=click.Choice(["vector", "tiles"]), default="vector")
@worldview_option
@click.option("--embed", is_flag=True, help="Print the HTML that embeds the page in another.")
@click.option("--strict", is_flag=True, help="Stop (4) when a place has several likely readings.")
def map_command(source: str, *, output: str | None, overwrite: bool, **options: Any) -> None:
    """
    Draw a report, or a reviewed route file, as a web map.

    The draft made from a report is left beside the map as a route file to correct and map again.

    \b
    Example: geo-routes map report.txt -o map.html
    """
    target = _output_path(source, output, ".html")
    is_draft = not is_route_file(source)
    route_file = target.with_suffix(".yaml") if target and is_draft else None
    for path in (target, route_file):
        if path:
            check_target(path, overwrite=overwrite)
    itineraries = read_itineraries(source, options)
    if options["strict"]:
        refuse_ambiguous(itineraries)
    itinerary = join_itineraries(itineraries)
    with arguments_checked():
        legs = route_itinerary(itinerary, avoid=options["avoid"])
    page = maps.draw_map(
        itinerary,
        legs,
        lang=options["lang"],
        title=options["title"],
        basemap=options["basemap"],
        worldview=options["worldview"],
    )
    text = StringIO()
    io.write_itinerary(itineraries if len(itineraries) > 1 else itineraries[0], text)
    page.offer_route_file(text.getvalue())
    html = page.get_root().render()
    if target is None:
        click.echo(html)
        return
    if route_file:
        write_route_file(itineraries, route_file)
    write_text(target, html)
    if options["embed"]:
        click.echo(maps.embed_snippet(target.name, itinerary.title))
    tell_legs(target, route_file, itinerary, legs)


@click.command("export")
@click.argument("source", metavar="REPORT_OR_ROUTE_FILE")
@click.option("-o", "--output", required=True, metavar="FILE", help="The suffix gives the format.")
@click.option("-f", "--format", "file_format", default="", help="Format, where the suffix lies.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@document_options
@avoid_option
@click.option("--projection", default="auto", help="Of a printed map: auto, or a PROJ string.")
@click.option("--size", default="180mm", help="Width of a printed map, such as 180mm.")
@worldview_option
def export_command(
    source: str, *, output: str, file_format: str, overwrite: bool, **options: Any
) -> None:
    """
    Write the routed legs for GIS (.gpkg, .geojson, .kml ...) or print (.svg, .pdf, .png).

    \b
    Example: geo-routes export route.yaml -o route.gpkg
    """
    target = Path(output)
    check_target(target, overwrite=overwrite)
    itinerary = join_itineraries(read_itineraries(source, options))
    with arguments_checked():
        legs = route_itinerary(itinerary, avoid=options["avoid"])
    if (file_format or target.suffix.lstrip(".")) in {"svg", "pdf", "png"}:
        size_mm = read_millimetres(options["size"])
        maps.export_figure(
            itinerary,
            legs,
            target,
            projection=options["projection"],
            size_mm=size_mm,
            worldview=options["worldview"],
        )
    else:
        io.export_legs(itinerary, legs, target, format=file_format)
    talk(f"{target}: {count(len(legs), 'leg')}.")


def _output_path(source: str, output: str | None, suffix: str) -> Path | None:
    if output == "-":
        return None
    if output:
        return Path(output)
    return Path("map.html") if source == "-" else Path(Path(source).name).with_suffix(suffix)
