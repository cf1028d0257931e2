"""The data sets that ship with the package: where they lie and whether they are whole."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_routes.errors import DataError

ENVIRONMENT_VARIABLE = "GEO_ROUTES_DATA"
"""Names a folder whose data sets replace the shipped ones of the same file name."""

CATALOGUE = "catalogue.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One data set, as the catalogue describes it."""

    name: str
    file: str
    version: str
    sha256: str
    licence: str
    attribution: str
    sources: tuple[str, ...] = ()
    size_bytes: int = 0


def folders() -> list[Path]:
    """List the folders that may hold data sets, the user's own first."""
    own = os.environ.get(ENVIRONMENT_VARIABLE)
    package = Path(__file__).resolve().parent
    shipped = [package / "data", package.parent / "data"]
    return [Path(own), *shipped] if own else shipped


def catalogue() -> dict[str, Dataset]:
    """Read the catalogue: data sets by name, a user's own entries over the shipped ones."""
    found: dict[str, Dataset] = {}
    for folder in reversed(folders()):
        path = folder / CATALOGUE
        if path.is_file():
            rows: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
            for name, row in rows.items():
                row["sources"] = tuple(row.get("sources", ()))
                found[name] = Dataset(name=name, **row)
    if not found:
        raise DataError(f"No {CATALOGUE} in {folders()[-1]}. Reinstall geo-routes.")
    return found


def path(name: str) -> Path:
    """
    Find the file of a data set.

    Raises
    ------
    DataError
        When the data set is unknown or its file is missing.
    """
    known = catalogue()
    if name not in known:
        raise DataError(f"Unknown data set {name!r}; there are: {', '.join(sorted(known))}.")
    file = known[name].file
    for folder in folders():
        if (folder / file).is_file():
            return folder / file
    raise DataError(f"Data set {name!r} ({file}) is missing. Run: geo-routes data build {name}")


def sha256(file: Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(name: str) -> None:
    """
    Compare a data set's file with the catalogue.

    Raises
    ------
    DataError
        When the file is missing or its SHA-256 differs.
    """
    file = path(name)
    if sha256(file) != catalogue()[name].sha256:
        raise DataError(f"{file} is damaged or changed. Run: geo-routes data build {name}")


def register(dataset: Dataset, folder: Path) -> None:
    """Write or replace a data set's entry in the catalogue of `folder`."""
    target = folder / CATALOGUE
    rows = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else {}
    rows[dataset.name] = {
        "file": dataset.file,
        "version": dataset.version,
        "sha256": dataset.sha256,
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "sources": list(dataset.sources),
        "size_bytes": dataset.size_bytes,
    }
    text = json.dumps(dict(sorted(rows.items())), indent=2, ensure_ascii=False) + "\n"
    # Replaced in one step, so that a reader never meets half a catalogue.
    partial = target.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(target)
