"""XML that keeps everything once and links by id, read without holding the document: its objects wait on disk.

Such a document is a root with sections, and in each section objects with an `id` that others name by `idref`. What
must stay true: a record made from spilled objects has the same bytes as one made from the whole tree; memory is
about 40 bytes an object; nothing is handed out before the whole document was found to be well formed.
"""

from __future__ import annotations

import re
import tempfile
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from typing import Any, BinaryIO, Protocol, Self

from lxml import etree

from microharvest.kit.document import Document
from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.xml import XML_OPTIONS, local_name, read_root, read_tree, unreadable_xml, xml_bytes
from microharvest.kit.record import MANY_LINES
from microharvest.model.idmap import IdMap
from microharvest.model.ids import id_hash

__all__ = ["HeldObjects", "SpilledObjects", "XmlObjects", "objects_of"]

MAX_OBJECT_BYTES = 64 * 1024 * 1024
MAX_WHOLE_BYTES = 128 * 1024 * 1024
MAX_TAGS = 10_000
MAX_NAME_BYTES = 1_024
_CHUNK = 256 * 1024
_CACHED, _CACHED_BYTES = 256, 32 * 1024
_WITH_ID = etree.XPath("descendant-or-self::*[@id and not(@idref)]")


class XmlObjects(Protocol):
    """The objects of a document. A position is a small number that stands for an object."""

    tag: str
    """The root's tag in Clark notation."""

    def positions(self, wanted: Callable[[str], bool]) -> Iterator[int]:
        """Where the objects stand whose tag is wanted, in document order."""
        ...

    def at(self, position: int) -> Any:
        """The object there. It may be shared: copy it, do not change it."""
        ...

    def find(self, key: str) -> Any:
        """The first object with this id, or None."""
        ...

    def holds(self, names: Collection[str]) -> bool:
        """Whether an element with one of these local names stands anywhere in the document."""
        ...


class HeldObjects:
    """Follows XmlObjects, over a tree in memory: elements of any depth that are no links."""

    def __init__(self, root: Any) -> None:
        self.tag = str(root.tag)
        self._root = root
        self._elements = [one for one in root.iter(etree.Element) if one.get("idref") is None]
        self._by_id: dict[str, Any] = {}
        for element in self._elements:
            key = element.get("id")
            if key is not None:
                self._by_id.setdefault(key, element)

    def positions(self, wanted: Callable[[str], bool]) -> Iterator[int]:
        return (position for position, element in enumerate(self._elements) if wanted(element.tag))

    def at(self, position: int) -> Any:
        return self._elements[position]

    def find(self, key: str) -> Any:
        return self._by_id.get(key)

    def holds(self, names: Collection[str]) -> bool:
        return any(local_name(one.tag) in names for one in self._root.iter(etree.Element))


