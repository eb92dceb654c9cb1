"""The nursery: what it forks answers, ends when told, ends with its owner, and comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from microharvest.harvest.nursery import Nursery


def echo(pipe: Connection) -> None:
    """The child of these tests: gives back what it is told, with its own number."""
    while (told := pipe.recv_bytes()) != b"raise":
        pipe.send_bytes(b"%d %s" % (os.getpid(), told))
    raise ValueError(told)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    one = Nursery(__name__, "echo")
    yield one
    one.stop()


def test_children_are_processes_of_their_own(nursery: Nursery) -> None:
    (first, one), (second, two) = nursery.fork(), nursery.fork()
    for pipe, child in ((first, one), (second, two)):
        pipe.send_bytes(b"x")
        assert pipe.recv_bytes() == b"%d x" % child
    assert len({one, two, os.getpid()}) == 3
    assert nursery.end(one) == -signal.SIGKILL
    with pytest.raises(EOFError):
        first.recv_bytes()
    second.send_bytes(b"y")
    assert second.recv_bytes() == b"%d y" % two


def test_how_a_child_ended_is_known(nursery: Nursery) -> None:
    pipe, child = nursery.fork()
    pipe.send_bytes(b"raise")
    with pytest.raises(EOFError):
        pipe.recv_bytes()
    assert nursery.end(child) == 1


def test_a_nursery_that_died_comes_back_and_its_children_can_still_be_ended(nursery: Nursery) -> None:
    pipe, child = nursery.fork()
    os.kill(nursery._pid, signal.SIGKILL)
    other, _ = fork_again(nursery)
    other.send_bytes(b"x")
    assert other.recv_bytes().endswith(b" x")
    assert nursery.end(child) is None
    with pytest.raises((EOFError, ConnectionError)):
        pipe.recv_bytes()


def fork_again(nursery: Nursery) -> tuple[Connection, int]:
    try:
        return nursery.fork()
    except OSError:  # it was not dead yet when it was looked at
        return nursery.fork()


def test_stopped_it_leaves_no_process_and_starts_again(nursery: Nursery) -> None:
    nursery.start()
    gone = nursery._pid
    nursery.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(gone, 0)
    nursery.stop()
    pipe, child = nursery.fork()
    pipe.send_bytes(b"x")
    assert pipe.recv_bytes() == b"%d x" % child


def test_a_fork_of_the_owner_has_a_nursery_of_its_own(nursery: Nursery) -> None:
    pipe, child = nursery.fork()
    forked = os.fork()
    if forked == 0:
        status = 1
        try:
            other, _ = nursery.fork()
            other.send_bytes(b"x")
            status = 0 if other.recv_bytes().endswith(b" x") else 2
            nursery.stop()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    pipe.send_bytes(b"y")
    assert pipe.recv_bytes() == b"%d y" % child
    assert nursery.end(child) == -signal.SIGKILL
