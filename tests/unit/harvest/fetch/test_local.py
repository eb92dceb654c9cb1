"""Paths and file: URLs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from microharvest.harvest.fetch.client import Client, Failed, Fetched, NotModified
from microharvest.harvest.fetch.local import is_local
from microharvest.kit.protocol import Request
from tests.unit.harvest.fetch.conftest import Policies

CONTENT = b"id,title\n1,a\n"


def ask(url: object) -> Request:
    return Request(lane="a", url=str(url))


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed å.csv"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("form", ["path", "uri", "localhost"])
async def test_a_file_is_read_in_place(client: Client, policy: Policies, feed: Path, spool: Path, form: str) -> None:
    uri = feed.as_uri()
    url = {"path": str(feed), "uri": uri, "localhost": uri.replace("file://", "file://localhost")}[form]
    found = await client.fetch(ask(url), policy(allow=("local",)))

    assert isinstance(found, Fetched)
    assert (found.body.path, found.body.proof, found.body.read(), found.body.size) == (feed, "local", CONTENT, 13)
    assert found.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert not found.temporary
    assert found.body.headers["x-local"] == "1"
    assert found.body.headers["last-modified"].endswith("GMT")


async def test_it_needs_permission(client: Client, policy: Policies, feed: Path) -> None:
    found = await client.fetch(ask(feed), policy(allow=("127.0.0.1/32",)))

    assert isinstance(found, Failed)
    assert found.failure.code == "source.no_local"


async def test_an_unchanged_file_is_not_modified_and_the_bytes_decide(
    client: Client, policy: Policies, feed: Path
) -> None:
    local = policy(allow=("local",))
    first = await client.fetch(ask(feed), local)
    assert isinstance(first, Fetched)
    os.utime(feed, (1, 1))
    touched = await client.fetch(ask(feed), local, first.validators)
    feed.write_bytes(CONTENT.replace(b"a", b"b"))  # noqa: ASYNC240
    os.utime(feed, (1, 1))
    edited = await client.fetch(ask(feed), local, first.validators)

    assert isinstance(touched, NotModified)
    assert isinstance(edited, Fetched)


async def test_a_large_file_is_refused(client: Client, policy: Policies, feed: Path) -> None:
    found = await client.fetch(ask(feed), policy(allow=("local",), max_bytes=12))

    assert isinstance(found, Failed)
    assert found.failure.code == "source.too_large"


@pytest.mark.parametrize("what", ["folder", "absent", "pipe", "device", "elsewhere", "nul"])
async def test_what_is_no_readable_file(client: Client, policy: Policies, tmp_path: Path, what: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    url = {
        "folder": str(tmp_path),
        "absent": str(tmp_path / "absent"),
        "pipe": str(tmp_path / "pipe"),
        "device": "/dev/zero",
        "elsewhere": "file://server/share/feed.csv",
        "nul": "/tmp/a\0b",
    }[what]
    found = await client.fetch(ask(url), policy(allow=("local",)))

    assert isinstance(found, Failed)
    assert found.failure.code == "source.gone_file"
    assert str(tmp_path) not in found.failure.detail


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("/srv/feed.csv", True),
        ("feeds/x.xml", True),
        ("file:///srv/x", True),
        ("FILE:/srv/x", True),
        ("https://a.example/x", False),
        ("HTTP://a.example/", False),
        ("ftp://a.example/", False),
        ("/srv/odd?://", True),
    ],
)
def test_what_counts_as_local(url: str, local: bool) -> None:
    assert is_local(url) is local
