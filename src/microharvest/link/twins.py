"""Twins: records of one source that differ in nothing but what tells deliveries of one offer apart. Pure.

A feed may list every run of a course as a record of its own, and thousands of records that agree in every key would
silence them all. More than CROWD twins are a crowd: its first speaks for it, the others carry only the keys that the
first has not, and are compared with the first. What must stay true: whether two records are twins depends on what each
says and the scorecard alone; two twins weigh positive whatever days, pages and ids they have.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from microharvest.link.features import Features, encode_features
from microharvest.link.scorecard import Scorecard

__all__ = ["CROWD", "TWIN", "first_of", "twin_of"]

CROWD = 8
"""So many twins are still compared as any other records are."""
TWIN = "twin"
"""The kind of key that twins share; that of a crowd stands among the silent ones, with this as the reason too."""
_AGREE = {"code": "shared", "ects": "same", "hours": "same", "eqf": "same", "isced": "same", "language": "same",
          "skills": "most", "price": "free"}  # fmt: skip
"""Feature -> the bucket of an agreement in it that says least."""


def twin_of(source: str, organisation: int, features: Features, card: Scorecard) -> int | None:
    """The hash of the key that a record shares with its twins; None without a provider or a word in the title.

    What says too little to hold records with pages of their own together has twins on the same page alone.
    """
    if not organisation or not any(title.words for title in features.titles):
        return None
    values = (features.codes, features.ects, features.hours, features.eqf, features.isced, features.languages,
              features.skills, features.prices)  # fmt: skip
    said = {"title": "equal", "provider": "same", "start": "differ", "url": "differ_here"}
    said.update(agree for agree, value in zip(_AGREE.items(), values, strict=True) if value)
    held = card.prior + sum(card.weights[name][bucket] for name, bucket in said.items())
    sites = tuple(sorted({url.partition("/")[0] for url in features.urls}))
    common = msgspec.structs.replace(
        features,
        provider=None,
        ids=(),
        urls=sites if held > 0 else features.urls,
        starts=("any",) if features.starts else (),
    )
    told = f"{source}\x1f{organisation}\x1f".encode() + encode_features(common)
    return int.from_bytes(hashlib.blake2b(told, digest_size=8, person=TWIN.encode()).digest(), "big", signed=True)


def first_of(stop: Any) -> int:
    """The number of the first of a crowd. `stop`: the row of its key among the silent ones."""
    return int(stop.value.split()[0])
