"""Files that commands write for people: complete or not there."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from microharvest.errors import ConfigError
from microharvest.publish.export import export_to

__all__ = ["opened", "save"]

_OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE, errno.EROFS})


@contextmanager
def opened(out: str | Path) -> Iterator[BinaryIO]:
    """Standard output for "-", and nothing else there; else a file. What is no file of its own (a link, a device, a
    pipe) is written into and never replaced. Raises ConfigError command.invalid for what is wrong with
    this file, and for nothing else."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    direct = path.is_symlink() or (path.exists() and not path.is_file())
    try:
        with path.open("wb") if direct else export_to(path) as target:
            yield target
    except OSError as error:
        if not _is_of(path, error):
            raise
        raise ConfigError("command.invalid", f"{out} cannot be written: {error.strerror or error}.") from None


def _is_of(path: Path, error: OSError) -> bool:
    """Whether opening, replacing or writing this file failed: of a write only the number tells, and a broken connection
    or another file's absence has another one."""
    if error.filename is None:
        return error.errno in _OF_WRITING
    return isinstance(error.filename, str | os.PathLike) and Path(error.filename).parent == path.parent


def save(path: Path, content: str | bytes) -> None:
    """The whole of a file at once; texts are UTF-8. Errors as `opened`."""
    with opened(path) as target:
        target.write(content.encode() if isinstance(content, str) else content)
