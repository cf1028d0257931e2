"""Headless Chromium for the tests of saved pages."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

AXE = "axe-core@4.14.1"


@pytest.fixture(scope="session")
def chromium():
    api = pytest.importorskip("playwright.sync_api", reason="needs: pip install playwright")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs: apt-get install chromium")
    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page and what went wrong or left the machine while it was open."""

    def __init__(self, page):
        self.page = page
        self.requests = []
        self.errors = []
        self.dialogs = []
        page.on("request", self._request)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.on("dialog", self._dialog)

    def _request(self, request):
        if not request.url.startswith(("file:", "blob:", "data:", "about:")):
            self.requests.append(request.url)

    def _console(self, message):
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def open_map(chromium, tmp_path):
    """Save a map and open it, as `open_map(map, width=..., height=..., scheme=...)`."""
    contexts = []

    def open_page(drawn, *, width=1280, height=800, scheme="light", **options):
        path = tmp_path / f"map-{len(contexts)}.html"
        if isinstance(drawn, str):
            path.write_text(drawn, encoding="utf-8")
        else:
            drawn.save(path)
        viewport = {"width": width, "height": height}
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, **options)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.goto(path.as_uri())
        if not isinstance(drawn, str):
            opened.page.wait_for_selector("html[data-ready]", timeout=15_000)
        return opened

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """Fetch the source of axe-core from the npm registry."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, to fetch axe-core")
    fetched = subprocess.run(
        [npm, "pack", AXE], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    if fetched.returncode:
        pytest.skip(f"{AXE} could not be fetched: {fetched.stderr[-200:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile("package/axe.min.js")
        return member.read().decode("utf-8")
