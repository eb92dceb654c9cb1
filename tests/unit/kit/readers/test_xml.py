"""XML: strict and streamed; nothing loaded, nothing recovered, memory bounded by the batch."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.xml import Pull, local_name, read_root, read_tree, xml_bytes


def test_the_root_from_the_first_bytes() -> None:
    found = read_root(io.BytesIO(b'<?xml version="1.0"?><!-- x --><p:a xmlns:p="urn:x"><b></a>'))
    assert found == ("{urn:x}a", "a", "urn:x")
    assert read_root(io.BytesIO(b"<a/>")).namespace == ""
    assert read_root(io.BytesIO(b"<!--" + b"x" * 10_000 + b"--><a>")).local == "a"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "source.cut"),
        (b"<?xml version='1.0'?>", "source.cut"),
        (b"text", "source.cut"),  # a prolog may be cut anywhere; the callers look at the first bytes
        (b"<!DOCTYPE a><a/>", "source.protocol"),
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>", "source.protocol"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"), "source.protocol"),
    ],
)
def test_no_root(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_root(io.BytesIO(content))
    assert caught.value.code == code


@pytest.mark.parametrize("content", [b"<a>", b"<a>&nbsp;</a>", b"<a>\x01</a>", b"<a/><b/>", b"<a>\xff</a>", b""])
def test_offences(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_tree(content)
    with pytest.raises(Unreadable):
        list(Pull(io.BytesIO(content), "r").batches())


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 65536])
def test_batches_hold_every_element_in_order_and_leave_the_tree_small(chunk_bytes: int) -> None:
    content = b"<a xmlns='urn:x'><h/>" + b"".join(b" <r n='%d'>t</r> x" % n for n in range(1000)) + b"<end/></a>"
    pull = Pull(io.BytesIO(content), "r", chunk_bytes=chunk_bytes)
    seen, most = [], 0
    for batch in pull.batches(100):
        seen += [(int(one.get("n")), one.text) for one in batch]
        assert xml_bytes(batch[-1]).startswith(b'<r xmlns="urn:x" n=')
        if chunk_bytes < 1000:
            most = max(most, len(batch[0].getparent()))
    assert seen == [(number, "t") for number in range(1000)]
    assert most <= 300
    left = [local_name(one.tag) for one in pull.root]
    assert (left[0], left[-1]) == ("h", "end")


def test_only_accepted_elements() -> None:
    pull = Pull(io.BytesIO(b"<a><r><r/></r><r/></a>"), "r", accept=lambda one: one.getparent().tag == "a")
    assert [len(one) for batch in pull.batches() for one in batch] == [1, 0]


@pytest.mark.shared
def test_hostile_documents_leak_nothing(shared: Path) -> None:
    accepted = set()
    for path in sorted((shared / "hostile" / "own" / "xml").glob("*.xml")):
        content = path.read_bytes()
        try:
            read_root(io.BytesIO(content))
            root = read_tree(content)
        except Unreadable:
            continue
        accepted.add(path.name)
        assert b"root:x" not in xml_bytes(root)
    assert accepted <= {"xinclude.xml", "html_error_200.xml"}
