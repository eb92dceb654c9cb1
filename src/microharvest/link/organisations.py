"""Who offers it: from the names, register ids and web domains that records give to organisations. Pure.

What must stay true: two different register ids are never one organisation; the result is a function of the set of
nodes and aliases alone, so that no order of harvests matters; a name that fits two organisations joins neither.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from microharvest.link.org_words import CITIES, CONNECTORS, LEGAL_FORMS, ORG_WORDS, TURNED
from microharvest.link.slips import is_slip, left_over
from microharvest.link.titles import fold

__all__ = [
    "BLOCK",
    "FUZZY",
    "Common",
    "Node",
    "aliased",
    "beginnings_of",
    "fold_organisation",
    "is_shared",
    "node_key",
    "one_name",
    "resolve",
    "stands_for",
]

FUZZY = 90
"""Two folded names at least this much alike (token_sort_ratio) within one country are one organisation."""
SHARED_DOMAIN = 25
"""A web host that more names use is a platform, not an organisation."""
BLOCK = 600
"""Names that share the beginning of a word with more others in a country are not compared by it."""
_WORDY = re.compile(r"^[^\W\d_]+$")
_TELLING = re.compile(
    r"^(?:\d+|ii|iii|iv|vi|north|south|east|west|nord|sud|ost|norte|sur|este|oeste|ouest|est|noord|zuid|oost|mitte)$"
)
_LEGAL = re.compile(r"(?: (?:" + "|".join(LEGAL_FORMS) + r"))+$")
_ORG = re.compile(r"\b(?:" + "|".join(sorted(ORG_WORDS, key=lambda phrase: (-len(phrase), phrase))) + r")\b")


class Node(msgspec.Struct, frozen=True, array_like=True):
    """One way in which records name a provider: folded `name` and its plain `words`, register `ids`, web `domain`."""

    name: str
    words: str
    ids: tuple[str, ...]
    country: str
    domain: str


def node_key(node: Node) -> int:
    """A signed 64-bit hash of what the node says; 0 is kept for "no provider named"."""
    said = "\x1f".join((node.name, node.words, "\x1e".join(node.ids), node.country, node.domain))
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest(), "big", signed=True) or 1


@functools.lru_cache(maxsize=65536)
def fold_organisation(name: str) -> tuple[str, str]:
    """(sorted canonical tokens, plain words): legal forms dropped, kinds and cities in one language."""
    parts = [part for part in (fold(part) for part in re.split(r"\s[|–—-]\s|,\s", name)) if part]
    kept = [part for place, part in enumerate(parts) if not place or not _repeats(part, parts[0])]
    plain = _LEGAL.sub("", " ".join(kept)) or " ".join(kept)
    mapped = _ORG.sub(lambda found: ORG_WORDS[found[0]], plain)
    tokens = [CITIES.get(token, token) for token in mapped.split() if token not in CONNECTORS]
    return " ".join(sorted(dict.fromkeys(tokens))) or plain, plain


def _repeats(part: str, first: str) -> bool:
    """A second part that only repeats ("X | X", "X, city of X") or says "further education"."""
    words = first.split()
    return part in TURNED or all(any(fuzz.ratio(word, other) >= 80 for other in words) for word in part.split())


class Common(msgspec.Struct, frozen=True):
    """What too many share to say anything: web hosts that are platforms (or serve two register ids), and beginnings of
    words, (country, "name" or "words", letters), under which too many names stand."""

    hosts: frozenset[str]
    beginnings: frozenset[tuple[str, str, str]]


def beginnings_of(node: Node) -> Iterable[tuple[tuple[str, str, str], str]]:
    """The blocks in which a node's names are compared, each with the name."""
    for spelling, said in (("name", node.name), ("words", node.words)):
        for word in said.split():
            yield (node.country, spelling, word[:3]), said


def common_of(nodes: Mapping[int, Node]) -> Common:
    """Of all that are known."""
    hosts: dict[str, list[Node]] = defaultdict(list)
    blocks: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for node in nodes.values():
        hosts[node.domain].append(node)
        for beginning, said in beginnings_of(node):
            blocks[beginning].add(said)
    return Common(
        frozenset(host for host, here in hosts.items() if host and is_shared(here)),
        frozenset(beginning for beginning, said in blocks.items() if len(said) > BLOCK),
    )


def is_shared(here: Sequence[Node]) -> bool:
    """Does the web host of these nodes serve many names or two register ids?"""
    return len({node.name for node in here}) > SHARED_DOMAIN or len({node.ids for node in here if node.ids}) > 1


