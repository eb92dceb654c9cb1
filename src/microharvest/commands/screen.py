"""Where commands write: sentences and tables for people, JSON for machines. Nobody else touches the terminal.

Feeds are read by people here, so every text passes through `plain`: no feed can steer a terminal. With `--json`
standard output holds JSON and nothing else; what is meant for people goes to standard error or nowhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from microharvest.telemetry import mask, plain

__all__ = ["ADDING", "ONWARD", "Screen", "clean", "counted"]

PIPE_WIDTH = 100
"""Columns where nobody can say how wide the other end is."""

ONWARD = ("link", "publish   (sync does both)")
"""What follows a change of accepted records."""
ADDING = "sources add URL   (or a file: looks at a feed and drafts its source file)"
NAME_WIDTH = 32
"""Up to here the first column of a table, which names its row, is never broken."""
WORD_WIDTH = 16
"""Words up to here are never broken either: where they do not fit beside each other, a table is a list."""

STYLES = {
    "ok": "green", "complete": "green", "accepted": "green", "active": "green", "published": "green",
    "warn": "yellow", "partial": "yellow", "held": "yellow", "missing": "yellow", "paused": "yellow",
    "never": "yellow", "busy": "yellow", "late": "yellow",
    "bad": "bold red", "failed": "bold red", "blocked": "bold red", "broken": "bold red", "withdrawn": "red",
    "rejected": "red", "retired": "dim",
}  # fmt: skip

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def clean(value: object, *, limit: int | None = None) -> str:
    """Any value as one line that is safe on a terminal; cut to `limit` characters with an ellipsis."""
    text = plain(mask(str(value)))
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def counted(count: int, what: str) -> str:
    """ "1 record", "1,034 records", "2 entries"."""
    several = what[:-1] + "ies" if what.endswith("ry") else what + "s"
    return f"{count:,} {what if count == 1 else several}"


class Screen:
    """One command's way out. `as_json`: machines are reading; `options`: what the command was given and each one it
    proposes must be given, too."""

    def __init__(self, as_json: bool = False, options: str = "") -> None:
        self.as_json = as_json
        self.options = options
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    @property
    def watched(self) -> bool:
        """Whether somebody sits in front: progress is for them alone."""
        return not self.as_json and self.err.is_terminal

    def json(self, value: Any) -> None:
        """One line of JSON."""
        sys.stdout.write(_encoder.encode(value).decode() + "\n")
        sys.stdout.flush()

    def say(self, sentence: str = "", style: str | None = None) -> None:
        """A sentence for people, folded below its own indentation on a terminal; nothing with `--json`."""
        if self.as_json:
            return
        text = clean(sentence)
        if not text or not self.out.is_terminal:
            self.out.print(Text(text, style=style or ""), soft_wrap=True)
            return
        words = text.lstrip(" ")
        self.out.print(Padding(Text(words, style=style or ""), (0, 0, 0, len(text) - len(words)), expand=False))

    def command(self, words: str) -> str:
        """A command as it can be typed, under the options this one was given; behind three spaces a remark."""
        verb, gap, remark = words.partition("   ")
        return f"microharvest {verb}{self.options}{gap}{remark}"

    def next(self, *steps: str) -> None:
        """What to do now: commands as in `command`, one a line."""
        if self.as_json:
            return
        for number, step in enumerate(steps):
            line = f"{'      ' if number else 'Next: '}{self.command(step)}"
            self.out.print(Text(clean(line), style="dim"), soft_wrap=True)  # a command is copied as one line

    def no_sources(self, folder: Path) -> None:
        """What to say where there are no sources, with the place that was looked at: it may be the wrong one."""
        self.say(f"There are no sources yet in {(folder / 'sources').absolute()}.", "bold")
        self.next(ADDING)

    def note(self, sentence: str) -> None:
        """A remark beside the result: standard error, also with `--json`."""
        self.err.print(Text(clean(sentence)), soft_wrap=True)

    def heading(self, text: str, state: str | None = None) -> None:
        """A bold line, with an optional state behind it."""
        if self.as_json:
            return
        line = Text(clean(text), style="bold")
        if state:
            line.append("  ")
            line.append(clean(state), style=STYLES.get(state.split()[0].rstrip(","), "cyan"))
        self.out.print(line)

    def pairs(self, rows: Iterable[tuple[str, object]], indent: int = 2, width: int = 0) -> None:
        """Names and values in two columns; rows whose value is None or empty are left out. `width`: of the names."""
        if self.as_json:
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True, min_width=width or None)
        grid.add_column(overflow="fold")
        kept = [(name, value) for name, value in rows if value not in (None, "", [], {})]
        for name, value in kept:
            grid.add_row(Text(clean(name)), _cell(value))
        if kept:
            self.out.print(Padding(grid, (0, 0, 0, indent), expand=False))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]], indent: int = 0) -> None:
        """A table without lines; figures stand to the right, states in their colour."""
        if self.as_json:
            return
        cells = [list(row) for row in rows]
        columns = [[_cell(cell).plain for cell in column] for column in zip(heads, *cells, strict=True)]
        least = [min(max(map(len, " ".join(column).split()), default=0), WORD_WIDTH) for column in columns]
        if all(heads) and sum(least) + 2 * len(least) > self.out.width - indent:
            for row in cells:  # too narrow for columns: letters below each other are no words
                self.pairs(zip(heads, row, strict=True), indent)
                self.say()
            return
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, show_header=any(heads))
        for number, head in enumerate(heads):
            column = [row[number] for row in cells]
            figures = any(isinstance(cell, int) for cell in column)
            figures = figures and all(isinstance(cell, int | None) or cell == "" for cell in column)
            longest = max((len(line) for cell in columns[number][1:] for line in cell.split("\n")), default=0)
            table.add_column(
                Text(head),
                justify="right" if figures else "left",
                overflow="fold",
                min_width=least[number],
                no_wrap=not number and longest <= min(NAME_WIDTH, self.out.width // 2),
            )
        for row in cells:
            table.add_row(*[_cell(cell) for cell in row])
        self.out.print(Padding(table, (0, 0, 0, indent), expand=False))


def _cell(value: object) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, list | tuple):
        return Text("\n".join(clean(part) for part in value))
    text = clean(value)
    return Text(text, style=STYLES.get(text, ""))


def _console(stream: Any) -> Console:
    terminal = bool(getattr(stream, "isatty", lambda: False)())
    return Console(
        file=stream, highlight=False, markup=False, emoji=False, width=None if terminal else PIPE_WIDTH,
    )  # fmt: skip
