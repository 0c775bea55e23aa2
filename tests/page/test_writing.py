import os
import stat
from pathlib import Path

import ipywidgets
import pytest

import nbviz
from nbviz.page.writing import whole_file

from .widgets import code


@pytest.fixture
def widget():
    return ipywidgets.HTML("words")


def test_the_path_comes_back_absolute_and_may_be_text(widget, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert nbviz.save_html(widget, "page.html") == tmp_path / "page.html"
    assert len(code(tmp_path / "page.html")["scripts"][-1]) > 1_000_000


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_failure_half_way_leaves_the_old_file_and_no_other(widget, tmp_path, monkeypatch, step):
    path = tmp_path / "page.html"
    path.write_text("before")
    full = OSError(28, "No space left on device")

    def fail(*given, **named):
        if step == "write":
            Path.write_bytes(given[0], b"half")
        raise full

    monkeypatch.setattr(*((Path, "write_text") if step == "write" else (os, "replace")), fail)
    with pytest.raises(OSError, match=r"Expected to write .*page\.html\. No space left on device; nothing was written"):
        nbviz.save_html(widget, path)
    monkeypatch.undo()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_file(widget, tmp_path):
    with pytest.raises(IsADirectoryError, match=r"Received the folder .*; add a file name"):
        nbviz.save_html(widget, tmp_path)


def test_a_missing_folder_is_named(widget, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"make .*missing first"):
        nbviz.save_html(widget, tmp_path / "missing" / "page.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match=r"file is a file"):
        nbviz.save_html(widget, tmp_path / "file" / "page.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_folder_without_the_right_to_write_is_named(widget, tmp_path, monkeypatch):
    # Root may write everywhere: ask as another user would be answered.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="a folder that can be written to"):
        nbviz.save_html(widget, tmp_path / "page.html")


@pytest.mark.parametrize("path", [None, 3, b"page.html"])
def test_what_is_no_path_is_refused(widget, path):
    with pytest.raises(TypeError, match="the path of a file"):
        nbviz.save_html(widget, path)


def test_the_file_has_the_rights_of_a_new_file_or_of_the_old_one(widget, tmp_path):
    mask = os.umask(0o022)
    try:
        path = nbviz.save_html(widget, tmp_path / "page.html")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o600)
    nbviz.save_html(widget, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_followed(widget, tmp_path):
    (tmp_path / "link.html").symlink_to(tmp_path / "page.html")
    assert nbviz.save_html(widget, tmp_path / "link.html") == tmp_path / "page.html"
    assert (tmp_path / "link.html").is_symlink()


def test_an_error_of_the_one_who_writes_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError), whole_file(path) as part:
        part.write_text("half \ud800", "utf-8")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
