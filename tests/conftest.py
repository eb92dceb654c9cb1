"""What every test stands on: a clean environment, no way out but loopback, and fixtures for stores and real files.

Tests import `microharvest` as installed, never from a path, so that the same suite runs against the wheel.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

from tests import postgres

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

_database_number = itertools.count()
_outside: list[str] = []


class OutsideNetworkError(OSError):
    """A test reached for an address that is not loopback."""


def _scrub_environment() -> None:
    for name in list(os.environ):
        if name.startswith("MICROHARVEST_") or name.lower().endswith("_proxy"):
            del os.environ[name]


def _is_loopback(host: Any) -> bool:
    if host in {None, "", "localhost", b"localhost"}:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or (mapped or address).is_unspecified


def _refuse(what: str) -> OutsideNetworkError:
    _outside.append(what)
    return OutsideNetworkError(f"a test may only dial loopback, not {what}")


def _guard_sockets() -> None:
    """Every dial and every name look-up of Python code in this process goes through here."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(own: socket.socket, address: Any) -> None:
        if own.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
            raise _refuse(f"{address[0]} port {address[1]}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and name.rstrip(".").endswith((".invalid", ".test")):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")  # RFC 6761: they never resolve
        if not _is_loopback(host) and not _is_numeric(name):
            raise _refuse(f"the name {name}")
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = guarded_getaddrinfo


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


_scrub_environment()
_guard_sockets()
# The gate tries the same examples each time, so that what passed here passes there; at a desk they differ each time.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.fixture(autouse=True)
def _stays_inside() -> Iterator[None]:
    """Fails a test that dialled out, even where the code under test swallowed the error."""
    _outside.clear()
    yield
    dialled, _outside[:] = list(_outside), []
    if dialled:
        pytest.fail(f"dialled beyond loopback: {', '.join(dialled)}")


@pytest.fixture(autouse=True)
def _logs_start_anew() -> Iterator[None]:
    """A command run within a test sends logs to a stream that ends with that test; the next one must not inherit it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def outside_dials() -> list[str]:
    """Addresses beyond loopback this test reached for; clear it where reaching for one is the test."""
    return _outside


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real feeds beside the project."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real files in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """One PostgreSQL per test process; the URL of its superuser's database."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def pg_url(pg_server: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    with postgres.database(pg_server, f"t_{os.getpid()}_{next(_database_number)}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, empty store: each test that uses it runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("pg_url"))


@pytest.fixture
def mocked_http() -> Iterator[Any]:
    """See `microharvest.testing.mocked`."""
    from microharvest.testing.mocked import mocked_http as mocked

    with mocked() as one:
        yield one
