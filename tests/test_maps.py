import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape

import folium
import numpy as np
import pytest
import shapely
from material_maps import SEA, eurasia, pacific, routed

import geo_routes as gr
from geo_routes.itinerary import Status
from geo_routes.maps import draw_map, embed_snippet, polylines, words
from geo_routes.maps.corridors import corridor

HOSTILE = (
    "</script><!--<script>alert(1)</script><img src=x onerror=alert(1)>${alert(1)}{{7*7}}\u2028"
)


def page_of(itinerary, legs, **options):
    return draw_map(itinerary, legs, **options).get_root().render()


def data_of(page):
    found = re.findall(
        r'<script type="application/json" id="route-data">(.*?)</script>', page, re.S
    )
    assert len(found) == 1
    return json.loads(found[0])


def decode(text, scale):
    """Read an encoded polyline, by the published algorithm."""
    values, shift, value = [], 0, 0
    for character in text:
        bits = ord(character) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            shift = value = 0
    return np.cumsum(np.array(values).reshape(-1, 2), axis=0) / scale


def test_polylines_are_written_as_published():
    # The worked example of the format's documentation, which puts latitude first.
    points = np.array([(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)])
    assert polylines.encode(points, scale=100_000) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


def test_polylines_come_back_within_a_step():
    points = np.random.default_rng(1).uniform((-400, -90), (400, 90), (500, 2))
    back = decode(polylines.encode(points), polylines.SCALE)
    assert np.abs(back - points).max() <= 0.5 / polylines.SCALE + 1e-9


def test_thinning_stops_at_the_vertices_allowed():
    wiggle = shapely.LineString([(n / 100, 0.001 * (n % 2)) for n in range(2000)])
    assert shapely.get_num_coordinates(polylines.thin([wiggle, None], vertices=10_000)[0]) == 2000
    thinned = polylines.thin([wiggle, None], vertices=100)
    assert shapely.get_num_coordinates(thinned[0]) < 100
    assert thinned[1] is None


def test_the_pieces_of_a_line_are_found_on_it_and_joined():
    line = shapely.LineString([(0, 0), (10, 0)])
    parts = shapely.MultiLineString([[(8, 0), (9, 0)], [(1, 0), (2, 0)], [(2, 0), (3, 0)]])
    assert polylines.shares(line, parts) == [pytest.approx((0.1, 0.3)), pytest.approx((0.8, 0.9))]
    assert polylines.shares(line, None) == []


def test_legs_carry_the_days_that_their_dates_allow():
    itinerary, legs = eurasia()
    data = data_of(page_of(itinerary, legs.assign(departure="1970-02~", arrival="1970-03-02")))
    assert data["legs"][0]["window"] == [31, 60]
    undated = legs.assign(departure="soon", arrival="")
    assert "window" not in data_of(page_of(itinerary, undated))["legs"][0]


def test_the_map_is_a_folium_map_that_saves_and_shows_itself(tmp_path):
    drawn = draw_map(*eurasia())
    assert isinstance(drawn, folium.Map)
    drawn.save(tmp_path / "map.html")
    saved = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert saved == drawn.get_root().render()
    assert "<iframe" in drawn._repr_html_()
    assert saved.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr">')


def test_the_page_asks_nothing_of_the_network():
    page = page_of(*eurasia())
    markup = re.sub(r"<script[^>]*>.*?</script>|<style>.*?</style>", "", page, flags=re.S)
    assert re.findall(r'(?:src|href)="([^"]*)"', markup) == ["https://example.org/report"]
    assert "url(" not in "".join(re.findall(r"<style>(.*?)</style>", page, re.S)).replace(
        "url(#hatch)", ""
    )


def test_the_policy_names_each_script_and_style_and_nothing_else():
    page = page_of(*eurasia())
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
        assert rules[name].split() == hashes
    assert "unsafe" not in policy
    assert " style=" not in re.sub(r"<script[^>]*>.*?</script>", "", page, flags=re.S)


