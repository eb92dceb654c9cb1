"""Encodings, found from the whole file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.encoding import CP1252_PER_BYTE, decode_page, find_encoding

TEXT = "Universität, Größe und Überblick: «Café déjà vu», l’été à Málaga"


@pytest.mark.parametrize(
    ("content", "codec", "codes"),
    [
        (b"plain", "utf-8-sig", []),
        (TEXT.encode(), "utf-8-sig", []),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", []),
        (TEXT.encode("utf-16"), "utf-16", []),
        (TEXT.encode("utf-32"), "utf-32", []),
        (b"x\n" * 600_000 + TEXT.encode("cp1252"), "cp1252", ["feed.encoding_guessed"]),
        (TEXT.encode("mac_roman"), "mac_roman", ["feed.encoding_guessed"]),
        ("Größe Universität Überblick".encode("cp850"), "cp850", ["feed.encoding_guessed"]),
        (TEXT.encode() + b" Caf\xe9", "utf-8-sig", ["feed.encoding_damaged"]),
        ("caf\ufffd".encode(), "utf-8-sig", ["feed.encoding_damaged"]),
    ],
)
def test_found(content: bytes, codec: str, codes: list[str]) -> None:
    found = find_encoding(io.BytesIO(content))
    assert (found.codec, [one.code for one in found.findings]) == (codec, codes)
    decoded = content.decode(found.codec, found.errors)
    assert "\ufffd" not in decoded or "\ufffd" in content.decode("utf-8", "ignore")


def test_a_letter_across_two_chunks_is_one_letter() -> None:
    content = b"x" * ((1 << 20) - 1) + "é".encode() + b"x" * (1 << 20)
    assert find_encoding(io.BytesIO(content)).findings == ()
    broken = b"x" * ((1 << 20) - 1) + b"\xc3" + b"x" * (1 << 20)
    assert [one.code for one in find_encoding(io.BytesIO(broken)).findings] == ["feed.encoding_guessed"]


def test_declared() -> None:
    assert find_encoding(io.BytesIO("é".encode("cp1250")), "cp1250").codec == "cp1250"
    assert find_encoding(io.BytesIO(b"\xef\xbb\xbfa"), "UTF-8").codec == "utf-8-sig"
    for content, declared in ((b"\xe9", "utf-8"), (b"a", "no-such"), (b"a\xc3", "utf-8")):
        with pytest.raises(Unreadable) as caught:
            find_encoding(io.BytesIO(content), declared)
        assert caught.value.code == "source.encoding"


def test_each_bad_byte_is_read_by_itself() -> None:
    assert b"a\xe4\x81\xc3\xa4".decode("utf-8", CP1252_PER_BYTE) == "aä\x81ä"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("é".encode(), ""),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        (b'<meta charset="iso-8859-1">' + "é".encode("latin-1"), ""),
        ("é".encode("utf-16"), ""),
        ("é".encode("cp1252"), ""),
        ("é".encode(), "text/html; charset=nonsense"),
    ],
)
def test_pages(content: bytes, content_type: str) -> None:
    assert decode_page(content, content_type).endswith("é")


@pytest.mark.shared
def test_real_files(shared: Path) -> None:
    with (shared / "feeds" / "lheo" / "FCod-macroman.csv").open("rb") as stream:
        assert find_encoding(stream).codec == "mac_roman"
