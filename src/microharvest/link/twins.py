"""Twins: records of one source that differ in nothing but what tells deliveries of one offer apart. Pure.

A feed may list every run of a course as a record of its own, and thousands of records that agree in every key would
silence them all. More than CROWD twins are a crowd: its first speaks for it, the others carry only the keys that the
first has not, and are compared with the first. What must stay true: whether two records are twins depends on what each
says and the scorecard alone; two twins weigh positive whatever days, pages and ids they have.
"""

from __future__ import annotations

import msgspec

from microharvest.link.features import Features, encode_features
from microharvest.link.keys import key_hash
from microharvest.link.scorecard import Scorecard

__all__ = ["CROWD", "TWIN", "twin_of"]

CROWD = 8
"""So many twins are still compared as any other records are."""
TWIN = "twin"
"""The kind of key that twins share. That of a crowd stands among the silent ones: this is the reason too, and the value
is the number of its first."""
_AGREE = (("code", "codes", "shared"), ("ects", "ects", "same"), ("hours", "hours", "same"), ("eqf", "eqf", "same"),
          ("isced", "isced", "same"), ("language", "languages", "same"), ("skills", "skills", "most"),
          ("price", "prices", "free"))  # fmt: skip
"""Feature, where it stands, and the bucket of an agreement in it that says least."""


def twin_of(source: str, organisation: int, features: Features, card: Scorecard) -> int | None:
    """The hash of the key that a record shares with its twins; None without a provider or a word in the title.

    What says too little to hold records with pages of their own together has twins on the same page alone.
    """
    if not organisation or not any(title.words for title in features.titles):
        return None
    said = {"title": "equal", "provider": "same"}
    said.update((name, bucket) for name, place, bucket in _AGREE if getattr(features, place))
    days = (("differ", "differ_run"), ("same_here", "differ_here")) if features.starts else (("absent", "differ_here"),)
    apart = min(card.weights["start"][day] + card.weights["url"][page] for day, page in days)
    held = card.prior + apart + sum(card.weights[name][bucket] for name, bucket in said.items())
    sites = tuple(sorted({url.partition("/")[0] for url in features.urls}))
    where, when = sites if held > 0 else features.urls, ("any",) if features.starts else ()
    common = msgspec.structs.replace(features, provider=None, ids=(), urls=where, starts=when)
    return key_hash((TWIN, f"{source}|{organisation}|{encode_features(common).hex()}"))
