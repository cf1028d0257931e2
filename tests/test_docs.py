"""Every example of the README, the documentation and the docstrings runs; every name is told."""

import doctest
import importlib
import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import geo_routes as gr
from geo_routes import batch, datasets, io, maps
from geo_routes.cli import EXIT_CODES, main
from geo_routes.cli.many import PARTLY_FAILED

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
REPORT = ROOT / "data/reports/coree-du-nord-russie-2023-fr.txt"

# Names by the module that offers them. The batch module offers all that is not private or typing.
PUBLIC = {
    "geo_routes": [getattr(gr, name) for name in gr.__all__ if not name.startswith("__")],
    "geo_routes.io": [getattr(io, name) for name in io.__all__],
    "geo_routes.maps": [getattr(maps, name) for name in maps.__all__],
    "geo_routes.batch": [batch.find_reports, batch.map_report, batch.map_reports],
}
NAMES = sorted(
    {
        (value.__module__, value.__name__)
        for values in PUBLIC.values()
        for value in values
        if hasattr(value, "__module__") and hasattr(value, "__name__")
    }
)


def blocks(language):
    """List the fenced blocks of a language, each with its page and number."""
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, block in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
        )
    ]


def commands(text):
    """List the geo-routes commands of a text, without comments and what they are joined to."""
    parts = [part for line in text.splitlines() for part in line.split("&&")]
    found = [words for words in (shlex.split(part, comments=True) for part in parts) if words]
    return [words[1:] for words in found if Path(words[0]).name == "geo-routes"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with what the examples name, in which they are run."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "reports").mkdir()
    for name in ("report.txt", "reports/first.txt"):
        shutil.copy(REPORT, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", blocks("python"))
def test_a_python_example_runs(block, desk):
    done = subprocess.run(
        [sys.executable, "-c", block],
        capture_output=True,
        text=True,
        check=False,
        cwd=desk,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.usefixtures("desk")
def test_the_commands_of_a_page_run_one_after_another(page):
    runner = CliRunner()
    shown = re.findall(r"^```sh\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
    for words in commands("\n".join(shown)):
        for option in ("-o", "--output"):
            if option in words:
                Path(words[words.index(option) + 1]).unlink(missing_ok=True)
        result = runner.invoke(main, words)
        assert result.exit_code == 0, (words, result.output)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_command_named_in_a_sentence_exists_with_its_options(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for named in re.findall(r"`(geo-routes [^`]+)`", text):
        group, words = main, shlex.split(named)[1:]
        while isinstance(group, click.Group) and words and not words[0].startswith("-"):
            command = group.get_command(click.Context(group), words.pop(0))
            assert command is not None, named
            group = command
        known = {option for parameter in group.params for option in parameter.opts}
        used = {word for word in words if word.startswith("-") and word != "-"}
        assert used <= known | {"-h", "--help"}, named


@pytest.mark.parametrize("block", blocks("yaml"))
def test_an_example_route_file_is_read(block):
    assert gr.read_itinerary(block).legs


@pytest.mark.parametrize("module", sorted({module for module, _ in NAMES}))
def test_the_examples_of_docstrings_hold(module):
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    said = []
    for example in finder.find(importlib.import_module(module)):
        runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)
    assert runner.tries > 0


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_a_public_name_tells_what_it_takes_and_gives_with_an_example(module, name):
    value = getattr(importlib.import_module(module), name)
    text = inspect.getdoc(value) or ""
    assert ">>> " in text
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        for parameter in signature.parameters:
            assert re.search(rf"^\*{{0,2}}(\w+, )*{parameter}(, \w+)*$", text, re.M), parameter
        assert signature.return_annotation == "None" or "\nReturns\n" in text


def test_the_pages_name_every_format():
    table = (ROOT / "docs/exports.md").read_text(encoding="utf-8")
    suffixes = {"lpf": "lpf.json", "mf": "mf.json", "json": "geojson"}
    assert [name for name in io.FORMATS if f"`.{suffixes.get(name, name)}`" not in table] == []


def test_every_public_name_stands_in_the_reference():
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    whole_modules = {"geo_routes.itinerary", "geo_routes.errors"}
    missing = [
        (module, name)
        for module, name in NAMES
        if module not in whole_modules and not re.search(rf"members: \[.*\b{name}\b", page)
    ]
    assert missing == []


def test_the_page_on_licences_names_each_origin_of_the_data():
    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    for dataset in datasets.catalogue().values():
        for named in re.findall(r"\(([^)]*)\)", dataset.licence):
            for origin in named.split(", "):
                assert origin.split(" of ")[-1] in page, (dataset.name, origin)


def test_the_pages_of_the_site_are_all_in_its_menu():
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    names = [page.name for page in (ROOT / "docs").glob("*.md")]
    names += [f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert [name for name in names if f": {name}\n" not in menu] == []


@pytest.mark.parametrize("name", ["README.md", "docs/cli.md"])
def test_the_exit_codes_are_told(name):
    text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    (told,) = re.findall(r"Exit codes: (.*?)\.(?: |$)", text)
    numbers = {int(number) for number in re.findall(r"(?:^|, )(\d) ", told)}
    assert numbers == {0, 1, PARTLY_FAILED, *(code for _, code in EXIT_CODES)}


def test_notebooks_are_kept_without_outputs():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        assert '"outputs": []' in text, path
        assert not re.search(r'"output_type"|"execution_count": \d', text), path
