"""
Size of map pages and what they cost: CPU to write them, seconds to open them in Chromium.

Seconds to open are those until the page answers, the best of four: other work on the machine only
adds to them. Work is what the page's main thread did in that time.

Run: python benchmarks/page.py   (needs: pip install playwright, and chromium on the path)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from material_maps import eurasia, gallery, many

from geo_routes.maps import draw_map, export_figure

READY = "html[data-ready]"
# A drag over a third of the map, frame by frame, as a reader would do it.
FRAMES = """() => new Promise((done) => {
  const times = []; let last = performance.now();
  const step = (now) => { times.push(now - last); last = now; times.length < 40
    ? requestAnimationFrame(step) : done(times.slice(1).sort((a, b) => a - b)); };
  requestAnimationFrame(step);
})"""


def open_page(browser, path: Path) -> tuple[float, float, float]:
    """Measure the seconds until a page answers, its work, and the median frame of a drag."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(path.as_uri())
    page.wait_for_selector(READY)
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete") / 1000
    metrics = session.send("Performance.getMetrics")["metrics"]
    work = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
    page.mouse.move(700, 500)
    page.mouse.down()
    for step in range(10):
        page.mouse.move(700 - 20 * step, 500)
    frames = page.evaluate(FRAMES)
    page.mouse.up()
    page.close()
    return ready, work, frames[len(frames) // 2]


def measures(browser, path: Path) -> list[tuple[float, float, float]]:
    """Open a page four times."""
    return [open_page(browser, path) for _ in range(4)]


def main() -> None:
    from playwright.sync_api import sync_playwright

    cases = {"first report": gallery("coree-du-nord-russie-2023"), "two legs": eurasia()}
    cases |= {"over 180°": gallery("venta-maersk-2018")}
    cases |= {f"{count} legs": many(count) for count in (50, 500, 2000)}
    print("| page | KB | CPU s to write | s to open | s of work | ms a frame |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (itinerary, legs) in cases.items():
            path = Path(folder) / "page.html"
            begun = time.process_time()
            draw_map(itinerary, legs).save(path)
            spent = time.process_time() - begun
            opened, work, frame = (
                min(values) for values in zip(*measures(browser, path), strict=True)
            )
            size = path.stat().st_size / 1000
            print(
                f"| {name} | {size:.0f} | {spent:.2f} | {opened:.2f} | {work:.2f} | {frame:.0f} |"
            )
        browser.close()
        for suffix in ("svg", "pdf", "png"):
            path = Path(folder) / f"map.{suffix}"
            begun = time.process_time()
            export_figure(*cases["first report"], path)
            spent = time.process_time() - begun
            print(f"{suffix}: {path.stat().st_size / 1000:.0f} KB, {spent:.2f} s CPU")


if __name__ == "__main__":
    main()
