"""JSON of strangers: strict (msgspec: no NaN, no lone surrogates, no integer turned into a float), in any Unicode
encoding. Memory is that of the document, so callers bound its size first."""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.kit.readers.answer import Unreadable

__all__ = ["ABSENT", "decode_json", "encode_json", "is_error_envelope", "locate"]

ABSENT: Any = object()
_ERROR_KEYS = ("error", "errors", "exception", "fault")


def decode_json(content: bytes) -> Any:
    """The value of a JSON document in UTF-8, or in UTF-16/32 with a byte order mark.

    Raises Unreadable: source.cut (it ends too early), source.protocol (anything else that is not JSON).
    """
    try:
        if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
            content = content.decode("utf-32").encode()
        elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
            content = content.decode("utf-16").encode()
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise Unreadable("source.protocol", "The JSON is nested too deeply.") from None
    except ValueError as error:  # msgspec's errors and UnicodeDecodeError are ValueErrors
        cut = "truncated" in str(error) or not content.strip()
        raise Unreadable("source.cut" if cut else "source.protocol", str(error)[:200]) from None


def encode_json(value: Any) -> bytes:
    """The value as compact UTF-8."""
    return msgspec.json.encode(value)


def locate(value: Any, path: str) -> Any:
    """What stands at a dotted path (`data.items`, list positions as numbers); ABSENT where there is nothing.

    A key that holds dots itself is found first.
    """
    here = value
    parts = path.split(".") if path else []
    while parts:
        if isinstance(here, dict):
            whole = ".".join(parts)
            if whole in here:
                return here[whole]
            if parts[0] not in here:
                return ABSENT
            here = here[parts[0]]
        elif isinstance(here, list) and parts[0].isdecimal() and int(parts[0]) < len(here):
            here = here[int(parts[0])]
        else:
            return ABSENT
        parts = parts[1:]
    return here


def is_error_envelope(value: Any) -> bool:
    """An API's way to say no with status 200: an object with an error and without any list of things."""
    if not isinstance(value, dict) or not any(value.get(key) for key in _ERROR_KEYS):
        return False
    return not any(isinstance(part, list) and part for key, part in value.items() if key not in _ERROR_KEYS)
