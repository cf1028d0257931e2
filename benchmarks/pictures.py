"""
Pictures of the gallery for README, docs and the tests, and of the same route in stock folium.

Run: python benchmarks/pictures.py            pictures for README and docs
     python benchmarks/pictures.py --approve  also the legs and pictures that the tests compare with
(needs: pip install playwright, and chromium on the path)
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folium
import numpy as np
import shapely
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from material_maps import GALLERY, ROUTES, freeze, gallery
from pictures import keep

from geo_routes import basemap
from geo_routes.io import read_itinerary
from geo_routes.maps import draw_map, export_figure
from geo_routes.maps.page import _leaflet_folder
from geo_routes.routing import route_itinerary

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
VIEWS = {
    "wide": (1280, 800, "light"),
    "dark": (1280, 800, "dark"),
    "phone": (390, 844, "light"),
}
# Stock folium's popups need jQuery's way of making elements, and no more of it.
DOLLAR = """window.$ = (html) => {
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  return [box.content.firstChild];
};"""
FIRST = "coree-du-nord-russie-2023"


def stock_map(legs: Any) -> folium.Map:
    """Draw legs as the folium documentation does."""
    drawn = folium.Map()
    for row in legs.itertuples():
        points = [(lat, lon) for lon, lat in row.geometry.coords]
        folium.PolyLine(points, tooltip=row.mode).add_to(drawn)
        folium.Marker(points[0], popup=row.origin).add_to(drawn)
        folium.Marker(points[-1], popup=row.destination).add_to(drawn)
    west, south, east, north = legs.total_bounds
    drawn.fit_bounds([[south, west], [north, east]])
    return drawn


def tile(zoom: int, column: int, row: int) -> bytes:
    """Draw a tile that stands in for OpenStreetMap's, which refuses pages opened from disk."""
    picture = Image.new("RGB", (256, 256), "#aad3df")
    draw = ImageDraw.Draw(picture)

    def place(points: np.ndarray) -> np.ndarray:
        lat = np.radians(np.clip(points[:, 1], -85, 85))
        x = (points[:, 0] + 180) / 360 * 2**zoom - column
        y = (1 - np.log(np.tan(lat) + 1 / np.cos(lat)) / np.pi) / 2 * 2**zoom - row
        return np.stack([x, y], axis=1) * 256

    for shape in basemap.country_shapes("50m")[1]:
        for part in shapely.get_parts(shape):
            ring = [tuple(point) for point in place(shapely.get_coordinates(part.exterior))]
            draw.polygon(ring, fill="#f2efe9", outline="#c9b7c9")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def answer(route: Any) -> None:
    """Answer a request of stock folium: Leaflet from the package, tiles drawn here, no more."""
    url = route.request.url
    found = re.search(r"openstreetmap\.org/(\d+)/(\d+)/(\d+)\.png", url)
    name = url.rsplit("/", 1)[-1]
    if url.startswith("file:"):
        route.continue_()
    elif found:
        zoom, column, row = (int(part) for part in found.groups())
        route.fulfill(body=tile(zoom, column % 2**zoom, row), content_type="image/png")
    elif name in {"leaflet.js", "leaflet.css"}:
        route.fulfill(path=_leaflet_folder() / name)
    elif name in {"marker-icon.png", "marker-shadow.png", "marker-icon-2x.png"}:
        route.fulfill(path=_leaflet_folder() / "images" / name)
    else:
        route.abort()


def shots(browser: Any, page_file: Path, *, stock: bool = False) -> Iterator[tuple[str, bytes]]:
    """Photograph a page in each view."""
    for view, (width, height, scheme) in VIEWS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        if stock:
            page.add_init_script(DOLLAR)
            page.route("**/*", answer)
        page.goto(page_file.as_uri())
        if stock:
            page.wait_for_timeout(5000)
        else:
            page.wait_for_selector("html[data-ready]")
            page.wait_for_timeout(300)
        yield view, page.screenshot()
        context.close()


def save(picture: bytes, name: str, *, width: int = 0) -> None:
    """Write a picture with few colours, which maps need no more of."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(picture)) as opened:
        shown = opened.convert("RGB")
        if width:
            size = (width, round(width * shown.height / shown.width))
            shown = shown.resize(size, Image.Resampling.LANCZOS)
        shown.quantize(128).save(PICTURES / f"{name}.png", optimize=True)


def main() -> None:
    from playwright.sync_api import sync_playwright

    approve = "--approve" in sys.argv
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        path = Path(folder) / "page.html"
        for name in GALLERY:
            if approve:
                freeze(name, route_itinerary(read_itinerary(ROUTES / f"{name}.yaml")))
            itinerary, legs = gallery(name)
            draw_map(itinerary, legs).save(path)
            for view, picture in shots(browser, path):
                if view != "dark" or name == FIRST:
                    save(picture, f"{name}-{view}")
                if approve:
                    keep(picture, f"{name}-{view}")
            figure = Path(folder) / "figure.png"
            export_figure(itinerary, legs, figure)
            save(figure.read_bytes(), f"{name}-print", width=1200)
            if approve:
                keep(figure.read_bytes(), f"{name}-print")
            print(name)
        stock_map(gallery(FIRST)[1]).save(path)
        for view, picture in shots(browser, path, stock=True):
            if view != "dark":
                save(picture, f"stock-folium-{view}")
        browser.close()


if __name__ == "__main__":
    main()
