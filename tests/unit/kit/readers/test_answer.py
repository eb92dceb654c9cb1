"""Error statuses, firewalls, and HTML where data was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from microharvest.errors import ERROR_CODES
from microharvest.kit import Body
from microharvest.kit.readers.answer import looks_like_html, refuse_status


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, None),
        (206, None),
        (302, ("source.http", "fatal")),
        (400, ("source.http", "fatal")),
        (401, ("source.unauthorised", "fatal")),
        (403, ("source.unauthorised", "fatal")),
        (404, ("source.not_found", "fatal")),
        (410, ("source.not_found", "fatal")),
        (408, ("source.http", "retry")),
        (429, ("source.throttled", "retry")),
        (503, ("source.throttled", "retry")),
        (500, ("source.http", "retry")),
        (599, ("source.http", "retry")),
    ],
)
def test_statuses(status: int, expected: tuple[str, str] | None) -> None:
    found = refuse_status(Body(path=Path("x"), url="u", status=status))
    assert (found and (found.code, found.then)) == expected
    assert found is None or found.code in ERROR_CODES


@pytest.mark.parametrize("name", ["cf-mitigated", "x-amzn-waf-action"])
def test_firewalls(name: str) -> None:
    found = refuse_status(Body(path=Path("x"), url="u", status=200, headers={name: "challenge"}))
    assert found is not None
    assert (found.code, found.then) == ("source.blocked", "blocked")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<!DOCTYPE html>", True),
        (b"\xef\xbb\xbf \n<!-- x --><HTML lang='en'>", True),
        (b"<?xml version='1.0'?>\n<html xmlns='x'>", True),
        ("<html>".encode("utf-16"), True),
        (b"<htmlx>", False),
        (b"<OAI-PMH>", False),
        (b"a,b", False),
        (b"", False),
    ],
)
def test_html(head: bytes, expected: bool) -> None:
    assert looks_like_html(head) is expected
