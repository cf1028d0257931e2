import os

import pytest

from geo_routes.errors import OutputError
from geo_routes.outputs import check_target, replaced, write_text


def test_an_existing_file_is_not_overwritten_by_accident(tmp_path):
    path = tmp_path / "map.html"
    path.write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        check_target(path)
    check_target(path, overwrite=True)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match="mkdir"):
        check_target(tmp_path / "nowhere" / "map.html")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OutputError, match="folder"):
        check_target(tmp_path)


def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="No permission"):
        check_target(tmp_path / "map.html")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "map.html"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replaced(path) as draft:
        draft.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.html"]


def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="pipe is no ordinary file"):
        check_target(pipe, overwrite=True)
    with pytest.raises(OutputError, match="pipe is no ordinary file"):
        write_text(pipe, "new")
    assert pipe.is_fifo()


def test_a_link_stays_and_its_file_is_replaced(tmp_path):
    target, link = tmp_path / "map.html", tmp_path / "latest.html"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target.name)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.html", "map.html"]
