"""JSON cut member by member: the same as decoding the whole, however the bytes arrive, and clear about breaks."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.kit.readers import ABSENT, MemberList, Unreadable, json_stream, open_utf8, repeats_keys

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def cut(content: str | bytes, select: str = "", *, keyed: bool = False) -> list[Any]:
    data = content.encode() if isinstance(content, str) else content
    return [member.value for member in MemberList(io.BytesIO(data), select, keyed=keyed)]


def refusal(content: str | bytes, select: str = "") -> str:
    with pytest.raises(Unreadable) as caught:
        cut(content, select)
    return caught.value.code


class _Dribble(io.BytesIO):
    """Gives at most three bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(3 if size is None or size < 0 else min(3, size))


@given(st.lists(VALUES), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_any_list_gives_its_members(values: list[Any], indent: Any, ascii_only: bool) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    expected = [one for one in values if "\ud800" not in json.dumps(one, ensure_ascii=False)]
    members = [one.value for one in MemberList(_Dribble(text)) if one.value is not ABSENT]
    assert members == expected or any("\\ud" in json.dumps(one) for one in values)


@given(st.dictionaries(st.text(max_size=5), st.lists(VALUES, max_size=4), max_size=4))
def test_any_object_gives_its_values_by_key(value: dict[str, Any]) -> None:
    content = msgspec.json.encode(value)
    members = list(MemberList(_Dribble(content), keyed=True))
    assert {one.key: one.value for one in members} == value
    for key in value:
        if "." not in key and key:
            found = MemberList(_Dribble(content), key)
            assert [one.value for one in found] == value[key]
            assert found.rest == {**value, key: {}}


@pytest.mark.parametrize(
    ("content", "select", "values"),
    [
        ('{"n": 1, "d": {"i": [1, {"a": "]"}], "z": 2}}', "d.i", [1, {"a": "]"}]),
        ('{"a.b": [1]}', "a.b", [1]),
        ("[[1], [2, 3]]", "1", [2, 3]),
        ('{"a": {"b": {"c": 1}}}', "a", [{"b": {"c": 1}}]),
        ('{"a": null}', "a", [None]),
        ("[]", "", []),
        (" [ 18446744073709551616 , 1.0e2 ]\n", "", [2**64, 100.0]),
    ],
)
def test_paths(content: str, select: str, values: list[Any]) -> None:
    assert cut(content, select) == values


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "source.cut"), ("[1", "source.cut"), ('["a', "source.cut"), ('{"a": ', "source.cut"),
        ("[" * 100_000, "source.cut"), ('["x"y"]', "source.protocol"), ("[1,]", "source.protocol"),
        ("[1 2]", "source.protocol"), ("[] []", "source.protocol"), ("{1: 2}", "source.protocol"),
        ('{"a" 1}', "source.protocol"), ("[,1]", "source.protocol"), ("]", "source.protocol"),
        ('[{"a": [1}]}]', "source.protocol"),
    ],
)  # fmt: skip
def test_a_broken_skeleton_is_refused(content: str, code: str) -> None:
    assert refusal(content, "x" if content.startswith("{") else "") == code


@pytest.mark.parametrize(
    ("member", "framed"),
    [
        ('{"a": NaN}', True), ('{"a": 1e400}', True), ('{"a": "\\ud800"}', True), ("[[1,]]", True), ('{"a" 1}', False),
        ('{"a": "x"y"z"}', False), ('{"a": [1]]', False), ('{"a": "one\ntwo"}', False), ("9" * 4301, True),
    ],
)  # fmt: skip
def test_a_broken_member_leaves_the_others(member: str, framed: bool) -> None:
    members = list(MemberList(io.BytesIO(f'[1, {member}, {{"b": 2}}]'.encode())))
    assert [one.value for one in members] == [1, ABSENT, {"b": 2}]
    assert (members[1].framed, bool(members[1].problem)) == (framed, True)


def test_bytes_that_are_no_utf_8_and_bottomless_nesting_break_one_member_alone() -> None:
    deep = b"[" * 50_000 + b"]" * 50_000
    members = list(MemberList(io.BytesIO(b'["caf\xe9", ' + deep + b", 1]")))
    assert [one.value for one in members] == [ABSENT, ABSENT, 1]


@pytest.mark.parametrize(
    ("content", "repeats"),
    [
        ('{"a": 1, "a": 2}', True), ('{"a": {"b": [{"c": 1, "c": 1}]}}', True),
        ('{"a": "b\\": c", "b": "\\"a\\":"}', False), ('["a", "b"]', False), ("{}", False),
        ('{"a" : "x:y", "c": {"a": 1}}', False),
    ],
)  # fmt: skip
def test_keys_named_twice_are_noticed(content: str, repeats: bool) -> None:
    assert repeats_keys(json.loads(content), content.encode()) is repeats


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(codec: str) -> None:
    with open_utf8(io.BytesIO('["é", "𝄞"]'.encode(codec))) as stream:
        assert [one.value for one in MemberList(stream)] == ["é", "𝄞"]


def test_utf_16_that_is_none_is_refused() -> None:
    with pytest.raises(Unreadable, match="utf-16"), open_utf8(io.BytesIO(b"\xff\xfe\x00\xd8\x00")):
        pass


def test_one_endless_member_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_MEMBER_BYTES", 200_000)
    assert refusal('["' + "x" * 900_000 + '"]') == "source.too_large"
    assert cut('["' + "x" * 100_000 + '"]') == ["x" * 100_000]


def test_memory_is_that_of_a_member() -> None:
    one = msgspec.json.encode({"id": 1, "text": "é" * 500, "list": [{"a": 1}] * 20})
    content = io.BytesIO(b"[" + b",".join([one] * 20_000) + b"]")  # 24 MB
    tracemalloc.start()
    try:
        assert sum(1 for _ in MemberList(content)) == 20_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