def resolve(
    nodes: Mapping[int, Node], aliases: Sequence[Sequence[str]] = (), common: Common | None = None
) -> dict[int, int]:
    """{node key: organisation}, an organisation being the smallest key of its nodes by what they say.

    `aliases`: lists of names that are one organisation, as an operator wrote them; `common`: of all that are known,
    where `nodes` are some of them.
    """
    common = common or common_of(nodes)
    order = sorted(nodes, key=lambda key: (msgspec.structs.astuple(nodes[key]), key))
    groups = _Groups(order, nodes)
    for one, other in _sure_pairs(order, nodes, aliases):
        groups.join(one, other)
    groups.join_unique(_named_alike(order, nodes))
    groups.join_unique(_domain_pairs(order, nodes, common))
    groups.join_unique(_fuzzy_pairs(order, nodes, common))
    groups.join_unique(_short_pairs(order, nodes))
    return groups.found()


class _Groups:
    """Union-find whose groups know their register ids."""

    def __init__(self, order: Sequence[int], nodes: Mapping[int, Node]) -> None:
        self._rank = {key: place for place, key in enumerate(order)}
        self._parent = {key: key for key in order}
        self._ids = {key: set(nodes[key].ids) for key in order}

    def find(self, key: int) -> int:
        while self._parent[key] != key:
            self._parent[key] = self._parent[self._parent[key]]
            key = self._parent[key]
        return key

    def may_join(self, one: int, other: int) -> bool:
        mine, theirs = self._ids[self.find(one)], self._ids[self.find(other)]
        return not mine or not theirs or bool(mine & theirs)

    def join(self, one: int, other: int) -> None:
        one, other = sorted((self.find(one), self.find(other)), key=self._rank.__getitem__)
        if one != other and self.may_join(one, other):
            self._parent[other] = one
            self._ids[one] |= self._ids.pop(other)

    def join_unique(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Join pairs in order, but nodes that could go to two registered organisations go to neither."""
        listed = [(one, other) for one, other in pairs if self.find(one) != self.find(other)]
        near: dict[int, set[int]] = defaultdict(set)
        for one, other in listed:
            mine, theirs = self.find(one), self.find(other)
            if self._ids[theirs]:
                near[mine].add(theirs)
            if self._ids[mine]:
                near[theirs].add(mine)
        torn = {group for group, others in near.items() if len(self._apart(others)) > 1 and not self._ids[group]}
        for one, other in listed:
            if self.find(one) not in torn and self.find(other) not in torn:
                self.join(one, other)

    def _apart(self, groups: set[int]) -> set[frozenset[str]]:
        return {frozenset(self._ids[group]) for group in groups}

    def found(self) -> dict[int, int]:
        return {key: self.find(key) for key in self._parent}


def _sure_pairs(
    order: Sequence[int], nodes: Mapping[int, Node], aliases: Sequence[Sequence[str]]
) -> Iterable[tuple[int, int]]:
    """One register id, or names an operator declared to be one."""
    by_id: dict[str, int] = {}
    for key in order:
        for known in nodes[key].ids:
            yield by_id.setdefault(known, key), key
    said = aliased(aliases)
    first: dict[int, int] = {}
    for key in order:
        place = said.get(nodes[key].name)
        if place is not None:
            yield first.setdefault(place, key), key


def aliased(aliases: Sequence[Sequence[str]]) -> dict[str, int]:
    """{folded name: which list it stands in}."""
    return {fold_organisation(name)[0]: place for place, names in enumerate(aliases) for name in names}


def _chained(keys: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Every node with the first one that has ids, else with the first."""
    return ((keys[0], key) for key in keys[1:])


def _named_alike(order: Sequence[int], nodes: Mapping[int, Node]) -> Iterable[tuple[int, int]]:
    """The same folded name in one country; a node without country goes with any."""
    groups: dict[str, list[int]] = defaultdict(list)
    for key in order:
        if nodes[key].name:
            groups[nodes[key].name].append(key)
    for keys in groups.values():
        countries = {nodes[key].country for key in keys if nodes[key].country}
        for country in sorted(countries) or [""]:
            same = [key for key in keys if nodes[key].country in {country, ""} or len(countries) < 2]
            yield from _all_pairs(same) if len(same) <= 12 else _chained(same)


def _all_pairs(keys: Sequence[int]) -> Iterable[tuple[int, int]]:
    return ((one, other) for place, one in enumerate(keys) for other in keys[place + 1 :])


def _domain_pairs(order: Sequence[int], nodes: Mapping[int, Node], common: Common) -> Iterable[tuple[int, int]]:
    """One web host, unless it serves many names or two register ids."""
    hosts: dict[str, list[int]] = defaultdict(list)
    for key in order:
        if nodes[key].domain and nodes[key].domain not in common.hosts:
            hosts[nodes[key].domain].append(key)
    for keys in hosts.values():
        yield from _chained(keys)


def _fuzzy_pairs(order: Sequence[int], nodes: Mapping[int, Node], common: Common) -> Iterable[tuple[int, int]]:
    """Names with a slip of the pen that share the beginning of a word; numbers and points of the compass must agree.

    Each pair once, however many blocks hold it."""
    blocks: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    first: dict[tuple[str, str, str], int] = {}
    for key in order:
        for beginning, said in beginnings_of(nodes[key]):
            first.setdefault((*beginning[:2], said), key)
            if beginning not in common.beginnings:
                blocks[beginning].add(said)
    seen: set[tuple[int, int]] = set()
    for (country, spelling, _), block in sorted(one for one in blocks.items() if len(one[1]) > 1):
        names = sorted(block)
        alike = process.cdist(names, names, scorer=fuzz.token_sort_ratio, score_cutoff=FUZZY, dtype="uint8")
        for place, other in zip(*alike.nonzero(), strict=True):
            pair = first[country, spelling, names[place]], first[country, spelling, names[other]]
            if place < other and pair not in seen and one_name(names[place], names[other]):
                seen.add(pair)
                yield pair


def _by_country(order: Sequence[int], nodes: Mapping[int, Node]) -> Iterable[list[int]]:
    countries: dict[str, list[int]] = defaultdict(list)
    for key in order:
        countries[nodes[key].country].append(key)
    return (keys for _, keys in sorted(countries.items()))


def one_name(one: str, other: str) -> bool:
    """No other number or point of the compass, and no word put in another's place: "IUT de Lille", "IUT de Lyon"."""
    if _telling(one) != _telling(other):
        return False
    mine, theirs = ("".join(words) for words in left_over(set(one.split()), set(other.split())))
    if not mine or not theirs or mine == theirs or is_slip(mine, theirs):
        return True
    away = Levenshtein.distance(mine, theirs)
    if away == abs(len(mine) - len(theirs)) == 1:
        return True  # a letter left out: "VH Mainz"
    return mine[0] == theirs[0] and away <= 0.3 * max(len(mine), len(theirs))


def _telling(name: str) -> list[str]:
    """Numbers and points of the compass, which two names must have in common to be one."""
    return [word for word in name.split() if _TELLING.match(word)]


def _short_pairs(order: Sequence[int], nodes: Mapping[int, Node]) -> Iterable[tuple[int, int]]:
    """An abbreviation and what it stands for, within one country: "CIFP León", "UOV", "HfW Graz"."""
    for keys in _by_country(order, nodes):
        distinct = list({nodes[key].words: key for key in reversed(keys)}.values())[::-1]
        initials: dict[str, list[int]] = defaultdict(list)
        for key in distinct:
            for word in set(nodes[key].words.split()):
                initials[word[0]].append(key)
        for short in distinct:
            for word in nodes[short].words.split():
                if 2 <= len(word) <= 6 and len(nodes[short].words.split()) <= 2:
                    for other in initials[word[0]]:
                        if other != short and stands_for(nodes[short].words, nodes[other].words):
                            yield short, other


def stands_for(short: str, long: str) -> bool:
    """All words of `short` but one stand in `long`; that one is made of the beginnings of the other words."""
    mine, theirs = short.split(), [word for word in long.split() if word not in CONNECTORS]
    rest = [word for word in mine if word not in theirs]
    left = [word for word in theirs if word not in mine]
    if len(rest) != 1 or len(theirs) < 2 or not left or not _WORDY.match(rest[0]) or len(rest[0]) > 6:
        return False
    if len(mine) == 1:
        return len(rest[0]) >= 3 and len(left) >= 2 and _made_of(rest[0], left)
    return _made_of(rest[0], left) or (len(left) == 1 and 2 <= len(rest[0]) <= 4 and _drawn(rest[0], left[0]))


def _made_of(short: str, words: Sequence[str]) -> bool:
    """`short` is beginnings of all of `words`, in order; each gives at least one letter and at most three."""
    if not words:
        return not short
    return any(
        short[:size] == words[0][:size] and size <= len(words[0]) and _made_of(short[size:], words[1:])
        for size in range(1, min(3, len(short)) + 1)
    )


def _drawn(short: str, long: str) -> bool:
    """The letters of `short` come in this order in a compound word, the first one first."""
    letters = iter(long)
    return long[0] == short[0] and len(long) >= 8 and all(letter in letters for letter in short)
