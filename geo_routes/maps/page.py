"""The web map: a folium map whose page needs no network and runs nothing that a report says."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import geo_routes
from geo_routes import datasets, schema
from geo_routes.errors import DataError
from geo_routes.itinerary import Itinerary
from geo_routes.maps import polylines, words
from geo_routes.maps.content import claims, describe
from geo_routes.maps.ground import WORLDVIEWS, read_ground

if TYPE_CHECKING:
    import geopandas as gpd

_ASSETS = Path(__file__).with_name("assets")
_SCRIPTS = (
    "codec",
    "basemap",
    "layout",
    "legs",
    "texts",
    "panel",
    "time",
    "tools",
    "closeup",
    "map",
)
_TILES = {
    "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    "attribution": "© OpenStreetMap contributors",
}


def draw_map(
    itinerary: Itinerary,
    legs: gpd.GeoDataFrame,
    *,
    lang: str = "",
    basemap: Literal["vector", "tiles"] = "vector",
    worldview: str = "un",
    title: str = "",
) -> RouteMap:
    """
    Draw routed legs on a web map.

    The saved page is one file: it makes no request, and shows texts of a report as texts only.
    Folium layers can be added to the map; what they need from elsewhere they still fetch.

    Parameters
    ----------
    itinerary
        Places, claims and sources.
    legs
        Routed legs of the same itinerary, as `route_itinerary` gives them.
    lang
        Language of the page; the report's own when empty, English where the page lacks it.
    basemap
        "vector" is part of the page; "tiles" lays OpenStreetMap's tiles over it.
    worldview
        Whose borders are drawn: "un" follows the United Nations' maps, "held" shows who holds a
        territory (Natural Earth), "none" draws no borders. The page says which it is.
    title
        Heading of the page; the itinerary's own when empty.

    Returns
    -------
    map
        A `folium.Map`; `save` writes the page.

    Examples
    --------
    >>> from geo_routes import Leg, Mode, Place, route_itinerary
    >>> itinerary = Itinerary(
    ...     places={
    ...         "pk": Place(name="Petropavlovsk", lon=158.65, lat=53.02),
    ...         "adak": Place(name="Adak", lon=-176.65, lat=51.88),
    ...     },
    ...     legs=(Leg(origin="pk", destination="adak", mode=Mode.AIR),),
    ... )
    >>> page = draw_map(itinerary, route_itinerary(itinerary), title="Over the date line")
    >>> isinstance(page, folium.Map)
    True
    >>> "Over the date line" in page.get_root().render()
    True
    """
    schema.check_legs(legs)
    if basemap not in {"vector", "tiles"}:
        raise ValueError(f'`basemap` must be "vector" or "tiles", not {basemap!r}.')
    if worldview not in WORLDVIEWS:
        raise ValueError(f"`worldview` must be one of {', '.join(WORLDVIEWS)}, not {worldview!r}.")
    reported = next((one.lang for one in itinerary.sources.values() if one.lang), "")
    content = describe(itinerary, legs)
    passed = {passage for leg in content["legs"] for passage in leg.get("passages", ())}
    found, said = words.read_words(lang or reported, passages=passed)
    page = _Page(itinerary, title or itinerary.title or _title(content))
    page.content = {
        **content,
        "title": page.title,
        "lang": found,
        "words": said,
        "scale": polylines.SCALE,
        "basemap": read_ground(
            [(stop["lon"], stop["lat"]) for stop in content["stops"] if stop["lon"] is not None],
            worldview,
        ),
        "worldview": worldview,
        "tiles": _TILES if basemap == "tiles" else None,
    }
    route_map = RouteMap(page)
    page.content["name"] = route_map.get_name()
    return route_map


class RouteMap(folium.Map):
    """A folium map that stands on a page of its own."""

    def __init__(self, page: _Page) -> None:
        super().__init__(tiles=None)
        page.add_child(self)
        self._page = page

    def offer_route_file(self, text: str) -> None:
        """Let readers download the route file (YAML) that the map was drawn from."""
        self._page.content["routeFile"] = text

    def render(self, **kwargs: Any) -> str:
        """Render the layers that were added; the page draws the rest."""
        for child in self._children.values():
            child.render(**kwargs)
        return ""


class _Page(Figure):
    """The page round the map."""

    def __init__(self, itinerary: Itinerary, title: str) -> None:
        super().__init__(height="640px", title=title)
        self.itinerary = itinerary
        self.content: dict[str, Any] = {}

    def render(self, **kwargs: Any) -> str:
        """Write the page."""
        self.header, self.html, self.script = Element(), Element(), Element()
        for part in (self.header, self.html, self.script):
            part._parent = self
        for child in self._children.values():
            child.render(**kwargs)
        extra = _Extra(self)
        scripts = [_own_script(), *extra.scripts]
        styles = [_leaflet("leaflet.css"), _compact(_read("page.css"))]
        tiles = self.content["tiles"]
        policy = _policy([_leaflet("leaflet.js"), *scripts], styles, extra, tiles)
        said: Mapping[str, str] = self.content["words"]
        lang: str = self.content["lang"]
        return str(
            _template().render(
                lang=lang,
                direction=words.direction(lang),
                policy=policy,
                referrer="strict-origin-when-cross-origin" if tiles else "no-referrer",
                generator=f"geo-routes {geo_routes.__version__}",
                title=self.title,
                summary=_summary(self.content, self.itinerary),
                claims=claims(self.content, said),
                table_title=f"{said['table']} ({len(self.content['legs'])})",
                doubts=self.itinerary.doubts,
                sources=_sources(self.itinerary),
                words=said,
                worldview=self.content["worldview"],
                facts=_facts(said),
                styles=styles,
                leaflet=_leaflet("leaflet.js"),
                scripts=scripts,
                data=_island(self.content),
                extra_head=extra.head,
                extra_body=extra.body,
                extra_links=extra.links,
            )
        )


class _Extra:
    """What added folium layers put on the page."""

    def __init__(self, page: _Page) -> None:
        header = list(page.header._children.values())
        links = [one for one in header if isinstance(one, JavascriptLink | CssLink)]
        scripts = [one for one in links if isinstance(one, JavascriptLink)]
        self.hosts = sorted({urlsplit(one.url).netloc for one in links})
        self.links = "".join(one.render() for one in scripts)
        self.head = "".join(one.render() for one in header if one not in scripts)
        self.body = page.html.render()
        own = page.script.render()
        self.any = bool(own.strip() or self.head.strip())
        self.scripts = [_folium_needs() + own] if own.strip() else []


def _policy(
    scripts: Iterable[str], styles: Iterable[str], extra: _Extra, tiles: Mapping[str, str] | None
) -> str:
    hosts = [f"https://{host}" for host in extra.hosts]
    images = ["data:", "blob:"]
    if tiles:
        images.append(f"https://{urlsplit(tiles['url']).netloc}")
    if extra.any:
        images.append("https:")
    # Folium layers write styles into their HTML, which hashes would forbid.
    allowed = ["'unsafe-inline'", *hosts] if extra.any else [_digest(style) for style in styles]
    rules = {
        "default-src": ["'none'"],
        "script-src": [*(_digest(script) for script in scripts), *hosts],
        "style-src": allowed,
        "img-src": images,
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _island(content: Mapping[str, Any]) -> str:
    """Write JSON that no HTML parser can leave: text of a report ends up in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _template() -> Any:
    loader = FileSystemLoader(_ASSETS)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html.j2")


