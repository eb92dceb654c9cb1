"""The process that parse processes are forked from: one thread, no store, everything they need loaded.

What must stay true: it ends when its owner closes the socket or dies; it alone waits for its children, and only when
told to end them, so that no other process is ever killed under the number of one of them. `multiprocessing` has a fork
server, too: that one keeps a second process (6 MB) beside it and cannot be ended while nothing is parsed.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe

__all__ = ["Nursery", "tend"]

_FORK, _UNKNOWN, _BYTES = 0, -1000, 8
_PATIENCE_S = 60.0


class Nursery:
    """Owns at most one such process, started when it is needed. `function` of `module`: what every child calls with its
    end of a pipe."""

    def __init__(self, module: str, function: str) -> None:
        self._module, self._function = module, function
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._pid = self._owner = 0

    def start(self) -> None:
        """Start it if none runs: it loads its libraries meanwhile."""
        with self._lock:
            self._running()

    def stop(self) -> None:
        """End it; the children it has go on until their pipes are closed. Harmless if none runs."""
        with self._lock:
            self._drop()
        atexit.unregister(self.stop)

    def fork(self) -> tuple[Connection, int]:
        """A pipe to a new process, and its number. Raises OSError."""
        ours, theirs = Pipe()
        with theirs, self._lock:
            return ours, self._ask(self._running(), _FORK, [theirs.fileno()])

    def end(self, child: int) -> int | None:
        """Kill a child unless it has ended, and wait for it; its exit status, None where nobody knows."""
        status = _UNKNOWN
        with self._lock, suppress(OSError):
            if self._control is not None:
                status = self._ask(self._control, child)
        if status == _UNKNOWN:  # its nursery is gone
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
            return None
        return status

    def _running(self) -> socket.socket:
        if self._control is not None and self._owner == os.getpid() and not _has_ended(self._pid):
            return self._control
        self._drop()
        self._owner = os.getpid()
        ours, theirs = socket.socketpair()
        code = (
            f"import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {sys.path!r}; "
            f"from {self._module} import {self._function}; from {__name__} import tend; tend({self._function})"
        )
        with theirs:
            stdin = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)]
            self._pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ, file_actions=stdin)
        ours.settimeout(_PATIENCE_S)
        self._control = ours
        atexit.register(self.stop)
        return ours

    def _ask(self, control: socket.socket, number: int, files: list[int] | None = None) -> int:
        try:
            socket.send_fds(control, [_packed(number)], files or [])
            answer = control.recv(_BYTES)
            if len(answer) < _BYTES:
                raise ConnectionResetError("The nursery of parse processes ended.")
        except OSError:
            self._drop()
            raise
        return int.from_bytes(answer, "big", signed=True)

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
            # Else it was waited for already, or we were forked and it is our parent's.
            if self._owner == os.getpid() and not _has_ended(self._pid):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)


def tend(serve: Callable[[Connection], None]) -> None:
    """Fork and end children for the owner at the other end of our standard input, until it is gone."""
    control = socket.socket(fileno=0)
    gc.freeze()  # looking through what was loaded would copy its pages, in every child
    while True:
        message, files, _, _ = socket.recv_fds(control, _BYTES, 1)
        if not message:
            return
        number = int.from_bytes(message, "big", signed=True)
        control.sendall(_packed(_end(number) if files == [] else _fork(control, files[0], serve)))


def _fork(control: socket.socket, file: int, serve: Callable[[Connection], None]) -> int:
    child = os.fork()
    if child:
        os.close(file)
        return child
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), control.detach())
        serve(Connection(file))
        status = 0
    finally:  # nothing may get out into the nursery's own loop
        if status:
            traceback.print_exc()
        os._exit(status)


def _end(child: int) -> int:
    with suppress(ChildProcessError):
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    return _UNKNOWN


def _has_ended(process: int) -> bool:
    with suppress(ChildProcessError):  # somebody else of this process waited for it
        return os.waitpid(process, os.WNOHANG) != (0, 0)
    return True


def _packed(number: int) -> bytes:
    return number.to_bytes(_BYTES, "big", signed=True)
