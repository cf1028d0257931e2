"""Files written whole or not at all, and never over another by accident."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo_routes.errors import OutputError


def check_target(path: Path, *, overwrite: bool = False) -> None:
    """
    Raise OutputError when a file cannot be written at `path`, before any work is done.

    Parameters
    ----------
    path
        The file to be.
    overwrite
        Whether an existing file may be replaced.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file in it.")
    _check_ordinary(path)
    if path.exists() and not overwrite:
        raise OutputError(f"{path} exists already. Name another file, or pass --overwrite.")
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"The folder {folder} does not exist. Make it first: mkdir -p {folder}")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"No permission to write in {folder}. Name another folder with -o.")


def _check_ordinary(path: Path) -> None:
    """Raise OutputError for a device or a pipe: taking its place would destroy it."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OutputError(f"{path} is no ordinary file. Name another, or - for standard output.")


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """
    Offer a temporary path beside `path` that takes its place when the block ends well.

    A link stays, and the file that it leads to is replaced.

    Raises
    ------
    OutputError
        When the folder or the disk refuses, or `path` is a device or a pipe.
    """
    _check_ordinary(path)
    path = path.resolve() if path.is_symlink() else path
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
            draft = Path(folder) / path.name
            yield draft
            draft.replace(path)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from None


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all (UTF-8)."""
    with replaced(path) as draft:
        draft.write_text(text, encoding="utf-8")
