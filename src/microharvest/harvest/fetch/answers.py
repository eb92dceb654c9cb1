"""What the client hands back: always one of three values, whatever a server or the network does."""

from __future__ import annotations

from datetime import datetime

import msgspec

from microharvest.kit.protocol import Body, Failure

__all__ = ["Answer", "Failed", "Fetched", "NotModified", "Validators"]


class Validators(msgspec.Struct, frozen=True):
    """What a later request may send to learn that nothing changed (RFC 9110 §8.8, §13.1)."""

    etag: str | None = None
    last_modified: str | None = None


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with its body on disk, of any final status: protocols read error bodies too.

    `sha256` is over the decoded bytes in `body.path`. The caller deletes that file when `temporary`; otherwise it
    is the operator's own file. `moved_to`: the final URL where every redirect was a permanent one: a suggestion.
    `started` is when the first attempt began, `ended` when the body was on disk (not synced).
    """

    body: Body
    sha256: str
    wire_bytes: int
    validators: Validators
    attempts: int
    started: datetime
    ended: datetime
    temporary: bool = True
    moved_to: str | None = None


class NotModified(msgspec.Struct, frozen=True, kw_only=True):
    """The server (or the file) says: as it was when the validators were noted."""

    url: str
    started: datetime
    ended: datetime
    headers: dict[str, str] = {}
    attempts: int = 1


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """No usable body. `not_before`: when the server wants to be asked again, where that was too far to wait."""

    failure: Failure
    not_before: datetime | None = None
    attempts: int = 0


Answer = Fetched | NotModified | Failed
