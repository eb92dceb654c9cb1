"""JSON: strict, in every Unicode encoding, and never a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.json import ABSENT, decode_json, encode_json, is_error_envelope, locate


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings(codec: str) -> None:
    assert decode_json('{"a": "é"}'.encode(codec)) == {"a": "é"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "source.cut"),
        (b" \n", "source.cut"),
        (b"[1,", "source.cut"),
        (b"[NaN]", "source.protocol"),
        (b"[1e400]", "source.protocol"),
        (b"[1]]", "source.protocol"),
        (b'"\xff"', "source.protocol"),
        (rb'["\ud800 and more"]', "source.protocol"),
        (b"[" * 100_000, "source.protocol"),
        (b"9" * 4301, "source.protocol"),
        (b"\xff\xfe[", "source.cut"),
    ],
)
def test_what_is_no_json(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode_json(content)
    assert caught.value.code == code


def test_large_integers_stay_integers() -> None:
    assert decode_json(b"18446744073709551616") == 2**64
    assert decode_json(encode_json([{"a": "ü"}])) == [{"a": "ü"}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", {"a": {"b": [1, {"c": 2}]}, "x.y": 3}), ("a.b.1.c", 2), ("x.y", 3), ("a.b.2", ABSENT), ("a.z", ABSENT)],
)
def test_paths(path: str, expected: Any) -> None:
    assert locate({"a": {"b": [1, {"c": 2}]}, "x.y": 3}, path) == expected


def test_error_envelopes() -> None:
    assert is_error_envelope({"error": "no"})
    assert is_error_envelope({"errors": [{"code": 1}], "data": []})
    assert not is_error_envelope({"error": None, "a": 1})
    assert not is_error_envelope({"error": "partly", "data": [1]})
    assert not is_error_envelope([{"error": "x"}])


@pytest.mark.shared
def test_the_json_test_suite(shared: Path) -> None:
    files = sorted((shared / "hostile" / "json" / "JSONTestSuite" / "test_parsing").glob("*.json"))
    assert len(files) > 300
    wrong = []
    for path in files:
        try:
            decode_json(path.read_bytes())
            accepted = True
        except Unreadable:
            accepted = False
        if path.name[0] in "yn" and accepted != (path.name[0] == "y"):
            wrong.append(path.name)
    assert wrong == []
