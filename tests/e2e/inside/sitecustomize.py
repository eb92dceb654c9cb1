"""Keeps every process that a test starts (and those it starts itself) on this machine.

No name is looked up and nothing but loopback is dialled; whoever tries leaves a line in the file STAYED_INSIDE_LOG.
"""

from __future__ import annotations

import os
import socket
from typing import Any

_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _is_near(host: Any) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    return text in {"localhost", "::1", "0.0.0.0", "::"} or text.startswith("127.")


def _note(what: str) -> None:
    with open(os.environ["STAYED_INSIDE_LOG"], "a", encoding="utf-8") as log:
        log.write(what + "\n")


def _check(own: socket.socket, address: Any) -> None:
    if own.family in {socket.AF_INET, socket.AF_INET6} and not _is_near(address[0]):
        _note(f"dialled {address[0]}")
        raise OSError(f"a test may only dial loopback, not {address[0]}")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _connect_ex(self, address)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_near(host):
        if not str(host).endswith(".invalid"):  # RFC 6761: it never resolves, so that nobody need ask
            _note(f"looked up {host}")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _getaddrinfo(host, *args, **kwargs)


socket.socket.connect = _guarded_connect  # type: ignore[method-assign,assignment]
socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign,assignment]
socket.getaddrinfo = _guarded_getaddrinfo