def test_hostile_text_stays_text():
    itinerary, _ = eurasia()
    leg = gr.Leg(
        origin="a",
        destination="b",
        mode=gr.Mode.SEA,
        claim=gr.Claim(by=HOSTILE, denied_by=HOSTILE),
        cargo=HOSTILE,
        note=HOSTILE,
        evidence=(gr.Quote(exact=HOSTILE, source="s1"),),
        inferred={"origin": HOSTILE},
    )
    itinerary = gr.Itinerary(
        title=HOSTILE,
        places={
            "a": gr.Place(name=HOSTILE, lon=130.3, lat=42.2, note=HOSTILE),
            "b": gr.Place(name=HOSTILE, lon=132.3, lat=42.9, toponym=HOSTILE),
        },
        legs=(leg,),
        sources={
            "s1": gr.Source(
                publisher=HOSTILE, title=HOSTILE, lang=HOSTILE, url="javascript:alert(1)"
            )
        },
        doubts=(HOSTILE,),
    )
    page = page_of(itinerary, routed(itinerary, [SEA]))
    assert "<img" not in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert data_of(page)["legs"][0]["quotes"] == [[HOSTILE, "s1"]]


def test_a_route_over_180_degrees_goes_on_instead_of_jumping():
    data = data_of(page_of(*pacific()))
    lines = [decode(leg["line"], data["scale"]) for leg in data["legs"]]
    for line in lines:
        assert np.abs(np.diff(line[:, 0])).max() < 20
    assert lines[0][-1] == pytest.approx(lines[1][0], abs=1e-3)
    assert [round(stop["lon"], 2) for stop in data["stops"]] == [139.65, 241.8, 272.35]


def test_stops_are_numbered_in_the_order_of_completed_legs():
    data = data_of(page_of(*eurasia()))
    numbered = [(stop["number"], stop["name"]) for stop in data["stops"]]
    assert numbered == [(1, "Rajin"), (2, "Dunay"), (3, "a depot near the border")]
    assert [place["name"] for place in data["references"]] == ["Vladivostok"]


def test_what_is_not_reported_as_completed_is_marked():
    data = data_of(page_of(*eurasia()))
    assert [leg["completed"] for leg in data["legs"]] == [True, True, False]
    assert data["legs"][2]["claim"] == Status.POSSIBLE


def test_uncertain_places_and_courses_are_told_apart():
    data = data_of(page_of(*eurasia()))
    depot = data["stops"][2]
    assert depot["vague"]
    assert decode(depot["rings"][0], data["scale"]).max(axis=0).tolist() == [41, 50]
    # The region stands where its leg ends, not at the middle of the region.
    assert (depot["lon"], depot["lat"]) == (40.1, 45.85)
    assert "vague" not in data["stops"][1]
    assert data["legs"][1]["approx"][0] == 0
    assert 0 < data["legs"][1]["approx"][1] < 10_000
    assert "approx" not in data["legs"][0]


def test_a_fallback_is_dashed_and_a_leg_without_a_line_keeps_its_row():
    itinerary, _ = pacific()
    road = gr.Leg(origin="yokohama", destination="chicago", mode=gr.Mode.ROAD)
    unknown = gr.Leg(origin="yokohama", destination="nowhere", mode=gr.Mode.SEA)
    places = {**itinerary.places, "nowhere": gr.Place(name="Nowhere")}
    itinerary = gr.Itinerary(places=places, legs=(road, unknown))
    data = data_of(page_of(itinerary, routed(itinerary, [SEA, None])))
    assert data["legs"][0]["dashed"]
    assert "line" not in data["legs"][1]
    assert data["stops"][-1]["lon"] is None
    assert data["title"] == "Yokohama → Nowhere"


def test_stops_are_joined_with_lines_that_end_elsewhere():
    data = data_of(page_of(*eurasia()))
    first, last = decode(data["legs"][0]["links"][0], data["scale"])
    assert first == pytest.approx((130.3, 42.24), abs=1e-4)
    assert last == pytest.approx((130.35, 42.23), abs=1e-4)


@pytest.mark.parametrize("lang", words.languages())
def test_each_language_has_all_the_words(lang):
    found, said = words.read_words(lang)
    _, english = words.read_words("en")
    assert found == lang
    assert set(said) == set(english)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", said[key])) == set(re.findall(r"\{\w+\}", text)), key


