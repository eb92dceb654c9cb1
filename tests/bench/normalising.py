"""What the normalisers cost: microseconds to map one draft, `python -m tests.bench.normalising`.

The drafts are made up by a seed in the shape of real records: 24 statements, two instances, prices in words, texts with
markup. `warm` maps drafts whose short values repeat as in a feed; `cold` gives every value a number of its own.
"""

from __future__ import annotations

import os
import random
import time

from microharvest.kit.draft import Draft
from microharvest.map.apply import Defaults, apply_draft

DRAFTS = int(os.environ.get("BENCH_DRAFTS", "5000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TEXT = "<p>After this course you can <b>plan</b>, measure &amp; report.</p><ul><li>first</li><li>second</li></ul> " * 4


def made_up(number: int, rng: random.Random, *, cold: bool) -> Draft:
    """One draft; with `cold` no value is like that of another draft."""
    tail = f" {number}" if cold else ""
    draft = Draft()
    draft.say("title", f"Course {number} on data &amp; energy ", lang="en")
    draft.say("description", TEXT + str(number), lang="en")
    draft.say("learning_outcomes", TEXT, lang="en")
    for field, several in (
        ("code", ["A-1"]),
        ("homepage", ["https://example.org/courses/1"]),
        ("ects", ["5", "7,5", "180120", "3 ECTS"]),
        ("workload", ["125 hours", "6 weeks x 5 hours", "PT60H", "2 to 3 hours"]),
        ("nqf_level", ["niveau 6", "DQR-Niveau 6", "Level 6", "Master"]),
        ("isced_f", ["0613", "073101", "0099"]),
        ("languages", ["en", "eng", "English", "MUL", "fi, sv"]),
        ("mode", ["online", "Campus", "distance learning", "“onsite”"]),
        ("assessment", ["Written exam", "Assignment; Paper; Written test 1", "portfolio"]),
        ("quality_assurance", ["programme accreditation", "ISO 9001"]),
        ("credential_type", ["Micro-credential", "course", "Certificate of Completion"]),
        ("status", ["published", "Approved", "draft"]),
        ("duration", ["P7W", "9 months (approx)", "6 weeks"]),
        ("provider", ["University of Somewhere"]),
        ("country", ["FR", "France", "DE-BW"]),
        ("skills", ["http://data.europa.eu/esco/skill/0005c151-5b5a-4a66-8aac-60e734beb1ab"]),
        ("subject", ["Data science"]),
    ):
        draft.say(field, rng.choice(several) + tail)
    for month in (2, 9):
        instance = draft.part("instance")
        instance.say("start_date", f"2026-0{month}-01")
        instance.say("end_date", rng.choice(["30 June 2026", "30.6.2026", "June 2026"]) + tail)
        instance.say("price", rng.choice(["UK fee: GBP155; Ireland fee: GBP340", "EUR 1.200,50", "free", "120"]) + tail)
    return draft


def cost(*, cold: bool) -> float:
    """Microseconds for one draft, best of the rounds."""
    best = float("inf")
    for turn in range(ROUNDS):
        rng = random.Random(turn)
        drafts = [made_up(turn * DRAFTS + number, rng, cold=cold) for number in range(DRAFTS)]
        defaults = Defaults(country="FR", language="en")
        began = time.process_time()
        for draft in drafts:
            apply_draft(draft, defaults)
        best = min(best, time.process_time() - began)
    return best / DRAFTS * 1e6


if __name__ == "__main__":
    print(f"normalising: warm {cost(cold=False):.0f} µs, cold {cost(cold=True):.0f} µs for one offer")
