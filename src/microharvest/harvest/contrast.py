"""What became of the offers a run replaces: fields emptied, made alike, put in place of another's, damaged, or written
in another scale. Pure.

One pass over pairs (accepted offer, offer of the run), in memory that does not grow with them. What must stay true: the
way back from a placeholder, a damaged text or an emptied field is none of these, so that it is held by nothing here.
Other records and another scale look the same in both directions.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date
from math import log10

import msgspec

from microharvest.harvest.guard import Alike, Emptied, Scaled
from microharvest.harvest.lifespan import has_ended
from microharvest.map.normalise.title import label

__all__ = ["Contrast"]

TELLING = ("title", "description", "homepage", "prices")
"""Fields that tell the records of one source apart; dates, levels and the like may become one for all any day."""

NUMBERS = ("prices", "credits", "workload_hours")
"""Fields that are amounts."""

TENFOLD = 10
"""Tenths of a power of ten from which on a number is in another scale: ten times as much, rounded."""

TITLES_KEPT = 100_000
"""Titles remembered (as hashes) to find those that went from one record to another: of a run that changes more, the
first so many. Titles that have no word of the former one are counted in any case."""

_OURS = frozenset({"basis", "is_microcredential"})
"""What we conclude from other fields: it neither empties nor fills by itself."""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_said = msgspec.json.Decoder(dict[str, str])
_word_or_number = re.compile(r"[^\W\d_]+|\d+")
_written_out = re.compile("(?<=[aou])e")
_dummy = re.compile(
    r"(test|dummy|demo|sample|example|beispiel|placeholder|platzhalter|todo|nan|untitled|unbenannt|"
    r"ohne titel|sans titre|no title|titl?el?|titre|xxx+|asdf|error|fehler|"
    r"#(ref|value|wert|name|null|div/0)[!?]?)[\W\d_]*|[\W\d_]*|(lorem ipsum|ipsum|.*(\{\{|\$\{|<%)).*",
    re.IGNORECASE | re.DOTALL,
)
"""What stands where nobody wrote anything, beside the words for none that a label is held against."""
_not_ascii = re.compile(r"[^\x21-\x7e]|\?")
_broken = re.compile(
    "[\ufffd?]|[\xc2\xc3\xc4\xc5\xce\xcf\xd0\xd1\xe2][\x80-\xbf\u20ac\u201a-\u203a\u0152-\u0192\u02c6\u02dc\u2122]"
)
"""Replacement characters, question marks, and UTF-8 read as Latin-1 or Windows-1252."""


class Contrast:
    """`add` every pair, then read the totals.

    `other`: records whose title has no word or number of the former one (no word, where the description has none of
    its former ones either), or is the former title of another record, or the former description; a title in another
    language at the same price is a translation. `damaged`: those of whose texts only the characters outside ASCII
    changed, in one language, and letters among them are gone.
    """

    def __init__(self, today: date) -> None:
        self._today = today
        self._had: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._gained: Counter[str] = Counter()
        self._changed: Counter[str] = Counter()
        self._alike: Counter[str] = Counter()
        self._last: dict[str, tuple[bytes, bytes]] = {}
        self._factors: dict[str, Counter[int]] = {}
        self._numbers: dict[tuple[str, bool], str] = {}
        self._old_titles: set[int] = set()
        self._new_titles: list[int] = []
        self._shared: dict[str, str] = {}
        self._titles = "", ""
        self._other = 0
        self.replaced = self.damaged = 0
        self.example = ""

    def add(self, old: bytes, new: bytes) -> None:
        """One live record's offer as accepted, and as the run has it."""
        old_doc, new_doc = _fields.decode(old), _fields.decode(new)
        before, after = old_doc.keys() - _OURS, new_doc.keys() - _OURS
        if "instances" in before and "instances" not in after and has_ended(old, self._today):
            before -= {"instances"}
        self.replaced += 1
        self._had.update(before)
        self._lost.update(before - after)
        self._gained.update(after - before)
        changed = {
            one: (bytes(old_doc[one]), bytes(new_doc[one]))
            for one in (*TELLING, *NUMBERS[1:])
            if one in before and one in after and old_doc[one] != new_doc[one]
        }
        for field, values in changed.items():
            if field in NUMBERS:
                self._compare_numbers(field, values)
            self._compare(field, values)
        said = {one: [_said.decode(value) for value in changed[one]] for one in TELLING[:2] if one in changed}
        texts = {one: ("\n".join(was.values()), "\n".join(now.values())) for one, (was, now) in said.items()}
        pairs = [(was[tongue], now[tongue]) for was, now in said.values() for tongue in was.keys() & now.keys()]
        self.damaged += any(_is_damaged(was, now) for was, now in pairs)
        if len(texts) == 2 and texts["title"][1] == texts["description"][0]:  # columns changed places
            self._other += 1
        elif "title" in texts and not any(_is_damaged(now, was) for was, now in pairs):
            translated = "prices" not in changed and said["title"][0].keys().isdisjoint(said["title"][1])
            self._compare_titles(*texts["title"], texts.get("description"), translated)

    def emptied(self) -> dict[str, Emptied]:
        """Fields that some record lost."""
        return {
            field: Emptied(had=self._had[field], lost=count, gained=self._gained[field])
            for field, count in self._lost.items()
        }

    def alike(self) -> dict[str, Alike]:
        """Fields in which records that differed say the same now, the one after the other."""
        return {
            field: Alike(
                changed=self._changed[field],
                count=count,
                value=self._shared[field],
                empty=_is_empty(self._shared[field]),
            )
            for field, count in self._alike.items()
            if field in TELLING
        }

    def scaled(self) -> dict[str, Scaled]:
        """Amounts that became ten times what they were or more, or a tenth or less: of each field the frequent way."""
        found = {}
        for field, factors in self._factors.items():
            up, down = ({f: n for f, n in factors.items() if way * f >= TENFOLD} for way in (1, -1))
            most = max(up, down, key=lambda one: sum(one.values()))
            if most:
                power = max(most, key=lambda one: (most[one], -abs(one)))
                found[field] = Scaled(
                    changed=factors.total(),
                    count=sum(most.values()),
                    factor=10 ** (power / 10),
                    example=self._numbers[field, power > 0],
                )
        return found

    @property
    def other(self) -> int:
        """Records that became others."""
        return self._other + sum(1 for title in self._new_titles if title in self._old_titles)

    def _compare(self, field: str, values: tuple[bytes, bytes]) -> None:
        self._changed[field] += 1
        last = self._last.get(field)
        if last is not None and last[1] == values[1] and last[0] != values[0]:
            self._alike[field] += 1
            self._shared[field] = values[1].decode()
        self._last[field] = values

    def _compare_numbers(self, field: str, values: tuple[bytes, bytes]) -> None:
        """Called before `_compare` keeps the pair. What said the same as the record before and differs now was none."""
        old, new = (_amounts(field, one) for one in values)
        unit = next((one for one in old if new.get(one, old[one]) != old[one]), None)
        if unit is None:
            return
        power = round(10 * log10(new[unit] / old[unit]))
        last = self._last.get(field)
        if last is not None and last[0] == values[0] and last[1] != values[1]:
            power = 0
        self._factors.setdefault(field, Counter())[power] += 1
        if abs(power) >= TENFOLD:
            self._numbers.setdefault((field, power > 0), f"{old[unit]:.10g} -> {new[unit]:.10g}")

    def _compare_titles(self, old: str, new: str, described: tuple[str, str] | None, translated: bool) -> None:
        if old == new:
            return  # only the language it is said to be in
        meant = translated or old == self._titles[0] or new == self._titles[1]
        self._titles = old, new
        wholly = described is not None and _apart(old, new) and _apart(*described)
        if not meant and (wholly or _apart(old, new, numbers=True)):
            self._other += 1
            self.example = self.example or f"{old[:100]} -> {new[:100]}"
        elif len(self._new_titles) < TITLES_KEPT:
            self._old_titles.add(hash(old))
            self._new_titles.append(hash(new))


