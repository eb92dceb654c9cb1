"""A configuration folder, feeds beside it and the command line over one store, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.cli import main

__all__ = ["COURSES", "HEADER", "SETTINGS", "SOURCE", "Project", "project"]

SETTINGS = """
contact = "https://example.org/harvester"
[harvest]
inline = true
"""
SOURCE = """
title = "Courses of {name}"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/licenses/by/4.0/"
country = "NO"
languages = ["en"]
[network]
allow = ["local"]
attempts = 1
[identity]
key = ["id"]
[columns]
title = "title"
provider = "org"
ects = "ects"
price = "price"
"""
HEADER = "id,title,org,ects,price\n"
COURSES = ("1,Data literacy,University of Oslo,5,", "2,Python,University of Oslo,2.5,", "3,Statistics,UiO,3,")


class Project:
    """A configuration folder and feeds below a temporary folder, and the command line over one store."""

    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.store, self._capsys = folder, store, capsys
        self.config = folder / "config"
        (self.config / "sources").mkdir(parents=True)
        (self.config / "microharvest.toml").write_text(SETTINGS, encoding="utf-8")
        self.out = self.err = ""

    def feed(self, name: str, *rows: str) -> None:
        """(Re)write a feed and its source file."""
        path = self.folder / f"{name}.csv"
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        self.source(name, SOURCE.format(name=name, url=path.as_uri()))

    def source(self, name: str, text: str) -> None:
        (self.config / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> int:
        """One command line; output in `out` and `err`."""
        self._capsys.readouterr()
        status = main([*words, "--config", str(self.config), "--store", self.store])
        self.out, self.err = self._capsys.readouterr()
        return status

    def lines(self, *words: str) -> list[Any]:
        """The JSON lines of a command."""
        self.run(*words, "--json")
        return [msgspec.json.decode(line) for line in self.out.splitlines()]

    def code(self, *words: str) -> tuple[int, str]:
        """(status, code) of a command that fails, said in both ways."""
        status = self.run(*words)
        said = self.err.strip().splitlines()[-1]
        assert said.startswith("error: ")
        assert "Traceback" not in self.err
        code = said.rpartition("[")[2].rstrip("]")
        assert self.run(*words, "--json") == status
        assert msgspec.json.decode(self.out.splitlines()[-1])["error"]["code"] == code
        return status, code


@pytest.fixture
def project(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project whose store is made, with one feed of three courses."""
    made = Project(tmp_path, store_url, capsys)
    made.feed(
        "oslo", "1,Data literacy,University of Oslo,5,", "2,Python,University of Oslo,2.5,", "3,Statistics,UiO,3,"
    )
    assert made.run("init") == 0
    return made
