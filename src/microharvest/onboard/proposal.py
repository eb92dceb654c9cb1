"""A proposed source file: what was guessed, why, and what a person still decides; and its text as TOML."""

from __future__ import annotations

import re
from typing import Any

import msgspec

__all__ = ["Guess", "Proposal"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TOP = ("title", "protocol", "dialect", "url", "licence", "country", "languages")
_TABLES = ("fetch", "network", "withdraw", "identity", "expect", "columns", "defaults")


class Guess(msgspec.Struct, frozen=True):
    """One value of the file and the evidence for it."""

    key: str
    value: Any
    reason: str


class Proposal(msgspec.Struct, kw_only=True):
    """Keys of a source file (`columns.title`, `fetch.format`), in the order they were found; `open`: questions left."""

    guesses: dict[str, Guess] = {}
    open: list[str] = []

    def guess(self, key: str, value: Any, reason: str) -> None:
        """Note a value; a later guess of the same key replaces it."""
        self.guesses[key] = Guess(key, value, reason)

    def ask(self, question: str) -> None:
        """Leave something to a person; each question once."""
        if question not in self.open:
            self.open.append(question)

    def value(self, key: str, default: Any = None) -> Any:
        """What was guessed for a key."""
        return self.guesses[key].value if key in self.guesses else default

    def table(self, name: str) -> dict[str, Any]:
        """The guessed keys of one table, without the table's name."""
        start = f"{name}."
        return {key[len(start) :]: one.value for key, one in self.guesses.items() if key.startswith(start)}

    def text(self) -> str:
        """The source file, each line with its reason; questions stand on top as comments."""
        lines = ["# Drafted by `microharvest sources add`: read it, then harvest."]
        lines += [f"# Decide: {_one_line(question)}" for question in self.open]
        lines.append("")
        lines += [self._line(key, self.guesses[key]) for key in _TOP if key in self.guesses]
        for name in _TABLES:
            members = {key: one for key, one in self.guesses.items() if key.startswith(f"{name}.")}
            if members:
                lines += ["", f"[{name}]"]
                lines += [self._line(key[len(name) + 1 :], one) for key, one in members.items()]
        return "\n".join(lines) + "\n"

    def _line(self, key: str, guess: Guess) -> str:
        reason = f"    # {_one_line(guess.reason)}" if guess.reason else ""
        return f"{key} = {_written(guess.value)}{reason}"


def _one_line(text: str) -> str:
    """A comment: no line break or control character of a feed gets into the file."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))[:300]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(member) for member in value) + "]"
    pairs = (f"{key if _BARE.fullmatch(key) else _string(key)} = {_written(one)}" for key, one in value.items())
    return "{ " + ", ".join(pairs) + " }"


def _string(text: str) -> str:
    """A TOML basic string: JSON's escapes, and DEL, which TOML forbids too."""
    escaped = msgspec.json.encode(text).decode()
    return re.sub(r"[\x7f-\x9f]", lambda sign: f"\\u{ord(sign[0]):04x}", escaped)
