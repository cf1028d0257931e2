import dataclasses
import json
from html import escape

import folium
import pytest
from material_maps import eurasia, gallery, many, pacific, routed
from shapely import LineString

import geo_routes as gr
from geo_routes.maps import draw_map, embed_snippet

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OWN = "#map > .leaflet-map-pane > .leaflet-marker-pane"
SIZES = {"wide": (1280, 800), "phone": (390, 844)}
MAKERS = {"eurasia": eurasia, "pacific": pacific}

PAYLOADS = [
    "<script>HIT</script>",
    "</script><script>HIT</script>",
    "<!--<script>HIT",
    "<img src=x onerror=HIT>",
    "<img/src=x/onerror=HIT//",
    "<svg onload=HIT>",
    "<svg><script>HIT</script></svg>",
    "<svg><animate onbegin=HIT attributeName=x>",
    "<iframe srcdoc='<script>parent.HIT</script>'></iframe>",
    "<iframe src=javascript:HIT></iframe>",
    "<body onload=HIT>",
    "<details open ontoggle=HIT>",
    "<input autofocus onfocus=HIT>",
    "<select autofocus onfocus=HIT>",
    "<video src=x onerror=HIT>",
    "<audio src=x onerror=HIT>",
    "<math><mtext><script>HIT</script></mtext></math>",
    "<a href=javascript:HIT>x</a>",
    "<form action=javascript:HIT><button>x</button></form>",
    "<object data=javascript:HIT>",
    "<embed src=javascript:HIT>",
    "<link rel=stylesheet href=//example.org/x.css>",
    "<style>@import '//example.org/x.css';</style>",
    "<meta http-equiv=refresh content='0;url=//example.org'>",
    "<base href=//example.org/>",
    "<template><script>HIT</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=HIT>'>",
    "<textarea></textarea><script>HIT</script>",
    "<title></title><script>HIT</script>",
    "' onmouseover='HIT",
    '" autofocus onfocus="HIT',
    "`${HIT}`",
    "${HIT}",
    "{{ HIT }}",
    "{% print(HIT) %}",
    "javascript:HIT",
    "\\u003cscript\\u003eHIT\\u003c/script\\u003e",
    "&lt;script&gt;HIT&lt;/script&gt;",
    "]]><script>HIT</script>",
    "\u2028HIT\u2029//*/\u202eHIT",
]


def hostile(texts):
    """Make an itinerary each of whose legs has one of the texts in every field."""
    places, legs, sources, changes = {}, [], {}, []
    for n, text in enumerate(texts):
        said = (gr.Quote(exact=text, source=f"s{n}"),)
        places[f"a{n}"] = gr.Place(name=text, lon=130.0, lat=42.0 + n, note=text, kind=text)
        places[f"b{n}"] = gr.Place(name=text, lon=133.0, lat=42.0 + n, country=text, toponym=text)
        places[f"c{n}"] = gr.Place(
            name=text, lon=136.0, lat=42.0 + n, reference=True, evidence=said
        )
        sources[f"s{n}"] = gr.Source(
            publisher=text, title=text, published=text, url=text, sha256=text
        )
        changes.append(
            {"notes": (text,), "passages": (text,), "countries": {text: 5}, "method": text}
        )
        legs.append(
            gr.Leg(
                origin=f"a{n}",
                destination=f"b{n}",
                mode=gr.Mode.SEA,
                departure=text,
                claim=gr.Claim(by=text, denied_by=text),
                cargo=text,
                vehicle=text,
                flag=text,
                evidence=said,
                inferred={text: text},
                note=text,
            )
        )
    itinerary = gr.Itinerary(
        title=" ".join(texts), places=places, legs=tuple(legs), sources=sources, doubts=tuple(texts)
    )
    lines = [LineString([(130.0, 42.0 + n), (133.0, 42.0 + n)]) for n in range(len(texts))]
    return itinerary, routed(itinerary, lines, *changes)


def clean(opened):
    return (opened.requests, opened.errors, opened.dialogs) == ([], [], [])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("maker", MAKERS)
def test_pages_open_without_a_request_or_an_error(open_map, maker, size):
    width, height = SIZES[size]
    opened = open_map(draw_map(*MAKERS[maker]()), width=width, height=height)
    assert clean(opened), (opened.requests, opened.errors)
    assert opened.page.locator(f"{OWN} .pin .disc").count() == 3
    assert opened.page.locator("path.leg.main").count() >= 2
    overflow = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("maker", MAKERS)
