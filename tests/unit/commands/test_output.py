"""A file of a command is complete or not there, and nothing else is put in the place of a device or a link."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

import pytest

from microharvest.commands.output import opened, save
from microharvest.errors import ConfigError


def test_a_file_is_complete_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    save(path, "første")
    with contextlib.suppress(RuntimeError), opened(path) as target:
        target.write(b"half")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "første"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_and_a_pipe_are_written_into_and_stay(tmp_path: Path) -> None:
    real, link, pipe = (tmp_path / name for name in ("real", "link", "pipe"))
    real.write_bytes(b"old")
    link.symlink_to(real)
    save(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    save(pipe, b"through")
    reader.join()
    assert (read, pipe.is_fifo()) == ([b"through"], True)


@pytest.mark.parametrize("name", ["", "absent/page.html"])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        save(tmp_path / name, b"x")
    assert caught.value.code == "command.invalid"


def test_a_file_written_again_is_no_more_open_than_before(tmp_path: Path) -> None:
    path = tmp_path / "out"
    save(path, "one")
    path.chmod(0o600)
    save(path, "two")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two", 0o600)


def test_what_goes_wrong_elsewhere_is_not_said_of_the_file(tmp_path: Path) -> None:
    """A source that breaks off, or is not there, while the file is being written."""
    for error in (ConnectionResetError(104, "reset"), FileNotFoundError(2, "no such file", "/elsewhere/feed.csv")):
        with pytest.raises(type(error)), opened(tmp_path / "out.csv"):
            raise error
    with pytest.raises(ConfigError, match="cannot be written"), opened(tmp_path / "out.csv"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []
