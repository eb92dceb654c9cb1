"""What leaves the program as text, and what must never leave it: logs, redaction, secrets, failpoints.

- `set_up_logs` is called once, by the command line; everybody else asks `logger()` and binds context with `bound`.
- No log line holds a secret: `Secret` shows as `***`, URLs pass through `redact`, and the value of every secret
  made in this process is masked wherever it turns up in an event.
- Feed content cannot forge log lines or steer a terminal: C0, C1 and bidi controls are taken out.
- `failpoint` costs one attribute check unless MICROHARVEST_FAILPOINTS is set: crash tests rely on it.
"""

from __future__ import annotations

import hmac
import os
import re
import signal
import sys
import threading
from collections import Counter
from contextlib import AbstractContextManager
from typing import Any, Literal, NoReturn, Protocol, TextIO
from urllib.parse import urlsplit

from microharvest.errors import ConfigError

__all__ = [
    "Secret",
    "arm_failpoints",
    "bound",
    "failpoint",
    "logger",
    "mask",
    "mask_bytes",
    "plain",
    "redact",
    "set_up_logs",
]

HIDDEN = "***"
_MASKABLE_LENGTH = 6
"""Shorter secrets are not masked by value: they would blot out ordinary words."""

_secret_values: set[str] = set()

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SECRET_NAME = re.compile(
    r"(^|[-_.])(auth|authorization|code|credentials?|jwt|key|pass|pwd|secret|session|sid|sig|signature|token)($|[-_.])"
    r"|api_?key|access_?key|access_?token|auth_?token|passw|secret|x-amz-(credential|signature|security)",
    re.IGNORECASE,
)
_PAGING_NAME = re.compile(r"^(resumption|page|next|continuation|sync|cursor)[-_]?(page[-_]?)?token$", re.IGNORECASE)
_URL_LIMIT = 2000


class Secret:
    """A string that shows as `***`, cannot be pickled or encoded, and is masked in logs; see `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        if len(value) >= _MASKABLE_LENGTH:
            _secret_values.add(value)

    def reveal(self) -> str:
        """The string itself: only at the very place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def mask(text: str) -> str:
    """The text with the value of every secret of this process replaced by `***`."""
    for value in sorted(_secret_values, key=len, reverse=True):  # a longer one may hold a shorter one
        if value in text:
            text = text.replace(value, HIDDEN)
    return text


def mask_bytes(content: bytes) -> bytes:
    """The same for an answer that is kept: some servers send back the credentials they refuse."""
    for value in sorted(_secret_values, key=len, reverse=True):
        content = content.replace(value.encode(), HIDDEN.encode())
    return content


def plain(text: str, *, lines: bool = False) -> str:
    """The text with C0, C1, bidi controls and lone surrogates written as escapes (`lines` keeps tabs and newlines)."""

    def escape(found: re.Match[str]) -> str:
        sign = found[0]
        if lines and sign in "\t\n":
            return sign
        return sign.encode("unicode_escape", "surrogatepass").decode("ascii")

    return _CONTROLS.sub(escape, text)


def redact(url: str) -> str:
    """The URL fit for logs and messages: user info, secret-looking query values and controls masked. Never raises."""
    url = plain(mask(url[: _URL_LIMIT * 4]))
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    before, separator, host = parts.netloc.rpartition("@")
    netloc = f"{HIDDEN}@{host}" if separator and before else parts.netloc
    clean = parts._replace(netloc=netloc, query=_masked_pairs(parts.query), fragment=_masked_pairs(parts.fragment))
    text = clean.geturl()
    return text if len(text) <= _URL_LIMIT else text[:_URL_LIMIT] + "…"


def _masked_pairs(query: str) -> str:
    pieces = re.split("([&;])", query)
    for index in range(0, len(pieces), 2):
        name, separator, value = pieces[index].partition("=")
        if separator and value and _SECRET_NAME.search(name) and not _PAGING_NAME.match(name):
            pieces[index] = f"{name}={HIDDEN}"
    return "".join(pieces)


def set_up_logs(*, form: Literal["json", "console"] = "console", level: str = "info", to: TextIO | None = None) -> None:
    """Send log events to a stream (standard error by default) as JSON lines or for people."""
    import logging

    import structlog

    threshold = logging.getLevelNamesMapping().get(level.upper())
    if threshold is None:
        raise ConfigError("config.invalid", f"Log level {level!r} is none of debug, info, warning, error.")
    stream = to if to is not None else sys.stderr
    render: Any = structlog.processors.JSONRenderer()
    if form == "console":
        colors = stream.isatty()
        render = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _clean_event,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _clean_event(logger: object, method: str, event: Any) -> dict[str, Any]:
    return {plain(str(key)): _clean(value, lines=key == "exception") for key, value in event.items()}


def _clean(value: object, *, lines: bool = False, depth: int = 4) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return plain(mask(value), lines=lines)
    if depth and isinstance(value, dict):
        return {plain(mask(str(key))): _clean(part, depth=depth - 1) for key, part in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_clean(part, depth=depth - 1) for part in value]
    return plain(mask(str(value)))


def logger(name: str) -> Any:
    """A structlog logger; events are slugs (`fetch.retry`), everything else is a key.

    Before `set_up_logs` it is structlog's default, so a library user sees events without our filters.
    """
    import structlog

    return structlog.get_logger(component=name)


def bound(**context: str | int | None) -> AbstractContextManager[None]:
    """Context (source, run, request) on every event within the block, in this task and those it starts."""
    import structlog

    return structlog.contextvars.bound_contextvars(**context)


class _Failpoints(Protocol):
    def hit(self, name: str) -> None: ...


class _Unread:
    """Stands until the first hit: then the environment decides, once."""

    def hit(self, name: str) -> None:
        arm_failpoints(os.environ.get("MICROHARVEST_FAILPOINTS") or None)
        failpoint(name)


class _Counting:
    """`count:PATH`: every name goes to a file, so that a harness knows what there is to kill."""

    def __init__(self, path: str) -> None:
        self._path = path

    def hit(self, name: str) -> None:
        with open(self._path, "a", encoding="utf-8") as stream:
            stream.write(name + "\n")


class _Killing:
    """`name`, `name:3`, `*:17`: the process dies at that hit as if its power were cut."""

    def __init__(self, name: str, at: int) -> None:
        self._name, self._at = name, at
        self._hits: Counter[str] = Counter()
        self._lock = threading.Lock()

    def hit(self, name: str) -> None:
        if self._name not in ("*", name):
            return
        with self._lock:
            self._hits[self._name] += 1
            if self._hits[self._name] == self._at:
                os.kill(os.getpid(), signal.SIGKILL)


_failpoints: _Failpoints | None = _Unread()


def failpoint(name: str) -> None:
    """A named place where a crash test may kill the process; does nothing otherwise."""
    if _failpoints is not None:
        _failpoints.hit(name)


def arm_failpoints(spec: str | None) -> None:
    """Replace what MICROHARVEST_FAILPOINTS said and start counting anew (forked test children); None disarms."""
    global _failpoints
    if not spec:
        _failpoints = None
        return
    if spec.startswith("count:"):
        _failpoints = _Counting(spec.removeprefix("count:"))
        return
    name, separator, at = spec.partition(":")
    if not name or (separator and not (at.isdecimal() and int(at) > 0)):
        raise ConfigError("config.invalid", "MICROHARVEST_FAILPOINTS is `name`, `name:3`, `*:17` or `count:PATH`.")
    _failpoints = _Killing(name, int(at) if separator else 1)
