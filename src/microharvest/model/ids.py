"""Identities and hashes: pure functions over bytes, the same on every machine.

Native ids are compared byte for byte. Public ids are minted once and never re-used.
"""

from __future__ import annotations

import base64
import hashlib

__all__ = ["MAX_NATIVE_ID_BYTES", "cluster_id", "content_hash", "id_hash"]

MAX_NATIVE_ID_BYTES = 1024
"""Longer ids go to quarantine: a PostgreSQL btree refuses keys beyond about 2,700 bytes."""


def content_hash(content: bytes) -> bytes:
    """16 bytes of BLAKE2b."""
    return hashlib.blake2b(content, digest_size=16).digest()


def id_hash(native_id: str) -> int:
    """A signed 64-bit hash of a native id, for packed sets of what a run saw."""
    return int.from_bytes(hashlib.blake2b(native_id.encode(), digest_size=8).digest(), "big", signed=True)


def cluster_id(node_id: str, source: str, native_id: str, n: int = 0) -> str:
    """`mh-` and 26 base32 characters over (node, founding source, native id, n); n is raised if the id is taken."""
    seed = "\x1f".join((node_id, source, native_id, str(n))).encode()
    digest = hashlib.blake2b(seed, digest_size=16).digest()
    return "mh-" + base64.b32encode(digest).decode().rstrip("=").lower()
