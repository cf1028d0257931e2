"""Itineraries and routed legs in a notebook, in a pickle, and as copies."""

import copy
import html
import pickle
import re

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal

import geo_routes as gr


@pytest.fixture(scope="module")
def itinerary():
    return gr.Itinerary(
        title="Spare parts by air",
        places={
            "pk": gr.Place(name="Petropavlovsk", lon=158.65, lat=53.02, country="RU"),
            "adak": gr.Place(name="Adak", lon=-176.65, lat=51.88, country="US"),
        },
        legs=(
            gr.Leg(
                origin="pk",
                destination="adak",
                mode=gr.Mode.AIR,
                departure="2023-05",
                evidence=(gr.Quote(exact="flew <b>by night</b>", start=7),),
            ),
        ),
        doubts=("Adak may be the island.",),
    )


@pytest.fixture(scope="module")
def legs(itinerary):
    return gr.route_itinerary(itinerary)


def page_of(shown):
    """Take the page out of the iframe that shows it, as a browser does."""
    (source,) = re.findall(r'<iframe srcdoc="([^"]*)"', shown)
    return html.unescape(source)


def test_an_itinerary_tells_its_legs_in_text(itinerary):
    assert repr(itinerary).splitlines() == [
        "Itinerary('Spare parts by air', 1 leg, 1 doubt)",
        "  1. Petropavlovsk -> Adak, air, 2023-05, reported",
    ]


def test_an_itinerary_is_shown_as_its_map(itinerary):
    page = page_of(itinerary._repr_html_())
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "Petropavlovsk" in page


def test_routed_legs_are_shown_as_their_map_above_a_table(legs):
    shown = legs._repr_html_()
    assert "Petropavlovsk" in page_of(shown)
    assert shown.rstrip().endswith("</table>")


def test_text_of_a_report_stays_inside_the_frame(legs):
    assert "<b>by night" not in legs._repr_html_()


def test_a_selection_of_routed_legs_is_shown_as_a_table(legs):
    for part in (legs[["origin", "geometry"]], legs.iloc[:0], legs[["origin", "length_km"]]):
        assert "iframe" not in part._repr_html_()
        assert "origin" in repr(part)


def test_where_no_map_can_be_drawn_the_text_is_left(itinerary, legs, monkeypatch):
    def fail(*_arguments, **_options):
        raise gr.GeoRoutesError("no data")

    monkeypatch.setattr("geo_routes.maps.page.draw_map", fail)
    assert itinerary._repr_html_() is None
    assert "iframe" not in legs._repr_html_()
    assert "Petropavlovsk" in legs._repr_html_()


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_copies_and_pickles_are_equal(itinerary, legs, again):
    assert again(itinerary) == itinerary
    assert_geodataframe_equal(again(legs), legs)
    assert again(legs).itinerary == itinerary


def test_routed_legs_work_as_a_plain_frame(legs, tmp_path):
    box = gpd.GeoDataFrame(geometry=gpd.points_from_xy([158.65], [53.02]).buffer(1), crs=legs.crs)
    joined = gpd.sjoin(box, legs[["origin", "geometry"]])
    assert joined.origin.tolist() == ["Petropavlovsk"]
    plain = legs.drop(columns=["approx", "evidence", "inferred", "countries", "notes"])
    plain = plain.drop(columns=["passages", "crossings", "gauge_breaks"])
    plain.to_file(tmp_path / "legs.gpkg")
    assert gpd.read_file(tmp_path / "legs.gpkg").length_km.tolist() == legs.length_km.tolist()