def test_the_page_speaks_the_language_asked_for_or_that_of_the_report():
    itinerary, legs = eurasia()
    assert '<html lang="fr" dir="ltr">' in page_of(itinerary, legs, lang="fr-CA")
    assert '<html lang="en" dir="ltr">' in page_of(itinerary, legs, lang="ko")
    assert "Étapes" in page_of(itinerary, legs, lang="fr")


def test_added_folium_layers_are_drawn_under_a_policy_that_lets_them():
    drawn = draw_map(*eurasia())
    folium.Marker([43.1, 131.9], popup="A remark").add_to(drawn)
    page = drawn.get_root().render()
    script = re.findall(r"<script>(.*?)</script>", page, re.S)[-1]
    assert f".addTo({drawn.get_name()})" in script
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert digest in unescape(page)
    assert page == drawn.get_root().render()


def test_tiles_are_named_in_the_policy_and_credited():
    page = page_of(*eurasia(), basemap="tiles")
    assert "img-src data: blob: https://tile.openstreetmap.org;" in unescape(page)
    assert data_of(page)["tiles"]["attribution"] == "© OpenStreetMap contributors"
    assert data_of(page_of(*eurasia()))["tiles"] is None


def test_the_worldview_is_printed():
    assert "resolution 68/262" in page_of(*eurasia())
    assert "No borders of states are drawn" in page_of(*eurasia(), worldview="none")
    held = page_of(*eurasia(), worldview="held")
    assert "affirms that it is part of Ukraine" in held


def in_crimea(data, layer):
    """Count the lines that lie on the land between Crimea and the mainland."""
    ground = data["basemap"]
    lines = [decode(text, ground["scale"]) for text in ground[layer]]
    isthmus = shapely.box(33.3, 45.6, 35.2, 46.3)
    return sum(shapely.LineString(line).within(isthmus) for line in lines if len(line) > 1)


def test_a_border_across_crimea_is_drawn_only_where_it_is_asked_for_and_then_dashed():
    by_law = data_of(page_of(*eurasia()))
    held = data_of(page_of(*eurasia(), worldview="held"))
    none = data_of(page_of(*eurasia(), worldview="none"))
    assert (in_crimea(by_law, "borders"), in_crimea(by_law, "disputed")) == (0, 0)
    assert in_crimea(held, "disputed") == 1
    assert none["basemap"]["borders"] == none["basemap"]["disputed"] == []


def test_lakes_are_drawn_and_the_caspian_sea_is_none():
    ground = data_of(page_of(*eurasia()))["basemap"]
    lakes = [shapely.Polygon(decode(text, ground["scale"])) for text in ground["lakes"]]
    assert any(lake.contains(shapely.Point(107.5, 53.0)) for lake in lakes)  # Baikal
    assert any(lake.contains(shapely.Point(33.0, -1.0)) for lake in lakes)  # Victoria
    assert not any(lake.contains(shapely.Point(50.5, 42.0)) for lake in lakes)
    assert not any(lake.contains(shapely.Point(59.5, 45.0)) for lake in lakes)  # Aral, dried


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("un dépôt près de la frontière", "Dépôt près de la frontière"),
        ("l’entrepôt de la ville", "Entrepôt de la ville"),
        ("a depot near the border", "Depot near the border"),
        ("die Werft am Hafen", "Werft am Hafen"),
        ("einem Lager im Süden", "Lager im Süden"),
        ("Den Haag", "Den Haag"),
        ("Le Havre", "Le Havre"),
        ("le Havre", "Le Havre"),
        ("La Spezia", "La Spezia"),
        ("Los Angeles", "Los Angeles"),
        ("склад у границы", "Склад у границы"),
        ("ميناء", "ميناء"),
        ("", ""),
    ],
)
def test_labels_have_a_capital_and_no_article_before_a_common_noun(name, shown):
    assert words.label(name) == shown


