"""The site, and the wheel as another project sees it: slow, so `.ci/run` alone asks for them."""

import os
import re
import shutil
import subprocess
import sys
import venv
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

import geo_routes as gr
from geo_routes import io
from geo_routes.cli import main

pytestmark = pytest.mark.built
ROOT = Path(__file__).parent.parent
PROJECT = Path(__file__).parent / "outside/project.py"


def run(*words, **options):
    """Run a program; return what it said and its exit code."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, **options
    )
    return done.stdout + done.stderr, done.returncode


class _Page(HTMLParser):
    """The text and the anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.words, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join(" ".join(self.words).split())

    def handle_data(self, data):
        self.words.append(data)

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the parser's signature
        self.anchors.add(dict(attrs).get("id"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    said, code = run(
        sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder, cwd=ROOT
    )
    assert code == 0, said
    assert not re.search(r"^WARNING", said, re.M), said
    return folder


def test_the_reference_of_commands_tells_each_command_and_option(site):
    page = _Page(site / "cli/index.html")

    def look(group, path):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            words = " ".join([*path, name])
            assert f"Usage: {words}" in page.text
            for parameter in command.params:
                if isinstance(parameter, click.Option):
                    assert parameter.opts[-1] in page.text
            if isinstance(command, click.Group):
                look(command, [*path, name])

    look(main, ["geo-routes"])


def test_the_reference_of_names_has_an_anchor_for_each(site):
    from tests.test_docs import NAMES

    anchors = _Page(site / "api/index.html").anchors
    assert [f"{module}.{name}" for module, name in NAMES if f"{module}.{name}" not in anchors] == []


def test_notebooks_are_shown_with_what_they_gave(site):
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shown = (site / "notebooks" / path.stem / "index.html").read_text(encoding="utf-8")
        assert "jp-OutputArea-output" in shown, path
    first = (site / "notebooks/01-from-report-to-map/index.html").read_text(encoding="utf-8")
    assert "srcdoc=" in first


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """An environment into which the wheel alone is installed."""
    folder = tmp_path_factory.mktemp("outside")
    # From a copy: what an earlier build left in the checkout would end in the wheel.
    copy = folder / "copy"
    for name in ("geo_routes", "data"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    said, code = run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, copy)
    )
    assert code == 0, said
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env/bin/python"
    said, code = run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"), wheel
    )
    assert code == 0, said
    return python


def check_types(python, project):
    return run(
        *(sys.executable, "-m", "mypy", "--strict", "--config-file="),
        *("--cache-dir", python.parent / "mypy", "--python-executable", python, project),
        cwd=python.parent,
    )


def test_another_project_passes_mypy_strict(outside):
    said, code = check_types(outside, PROJECT)
    assert code == 0, said


def test_a_wrong_use_by_another_project_is_found(outside, tmp_path):
    wrong = tmp_path / "wrong.py"
    text = PROJECT.read_text(encoding="utf-8")
    wrong.write_text(text.replace("published=", "publishd=").replace(": list[str]", ": list[int]"))
    said, code = check_types(outside, wrong)
    assert code == 1
    assert 'Unexpected keyword argument "publishd"' in said
    assert "List comprehension has incompatible type List[str]; expected List[int]" in said


def test_the_wheel_carries_its_data_and_every_module(outside):
    (package,) = outside.parent.parent.glob("lib/python*/site-packages/geo_routes")
    assert (package / "py.typed").is_file()
    assert (package / "data/catalogue.json").is_file()
    here = {path.relative_to(ROOT / "geo_routes") for path in ROOT.glob("geo_routes/**/*.py")}
    there = {path.relative_to(package) for path in package.glob("**/*.py")}
    assert {path for path in there if path.parts[0] != "data"} == here


QGIS = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer

application = QgsApplication([], False)
application.initQgis()
for name in ("legs", "places", "regions"):
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    _, is_default = layer.loadDefaultStyle()
    renderer = layer.renderer()
    rules = renderer.rootRule().children() if renderer.type() == "RuleRenderer" else []
    facts = (layer.isValid(), layer.featureCount(), is_default, len(rules), layer.labelsEnabled())
    print(name, *facts)
"""


def test_qgis_loads_each_layer_with_its_style(tmp_path):
    python = "/usr/bin/python3"  # where the packages of Debian and Ubuntu put QGIS
    found = Path(python).exists() and run(python, "-c", "import qgis.core")[1] == 0
    if not found:
        pytest.skip("QGIS is not installed (Debian: python3-qgis)")
    near = gr.Region(rule=gr.Rule.NEAR, anchors=((-176.65, 51.88),), within_km=20.0)
    itinerary = gr.Itinerary(
        places={
            "pk": gr.Place(name="Petropavlovsk", lon=158.65, lat=53.02),
            "camp": gr.Place(name="camp", lon=-176.6, lat=51.9, kind="region", region=near),
        },
        legs=(gr.Leg(origin="pk", destination="camp", mode=gr.Mode.AIR),),
    )
    path = tmp_path / "route.gpkg"
    io.export_legs(itinerary, gr.route_itinerary(itinerary), path)
    said, code = run(
        *(python, "-c", QGIS, path), env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    )
    assert code == 0, said
    # Five modes, solid and dashed; what is not told as done; and the rest.
    assert "legs True 1 True 12 False" in said
    assert "places True 2 True 2 True" in said
    assert "regions True 1 True 0 False" in said
