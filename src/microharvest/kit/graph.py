"""A graph as a tree of elements, so that a dialect maps RDF with the code it has for its XML.

Nodes with an address become elements under the root, linked by `idref`; what has no address of its own, or is a mere
detail, stands inside its owner. What must stay true: equal graphs give equal trees, whatever syntax, order and blank
node labels they were written with (everything is sorted, blank nodes have no name); cycles are cut; a node that unfolds
into more than `MAX_PARTS` elements is unfolded one level deep only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from lxml import etree

__all__ = ["MAX_PARTS", "Shape", "local_of", "references", "tree_of"]

MAX_PARTS = 5_000
MAX_DEPTH = 8
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PREF_TAG = "{http://www.w3.org/2004/02/skos/core#}prefLabel"
PREF_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
_CONCEPT = ("@id", "@type", "http://www.w3.org/2004/02/skos/core#")
_ADDRESS = re.compile(r"(?:https?://|urn:)\S+")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Node = dict[str, Any]


class Shape(msgspec.Struct, frozen=True):
    """What a dialect makes of a graph.

    `element`: the types of a node (full addresses) -> the name of its element; `tag`: a property's address -> the name
    of its element, None to leave it out; `links`: local names of properties that point to another element by `idref`;
    `texts`: local names of properties whose value is text even where it is an address; `hidden`: local names of types
    whose nodes are never taken over (persons).
    """

    root: str
    element: Callable[[Iterable[str]], str]
    tag: Callable[[str], str | None]
    links: frozenset[str]
    texts: frozenset[str]
    hidden: frozenset[str]


def local_of(address: str) -> str:
    """What stands behind the last `#` or `/`."""
    return re.split(r"[#/]", address)[-1]


def references(node: Node) -> Iterable[tuple[str, str]]:
    """(property, id) of everything a node refers to."""
    for name, values in node.items():
        if not name.startswith("@"):
            yield from ((name, value["@id"]) for value in values if "@id" in value)


def tree_of(nodes: Iterable[Node], shape: Shape) -> Any:
    """The root element over all nodes with an address, sorted by it."""
    by_id = {node["@id"]: node for node in nodes}
    root = etree.Element(shape.root)
    for key in sorted(by_id):
        node = by_id[key]
        if not key.startswith("_:") and len(node) > 1 and not _is_hidden(node, shape):
            root.append(_Builder(by_id, shape).build_whole(key))
    return root


def _is_hidden(node: Node, shape: Shape) -> bool:
    return any(local_of(kind) in shape.hidden for kind in node.get("@type", ()))


class _TooManyError(Exception):
    """One node unfolds into more parts than a record may have."""


class _Builder:
    def __init__(self, by_id: Mapping[str, Node], shape: Shape) -> None:
        self._by_id, self._shape = by_id, shape
        self._parts = 0

    def build_whole(self, key: str) -> Any:
        tag = self._shape.element(self._by_id[key].get("@type", ()))
        for depth in (MAX_DEPTH, 1):
            self._parts = 0
            try:
                return self._build(key, tag, (), depth)
            except _TooManyError:
                continue
        return etree.Element(tag, {"id": _writable(key)})  # not even its own values fit

    def _build(self, key: str, tag: str, path: tuple[str, ...], depth: int) -> Any:
        node = self._by_id[key]
        element = etree.Element(tag)
        if not key.startswith("_:"):
            element.set("id", _writable(key))
        kinds = sorted(node.get("@type", ()))
        if kinds:
            element.set(XSI_TYPE, _writable(" ".join(kinds)))
        children = []
        for name, values in node.items():
            child_tag = None if name.startswith("@") else self._shape.tag(name)
            if child_tag is not None:
                tag_of = child_tag if _NAME.fullmatch(child_tag.rpartition("}")[2]) else "property"
                for value in values:
                    child = self._child(tag_of, local_of(name), value, (*path, key), depth)
                    if child is not None:
                        children.append((tag_of, etree.tostring(child, method="c14n"), child))
        children.sort(key=lambda each: each[:2])
        for index, (_, content, child) in enumerate(children):
            if index == 0 or content != children[index - 1][1]:  # what is said twice is said once
                element.append(child)
        return element

    def _child(self, tag: str, local: str, value: dict[str, str], path: tuple[str, ...], depth: int) -> Any:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _TooManyError
        key = value.get("@id")
        if key is None:
            text = value["@value"]
            if local not in self._shape.texts and _ADDRESS.fullmatch(text.strip()):
                key = text.strip()  # an address written as a text
            else:
                return _text(tag, value)
        if local in self._shape.texts and not key.startswith("_:"):
            return _text(tag, {"@value": key})
        node = self._by_id.get(key)
        if node is not None and _is_hidden(node, self._shape):
            return None
        if key.startswith("_:"):
            if node is None:
                return None  # a blank node of which nothing is said
            if key in path or not depth:
                return etree.Element(tag, {"idref": "_:cut"})  # a circle, or too deep: seen as an unread link
            return self._build(key, tag, path, depth - 1)
        if local in self._shape.links:
            return etree.Element(tag, {"idref": _writable(key)})
        if node is not None and key not in path and depth and not _is_concept(node):
            return self._build(key, tag, path, depth - 1)
        element = etree.Element(tag, {"uri": _writable(key)})
        labels = [_text(PREF_TAG, label) for label in (node or {}).get(PREF_LABEL, ()) if "@value" in label]
        for label in sorted(labels, key=lambda each: etree.tostring(each, method="c14n")):
            element.append(label)
        return element


def _is_concept(node: Node) -> bool:
    """A node that says no more than what it is called and which list it is from."""
    return all(name.startswith(_CONCEPT) for name in node)


def _text(tag: str, value: dict[str, str]) -> Any:
    element = etree.Element(tag)
    element.text = _writable(value["@value"])
    if "@language" in value:
        element.set("language", value["@language"])
    if "@type" in value:
        element.set(XSI_TYPE, _writable(value["@type"]))
    return element


def _writable(text: str) -> str:
    """XML has no place for control characters: a replacement character shows where one was."""
    return _UNWRITABLE.sub("\ufffd", text)
