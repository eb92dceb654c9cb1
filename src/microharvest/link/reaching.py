"""How far a change of what providers are called can reach, so that only that is resolved anew. Pure.

What must stay true: whatever `resolve` may compare stays together here. Then organisations beyond the reach of what
came and went are what resolving everything would make of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import fuzz, process

from microharvest.link.organisations import (
    BLOCK,
    FUZZY,
    Common,
    Node,
    aliased,
    beginnings_of,
    is_shared,
    one_name,
    stands_for,
)

__all__ = ["reach"]

FEW = 8
"""Where more than one node in so many came or went, everything is resolved: to look for its reach would not pay."""
Beginning = tuple[str, str, str]


def reach(
    nodes: Mapping[int, Node], changed: set[int], gone: set[int], aliases: Sequence[Sequence[str]]
) -> tuple[set[int], Common] | None:
    """The nodes that must be resolved anew, and what is common to all that stay; None where that is everything.

    `nodes`: all, also those that are `gone`; `changed`: those that came or went.
    """
    if len(changed) * FEW > len(nodes):
        return None
    ground = _Ground(nodes, aliases)
    crowded = ground.crowded(gone)
    if crowded != ground.crowded(changed - gone):
        return None  # a block has become too large to compare, or small enough
    hosts = {nodes[key].domain for key in changed}
    found: set[int] = set()
    frontier = set(changed)
    while frontier:
        found |= frontier
        frontier = {near for key in frontier for near in ground.near(key, hosts, crowded)} - found
    shared = {host: ground.tied["host", host] for host in {nodes[key].domain for key in found} - {""}}
    platforms = [host for host, keys in shared.items() if is_shared([nodes[key] for key in keys if key not in gone])]
    return found - gone, Common(frozenset(platforms), crowded)


class _Ground:
    """All nodes, looked up by what brings them together."""

    def __init__(self, nodes: Mapping[int, Node], aliases: Sequence[Sequence[str]]) -> None:
        self.nodes, self.said = nodes, aliased(aliases)
        self.tied: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.blocks: dict[Beginning, set[str]] = defaultdict(set)
        self.single: dict[str, set[str]] = defaultdict(set)
        self.asked: set[tuple[str, str, str]] = set()
        for key, node in nodes.items():
            for tie in self._ties(node):
                self.tied[tie].append(key)
            for beginning, said in beginnings_of(node):
                self.blocks[beginning].add(said)
            if node.words and " " not in node.words:
                self.single[node.country].add(node.words)

    def _ties(self, node: Node) -> Iterator[tuple[str, str]]:
        yield from (("id", known) for known in node.ids)
        yield from (("name", node.name), ("words", node.words), ("host", node.domain))
        if node.name in self.said:
            yield "alias", str(self.said[node.name])

    def crowded(self, without: set[int]) -> frozenset[Beginning]:
        """The beginnings of words under which too many names stand, without some of the nodes."""
        sizes = {beginning: len(said) for beginning, said in self.blocks.items()}
        for where, said in {each for key in without for each in beginnings_of(self.nodes[key])}:
            here = (key for key in self.tied[where[1], said] if self.nodes[key].country == where[0])
            sizes[where] -= without.issuperset(here)
        return frozenset(beginning for beginning, size in sizes.items() if size > BLOCK)

    def near(self, key: int, hosts: set[str], crowded: frozenset[Beginning]) -> Iterator[int]:
        """Everything that may be joined with a node. `hosts`: those that may have been shared, or not, before."""
        node = self.nodes[key]
        for tie in self._ties(node):
            here = self.tied[tie]
            if tie[1] and (tie[0] != "host" or tie[1] in hosts or not is_shared([self.nodes[one] for one in here])):
                yield from here
        for spelling, said in (("name", node.name), ("words", node.words)):
            if (node.country, spelling, said) not in self.asked:
                self.asked.add((node.country, spelling, said))
                alike = set(self._alike(node.country, spelling, said, crowded))
                alike |= set(self._abbreviated(node.country, said)) if spelling == "words" else set()
                yield from (one for other in alike for one in self.tied[spelling, other])

    def _alike(self, country: str, spelling: str, said: str, crowded: frozenset[Beginning]) -> Iterator[str]:
        """Names that share the beginning of a word."""
        blocks = {(country, spelling, word[:3]) for word in said.split()} - crowded
        names = list(set().union(*(self.blocks[where] for where in blocks)))
        if names:
            alike = process.cdist([said], names, scorer=fuzz.token_sort_ratio, score_cutoff=FUZZY, dtype="uint8")
            yield from (names[place] for place in alike[0].nonzero()[0] if one_name(names[place], said))

    def _abbreviated(self, country: str, said: str) -> Iterator[str]:
        """Names that this one abbreviates, or that abbreviate it: they have all words but one in common."""
        mine = said.split()
        initials = {word[0] for word in mine}
        others = set(self.single[country])
        for word in mine:
            others.update(name for name in self.blocks[country, "words", word[:3]] if word in name.split())
        if len(mine) == 1:
            every = (block for where, block in self.blocks.items() if where[:2] == (country, "words"))
            others.update(name for block in every for name in block if f" {said[:1]}" in f" {name}")
        for other in others:
            short = other.count(" ") < 2 and not initials.isdisjoint(word[0] for word in other.split())
            if (short and stands_for(other, said)) or (len(mine) <= 2 and stands_for(said, other)):
                yield other
