"""Files in place of URLs: a path or a `file:` URL, where the operator allows `local`.

The body is the operator's own file, read in place and never deleted. Its validator is the hash of its bytes: size and
time alone would miss an edit of the same length in an archive with fixed times, and hashing costs little.
"""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from microharvest.clock import Clock
from microharvest.harvest.fetch.address import LOCAL
from microharvest.harvest.fetch.answers import Answer, Failed, Fetched, NotModified, Validators
from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.policy import MIB, FetchPolicy
from microharvest.kit.protocol import Body, Failure

__all__ = ["is_local", "read_local"]


def is_local(url: str) -> bool:
    """Whether this is a path or a `file:` URL and no address in the network."""
    return "://" not in url.partition("?")[0] or url[:5].lower() == "file:"


def read_local(url: str, policy: FetchPolicy, validators: Validators | None, clock: Clock) -> Answer:
    """The file behind a path or `file:` URL. Blocks: call it in a thread."""
    started = clock()
    if LOCAL not in policy.allow:
        detail = 'A local file is read only where [network] allow names "local".'
        return Failed(failure=Failure(code="source.no_local", detail=detail))
    try:
        path = _path(url)
        digest, status = _read(path, policy.max_bytes)
    except Fault as fault:
        return Failed(failure=Failure(code=fault.code, detail=fault.detail), attempts=1)
    etag = f'"sha256-{digest}"'
    modified = format_datetime(datetime.fromtimestamp(int(status.st_mtime), UTC), usegmt=True)
    headers = {"etag": etag, "last-modified": modified, "x-local": "1"}
    if validators is not None and validators.etag == etag:
        return NotModified(url=url, started=started, ended=clock(), headers=headers)
    return Fetched(
        body=Body(path=path, url=url, headers=headers, proof="local", size=status.st_size),
        sha256=digest,
        wire_bytes=status.st_size,
        validators=Validators(etag=etag, last_modified=modified),
        attempts=1,
        started=started,
        ended=clock(),
        temporary=False,
    )


def _path(url: str) -> Path:
    if url[:5].lower() != "file:":
        return Path(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Fault("source.gone_file", "The file: URL cannot be read.") from None
    if parts.netloc not in ("", "localhost"):
        raise Fault("source.gone_file", "The file: URL names another machine.")
    return Path(unquote(parts.path))


def _read(path: Path, max_bytes: int) -> tuple[str, os.stat_result]:
    digest = hashlib.sha256()
    size = 0
    try:
        # O_NONBLOCK: opening a pipe without a writer would wait for ever
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise Fault("source.gone_file", "The path is not a regular file.")
            while piece := stream.read(MIB):
                size += len(piece)
                if size > max_bytes:
                    raise Fault("source.too_large", f"The file is larger than {max_bytes} bytes.")
                digest.update(piece)
            after = os.fstat(stream.fileno())
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a path"
        raise Fault("source.gone_file", f"The file cannot be read: {reason}.") from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or after.st_size != size:
        raise Fault("source.cut", "The file changed while it was read.")
    return digest.hexdigest(), after
