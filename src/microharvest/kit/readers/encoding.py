"""Which encoding a text file really has: found from the whole file, never from its head.

A Windows-1252 letter may stand 16 kB behind plain ASCII, so the head says nothing. UTF-8 is recognised by being
valid; of the rest only Windows-1252, Mac OS Roman and code page 850 are told apart, by how natural their letters
look, and the choice is always a finding. Others are named in the source file.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from microharvest.kit.protocol import Finding
from microharvest.kit.readers.answer import Unreadable

__all__ = ["CP1252_PER_BYTE", "Encoding", "decode_page", "find_encoding"]

CP1252_PER_BYTE = "microharvest.cp1252"
"""Name of the error handler that reads each undecodable byte as Windows-1252 (undefined ones as Latin-1)."""

_CANDIDATES = ("cp1252", "mac_roman", "cp850")
_SAMPLE = 256 * 1024
_SAID_BY_DEFAULT = frozenset({"", "utf-8", "ascii", "iso8859-1", "cp1252"})
_COMMON = frozenset("éèàäöüßñçåøæâêîôûíóáúëïãõœÉÄÖÜÅØÀÇ")
_SIGNS = frozenset("’‘“”–—…€©®°§«»·\u00a0")
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9._-]+)""", re.I)


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in bad), error.end


codecs.register_error(CP1252_PER_BYTE, _read_as_cp1252)


class Encoding(NamedTuple):
    """`codec` and `errors` for opening the file, and what is worth telling about it."""

    codec: str
    errors: str
    findings: tuple[Finding, ...]


def find_encoding(stream: BinaryIO, declared: str = "auto", said: str = "") -> Encoding:
    """Read the whole stream once and say how to decode it.

    `declared`: a codec's name, or `auto`. A declared codec that does not fit is Unreadable source.encoding. `said`:
    the server's charset; it counts where the file is no Unicode and the charset is none of those servers name by
    default. Mixed files (valid UTF-8 with a few stray bytes) are read as UTF-8 with those bytes as Windows-1252.
    """
    if declared != "auto":
        _check(stream, declared)
        codec = "utf-8-sig" if declared.lower().replace("_", "-") in {"utf-8", "utf8"} else declared
        return Encoding(codec, "strict", ())
    head = stream.read(4096)
    stream.seek(0)
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        _check(stream, "utf-32")
        return Encoding("utf-32", "strict", ())
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        _check(stream, "utf-16")
        return Encoding("utf-16", "strict", ())
    for codec, zeros in (("utf-16-le", head[1::2].count(0)), ("utf-16-be", head[::2].count(0))):
        if zeros * 5 > len(head):  # of every second byte two in five: text, with its byte order mark lost
            _check(stream, codec)
            return Encoding(codec, "strict", (Finding(code="feed.encoding_guessed", detail=codec),))
    return _find_eight_bit(stream, said)


def decode_page(content: bytes, content_type: str = "") -> str:
    """An HTML page as text: byte order mark, Content-Type, <meta charset>, UTF-8, Windows-1252; never fails."""
    header = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]+)", content_type, re.I)
    meta = _CHARSET.search(content[:4096])
    named = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else []
    named += [header[1]] if header else []
    named += [meta[1].decode()] if meta else []
    for codec in (*named, "utf-8"):
        try:
            return content.decode("utf-8-sig" if codec.lower() in {"utf-8", "utf8"} else codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", CP1252_PER_BYTE)


def _check(stream: BinaryIO, codec: str) -> None:
    try:
        decoder = codecs.getincrementaldecoder(codec)("strict")
        while chunk := stream.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except LookupError:
        raise Unreadable("source.encoding", f"There is no encoding {codec!r}.") from None
    except UnicodeDecodeError as error:
        raise Unreadable("source.encoding", f"The file is not {codec}: {error.reason}.") from None


def _find_eight_bit(stream: BinaryIO, said: str) -> Encoding:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    stray = valid = replaced = 0
    sample = bytearray()
    while chunk := stream.read(1 << 20):
        if not chunk.isascii():
            text = decoder.decode(chunk)
            odd = sum(map(len, re.findall("[\udc80-\udcff]+", text)))
            stray += odd
            valid += sum(map(len, re.findall("[^\x00-\x7f]+", text))) - odd
            replaced += text.count("\ufffd")
            if len(sample) < _SAMPLE:
                sample += b"\n".join(line for line in re.split(rb"[\r\n]", chunk) if not line.isascii())[:_SAMPLE]
        else:
            stray += len(decoder.decode(chunk)) - len(chunk)  # a sequence that the chunk before left open
    stray += len(decoder.decode(b"", final=True))
    damaged = (Finding(code="feed.encoding_damaged", detail=f"{replaced} replacement characters"),) if replaced else ()
    if not stray:
        return Encoding("utf-8-sig", "strict", damaged)
    if valid >= stray:
        found = Finding(code="feed.encoding_damaged", detail=f"UTF-8 with {stray} bytes of something else")
        return Encoding("utf-8-sig", CP1252_PER_BYTE, (*damaged, found))
    if _normal(said) not in _SAID_BY_DEFAULT:
        stream.seek(0)
        with suppress(Unreadable):
            _check(stream, said)
            return Encoding(said, "strict", damaged)
    codec = max(_CANDIDATES, key=lambda candidate: _naturalness(bytes(sample).decode(candidate, "replace")))
    guessed = Finding(code="feed.encoding_guessed", detail=codec)
    return Encoding(codec, CP1252_PER_BYTE if codec == "cp1252" else "strict", (guessed,))


def _normal(codec: str) -> str:
    try:
        return codecs.lookup(codec).name
    except (LookupError, ValueError):
        return ""


def _naturalness(text: str) -> float:
    """How much the letters beyond ASCII look like words: common letters, case like their neighbours', few signs."""
    score = 0.0
    for match in re.finditer("[^\x00-\x7f]", text):
        char = match[0]
        before = text[match.start() - 1 : match.start()]
        after = text[match.end() : match.end() + 1]
        if char.isalpha():
            score += 1.0 if char in _COMMON else 0.2
            if char.isupper() and before.islower():
                score -= 1.5
            elif char.islower() and before.isupper() and after.isupper():
                score -= 1.0
        elif char in _SIGNS:
            score += 0.3 if not (before.isalpha() and after.isalpha()) or char in "’" else -0.5
        else:
            score -= 1.0
    return score
