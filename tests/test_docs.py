"""Every Python example of the documentation runs, and every example route file is read."""

import re
from pathlib import Path

import pytest

import geo_routes as gr

DOCS = Path(__file__).parent.parent / "docs"


def blocks(language):
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in sorted(DOCS.glob("*.md"))
        for number, block in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
        )
    ]


@pytest.mark.parametrize("block", blocks("python"))
def test_an_example_runs(block):
    names = {}
    exec(compile(block, "example", "exec"), names)
    assert names.keys() - {"__builtins__"}


@pytest.mark.parametrize("block", blocks("yaml"))
def test_an_example_route_file_is_read(block):
    assert gr.read_itinerary(block).legs


def test_the_pages_name_every_format():
    from geo_routes.io import FORMATS

    table = (DOCS / "exports.md").read_text(encoding="utf-8")
    suffixes = {"lpf": "lpf.json", "mf": "mf.json", "json": "geojson"}
    assert [name for name in FORMATS if f"`.{suffixes.get(name, name)}`" not in table] == []


def test_every_public_name_stands_in_the_reference():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    whole_modules = {"itinerary", "errors"}
    missing = [
        name
        for name in gr.__all__
        if not name.startswith("__")
        and getattr(gr, name).__module__.split(".")[1] not in whole_modules
        and not re.search(rf"members: \[.*\b{name}\b", page)
    ]
    assert missing == []
