"""Which dialect a document speaks, by what the connector folders themselves say in `[recognise]`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from microharvest.kit.manifest import Manifest, list_connectors

__all__ = ["Known", "dialect_of_json", "dialect_of_prefixes", "dialect_of_xml", "json_types", "with_protocol"]

MAX_NODES = 500
_DECLARED = re.compile(rb"""xmlns(?::[\w.-]+)?\s*=\s*["']([^"'<>]{1,300})["']""")


class Known(NamedTuple):
    """A dialect that fits, and by what."""

    manifest: Manifest
    reason: str


def _dialects() -> list[Manifest]:
    return [one for one in list_connectors() if one.kind == "dialect"]


def with_protocol(name: str) -> bool:
    """Whether there is a protocol of that name."""
    return any(one.kind == "protocol" and one.name == name for one in list_connectors())


def dialect_of_xml(root: str, namespace: str, head: bytes) -> Known | None:
    """By the root's namespace, else by its name together with a namespace declared in the document's beginning."""
    declared = {one.decode("utf-8", "replace") for one in _DECLARED.findall(head)}
    ranked: list[tuple[int, int, Known]] = []
    for manifest in _dialects():
        said = manifest.recognise
        own = _begins(namespace, said.namespaces)
        near = next((one for one in sorted(declared) if _begins(one, said.namespaces)), None)
        named = root in said.roots
        if own:
            ranked.append((3 if named else 2, said.rank, Known(manifest, f"the root <{root}> is in {namespace}")))
        elif named and (near or not said.namespaces):
            beside = f" and the document names {near}" if near else ""
            ranked.append((1, said.rank, Known(manifest, f"the root is <{root}>{beside}")))
    return max(ranked, key=lambda one: one[:2])[2] if ranked else None


def dialect_of_json(records: Iterable[Any]) -> Known | None:
    """By keys that belong together, then by JSON-LD types; the first record that tells decides."""
    for record in records:
        if not isinstance(record, dict):
            continue
        fitting: list[tuple[int, Known]] = []
        for manifest in _dialects():
            for keys in manifest.recognise.json_keys:
                if keys and record.keys() >= set(keys):
                    fitting.append((manifest.recognise.rank, Known(manifest, f"records have {', '.join(keys)}")))
            types = json_types(record) & set(manifest.recognise.types)
            if types:
                fitting.append((manifest.recognise.rank, Known(manifest, f"nodes of type {', '.join(sorted(types))}")))
        if fitting:
            return max(fitting, key=lambda one: one[0])[1]
    return None


def dialect_of_prefixes(formats: dict[str, str]) -> tuple[str, Known] | None:
    """Of a repository's formats (prefix -> namespace) the one that says most: (prefix, dialect)."""
    ranked: list[tuple[int, int, str, Known]] = []
    for prefix, namespace in formats.items():
        for manifest in _dialects():
            said = manifest.recognise
            named = prefix.lower() in said.oai_prefixes
            if named or (namespace and _begins(namespace, said.namespaces)):
                known = Known(manifest, f"the repository offers {prefix} ({namespace or 'no namespace'})")
                ranked.append((said.rank, 1 if named else 0, prefix, known))
    if not ranked:
        return None
    best = max(ranked, key=lambda one: one[:3])
    return best[2], best[3]


def json_types(value: Any, depth: int = 0) -> set[str]:
    """Short names of the JSON-LD types in the outer parts of a value."""
    found: set[str] = set()
    if isinstance(value, list):
        for member in value[:MAX_NODES]:
            found |= json_types(member, depth)
    elif isinstance(value, dict) and depth < 3:
        said = value.get("@type")
        for one in said if isinstance(said, list) else [said]:
            if isinstance(one, str):
                found.add(re.split(r"[/#:]", one)[-1])
        for key in ("@graph", "itemListElement", "item", "mainEntity", "dataset"):
            found |= json_types(value.get(key), depth + 1)
    return found


def _begins(address: str, starts: Collection[str]) -> bool:
    return bool(address) and any(address.startswith(start.rstrip("/#")) for start in starts)