@pytest.mark.parametrize(
    ("edtf", "lang", "shown"),
    [
        ("2023-09-07", "en", "7 September 2023"),
        ("2023-09-07", "ru", "7 сентября 2023"),
        ("2023-09", "ru", "сентябрь 2023"),
        ("2023-05~", "fr", "vers mai 2023"),
        ("2023-09-07/2023-10-01", "de", "7. September 2023 – 1. Oktober 2023"),
        ("2023-09-07?", "en", "7 September 2023 (?)"),
        ("../2023", "en", "… – 2023"),
        ("in spring", "en", "in spring"),
        ("2023-13", "en", "2023-13"),
    ],
)
def test_dates_are_written_in_the_language_of_the_map(edtf, lang, shown):
    assert words.period(edtf, words.read_words(lang)[1]) == shown


@pytest.mark.parametrize(
    ("lang", "shown"),
    [("en", "12,345"), ("de", "12.345"), ("fr", "12\u202f345"), ("es", "12.345")],
)
def test_thousands_are_marked_as_the_language_does(lang, shown):
    assert words.figure(12_345, lang) == shown


def test_a_corridor_holds_ways_a_tenth_longer_and_no_others():
    line = shapely.LineString([(10, 0), (20, 0)])
    area = corridor([line])
    # A way over a point beside the middle, b away: twice the root of (d/2)^2 + b^2.
    for beside, inside in ((2.2, True), (2.4, False)):
        length = 2 * np.hypot(5, beside)
        assert bool(length < 1.1 * 10) is inside
        assert area.contains(shapely.Point(15, beside)) is inside
    assert area.contains(shapely.Point(9.6, 0))
    assert not area.contains(shapely.Point(9.4, 0))
    assert corridor([shapely.LineString([(0, 0), (0.05, 0)])]) is None


def test_a_fallback_and_unknown_stretches_have_a_corridor_and_known_courses_have_none():
    itinerary, legs = eurasia()
    data = data_of(page_of(itinerary, legs))
    assert [bool(leg.get("corridor")) for leg in data["legs"]] == [False, True, False]
    fallback = legs.assign(method=["geodesic fallback", "rail network", "geodesic"])
    assert data_of(page_of(itinerary, fallback))["legs"][0]["corridor"]


def test_references_are_named_as_in_the_report_and_countries_are_no_dots():
    itinerary, legs = eurasia()
    places = {
        **itinerary.places,
        "moscow": gr.Place(name="Moscow", toponym="Moscou", lon=37.6, lat=55.8, reference=True),
        "russia": gr.Place(name="Russia", lon=90.0, lat=60.0, kind="country", reference=True),
    }
    data = data_of(page_of(replace(itinerary, places=places), legs))
    shown = [place.get("short") or place["name"] for place in data["references"]]
    assert shown == ["Vladivostok", "Moscou"]


def test_the_heading_says_who_claims_and_who_denies():
    page = page_of(*eurasia())
    assert "1–2 reported, according to The White House, denied by Pyongyang" in page
    assert "2–3 reported, according to The White House." in page


def test_days_on_the_way_are_told_where_both_dates_are_close():
    itinerary, legs = eurasia()
    days = legs.assign(departure="2023-09-01/2023-09-03", arrival=["2023-09-10", "", ""])
    assert data_of(page_of(itinerary, days))["legs"][0]["days"] == [7, 9]
    loose = legs.assign(departure="2023-09", arrival="2023-10-01")
    assert "days" not in data_of(page_of(itinerary, loose))["legs"][0]


def test_what_the_report_tells_of_the_load_is_shown_and_what_it_does_not_is_left_out():
    itinerary, legs = eurasia()
    told = legs.assign(quantity=["300 containers", "", ""], carrier="")
    leg = data_of(page_of(itinerary, told))["legs"][0]
    assert leg["quantity"] == "300 containers"
    assert "carrier" not in leg


@pytest.mark.parametrize("options", [{"basemap": "satellite"}, {"worldview": "flat"}])
def test_unknown_choices_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        draw_map(*eurasia(), **options)


def test_the_snippet_escapes_what_it_is_given():
    snippet = embed_snippet('a"b.html', "<b>Route & rail</b>")
    assert 'src="a&quot;b.html"' in snippet
    assert 'title="&lt;b&gt;Route &amp; rail&lt;/b&gt;"' in snippet
    assert 'sandbox="allow-scripts' in snippet
    assert "allow-same-origin" not in snippet
