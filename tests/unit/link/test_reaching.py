"""Resolving only what a change can reach gives what resolving everything would."""

from __future__ import annotations

import random

import pytest

from microharvest.link import organisations, reaching
from microharvest.link.organisations import Node, fold_organisation, node_key, resolve
from microharvest.link.reaching import reach

STEMS = (
    "Bralabach",
    "Bralebach",
    "Corfort",
    "Corfurt",
    "Dunham",
    "Felton",
    "Garwick",
    "Holdorf",
    "Jun",
    "Kel 2",
    "Kel 3",
)
KINDS = ("University of {}", "{} College", "Volkshochschule {}", "VHS {}", "UO{}", "{}", "Institut {} North")


def a_node(chance: random.Random) -> Node:
    """Few names, hosts and ids, so that all ways of belonging together come about."""
    stem = chance.choice(STEMS)
    text = chance.choice(KINDS).format(stem[0] if chance.random() < 0.2 else stem)
    name, words = fold_organisation(text)
    ids = tuple(f"{kind}:{chance.randrange(12)}" for kind, share in (("r", 0.3), ("s", 0.1)) if chance.random() < share)
    domain = f"host{chance.randrange(15)}.example" if chance.random() < 0.3 else ""
    return Node(name, words, ids, chance.choice(["AT", "AT", "DE", ""]), domain)


@pytest.mark.parametrize("seed", range(60))
def test_what_a_change_reaches_is_resolved_as_everything_would_be(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(organisations, "SHARED_DOMAIN", 3)
    block = chance.choice([4, 12, 600])
    for module in (organisations, reaching):
        monkeypatch.setattr(module, "BLOCK", block)
    monkeypatch.setattr(reaching, "FEW", 1)
    aliases = [["VHS Dunham", "University of Felton"]] if chance.random() < 0.5 else []
    nodes = {node_key(node): node for node in (a_node(chance) for _ in range(chance.randrange(10, 120)))}
    known = resolve(nodes, aliases)
    reached = 0
    for _ in range(8):
        gone = set(chance.sample(sorted(nodes), min(len(nodes), chance.randrange(3))))
        fresh = {node_key(node): node for node in (a_node(chance) for _ in range(chance.randrange(3)))}
        fresh = {key: node for key, node in fresh.items() if key not in nodes}
        every, left = nodes | fresh, {key: node for key, node in (nodes | fresh).items() if key not in gone}
        near = reach(every, gone | fresh.keys(), gone, aliases)
        found = resolve({key: left[key] for key in near[0]}, aliases, near[1]) if near else resolve(left, aliases)
        reached += len(found)
        known = {key: who for key, who in known.items() if key not in gone} | found
        nodes = left
        assert known == resolve(nodes, aliases)
    assert reached


def test_a_change_in_one_place_leaves_the_others_alone() -> None:
    nodes: dict[int, Node] = {}
    for number in range(200):
        name = f"{chr(97 + number % 20)}{number * 7919 % 9973:04}{chr(110 - number % 13)}"
        node = Node(name, name, (), "AT", "")
        nodes[node_key(node)] = node
    fresh = Node("qqqq", "qqqq", (), "AT", "")
    near = reach(nodes | {node_key(fresh): fresh}, {node_key(fresh)}, set(), ())
    assert near is not None
    assert near[0] == {node_key(fresh)}


def test_many_changes_are_not_followed_one_by_one() -> None:
    nodes = {number: Node(f"name {number}", f"name {number}", (), "AT", "") for number in range(1, 17)}
    assert reach(nodes, {1, 2}, set(), ()) is not None
    assert reach(nodes, {1, 2, 3}, set(), ()) is None
