"""XML of strangers, read strictly and as a stream.

What must stay true: a DOCTYPE is refused, nothing is loaded from anywhere, libxml2's limits stay on, and no parser
ever recovers: an error is an error, and a repair is a separate, named step (`xml_repair`). Memory is bounded by a
batch of elements, not by the document: `Pull.batches` takes the elements of a batch out of the tree when the next
batch is asked for, so a batch is to be used before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from lxml import etree

from microharvest.kit.readers.answer import Unreadable

__all__ = ["XML_OPTIONS", "Pull", "Root", "local_name", "read_root", "read_tree", "unreadable_xml", "xml_bytes"]

# lxml >= 6.1, libxml2 2.14: `internal` neither cuts text at an entity (as False does) nor reads files (as True does).
XML_OPTIONS: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
MAX_IDLE_BYTES = 16 * 1024 * 1024
MAX_ELEMENT_BYTES = 64 * 1024 * 1024
_CUT_SIGNS = ("Premature end", "EndTag: '</' not found", "Document is empty", "unexpected end")
_names: dict[str, str] = {}


class Root(NamedTuple):
    """The root element's name: `tag` in Clark notation, and its two halves."""

    tag: str
    local: str
    namespace: str


def local_name(tag: str) -> str:
    """`{uri}local` -> `local`; cached, because it is asked for every element."""
    name = _names.get(tag)
    if name is None:
        name = tag.rpartition("}")[2]
        if len(_names) < 10_000:  # a hostile feed may invent names for ever
            _names[tag] = name
    return name


def read_root(stream: BinaryIO) -> Root:
    """The root element's name, from the first bytes; the stream is left somewhere behind it.

    Raises Unreadable: source.protocol (a DOCTYPE, or no XML), source.cut (it ends before a root element).
    """
    parser = etree.XMLPullParser(events=("start",), **XML_OPTIONS)
    while True:
        chunk = stream.read(4096)
        broken: etree.XMLSyntaxError | None = None
        try:
            parser.feed(chunk) if chunk else parser.close()
        except etree.XMLSyntaxError as error:
            broken = error
        for _, element in parser.read_events():
            if element.getroottree().docinfo.doctype:
                raise Unreadable("source.protocol", "The document has a DOCTYPE, which is refused.")
            tag = str(element.tag)
            return Root(tag, local_name(tag), tag[1:].partition("}")[0] if tag.startswith("{") else "")
        if not chunk:
            raise Unreadable("source.cut", "The document ends before its root element.")
        if broken is not None:
            raise unreadable_xml(broken)


class Pull:
    """The elements of one local name (any namespace), each when its end was read. Iterate `batches` once.

    `accept` says which of them count (a MARC <record> inside an OAI-PMH <record> does not). `root` is the root
    element after the last batch: its end was seen then, and what was not taken out stands in it. With
    `keep_rest=False` nothing piles up there: above an element only what stands before the first one is left.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        *,
        accept: Callable[[Any], bool] | None = None,
        chunk_bytes: int = 64 * 1024,
        keep_rest: bool = True,
    ) -> None:
        self.root: Any = None
        self._stream = stream
        self._name = name
        self._accept = accept
        self._chunk_bytes = chunk_bytes
        self._sweep = None if keep_rest else _Sweep(name)
        tags = [f"{{*}}{name}"]
        if self._sweep is not None:
            tags.append(read_root(stream).tag)
            stream.seek(0)
        self._parser: Any = etree.XMLPullParser(
            events=("end",) if self._sweep is None else ("start", "end"), tag=tags, **XML_OPTIONS
        )

    def batches(self, size: int = 200) -> Iterator[list[Any]]:
        """Lists of at most `size` elements in document order.

        Raises Unreadable at the first offence against well-formedness (the batches before it stand), and
        source.too_large, without `keep_rest`, for an element over 64 MiB.
        """
        batch: list[Any] = []
        held: list[Any] = []
        for element in self._elements():
            if element is not None:
                batch.append(element)
            if len(batch) >= size or (element is None and batch):
                yield batch
                if self._sweep is not None:
                    for one in batch:
                        self._sweep.passed(one)
                # The newest element stays: the parser may still be writing the text behind it.
                for done in (*held, *batch[:-1]):
                    _take_out(done)
                held, batch = batch[-1:], []
            if element is None and self._sweep:
                self._sweep.empty(self.root)
        if batch:
            yield batch

    def _elements(self) -> Iterator[Any]:
        """The elements; None where so much of something else was read that it has to go."""
        try:
            while chunk := self._stream.read(self._chunk_bytes):
                self._parser.feed(chunk)
                yield from self._read()
                if self._sweep and self._sweep.is_due(len(chunk)):
                    yield None
            self.root = self._parser.close()
            yield from self._read()
        except etree.XMLSyntaxError as error:
            raise unreadable_xml(error) from None

    def _read(self) -> Iterator[Any]:
        for event, element in self._parser.read_events():
            if event == "start":
                self.root = element if self.root is None else self.root
            elif local_name(element.tag) == self._name and (self._accept is None or self._accept(element)):
                if self._sweep:
                    self._sweep.idle_bytes = 0
                yield element


class _Sweep:
    """Frees what a stream of elements leaves behind, but for what the elements' ancestors say before the first one
    (a provider's name before its courses), as long as that is not over 16 MiB."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._firsts: dict[Any, int] = {}
        self.idle_bytes = 0

    def passed(self, element: Any) -> None:
        """The element was used: what stands between the first one and it goes, on every level."""
        firsts: dict[Any, int] = {}
        child = element
        for parent in element.iterancestors():
            position = parent.index(child)
            firsts[parent] = self._firsts.get(parent, position)
            del parent[firsts[parent] : position]
            child = parent
        self._firsts = firsts

    def is_due(self, read_bytes: int) -> bool:
        """Whether too much was read since the last element."""
        self.idle_bytes += read_bytes
        return self.idle_bytes > MAX_IDLE_BYTES

    def empty(self, root: Any) -> None:
        """Drop everything complete but the elements looked for. Raises Unreadable where one of them never ends."""
        node, firsts = root, self._firsts
        self._firsts = {}
        while len(node) and local_name(node.tag) != self._name:
            del node[firsts.get(node, 0) : -1]
            if node in firsts:
                self._firsts[node] = firsts[node]
            node = node[-1]
        if local_name(node.tag) == self._name and self.idle_bytes > MAX_ELEMENT_BYTES:
            raise Unreadable("source.too_large", f"An element {self._name} has more than {MAX_ELEMENT_BYTES} bytes.")


def read_tree(content: bytes) -> Any:
    """The root element of a whole document in memory, parsed strictly. Raises Unreadable."""
    try:
        root = etree.fromstring(content, etree.XMLParser(**XML_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise unreadable_xml(error) from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("source.protocol", "The document has a DOCTYPE, which is refused.")
    return root


def xml_bytes(element: Any) -> bytes:
    """The element as UTF-8 with every namespace declaration in force, without the text behind it."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)


def _take_out(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def unreadable_xml(error: Exception) -> Unreadable:
    """What libxml2 said, as source.cut where the document ends too early, else source.protocol."""
    message = str(error)
    cut = any(sign in message for sign in _CUT_SIGNS)
    return Unreadable("source.cut" if cut else "source.protocol", message[:200])
