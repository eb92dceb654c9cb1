"""JSON-LD as it is found in pages and files: one vocabulary, short names, references resolved, nothing fetched.

Not a JSON-LD processor: no expansion, no framing, no remote context. It reads the shapes that occur (context as string,
list or object, prefixes and full addresses as keys, `@graph`, arrays, references by `@id`) into plain trees whose keys
and types are the vocabulary's own short names. Nesting deeper than `MAX_DEPTH` is cut off: trees come from strangers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

__all__ = ["MAX_DEPTH", "Nodes", "Vocabulary", "absolute", "addresses", "is_relative", "types_of"]

MAX_DEPTH = 48


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The one vocabulary a dialect reads.

    `namespaces`: what its terms begin with when written in full (`https://schema.org/`). `contexts`: the addresses
    that may stand in `@context` and mean it, without their closing slash. `prefixes`: prefixes in use without
    declaration. `drop`: short names of properties that are not taken over at all (contact data, who wrote a text).
    `hidden`: types of nodes of which nothing but the type is taken over (persons).
    """

    namespaces: tuple[str, ...]
    contexts: tuple[str, ...]
    prefixes: tuple[str, ...] = ()
    drop: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


class Nodes:
    """All nodes of a document. Nodes of one `@id` are one node: the first value of a property holds."""

    def __init__(self, value: Any, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.unknown_contexts: list[str] = []
        self.language: str | None = None
        self.value = self._plain(value, {}, 0)
        self._by_id: dict[str, dict[str, Any]] = {}
        for node in _every(self.value):
            key = node.get("@id")
            if isinstance(key, str) and len(node) > 1:
                held = self._by_id.setdefault(key, node)
                if held is not node:
                    for name, held_value in node.items():
                        held.setdefault(name, held_value)

    def find(self, wanted: Collection[str], *, within: Collection[str] = ()) -> Iterator[dict[str, Any]]:
        """The outermost nodes of the wanted types, in document order, one per `@id`.

        What lies inside a found node is a part of it; nodes of the types `within` are not looked into either.
        """
        seen: set[str] = set()
        pending: list[Any] = [self.value]
        while pending:
            value = pending.pop()
            if isinstance(value, list):
                pending.extend(reversed(value))
            elif isinstance(value, dict):
                types = types_of(value)
                if types.isdisjoint(wanted):
                    if types.isdisjoint(within):
                        pending.extend(reversed(value.values()))
                    continue
                key = value.get("@id")
                if not isinstance(key, str):
                    yield value
                elif key not in seen and (len(value) > 2 or key not in self._by_id):
                    seen.add(key)
                    yield self._by_id.get(key, value)

    def top(self) -> Iterator[dict[str, Any]]:
        """The nodes of the document's first level: its members, those of lists and of `@graph`."""
        pending: list[Any] = [self.value]
        while pending:
            value = pending.pop()
            if isinstance(value, list):
                pending.extend(reversed(value))
            elif isinstance(value, dict) and "@graph" in value:
                pending.append(value["@graph"])
            elif isinstance(value, dict):
                yield value

    def inside(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The node itself and every object written inside it."""
        return _every(node)

    def resolved(self, node: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
        """The node with the references under `names` replaced by what they refer to, at any depth, without cycles."""
        key = node.get("@id")
        result: dict[str, Any] = self._resolve(node, names, (key,) if isinstance(key, str) else (), 0)
        return result

    def with_types(self, value: Any) -> Any:
        """References with the types of what they refer to, where the document holds it."""
        if isinstance(value, list):
            return [self.with_types(member) for member in value]
        types = types_of(self.known(value)) if isinstance(value, dict) and value.keys() == {"@id"} else set()
        return {**value, "@type": sorted(types)} if types else value

    def known(self, node: dict[str, Any]) -> dict[str, Any]:
        """All the document says of a node, which may be a reference."""
        key = node.get("@id")
        return self._by_id.get(key, node) if isinstance(key, str) else node

    def _resolve(self, value: Any, names: Collection[str], path: tuple[str, ...], depth: int) -> Any:
        if isinstance(value, list):
            return [self._resolve(member, names, path, depth + 1) for member in value]
        if not isinstance(value, dict) or depth > MAX_DEPTH:
            return value
        return {
            name: self._followed(member, names, path, depth + 1) if name in names else member
            for name, member in value.items()
        }

    def _followed(self, value: Any, names: Collection[str], path: tuple[str, ...], depth: int) -> Any:
        if isinstance(value, list):
            return [self._followed(member, names, path, depth + 1) for member in value]
        if isinstance(value, dict):
            key = value.get("@id")
            if isinstance(key, str):
                if key in path:
                    return {"@id": key}
                path = (*path, key)
                if value.keys() <= {"@id", "@type"}:
                    value = self._by_id.get(key, value)
        return self._resolve(value, names, path, depth)

    def _plain(self, value: Any, prefixes: dict[str, str], depth: int) -> Any:
        if depth > MAX_DEPTH:
            return None
        if isinstance(value, list):
            return [self._plain(member, prefixes, depth + 1) for member in value]
        if not isinstance(value, dict):
            return value
        if "@context" in value:
            prefixes = {**prefixes, **self._context(value["@context"])}
        plain: dict[str, Any] = {}
        for name, member in value.items():
            if name == "@context" or member is None:
                continue
            short = "@type" if name in ("@type", "rdf:type") else self._short(name, prefixes)
            if short in self._vocabulary.drop:
                continue
            if short == "@type":
                plain[short] = _each(member, lambda text: self._short(text, prefixes))
            else:
                plain.setdefault(short, self._plain(member, prefixes, depth + 1))
        return plain if self._vocabulary.hidden.isdisjoint(types_of(plain)) else {"@type": plain["@type"]}

    def _context(self, context: Any) -> dict[str, str]:
        """Prefixes and aliases of a context (name -> address); remembers what it does not know."""
        known = self._vocabulary
        if isinstance(context, str):
            if context.strip().rstrip("/#") not in known.contexts and context not in self.unknown_contexts:
                self.unknown_contexts.append(context)
            return {}
        if isinstance(context, list):
            return {name: address for member in context for name, address in self._context(member).items()}
        if not isinstance(context, dict):
            return {}
        language = context.get("@language")
        if isinstance(language, str):
            self.language = self.language or language
        found: dict[str, str] = {}
        for name, target in context.items():
            address = target.get("@id") if isinstance(target, dict) else target
            if isinstance(address, str) and not name.startswith("@"):
                found[name] = address
        vocabulary = context.get("@vocab")
        if isinstance(vocabulary, str) and vocabulary.rstrip("/#") not in known.contexts:
            self.unknown_contexts.append(vocabulary)
        return found

    def _short(self, name: str, prefixes: dict[str, str]) -> str:
        """`schema:name`, `https://schema.org/name` or an alias of them -> `name`; anything else as it stands."""
        for _ in range(3):  # an alias may lead to a prefixed name, and that to an address
            for namespace in self._vocabulary.namespaces:
                if name.startswith(namespace):
                    return name[len(namespace) :]
            prefix, colon, local = name.partition(":")
            if colon and prefix in self._vocabulary.prefixes:
                return local
            if colon and prefix in prefixes:
                name = prefixes[prefix] + local
            elif name in prefixes and not colon:
                name = prefixes[name]
        return name


def types_of(node: dict[str, Any]) -> set[str]:
    """The short names of a node's types."""
    value = node.get("@type")
    return {member for member in (value if isinstance(value, list) else [value]) if isinstance(member, str)}


def is_relative(address: str) -> bool:
    """Whether an address means nothing without its page (`./`, `/course/7`, `#it`); `_:b0` has a scheme of its own."""
    try:
        return not urlsplit(address).scheme and not address.startswith("_:")
    except ValueError:  # http://[x
        return False


def absolute(base: str, address: str) -> str:
    """The address as seen from the page `base`; unchanged where there is no page or it is no address."""
    try:
        return urljoin(base, address) if base else address
    except ValueError:
        return address


def addresses(value: Any, names: Collection[str]) -> Iterator[str]:
    """Every string under one of `names`, anywhere in a tree."""
    for node in _every(value):
        for name in names:
            found = node.get(name)
            if isinstance(found, str):
                yield found


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [change(member) if isinstance(member, str) else member for member in value]
    return change(value) if isinstance(value, str) else value


def _every(value: Any) -> Iterator[dict[str, Any]]:
    pending = [value]
    while pending:
        member = pending.pop()
        if isinstance(member, list):
            pending.extend(reversed(member))
        elif isinstance(member, dict):
            yield member
            pending.extend(reversed(member.values()))
