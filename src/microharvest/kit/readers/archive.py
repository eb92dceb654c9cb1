"""ZIP archives of strangers: judged by their directory before a byte is unpacked, then one member, with ceilings.

What must stay true: nothing is written under a name an archive gives; what a header says of sizes is never trusted;
an archive without its directory, or a member without its checksum, is cut. Codes: source.cut, source.bomb,
source.too_large, source.encrypted, source.unsafe_archive, source.archive (which member is meant is not clear).
"""

from __future__ import annotations

import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from microharvest.kit.readers.answer import Unreadable

__all__ = ["MAX_MEMBER_BYTES", "data_files", "is_zip", "open_archive", "open_member", "table_widths", "unpack"]

MAX_MEMBER_BYTES = 8 * 1024 * 1024 * 1024
MAX_ENTRIES = 1000
MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
MAX_RATIO = 200
_STEP = 1024 * 1024
_IN_MEMORY = 4 * 1024 * 1024
_LOCAL_HEADER_BYTES = 30
_IS_UTF8 = 0x800
"""Bit 11 of an entry's flags: its name is UTF-8 (APPNOTE 4.4.4)."""
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ASIDE = re.compile(
    r"(?:^|/)(?:__macosx/|\.|thumbs\.db$|(?:read|lisez|lies)[-_ ]?(?:me|moi|mich)|licen[cs]e|copyright)"
)


def is_zip(head: bytes) -> bool:
    """Does a file begin like a ZIP archive (an empty one begins with its directory)?"""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


