"""The pages of the gallery: whole, accessible, and looking as they were approved."""

import pytest
from material_maps import GALLERY, gallery
from pictures import difference

from geo_routes.maps import draw_map

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST = 0.01
REST_MS = 300


@pytest.mark.parametrize("name", GALLERY)
def test_gallery_pages_break_no_rule_in_light_and_dark(open_map, axe, name):
    opened = open_map(draw_map(*gallery(name)), bypass_csp=True, reduced_motion="reduce")
    page = opened.page
    for box in page.locator(".panel input").all():
        box.check()
    page.locator("#table summary").click()
    page.locator(".pin").first.click()
    page.wait_for_selector(".card")
    page.wait_for_timeout(REST_MS)  # the map moves until the card has room
    page.add_script_tag(content=axe)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        wrong = {
            rule["id"]: [node["html"] for node in rule["nodes"]] for rule in found["violations"]
        }
        assert (scheme, wrong) == (scheme, {})
    assert opened.requests == []


@pytest.mark.parametrize("name", GALLERY)
def test_gallery_pages_look_as_approved(open_map, name):
    opened = open_map(draw_map(*gallery(name)), reduced_motion="reduce")
    page = opened.page
    assert difference(settled(page), f"{name}-wide") < MOST
    page.emulate_media(color_scheme="dark")
    assert difference(settled(page), f"{name}-dark") < MOST
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert difference(settled(page), f"{name}-phone") < MOST
    assert (opened.requests, opened.errors) == ([], [])


def settled(page):
    """Photograph a page once it has drawn itself."""
    page.wait_for_timeout(REST_MS)
    return page.screenshot()


def test_a_missing_leg_is_seen_in_the_comparison(open_map):
    name = "venta-maersk-2018"
    opened = open_map(draw_map(*gallery(name)), reduced_motion="reduce")
    opened.page.locator(".panel input").first.uncheck()
    assert difference(settled(opened.page), f"{name}-wide") > MOST
