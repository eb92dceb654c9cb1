"""Id hashes in bulk: a map from 64-bit hashes to small numbers, in 16 bytes a slot.

A run over two million records would spend 220 MB on one dict of Python integers; the same map takes 64 MB here. Keys
are hashes already (`ids.id_hash`), so their low bits are as good as random and probing is linear. As long as there are
few, a dict it is: ten times faster.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

__all__ = ["IdMap", "IdSet"]

_FREE = -1
_FEW = 65_536


class IdMap:
    """Hash -> a number from 0 up. The first number of a hash stays; nothing is taken out. `expected`: how many."""

    def __init__(self, expected: int = 0) -> None:
        self._count = 0
        self._few: dict[int, int] | None = {}
        if expected > _FEW:
            self._few = None
            self._allot(1 << (expected * 3 // 2).bit_length())

    def get(self, hashed: int) -> int | None:
        """The number of a hash, or None."""
        if self._few is not None:
            return self._few.get(hashed)
        value = self._values[self._slot(hashed)]
        return None if value == _FREE else value

    def setdefault(self, hashed: int, value: int) -> int:
        """Note a hash with its number, unless it has one; returns the number it has."""
        if self._few is not None:
            if len(self._few) >= _FEW:
                self._spread(self._few)
            else:
                return self._few.setdefault(hashed, value)
        slot = self._slot(hashed)
        if self._values[slot] != _FREE:
            return self._values[slot]
        self._keys[slot], self._values[slot] = hashed, value
        self._count += 1
        if self._count * 3 > len(self._values) * 2:
            self._grow()
        return value

    def items(self) -> Iterator[tuple[int, int]]:
        """(hash, number), in no order."""
        if self._few is not None:
            return iter(self._few.items())
        pairs = zip(self._keys, self._values, strict=True)  # bound now: growing walks the old arrays
        return (pair for pair in pairs if pair[1] != _FREE)

    def __contains__(self, hashed: int) -> bool:
        return self.get(hashed) is not None

    def __len__(self) -> int:
        return self._count if self._few is None else len(self._few)

    def _slot(self, hashed: int) -> int:
        """Where a hash stands, or where it would."""
        keys, values, mask = self._keys, self._values, self._mask
        slot = hashed & mask
        while values[slot] != _FREE and keys[slot] != hashed:
            slot = (slot + 1) & mask
        return slot

    def _spread(self, few: dict[int, int]) -> None:
        self._few = None
        self._allot(4 * _FEW)
        for hashed, value in few.items():
            self.setdefault(hashed, value)

    def _allot(self, size: int) -> None:
        self._mask = size - 1
        self._keys = array("q", [0]) * size
        self._values = array("q", [_FREE]) * size

    def _grow(self) -> None:
        before = self.items()
        self._allot(len(self._values) * 2)
        keys, values = self._keys, self._values
        for hashed, value in before:
            slot = self._slot(hashed)
            keys[slot], values[slot] = hashed, value


class IdSet:
    """A set of id hashes, made from packed ones (`array("q")` as bytes)."""

    def __init__(self, packed: Iterable[bytes] = ()) -> None:
        self._map = IdMap()
        for part in packed:
            self.update(part)

    def update(self, packed: bytes) -> None:
        """Add the hashes of one request."""
        if not len(self._map):
            self._map = IdMap(len(packed) // 8)
        hashes = array("q")
        hashes.frombytes(packed)
        for hashed in hashes:
            self._map.setdefault(hashed, 0)

    def __contains__(self, hashed: object) -> bool:
        return isinstance(hashed, int) and hashed in self._map

    def __iter__(self) -> Iterator[int]:
        return (hashed for hashed, _ in self._map.items())

    def __len__(self) -> int:
        return len(self._map)