def test_axe_finds_nothing(open_map, axe, maker, scheme):
    opened = open_map(
        draw_map(*MAKERS[maker]()), scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    page = opened.page
    for box in page.locator(".panel input").all():
        box.check()
    page.locator("#table summary").click()
    page.locator(".pin").first.click()
    page.wait_for_selector(".card")
    page.add_script_tag(content=axe)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    wrong = {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in found["violations"]}
    assert wrong == {}
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("first", range(0, len(PAYLOADS), 8))
def test_hostile_text_is_shown_and_never_run(open_map, first):
    texts = [text.replace("HIT", "alert(1)") for text in PAYLOADS[first : first + 8]]
    opened = open_map(draw_map(*hostile(texts)))
    page = opened.page
    page.locator("#table summary").click()
    page.wait_for_selector("#table table")
    assert page.evaluate("document.querySelector('h1').textContent") == " ".join(texts)
    quoted = "[...document.querySelectorAll('#table blockquote')].map((node) => node.textContent)"
    assert page.evaluate(quoted) == texts
    for pin in page.locator(".pin").all():
        pin.press("Enter")
    for n, text in enumerate(texts):
        page.locator(".show").nth(n).click()
        shown = "[...document.querySelectorAll('.card blockquote')].pop().textContent"
        assert page.evaluate(shown) == text
    foreign = "img, iframe, object, embed, video, audio, math, base, form, animate"
    assert page.locator(foreign).count() == 0
    assert clean(opened), (opened.requests, opened.errors, opened.dialogs)


def test_claims_that_are_not_completed_are_off_until_asked_for(open_map):
    page = open_map(draw_map(*eurasia())).page
    before = page.locator("path.leg.main").count()
    page.get_by_label("possible (1)").check()
    assert page.locator("path.leg.main").count() == before + 1


def test_the_legend_counts_completed_legs_and_the_others_by_claim(open_map):
    page = open_map(draw_map(*gallery("razoni-2022"))).page
    panel = page.locator(".panel").inner_text()
    assert "Sea (3)" in panel
    assert "planned (1)" in panel


def test_playing_moves_the_slider_and_comes_to_an_end(open_map):
    page = open_map(draw_map(*pacific()), reduced_motion="reduce").page
    page.get_by_role("button", name="Play the dates").click()
    assert page.locator("path.leg.main").count() == 1
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play the dates").wait_for()
    slider = page.locator(".time input")
    assert slider.input_value() == slider.get_attribute("max")
    assert page.locator("path.leg.main").count() == 2


def test_popups_stay_on_a_phone(open_map):
    page = open_map(draw_map(*gallery("laodicea-2022")), width=390, height=844).page
    page.locator("path.leg.hit").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    box = page.locator(".leaflet-popup").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_legs_and_stops_are_reached_by_keyboard(open_map):
    page = open_map(draw_map(*eurasia())).page
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label') || ''"))
    wanted = [
        "Leg 1: Sea, Rajin → Dunay",
        "Leg 2: Rail, Dunay → a depot near the border",
        "1 Rajin",
    ]
    assert [name for name in wanted if name not in reached] == []
    page.locator("path.leg.hit").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")
    assert "A ship under Russian flag sailed to Dunay." in page.locator(".card").inner_text()


def test_labels_do_not_cover_each_other_or_the_stops(open_map):
    script = """(own) => {
      const seen = (node) => !node.hidden && node.offsetWidth;
      const boxes = (query) => [...document.querySelectorAll(query)].filter(seen).map((node) => {
        const box = node.getBoundingClientRect();
        return {text: node.textContent, box: [box.left, box.top, box.right, box.bottom]};
      });
      return {labels: boxes(own + ' .label'), discs: boxes(own + ' .disc')};
    }"""
    for width, height in SIZES.values():
        page = open_map(draw_map(*eurasia()), width=width, height=height).page
        found = page.evaluate(script, OWN)
        assert len(found["labels"]) >= 3
        for kind in ("labels", "discs"):
            for label in found["labels"]:
                for other in found[kind]:
                    if other is not label:
                        assert not cover(label["box"], other["box"]), (label, other)


def test_long_names_of_stops_are_moved_or_wrapped_and_not_dropped(open_map):
    itinerary, legs = eurasia()
    places = {
        key: dataclasses.replace(place, name=f"Munitions depot not far from {place.name}")
        for key, place in itinerary.places.items()
    }
    page = open_map(draw_map(dataclasses.replace(itinerary, places=places), legs), width=390).page
    script = """(query) => [...document.querySelectorAll(query)].map((node) => [node.hidden,
      node.scrollHeight <= node.offsetHeight + 2])"""
    found = page.evaluate(script, f"{OWN} .stop:has(.disc) .label")
    assert found == [[False, True]] * 3


@pytest.mark.parametrize("lang", ["en", "fr", "ru", "es", "de"])
def test_the_scale_stays_clear_of_the_note_and_holds_its_figures(open_map, lang):
    page = open_map(draw_map(*eurasia(), lang=lang), width=390, height=844).page
    scale = page.locator(".leaflet-control-scale").bounding_box()
    note = page.locator(".note").bounding_box()
    assert note["x"] - (scale["x"] + scale["width"]) >= 24
    bars = page.evaluate(
        "[...document.querySelectorAll('.leaflet-control-scale-line')]"
        ".map((bar) => bar.scrollWidth - bar.clientWidth)"
    )
    assert bars == [0, 0]


def cover(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > 2 and height > 2


def test_a_link_opens_the_view_it_names(open_map):
    opened = open_map(draw_map(*eurasia()))
    opened.page.goto(opened.page.url + "#7.00/43.1/132.0")
    opened.page.reload()
    opened.page.wait_for_selector("html[data-ready]")
    opened.page.mouse.move(600, 400)
    opened.page.mouse.down()
    opened.page.mouse.move(560, 400, steps=4)
    opened.page.mouse.up()
    opened.page.wait_for_timeout(600)
    zoom, lat, lon = opened.page.evaluate("location.hash").lstrip("#").split("/")
    assert float(zoom) == 7
    assert float(lat) == pytest.approx(43.1, abs=0.5)
    assert 132.1 < float(lon) < 133.5


def test_the_download_is_geojson(open_map):
    page = open_map(draw_map(*eurasia())).page
    with page.expect_download() as event:
        page.get_by_role("button", name="Download GeoJSON").click()
    collection = json.loads(event.value.path().read_text(encoding="utf-8"))
    kinds = [feature["properties"]["kind"] for feature in collection["features"]]
    assert kinds == ["stop", "stop", "stop", "reference", "leg", "leg", "leg"]
    line = collection["features"][4]["geometry"]["coordinates"]
    assert line[0] == [130.35, 42.23]
    assert collection["features"][4]["properties"]["denied_by"] == "Pyongyang"


def test_the_route_file_is_offered_as_it_is(open_map):
    drawn = draw_map(*eurasia())
    drawn.offer_route_file("schema: geo-routes/1\ntitle: </script>\n")
    page = open_map(drawn).page
    with page.expect_download() as event:
        page.get_by_role("button", name="Download route file").click()
    written = event.value.path().read_text(encoding="utf-8")
    assert written == "schema: geo-routes/1\ntitle: </script>\n"


def test_a_distance_is_measured_in_km_and_nm(open_map):
    page = open_map(draw_map(*eurasia())).page
    page.get_by_role("button", name="Measure a distance").click()
    for x in (500, 700):
        page.mouse.click(x, 600)
        page.wait_for_timeout(100)
    shown = page.locator(".measured").last.inner_text()
    assert "km" in shown
    assert "nm" in shown


def test_paper_gets_the_table_and_not_the_buttons(open_map):
    page = open_map(draw_map(*eurasia())).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#table tbody tr").count() == 3
    assert page.locator("#actions").is_hidden()
    assert page.locator(".tools").is_hidden()


def test_the_slider_hides_legs_that_had_not_begun(open_map):
    page = open_map(draw_map(*pacific())).page
    slider = page.locator(".time input")
    assert page.locator("path.leg.main").count() == 2
    slider.fill(slider.get_attribute("min"))
    assert page.locator("path.leg.main").count() == 1
    assert "Feb 3, 2024" in page.locator(".time output").inner_text()


@pytest.mark.parametrize("frame", ["srcdoc", "sandbox"])
def test_pages_work_inside_another_page(open_map, tmp_path, frame):
    drawn = draw_map(*eurasia())
    if frame == "srcdoc":
        host = (
            f'<iframe width=900 height=600 srcdoc="{escape(drawn.get_root().render())}"></iframe>'
        )
    else:
        drawn.save(tmp_path / "inner.html")
        host = embed_snippet("inner.html", "A route")
    opened = open_map(f"<!DOCTYPE html><title>Host</title>{host}")
    inner = opened.page.frame_locator("iframe")
    inner.locator("html[data-ready]").wait_for(timeout=15_000)
    inner.locator(".pin").first.press("Enter")
    inner.locator(".card").wait_for()
    assert clean(opened), (opened.requests, opened.errors)


def test_added_folium_layers_show(open_map):
    drawn = draw_map(*eurasia())
    folium.Marker([50.0, 100.0], popup="A remark").add_to(drawn)
    opened = open_map(drawn)
    opened.page.locator("img.leaflet-marker-icon").click()
    assert "A remark" in opened.page.locator(".leaflet-popup-content").inner_text()
    assert clean(opened), (opened.requests, opened.errors)


def test_an_unreachable_tile_server_leaves_the_vector_basemap(open_map):
    opened = open_map(draw_map(*eurasia(), basemap="tiles"), offline=True)
    assert opened.page.locator("path.land").count() >= 1
    assert "OpenStreetMap" in opened.page.locator(".note").inner_text()


@pytest.mark.parametrize("count", [50, 500, 2000])
def test_many_legs_are_drawn(open_map, count):
    opened = open_map(draw_map(*many(count)))
    assert clean(opened), (opened.requests, opened.errors)
    assert f"({count})" in opened.page.locator("#table summary").inner_text()


def test_right_to_left_names_keep_their_order(open_map):
    itinerary, legs = eurasia()
    places = dict(itinerary.places)
    places["rajin"] = gr.Place(name="ميناء راجين", lon=130.3, lat=42.24)
    arabic = gr.Itinerary(title="شحنة", places=places, legs=itinerary.legs)
    legs = legs.assign(origin=["ميناء راجين", *legs.origin[1:]])
    page = open_map(draw_map(arabic, legs)).page
    heading = page.evaluate("getComputedStyle(document.querySelector('h1')).direction")
    label = page.evaluate("getComputedStyle(document.querySelector('.label')).direction")
    assert (heading, label) == ("rtl", "rtl")