class SpilledObjects:
    """Follows XmlObjects, over a stream: children of the root with an id, and children of the root's other children.

    They are written to a nameless temporary file, which is gone at the end of the `with` or of this process. Ids
    inside an object are found; records inside an object are not looked for.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Reads the whole stream. Raises Unreadable as `read_tree` does, and source.too_large for an object over
        64 MiB, source.protocol for more than 10,000 element names."""
        self._stream = stream
        self._ends = array("q", [0])
        self._tag_of = array("H")
        self._tags: dict[str, int] = {}
        self._ids = IdMap()
        self._unspilled: set[str] = set()
        self._cache: OrderedDict[int, Any] = OrderedDict()
        self.tag = read_root(stream).tag
        stream.seek(0)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the document does
        try:
            self._spill_all(stream)
        except etree.XMLSyntaxError as error:
            self._file.close()
            raise unreadable_xml(error) from None
        except Unreadable:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def positions(self, wanted: Callable[[str], bool]) -> Iterator[int]:
        numbers = {number for tag, number in self._tags.items() if wanted(tag)}
        return (position for position, number in enumerate(self._tag_of) if number in numbers)

    def at(self, position: int) -> Any:
        element = self._cache.get(position)
        if element is None:
            start, end = self._ends[position], self._ends[position + 1]
            self._file.seek(start)
            lines, _, content = self._file.read(end - start).partition(b"\n")
            element = read_tree(content)
            for one, line in zip(element.iter(), lines.split(), strict=True):
                one.sourceline = int(line)
            if end - start <= _CACHED_BYTES:
                self._cache[position] = element
                if len(self._cache) > _CACHED:
                    self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(position)
        return element

    def find(self, key: str) -> Any:
        position = self._ids.get(id_hash(key))
        if position is None:
            return None
        return next((one for one in _WITH_ID(self.at(position)) if one.get("id") == key), None)

    def holds(self, names: Collection[str]) -> bool:
        """What was spilled was written by us: `<` begins a tag there and nothing else (the lines are digits)."""
        if not self._unspilled.isdisjoint(names):
            return True
        wanted = re.compile(
            rb"<(?:[^\s<>/:]+:)?(?:" + b"|".join(re.escape(one.encode()) for one in names) + rb")[\s/>]"
        )
        self._file.seek(0)
        before = b""
        while chunk := self._file.read(_CHUNK):
            if wanted.search(before + chunk):
                return True
            before = (before + chunk)[-MAX_NAME_BYTES:]
        return False

    def tree(self) -> Any:
        """The whole document in memory after all. Raises Unreadable source.too_large beyond 128 MiB."""
        self._stream.seek(0)
        content = self._stream.read(MAX_WHOLE_BYTES + 1)
        if len(content) > MAX_WHOLE_BYTES:
            raise Unreadable("source.too_large", "An XML file this large needs [fetch] select, or another dialect.")
        return read_tree(content)

    def _spill_all(self, stream: BinaryIO) -> None:
        parser: Any = etree.XMLPullParser(events=("start",), tag=(self.tag,), **XML_OPTIONS)
        root: Any = None
        idle = 0
        while chunk := stream.read(_CHUNK):
            parser.feed(chunk)
            for _, element in parser.read_events():
                root = element if root is None else root
            before = len(self._tag_of)
            if root is not None:
                self._take(root, whole=False)
            idle = idle + len(chunk) if len(self._tag_of) == before else 0
            if idle > MAX_OBJECT_BYTES:
                raise Unreadable("source.too_large", f"One object of the document is over {MAX_OBJECT_BYTES} bytes.")
        self._take(parser.close(), whole=True)

    def _take(self, root: Any, *, whole: bool) -> None:
        """Spill what is complete: everything but the last child, on both levels (the parser still writes there)."""
        self._unspilled.add(local_name(root.tag))
        for part in list(root):
            self._unspilled.add(local_name(part.tag))
            is_open = not whole and part is root[-1]
            if part.get("id") is None:
                for element in list(part)[: -1 if is_open else None]:
                    self._spill(part, element)
                if not is_open:
                    root.remove(part)
            elif not is_open:
                self._spill(root, part)

    def _spill(self, parent: Any, element: Any) -> None:
        copied = deepcopy(element)  # removing it first would give its namespaces other prefixes, and other bytes
        parent.remove(element)
        if copied.get("idref") is not None:
            self._unspilled.update(local_name(one.tag) for one in copied.iter(etree.Element))
            return
        etree.cleanup_namespaces(copied)
        number = self._tags.setdefault(str(copied.tag), len(self._tags))
        if number >= MAX_TAGS:
            raise Unreadable("source.protocol", f"The document has more than {MAX_TAGS} kinds of objects.")
        for part in _WITH_ID(copied):
            self._ids.setdefault(id_hash(part.get("id")), len(self._tag_of))
        self._tag_of.append(number)
        # Lines are written down: comments and breaks within tags are no longer there to be counted.
        lines = " ".join(str(min(one.sourceline or 0, MANY_LINES)) for one in copied.iter())
        self._ends.append(self._ends[-1] + self._file.write(b"%s\n%s" % (lines.encode(), xml_bytes(copied))))


def objects_of(document: Document) -> XmlObjects:
    """The objects of a document, wherever they are. `document.xml` or `document.objects` must be there."""
    found: XmlObjects = document.objects if document.objects is not None else HeldObjects(document.xml)
    return found