@cache
def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _compact(text: str) -> str:
    """Drop indentation, empty lines and lines of comment."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _own_script() -> str:
    body = "\n".join(_compact(_read(f"{name}.js")) for name in _SCRIPTS)
    return f'(()=>{{"use strict";\n{body}\n}})();'


@cache
def _leaflet_folder() -> Path:
    # The package is a Django application: its files are read, it is never imported.
    spec = importlib.util.find_spec("js_lib_leaflet")
    if spec is None or not spec.submodule_search_locations:
        raise DataError("Leaflet is missing. Run: pip install django-js-lib-leaflet")
    return Path(spec.submodule_search_locations[0]) / "static" / "js_lib_leaflet"


@cache
def _leaflet(name: str) -> str:
    text = (_leaflet_folder() / name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        return re.sub(r"url\([^)]*\)", "none", text)
    return re.sub(r"//# sourceMappingURL=\S*", "", text).strip()


def _folium_needs() -> str:
    """Give folium's layers what they expect: the marker's picture, and `$` for making elements."""
    folder = _leaflet_folder() / "images"
    icon, shadow = (
        "data:image/png;base64," + base64.b64encode((folder / name).read_bytes()).decode()
        for name in ("marker-icon.png", "marker-shadow.png")
    )
    return (
        'L.Icon.Default.imagePath="";'
        f'L.Icon.Default.mergeOptions({{iconUrl:"{icon}",iconRetinaUrl:"{icon}",shadowUrl:"{shadow}"}});'
        'window.$=window.$||((html)=>{const box=document.createElement("template");'
        "box.innerHTML=html.trim();return [box.content.firstChild];});\n"
    )


def _title(content: Mapping[str, Any]) -> str:
    legs = [leg for leg in content["legs"] if leg["completed"]] or content["legs"]
    if not legs:
        return "geo-routes"
    stops = content["stops"]
    return f"{stops[legs[0]['from']]['name']} → {stops[legs[-1]['to']]['name']}"


def _summary(content: Mapping[str, Any], itinerary: Itinerary) -> list[dict[str, str]]:
    said = content["words"]
    completed = [leg for leg in content["legs"] if leg["completed"]]
    length = sum(leg.get("km", 0) for leg in completed)
    parts = [{"text": said["legs_count"].replace("{n}", str(len(completed))), "date": ""}]
    if length:
        figure = words.figure(length, content["lang"])
        parts.append({"text": said["km"].replace("{n}", figure), "date": ""})
    for source in itinerary.sources.values():
        title = "" if source.title == content["title"] else source.title
        parts.append({"text": source.publisher or title, "date": source.published})
    return [part for part in parts if part["text"] or part["date"]]


def _sources(itinerary: Itinerary) -> list[dict[str, str]]:
    shown = []
    for source in itinerary.sources.values():
        # Only web addresses become links: a report may say `javascript:`.
        url = source.url if _web_address(source.url) else ""
        name = ", ".join(part for part in (source.publisher, source.title) if part)
        shown.append(
            {
                "text": name or source.file or url,
                "date": source.published,
                "url": url,
                "host": urlsplit(url).netloc if url else "",
                "sha256": source.sha256,
            }
        )
    return shown


def _web_address(text: str) -> bool:
    try:
        return urlsplit(text).scheme in {"http", "https"}
    except ValueError:
        return False


def _facts(said: Mapping[str, str]) -> str:
    made = said["made_with"].replace("{version}", geo_routes.__version__)
    try:
        known = datasets.catalogue()
    except DataError:
        return made
    versions = ", ".join(f"{name} {one.version}" for name, one in sorted(known.items()))
    return f"{made}; {said['data_versions']}: {versions}"