def _apart(old: str, new: str, *, numbers: bool = False) -> bool:
    """Whether no word of the old text stands in the new one: those of four letters or more, if there are any."""
    former, now = (set(_word_or_number.findall(_folded(one))) for one in (old, new))
    words = {one for one in former if not one[0].isdecimal()}
    found = {one for one in words if len(one) > 3} or words
    if numbers:
        found |= former - words
    return bool(found) and found.isdisjoint(now)


def _folded(text: str) -> str:
    """Without case and accents, ä and ae alike: a text is the same in better letters."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    return _written_out.sub("", plain)


def _is_empty(value: str) -> bool:
    """Whether a value (JSON of a text, addresses or prices) stands for none; a price of nothing may."""
    said = msgspec.json.decode(value.encode())
    if isinstance(said, dict):
        return all(label(one, None).value is None or _dummy.fullmatch(one) for one in said.values())
    return all(isinstance(one, dict) and not one.get("amount") for one in said)


def _amounts(field: str, raw: bytes) -> dict[str, float]:
    """unit -> the largest amount in it that is not 0."""
    said = msgspec.json.decode(raw)
    if field == "workload_hours":
        return {"": said} if said > 0 else {}
    value, unit = ("amount", "currency") if field == "prices" else ("points", "framework")
    found: dict[str, float] = {}
    for one in said:
        if one[value] > found.get(one.get(unit, ""), 0) and not one.get("derived"):
            found[one.get(unit, "")] = one[value]
    return found


def _is_damaged(old: str, new: str) -> bool:
    if old.isascii() or _not_ascii.sub("", old) != _not_ascii.sub("", new):
        return False
    if not Counter(filter(_is_letter, old)) - Counter(filter(_is_letter, new)):
        return False  # blanks, dots, quotes and signs come and go
    return new.isascii() or len(_broken.findall(new)) > len(_broken.findall(old))


def _is_letter(one: str) -> bool:
    return one > "\x7f" and one.isalpha()
