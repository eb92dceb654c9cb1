"""What judging costs: microseconds to score one offer and to find its sectors, `python -m tests.bench.judging`.

The offers are those of `tests.bench.normalising`, mapped; every third has an occupation of ESCO, some titles name a
trade. `sectors` is the part of it that finds sectors, `decode` what reading the stored form costs beside it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from microharvest.map.apply import Defaults, apply_draft
from microharvest.map.sectors import sectors_of
from microharvest.model.offer import Offer, decode_offer, encode_offer
from microharvest.model.values import Concept
from microharvest.publish.judging import Judge
from microharvest.settings import QualitySettings
from tests.bench.normalising import DRAFTS, ROUNDS, made_up

TRADES = (
    "Welding for beginners",
    "Retail basics",
    "Data literacy",
    "Soudage TIG",
    "Green skills",
    "Einzelhandel heute",
)
WELDER = "http://data.europa.eu/esco/occupation/0e2c8a32-0000-4000-8000-000000000001"
ISCO = {WELDER: "7212.3"}


def offers() -> list[Offer]:
    """Mapped offers, no two alike."""
    rng, made = random.Random(7), []
    for number in range(DRAFTS):
        offer = apply_draft(made_up(number, rng, cold=False), Defaults(country="FR", language="en")).offer
        more: dict[str, Any] = {"title": {"en": f"{rng.choice(TRADES)} {number}"}}
        if number % 3 == 0:
            more["occupations"] = (Concept(uri=WELDER),)
        made.append(msgspec.structs.replace(offer, **more))
    return made


def cost(act: Callable[[Any], object], several: list[Any]) -> float:
    """Microseconds for one, best of the rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for one in several:
            act(one)
        best = min(best, time.process_time() - began)
    return best / len(several) * 1e6


if __name__ == "__main__":
    made = offers()
    judge = Judge(QualitySettings(), date(2026, 11, 25), ISCO)
    whole = cost(lambda offer: judge.offer(offer, {"s": "provider"}), made)
    sectors = cost(lambda offer: sectors_of(offer, ISCO), made)
    decode = cost(decode_offer, [encode_offer(offer) for offer in made])
    print(f"judging: {whole:.0f} µs for one offer (sectors {sectors:.0f} µs of it); decode {decode:.0f} µs")
