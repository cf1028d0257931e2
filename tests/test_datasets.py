"""The catalogue of data sets."""

from __future__ import annotations

import hashlib
import json

import pytest

from geo_routes import datasets
from geo_routes.errors import DataError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(datasets.ENVIRONMENT_VARIABLE, str(tmp_path))
    return tmp_path


def register(folder, name="toy", content=b"abc"):
    (folder / f"{name}.bin").write_bytes(content)
    dataset = datasets.Dataset(
        name=name,
        file=f"{name}.bin",
        version="1",
        sha256=hashlib.sha256(content).hexdigest(),
        licence="CC0-1.0",
        attribution="nobody",
        sources=("pypi:toy@1",),
        size_bytes=len(content),
    )
    datasets.register(dataset, folder)
    return dataset


def test_a_registered_data_set_is_found_again(folder):
    dataset = register(folder)
    assert datasets.catalogue()["toy"] == dataset
    assert datasets.path("toy") == folder / "toy.bin"


def test_a_whole_file_passes_and_a_changed_one_does_not(folder):
    register(folder)
    assert datasets.verify("toy") is None
    (folder / "toy.bin").write_bytes(b"abd")
    with pytest.raises(DataError, match="geo-routes data build toy"):
        datasets.verify("toy")


def test_a_missing_file_is_an_error_that_says_what_to_run(folder):
    register(folder)
    (folder / "toy.bin").unlink()
    with pytest.raises(DataError, match="geo-routes data build toy"):
        datasets.path("toy")


def test_an_unknown_name_is_an_error_that_lists_the_known(folder):
    register(folder)
    with pytest.raises(DataError, match="toy"):
        datasets.path("tyo")


def test_the_users_folder_goes_before_the_shipped_one(folder):
    assert datasets.folders()[0] == folder
    register(folder, name="gazetteer", content=b"mine")
    assert datasets.path("gazetteer") == folder / "gazetteer.bin"


def test_the_catalogue_does_not_depend_on_the_order_of_entries(folder):
    register(folder, "b")
    register(folder, "a")
    first = (folder / datasets.CATALOGUE).read_bytes()
    register(folder, "b")
    assert (folder / datasets.CATALOGUE).read_bytes() == first
    assert list(json.loads(first)) == ["a", "b"]


def test_sha256_is_the_published_one(tmp_path):
    # FIPS 180-2, example B.1: the message "abc".
    (tmp_path / "abc").write_bytes(b"abc")
    assert datasets.sha256(tmp_path / "abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
