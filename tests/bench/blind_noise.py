"""The noise of `tests.bench.blind`: how probable each is, and what happens to a title on its way."""

from __future__ import annotations

import html.entities
import random
import unicodedata
from dataclasses import dataclass, replace

__all__ = ["PROFILES", "Profile", "slipped", "spoilt"]


@dataclass(frozen=True)
class Profile:
    """How probable each noise is."""

    english: float = 0.12  # another source tells a title in English
    reworded: float = 0.06
    bilingual: float = 0.03
    style: float = 0.25  # Roman numerals, words, another word for part
    frame: float = 0.2
    named: float = 0.06  # the provider's name in the title
    credited: float = 0.06
    run: float = 0.25
    slip: float = 0.03
    bald: float = 0.03  # accents lost
    capitals: float = 0.03
    short: float = 0.02  # a long word cut with a point
    cut: float = 0.01
    entities: float = 0.03
    forgotten: float = 0.005  # told without its mark
    empty: float = 0.15  # any cell
    own_code: float = 0.35  # the provider's code is lost or another one given
    own_url: float = 0.4
    shared_page: float = 0.2
    no_id: float = 0.4
    other_name: float = 0.3  # the provider in English or short
    keyless: bool = False
    own_facts: bool = False  # siblings differ in level, skills, price and size as well


MILD = Profile()
PLAIN = replace(
    MILD, english=0.25, reworded=0.12, bilingual=0.05, style=0.4, frame=0.3, named=0.1, credited=0.1, run=0.4,
    slip=0.07, bald=0.07, capitals=0.07, short=0.05, cut=0.02, entities=0.06, forgotten=0.01, empty=0.3,
    own_code=0.6, own_url=0.65, shared_page=0.35, no_id=0.65, other_name=0.45,
)  # fmt: skip
ROUGH = replace(
    PLAIN, english=0.35, reworded=0.2, bilingual=0.08, style=0.6, frame=0.45, named=0.18, credited=0.18, run=0.55,
    slip=0.18, bald=0.15, capitals=0.15, short=0.12, cut=0.05, entities=0.12, forgotten=0.03, empty=0.5, own_code=0.8,
    own_url=0.85, shared_page=0.5, no_id=0.85, other_name=0.6,
)  # fmt: skip
PROFILES = {"mild": MILD, "plain": PLAIN, "rough": ROUGH, "bare": replace(PLAIN, keyless=True)}
PROFILES["varied"] = replace(PLAIN, own_facts=True)


def spoilt(chance: random.Random, noise: Profile, title: str) -> tuple[str, bool]:
    """(a title with what happens to titles, whether its end is lost)."""
    cut = chance.random() < noise.cut and len(title) > 30
    if cut:
        title = title[: chance.randrange(24, len(title) - 2)].rstrip() + chance.choice(["…", "...", ""])
    if chance.random() < noise.short:
        long = [word for word in title.split(" ") if len(word) > 8 and word.isalpha()]
        if long:
            word = chance.choice(long)
            title = title.replace(word, word[: chance.randrange(4, 7)] + ".", 1)
    if chance.random() < noise.slip:
        title = slipped(chance, title)
    if chance.random() < noise.bald:
        title = "".join(c for c in unicodedata.normalize("NFD", title) if not unicodedata.combining(c))
    if chance.random() < noise.capitals:
        title = title.upper()
    if chance.random() < noise.entities:
        title = "".join(_entity(c) for c in title)
    return title, cut


def _entity(letter: str) -> str:
    name = html.entities.codepoint2name.get(ord(letter))
    return f"&{name};" if name and name != "quot" else letter


def slipped(chance: random.Random, text: str) -> str:
    """One letter wrong in one of the longer words."""
    words = text.split(" ")
    places = [n for n, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if places:
        n = chance.choice(places)
        word, at = words[n], chance.randrange(1, len(words[n]) - 1)
        made = [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
        words[n] = chance.choice(made)
    return " ".join(words)
