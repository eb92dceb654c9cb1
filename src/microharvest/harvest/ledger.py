"""What one run has seen so far, in memory: which ids, where first. Rebuilt from the requests after a crash."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from microharvest.kit.protocol import Request
from microharvest.model.idmap import IdMap
from microharvest.store.landing import Occurrence, place_of
from microharvest.store.parcel import Landed, Parcel

__all__ = ["Ledger"]

STALE_PAGES = 10
_INDEX_BITS = 32
_INDEX_MASK = (1 << _INDEX_BITS) - 1


class Ledger:
    """First sighting of every id hash: request number and position, packed into one integer."""

    def __init__(self) -> None:
        self._first = IdMap()
        self._requests: list[tuple[str, int, int]] = []
        self._fresh: dict[tuple[str, int], int] = {}
        self._stale: dict[tuple[str, int], int] = {}

    def open_request(self, request: Request) -> int:
        """A number for a request whose records are about to be noted."""
        self._requests.append((request.lane, request.generation, request.depth))
        return len(self._requests) - 1

    def reload(self, request: Request, seen: bytes) -> None:
        """Note what a done request saw, from its packed hashes."""
        number = self.open_request(request)
        hashes = array("q")
        hashes.frombytes(seen)
        for index, hashed in enumerate(hashes):
            self._first.setdefault(hashed, number << _INDEX_BITS | index)

    def again(self, number: int, parcel: Parcel, first_index: int) -> tuple[list[Occurrence], frozenset[int]]:
        """The records of a parcel that were seen before in this run, and their positions in the parcel."""
        lane, generation, depth = self._requests[number]
        repeated, positions = [], set()
        inside: dict[int, int] = {}
        for offset, landed in enumerate(parcel.landed):
            packed = self._first.get(landed.id_hash)
            packed = inside.get(landed.id_hash) if packed is None else packed
            index = first_index + offset
            if packed is None:
                inside[landed.id_hash] = number << _INDEX_BITS | index
                continue
            first_lane, first_generation, first_depth = self._requests[packed >> _INDEX_BITS]
            positions.add(offset)
            repeated.append(
                Occurrence(
                    landed=landed,
                    place=place_of(lane, generation, depth, index),
                    first_place=place_of(first_lane, first_generation, first_depth, packed & _INDEX_MASK),
                )
            )
        return repeated, frozenset(positions)

    def note(self, number: int, landed: Sequence[Landed], first_index: int) -> None:
        """Remember a stored parcel."""
        lane, generation, _ = self._requests[number]
        known = 0
        for index, one in enumerate(landed, start=first_index):
            packed = self._first.setdefault(one.id_hash, number << _INDEX_BITS | index)
            known += packed >> _INDEX_BITS != number and self._requests[packed >> _INDEX_BITS][:2] == (lane, generation)
        if landed:
            counted = self._stale if known == len(landed) else self._fresh
            counted[lane, generation] = counted.get((lane, generation), 0) + 1

    def is_endless(self, request: Request) -> bool:
        """More parcels brought only what the same list had brought before than brought anything else, and some on top:
        a list over an index that moves may give everything twice, but not more often."""
        key = (request.lane, request.generation)
        return self._stale.get(key, 0) > self._fresh.get(key, 0) + STALE_PAGES

    def __contains__(self, hashed: int) -> bool:
        return hashed in self._first

    def forget_lane(self, lane: str) -> None:
        """A lane starts again: its earlier sightings count no more."""
        self._forget({number for number, request in enumerate(self._requests) if request[0] == lane})

    def forget_request(self, number: int) -> None:
        """A body is read again from its beginning: what it gave so far counts no more."""
        self._forget({number})

    def _forget(self, numbers: set[int]) -> None:
        kept = IdMap()
        for hashed, packed in self._first.items():
            if packed >> _INDEX_BITS not in numbers:
                kept.setdefault(hashed, packed)
        self._first = kept

    def __len__(self) -> int:
        return len(self._first)