@contextmanager
def open_archive(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive, once its directory is found to be harmless."""
    _check_directory(stream)
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_entries(archive.infolist())
            yield archive
    except Unreadable:  # a ValueError, like what zipfile raises for a damaged header
        raise
    except (NotImplementedError, RuntimeError) as error:
        raise Unreadable("source.unsafe_archive", f"The ZIP archive cannot be read: {error}"[:200]) from None
    except (zipfile.BadZipFile, struct.error, EOFError, ValueError) as error:
        raise Unreadable("source.cut", f"The ZIP archive is damaged: {error}"[:200]) from None
    except zlib.error:
        raise Unreadable("source.encoding", "A member of the ZIP archive is damaged.") from None


@contextmanager
def open_member(stream: BinaryIO, pattern: str, extensions: Sequence[str]) -> Iterator[tuple[str, BinaryIO]]:
    """(name, content) of the one member meant, unpacked: the one whose path or name fits `pattern` (a glob), else
    the only one with a known extension, else the only one."""
    with open_archive(stream) as archive:
        chosen = _choose(archive.infolist(), pattern, extensions)
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
            file = cast(BinaryIO, plain)
            for piece in unpack(archive, chosen):
                file.write(piece)
            file.seek(0)
            yield PurePosixPath(_path(chosen)).name, file


def data_files(stream: BinaryIO) -> list[tuple[str, int]]:
    """(path, bytes unpacked) of everything in the archive that may be data. Raises as `open_archive`."""
    with open_archive(stream) as archive:
        return [(_path(one), one.file_size) for one in _files(archive.infolist()) if not _is_aside(one)]


def table_widths(stream: BinaryIO) -> dict[str, int]:
    """path -> cells of the first line of every text file in the archive, as its most frequent delimiter parts it."""
    widths = {}
    with open_archive(stream) as archive:
        for one in _files(archive.infolist()):
            with suppress(Unreadable):
                first = next(unpack(archive, one), b"").partition(b"\n")[0]
                widths[_path(one)] = 0 if first[:1] in b"<{[" else 1 + max(first.count(mark) for mark in b",;\t|")
    return widths


def unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int = MAX_MEMBER_BYTES) -> Iterator[bytes]:
    """The bytes of a member, in pieces; raises as soon as it is larger, or packed more tightly, than data are."""
    if entry.flag_bits & 0x41:
        raise Unreadable("source.encrypted", f"{_shown(entry)} is encrypted.")
    if entry.compress_type not in _METHODS:
        raise Unreadable("source.unsafe_archive", f"{_shown(entry)} is packed by a method that is not read.")
    size = 0
    try:
        opened = archive.open(entry)
    except OSError as error:  # a directory that points before the file's beginning
        raise Unreadable("source.cut", f"{_shown(entry)} is not where its directory says: {error.strerror}.") from None
    with opened as packed:
        while piece := packed.read(_STEP):
            size += len(piece)
            if size > max_bytes:
                raise Unreadable("source.too_large", f"{_shown(entry)} holds more than {max_bytes} bytes.")
            if size > max(_STEP, MAX_RATIO * entry.compress_size):
                raise Unreadable("source.bomb", f"{_shown(entry)} unpacks out of all proportion.")
            yield piece
    if size != entry.file_size:
        raise Unreadable("source.cut", f"{_shown(entry)} has {size} bytes, its directory says {entry.file_size}.")


def _check_directory(stream: BinaryIO) -> None:
    """How much there is to read in the directory, before `zipfile` reads all of it (APPNOTE 4.3.14 to 4.3.16)."""
    end = stream.seek(0, 2)
    start = max(0, end - 65_557 - 20)
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Unreadable("source.cut", "The ZIP archive ends before its directory.")
    entries, size = struct.unpack_from("<HI", tail, at + 10)
    if entries == 0xFFFF or size == 0xFFFFFFFF:
        if at < 20 or tail[at - 20 : at - 16] != b"PK\x06\x07":
            raise Unreadable("source.bomb", f"The ZIP archive has more than {MAX_ENTRIES} entries.")
        stream.seek(min(end, struct.unpack_from("<Q", tail, at - 12)[0]))
        record = stream.read(56)
        stream.seek(0)
        if len(record) < 56 or not record.startswith(b"PK\x06\x06"):
            raise Unreadable("source.cut", "The ZIP archive's directory cannot be found.")
        entries, size = struct.unpack_from("<QQ", record, 32)
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY_BYTES:
        raise Unreadable("source.bomb", f"The ZIP archive has more than {MAX_ENTRIES} entries.")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        path = _path(entry)
        if (
            path.startswith("/")
            or re.match("[A-Za-z]:", path)
            or ".." in path.split("/")
            or "\x00" in entry.orig_filename
        ):
            raise Unreadable("source.unsafe_archive", f"The archive names a path outside itself: {_shown(entry)}.")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in pairwise(ordered):
        least = _LOCAL_HEADER_BYTES + len(entry.orig_filename) + entry.compress_size
        if entry.header_offset + least > following.header_offset:
            raise Unreadable("source.bomb", f"Entries of the archive overlap at {_shown(following)}.")


def _choose(entries: list[zipfile.ZipInfo], pattern: str, extensions: Sequence[str]) -> zipfile.ZipInfo:
    files = _files(entries)
    if pattern:
        found = [
            one
            for one in files
            if fnmatchcase(_path(one), pattern) or fnmatchcase(PurePosixPath(_path(one)).name, pattern)
        ]
        wanted = f"members that fit {pattern!r}"
    else:
        files = [one for one in files if not _is_aside(one)]
        found = [one for one in files if PurePosixPath(_path(one)).suffix.lower() in extensions] or files
        wanted = "data files"
    if len(found) == 1:
        return found[0]
    names = ", ".join(_shown(one).rpartition("/")[2] for one in (found or files)[:4])
    told = f"{len(found)} {wanted}: {names}" if names else f"no {wanted}"
    raise Unreadable("source.archive", f"The archive has {told}."[:300])


def _files(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    return [one for one in entries if not one.is_dir() and not stat.S_ISLNK(one.external_attr >> 16)]


def _is_aside(entry: zipfile.ZipInfo) -> bool:
    return _ASIDE.search(_path(entry).lower()) is not None


def _path(entry: zipfile.ZipInfo) -> str:
    """Many tools write names in UTF-8 and do not say so; Python reads those as code page 437."""
    name = entry.filename
    if not entry.flag_bits & _IS_UTF8 and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _shown(entry: zipfile.ZipInfo) -> str:
    return "".join(char if char.isprintable() else "?" for char in _path(entry))[:80]
