"""ZIP archives: one member, or a code. Every archive here is made to do harm, or to look like it."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from microharvest.kit.readers import Unreadable, data_files, open_member

EXTENSIONS = (".csv", ".json")


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def read(content: bytes, pattern: str = "") -> tuple[str, bytes]:
    with open_member(io.BytesIO(content), pattern, EXTENSIONS) as (name, stream):
        return name, stream.read()


def refusal(content: bytes, pattern: str = "") -> str:
    with pytest.raises(Unreadable) as caught:
        read(content, pattern)
    return caught.value.code


@pytest.mark.parametrize(
    ("names", "pattern", "chosen"),
    [
        (["a.csv"], "", "a.csv"),
        (["data/"], "", None),
        (["x/README.csv", "__MACOSX/._a.csv", ".hidden.csv", "licence.csv", "x/a.csv"], "", "a.csv"),
        (["a.csv", "notes.pdf"], "", "a.csv"),
        (["a.dat"], "", "a.dat"),
        (["a.csv", "b.csv"], "", None),
        (["a.csv", "b.csv"], "b.*", "b.csv"),
        (["x/a.csv", "y/a.csv"], "y/*", "a.csv"),
        (["x/a.csv", "y/a.csv"], "a.csv", None),
        (["x\\a.csv"], "a.csv", "a.csv"),
        (["a.csv"], "*.json", None),
        ([], "", None),
    ],
)
def test_the_member_meant(names: list[str], pattern: str, chosen: str | None) -> None:
    content = packed(*((name, name.encode()) for name in names))
    if chosen is None:
        assert refusal(content, pattern) == "source.archive"
    else:
        name, read_content = read(content, pattern)
        assert (name, read_content.replace(b"\\", b"/").rpartition(b"/")[2]) == (chosen, chosen.encode())


def overlapping() -> bytes:
    """Two directory entries over one and the same member."""
    content = packed(("a.csv", b"x" * 50_000), ("b.csv", b"x" * 50_000))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    return content[: second + 42] + struct.pack("<I", 10) + content[second + 46 :]


def patched(content: bytes, offset: int, value: bytes) -> bytes:
    """Bytes of the first directory entry replaced."""
    start = content.index(b"PK\x01\x02") + offset
    return content[:start] + value + content[start + len(value) :]


def with_crc(content: bytes) -> bytes:
    return patched(content, 16, b"\0\0\0\0").replace(b"PK\x01\x02", b"PK\x01\x02", 1)


ONE = packed(("a.csv", b"id,title\n" + b"1,x\n" * 5000))
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut": (lambda: ONE[:-30], "source.cut"),
    "only its beginning": (lambda: b"PK\x03\x04rest", "source.cut"),
    "cut inside": (lambda: ONE[:40] + ONE[60:], "source.cut"),
    "wrong checksum": (lambda: with_crc(ONE), "source.cut"),
    "bomb": (lambda: packed(("a.csv", bytes(50_000_000))), "source.bomb"),
    "overlap": (overlapping, "source.bomb"),
    "many entries": (lambda: packed(*((f"{number}.csv", b"") for number in range(1001))), "source.bomb"),
    "too many to count": (lambda: ONE[:-14] + b"\xff\xff\xff\xff" + ONE[-10:], "source.bomb"),
    "path above": (lambda: packed(("../../etc/a.csv", b"x")), "source.unsafe_archive"),
    "absolute path": (lambda: packed(("/etc/a.csv", b"x")), "source.unsafe_archive"),
    "drive": (lambda: packed(("C:\\a.csv", b"x")), "source.unsafe_archive"),
    "beside a good one": (lambda: packed(("a.csv", b"x"), ("b/..\\..\\c.txt", b"x")), "source.unsafe_archive"),
    "encrypted": (lambda: patched(ONE, 8, b"\x01\x00"), "source.encrypted"),
    "another method": (lambda: packed(("a.csv", b"x" * 100), method=zipfile.ZIP_LZMA), "source.unsafe_archive"),
    "unknown method": (lambda: patched(ONE, 10, b"\x63\x00"), "source.unsafe_archive"),
    "larger than said": (lambda: patched(ONE, 24, struct.pack("<I", 100)), "source.cut"),
    "smaller than said": (lambda: patched(ONE, 24, struct.pack("<I", 2**31)), "source.cut"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_does_harm_has_a_code(case: str) -> None:
    make, code = HOSTILE[case]
    assert refusal(make()) == code


def test_a_link_is_no_member() -> None:
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(buffer.getvalue()) == "source.archive"


def outcome(content: bytes) -> bytes | str:
    """What is read, or the code of the refusal."""
    try:
        return read(content)[1]
    except Unreadable as error:
        return error.code


def test_no_cut_of_an_archive_is_ever_read() -> None:
    content = packed(("a.csv", bytes(range(256)) * 20))
    assert {outcome(content[:size]) for size in range(4, len(content), 7)} == {"source.cut"}


def test_no_changed_byte_makes_it_crash_or_lie() -> None:
    content = packed(("data/a.csv", b"id,title\n1,x\n" * 20), ("readme.txt", b"x"))
    whole = read(content)[1]
    for position in range(len(content)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(content)
            changed[position] ^= flip
            found = outcome(bytes(changed))
            assert found == whole or str(found).startswith("source."), (position, flip, found)


def test_a_name_in_utf_8_is_read_though_nothing_says_so() -> None:
    content = packed(("Comp__tences.csv", b"a"), ("b.csv", b"b")).replace(b"Comp__t", "Compét".encode())
    assert read(content, "Compétences*") == ("Compétences.csv", b"a")
    assert [name for name, _ in data_files(io.BytesIO(content))] == ["Compétences.csv", "b.csv"]
    latin = packed(("Comp_tences.csv", b"a")).replace(b"Comp_t", b"Comp\x82t")  # code page 437, as the format has it
    assert read(latin) == ("Compétences.csv", b"a")
