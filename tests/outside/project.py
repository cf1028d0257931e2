"""A project of another author: everything is used as the README shows, under mypy --strict."""

from __future__ import annotations

from pathlib import Path

import geo_routes as gr
from geo_routes.batch import find_reports
from geo_routes.io import check_itinerary, compare_track, export_legs, read_export, read_track


def map_report(report: Path, folder: Path) -> float:
    """Draft, route, draw and export a report; return the length of what took place."""
    document: gr.Document = gr.read_document(report, published="2023-10-13")
    itinerary = gr.draft_itinerary(document, gr.geocode(gr.find_toponyms(document)))
    legs = gr.route_itinerary(itinerary, avoid={"CN"}, progress=True)
    gr.draw_map(itinerary, legs, lang="fr").save(str(folder / "map.html"))
    gr.write_itinerary(itinerary, folder / "route.yaml")
    export_legs(itinerary, legs, folder / "route.gpkg")
    again: gr.Itinerary = read_export(folder / "route.gpkg")
    doubts: list[tuple[int, str]] = check_itinerary(folder / "route.yaml")
    completed = sum(leg.completed for leg in again.legs)
    return float(legs.length_km.sum()) if completed and not doubts else 0.0


def by_hand() -> gr.Itinerary:
    """Write an itinerary without a report."""
    return gr.Itinerary(
        places={
            "hal": gr.Place(name="Halden", lon=11.39, lat=59.12),
            "lag": gr.Place(name="Lagos", lon=3.39, lat=6.44),
        },
        legs=(
            gr.Leg(
                origin="hal",
                destination="lag",
                mode=gr.Mode.SEA,
                claim=gr.Claim(by="the port"),
                evidence=(gr.Quote(exact="left Halden"),),
            ),
        ),
        sources={"s1": gr.Source(publisher="A paper")},
    )


def hours_without_a_fix(track_file: Path) -> list[float]:
    """List the gaps of a track against the sea leg that was reported."""
    leg = gr.route((11.39, 59.12), "Lagos", mode="sea").iloc[0]
    return [gap.hours for gap in compare_track(read_track(track_file), leg.geometry).gaps]


NAMES: list[str] = [path.name for path in find_reports(Path())]
