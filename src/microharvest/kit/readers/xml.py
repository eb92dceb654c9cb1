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

__all__ = ["Pull", "Root", "local_name", "read_root", "read_tree", "xml_bytes"]

# lxml >= 6.1, libxml2 2.14: `internal` neither cuts text at an entity (as False does) nor reads files (as True does).
_OPTIONS: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
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
    parser = etree.XMLPullParser(events=("start",), **_OPTIONS)
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
            raise _unreadable(broken)


class Pull:
    """The elements of one local name (any namespace), each when its end was read. Iterate `batches` once.

    `accept` says which of them count (a MARC <record> inside an OAI-PMH <record> does not). `root` is the root
    element after the last batch: its end was seen then, and what was not taken out stands in it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        *,
        accept: Callable[[Any], bool] | None = None,
        chunk_bytes: int = 64 * 1024,
    ) -> None:
        self.root: Any = None
        self._stream = stream
        self._accept = accept
        self._chunk_bytes = chunk_bytes
        self._parser: Any = etree.XMLPullParser(events=("end",), tag=(f"{{*}}{name}",), **_OPTIONS)

    def batches(self, size: int = 200) -> Iterator[list[Any]]:
        """Lists of at most `size` elements in document order.

        Raises Unreadable at the first offence against well-formedness; the batches before it stand.
        """
        batch: list[Any] = []
        held: list[Any] = []
        for element in self._elements():
            batch.append(element)
            if len(batch) >= size:
                yield batch
                # The newest element stays: the parser may still be writing the text behind it.
                for done in (*held, *batch[:-1]):
                    _take_out(done)
                held, batch = batch[-1:], []
        if batch:
            yield batch

    def _elements(self) -> Iterator[Any]:
        accept = self._accept
        try:
            while chunk := self._stream.read(self._chunk_bytes):
                self._parser.feed(chunk)
                for _, element in self._parser.read_events():
                    if accept is None or accept(element):
                        yield element
            self.root = self._parser.close()
            for _, element in self._parser.read_events():
                if accept is None or accept(element):
                    yield element
        except etree.XMLSyntaxError as error:
            raise _unreadable(error) from None


def read_tree(content: bytes) -> Any:
    """The root element of a whole document in memory, parsed strictly. Raises Unreadable."""
    try:
        root = etree.fromstring(content, etree.XMLParser(**_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(error) from None
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


def _unreadable(error: Exception) -> Unreadable:
    message = str(error)
    cut = any(sign in message for sign in _CUT_SIGNS)
    return Unreadable("source.cut" if cut else "source.protocol", message[:200])
