"""Many reports at once, on Dask: one bad report is one failed row, and a stopped run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_routes import outputs
from geo_routes.errors import GeoRoutesError, MovementNotFoundError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = frozenset({".txt", ".html", ".htm", ".pdf", ".md"})
SUMMARY = "summary.csv"
_CHUNK = 32


def find_reports(folder: Path) -> list[Path]:
    """
    List the reports (text, HTML, PDF) below a folder.

    Parameters
    ----------
    folder
        Searched with all its folders.

    Returns
    -------
    reports
        Paths, in order.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     size = (Path(folder) / "report.txt").write_text("The ship left Hamburg for Lagos.")
    ...     [path.name for path in find_reports(Path(folder))]
    ['report.txt']
    """
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def map_report(
    report: Path, folder: Path, *, draw: bool = True, places: Path | None = None
) -> dict[str, Any]:
    """
    Draft, route and draw one report into a folder.

    Parameters
    ----------
    report
        Text, HTML or PDF.
    folder
        Gets NAME.yaml, NAME.html and, last, NAME.json: the row, which marks the report as done.
    draw
        Whether to draw the page.
    places
        A CSV file of your own places, as `geocode` takes it.

    Returns
    -------
    row
        `report`, `status` (mapped, no movement, failed), `message`, `lang`, `published`, `legs`,
        `completed`, `length_km`. A report that cannot be read is a row with its reason.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = Path(folder) / "weather.txt"
    ...     size = report.write_text("It rained all week, and the harbour stayed quiet.")
    ...     map_report(report, Path(folder))["status"]
    'no movement'
    """
    row: dict[str, Any] = {"report": str(report), "status": "mapped", "message": ""}
    try:
        row |= _map_one(report, folder, draw=draw, places=places)
    except MovementNotFoundError as error:
        row |= {"status": "no movement", "message": str(error)}
    except GeoRoutesError as error:
        row |= {"status": "failed", "message": str(error)}
    except Exception as error:  # one report must not end a run of a million
        row |= {"status": "failed", "message": f"{type(error).__name__}: {error}"}
    outputs.write_text(folder / f"{_stem(report)}.json", json.dumps(row, ensure_ascii=False))
    return row


def map_reports(
    reports: Iterable[Path],
    folder: Path,
    *,
    resume: bool = False,
    draw: bool = True,
    places: Path | None = None,
    progress: bool | Callable[[int, int], None] = False,
) -> pd.DataFrame:
    """
    Map many reports on Dask: the current client where there is one, else one process a core.

    Parameters
    ----------
    reports
        Paths of reports.
    folder
        Where maps, route files and `summary.csv` are written.
    resume
        Skip reports that an earlier run has done.
    draw
        Whether to draw pages beside the route files.
    places
        A CSV file of your own places, as `geocode` takes it.
    progress
        True shows a progress bar (tqdm); a function is called with the number of reports done
        and their total.

    Returns
    -------
    summary
        One row a report, as `map_report` returns it, in the order given.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     summary = map_reports([Path(folder) / "lost.txt"], Path(folder))
    >>> summary.status.tolist()
    ['failed']
    """
    import pandas as pd

    from geo_routes.toponyms.own import read_own_places

    if places is not None:
        read_own_places(places)  # a bad table is told once, not once a report
    paths = list(reports)
    done = {path: _earlier_row(path, folder) if resume else None for path in paths}
    todo = [path for path in paths if done[path] is None]
    finished = len(paths) - len(todo)
    tell = _progress_bar(finished, len(paths)) if progress is True else progress
    for chunk, rows in _in_chunks(todo, folder, draw=draw, places=places):
        done |= dict(zip(chunk, rows, strict=True))
        finished += len(chunk)
        if tell:
            tell(finished, len(paths))
    summary = pd.DataFrame([done[path] for path in paths])
    with outputs.replaced(folder / SUMMARY) as draft:
        summary.to_csv(draft, index=False)
    return summary


def _progress_bar(finished: int, total: int) -> Callable[[int, int], None]:
    """Open a bar for a notebook or a terminal; it closes when all is done."""
    from tqdm.auto import tqdm

    bar = tqdm(initial=finished, total=total, unit="report")

    def tell(done: int, total: int) -> None:
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return tell


def _in_chunks(
    todo: list[Path], folder: Path, *, draw: bool, places: Path | None
) -> Iterator[tuple[list[Path], list[dict[str, Any]]]]:
    if not todo:
        return
    try:
        import dask
    except ImportError:
        raise GeoRoutesError(
            "Many reports need Dask. Run: pip install 'geo-routes[batch]'"
        ) from None
    from dask.base import get_scheduler

    scheduler = get_scheduler() or "processes"
    for start in range(0, len(todo), _CHUNK):
        chunk = todo[start : start + _CHUNK]
        tasks = [dask.delayed(map_report)(path, folder, draw=draw, places=places) for path in chunk]
        yield chunk, list(dask.compute(*tasks, scheduler=scheduler))


def _map_one(report: Path, folder: Path, *, draw: bool, places: Path | None) -> dict[str, Any]:
    from geo_routes.documents import read_document
    from geo_routes.geocoding import geocode
    from geo_routes.io import write_itinerary
    from geo_routes.itinerary import join_itineraries
    from geo_routes.maps import draw_map
    from geo_routes.reconstruction import draft_itineraries
    from geo_routes.routing import route_itinerary
    from geo_routes.toponyms import find_toponyms

    document = read_document(report)
    itineraries = draft_itineraries(
        document, geocode(find_toponyms(document, places=places), places=places)
    )
    joined = join_itineraries(itineraries)
    if not joined.legs:
        raise MovementNotFoundError("no movement between two places that could be read")
    legs = route_itinerary(joined)
    stem = _stem(report)
    write_itinerary(itineraries if len(itineraries) > 1 else joined, folder / f"{stem}.yaml")
    if draw:
        outputs.write_text(folder / f"{stem}.html", draw_map(joined, legs).get_root().render())
    completed = [leg.completed for leg in joined.legs]
    return {
        "lang": document.lang,
        "published": document.published,
        "legs": len(legs),
        "completed": sum(completed),
        "length_km": round(float(legs.length_km[completed].sum()), 1),
    }


def _stem(report: Path) -> str:
    """Name a report's files after it and its folder, so that two of one name stay apart."""
    folder = report.parent.name
    return f"{folder}-{report.stem}" if folder else report.stem


def _earlier_row(report: Path, folder: Path) -> dict[str, Any] | None:
    path = folder / f"{_stem(report)}.json"
    if not path.is_file():
        return None
    try:
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return row if row.get("report") == str(report) else None
