"""Prices: one amount with its currency. Two numbers in a text are an issue, not a choice; "free" is an amount of 0.
A text that says a fee for each group of learners ("UK fee: GBP155; Ireland fee: GBP340") is as many prices.

`1.200` is 1200 or 1.2: it is read only where one reading is impossible (a text that names a currency without
thousandths, or grouping that repeats), and refused otherwise.
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec.structs import replace
from price_parser import Price as ParsedPrice

from microharvest.map.normalise.country import country
from microharvest.map.normalise.currency import CODE_PATTERN, CODES, THREE_DECIMALS, currency
from microharvest.map.normalise.number import plain_decimal
from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold, words
from microharvest.model.values import Basis, Price

__all__ = ["price", "prices"]

# Three digits after the point are thousands, unless more than three stand before it.
_PLAIN = re.compile(r"[0-9]{1,9}(?:[.][0-9]{1,2}|[.][0-9]{4})?|[0-9]{4,12}[.][0-9]{3}")
_NUMBER = re.compile(r"[0-9](?:[0-9.,]|['’\s\u00a0\u202f](?=[0-9]{3}(?![0-9])))*")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,'’\s\u00a0\u202f])[0-9]{3})(?:\1[0-9]{3})*")
_FREE = words(
    "free|free of charge|no cost|no fee|no charge|gratis|kostenlos|kostenfrei|gebührenfrei|gratuit|gratuite|gratuito|"
    "gratuita|gratuitement|sin coste|sin costo|maksuton|ilmainen|kosteloos|avgiftsfri|avgiftsfritt|kostnadsfri|"
    "kostnadsfritt|ingen kostnad|bezpłatny|bezpłatnie|bezpłatne|zdarma|ingyenes|δωρεάν|tasuta|bezmaksas|nemokamai|"
    "besplatno|brezplačno|free course|dohain|безплатно|bezplatne|saor in aisce|ókeypis"
)
# Words that change neither amount nor currency. Any other word ("from", "per month", "members") makes a price doubtful.
_HARMLESS = words(
    "price cost costs fee fees tuition course total prix preis preise coût tarif precio coste prezzo costo preço prijs "
    "kosten pris hinta kurs incl inkl including inc vat tax ttc iva mwst ust btw moms mva alv of the is"
)
# Signs of several currencies: they name none, but rule out others.
_SHARED = {
    "$": words("USD CAD AUD NZD SGD HKD MXN CLP COP ARS TWD BBD BMD BSD BZD FJD JMD TTD XCD NAD LRD"),
    "kr": words("NOK SEK DKK ISK"),
    "kroner": words("NOK DKK"),
    "kronor": words("SEK"),
    "¥": words("JPY CNY"),
    "lei": words("RON MDL"),
}
# Words that say for whom a fee is; together with the names of countries nothing else may stand before its colon.
_FOR_WHOM = words(
    "home international overseas domestic eu eea non-eu continental europe european england northern rest of the world "
    "residents resident students student national nationals and uk republic"
)
_PIECES = re.compile(r"\s*[;\n]\s*")
_LABELLED = re.compile(r"([^\W\d][^:;0-9]{0,60}):\s*(\S.*)")
_WORD = re.compile(r"[^\W\d_]+")
_DASH_END = re.compile(r",[-–—]+")
_RANGE = re.compile(r"[0-9]\s*[-–—/]\s*[0-9]")


@remembered
def price(value: str, hint: str | None = None) -> Taken[Price]:
    """Amount >= 0 and ISO 4217 currency. `hint`: the currency the source gives beside the amount.

    No currency is `price.no_currency` (amount kept); several numbers `price.several`; all else `price.invalid`.
    """
    value = value.strip()
    if fold(value.strip(".!* ")) in _FREE:
        return Taken(Price(amount=Decimal(0), original=value), "mapped")
    beside = currency(hint, None) if hint else Taken(None)
    if _PLAIN.fullmatch(value):
        amount = plain_decimal(value)
        return _priced(amount, beside.value, None if value == str(amount) else value, beside.basis)
    if len(value) > 3 * SHORT:
        return refused("price.several" if len(_NUMBER.findall(value[:1000])) > 1 else "price.invalid")
    text = _DASH_END.sub("", value)
    numbers = _NUMBER.findall(text)
    if len(numbers) > 1 or _RANGE.search(text):
        return refused("price.several")
    if not numbers or re.search(r"[-–−]\s*[0-9]", text) or "%" in text:
        return refused("price.invalid")
    before, number, after = text.partition(numbers[0])
    named = _named_currency(before, after)
    if named is None:
        return refused("price.invalid")
    unit, basis, sign_seen = named
    if beside.value and not _agree(text, unit, beside.value):
        return refused("price.invalid")
    decimal = _amount(number.rstrip(".,"), unit or beside.value, written=bool(unit or sign_seen))
    return refused("price.invalid") if decimal is None else _priced(decimal, unit or beside.value, value, basis)


@remembered
def prices(value: str, hint: str | None = None) -> Taken[tuple[Price, ...]]:
    """All prices a text says: one, or one for each group of learners, each with its own words as `original`."""
    pieces = [piece for piece in _PIECES.split(value.strip()) if piece] if len(value) <= 10 * SHORT else []
    if pieces and all(_LABELLED.fullmatch(piece) for piece in pieces):
        found = [_for_group(piece, hint) for piece in pieces]
        if all(each is not None for each in found):
            return Taken(tuple(each for each in found if each is not None), "mapped")
    one = price(value, hint)
    return Taken((one.value,) if one.value is not None else None, one.basis, one.issues)


def _for_group(piece: str, hint: str | None) -> Price | None:
    """The price of "Ireland fee: GBP340.00"; None if its label may mean something else than for whom it is."""
    labelled = _LABELLED.fullmatch(piece)
    if labelled is None or not all(_says_for_whom(word) for word in labelled[1].split()):
        return None
    taken = price(labelled[2], hint)
    if taken.value is None or taken.value.currency is None or taken.issues:
        return None
    return replace(taken.value, original=piece)


def _says_for_whom(word: str) -> bool:
    folded = fold(word)
    return folded in _HARMLESS or folded in _FOR_WHOM or (len(folded) > 3 and country(word, None).value is not None)


def _priced(amount: Decimal, code: str | None, original: str | None, basis: Basis) -> Taken[Price]:
    issues = () if code else ("price.no_currency",)
    return Taken(Price(amount=amount, currency=code, original=original), basis, issues)


def _agree(text: str, unit: str | None, beside: str) -> bool:
    """Does the currency in the text allow the one that stands beside it?"""
    if unit is not None:
        return unit == beside
    words = {fold(word) for word in _WORD.findall(text)} | set(text)
    return all(beside in codes for sign, codes in _SHARED.items() if sign in words)


def _named_currency(before: str, after: str) -> tuple[str | None, Basis, bool] | None:
    """(code or None, basis, was any sign of a currency seen); None if a word is left that may change the price."""
    around = f"{before} {after}"
    codes = [code for code in CODE_PATTERN.findall(around) if code in CODES]
    rest = around
    unit: str | None = None
    basis: Basis = "declared"
    seen = False
    if len(set(codes)) > 1:
        return None
    if codes:
        unit, seen = codes[0], True
        rest = rest.replace(unit, " ")
    else:
        sign = ParsedPrice.fromstring(f"{before} 1 {after}").currency
        if sign and sign in around and not sign.isalpha():
            taken = currency(sign, None)
            unit, basis, seen = taken.value, taken.basis, True
            rest = rest.replace(sign, " ")
    for word in _WORD.findall(rest):
        folded = fold(word)
        if folded in _HARMLESS:
            continue
        taken = currency(word, None)
        if (taken.value is None and folded not in _SHARED) or (unit and taken.value != unit):
            return None
        unit, basis, seen = taken.value, "mapped", True
    return unit, basis, seen


def _amount(number: str, code: str | None, *, written: bool) -> Decimal | None:
    """The number, if it can be read in one way only. `written`: a person wrote it, for the text names a currency."""
    if len(number) > 20:
        return None
    grouped = _GROUPED.fullmatch(number)
    if grouped is None:
        head, mark, cents = _decimal_part(number)
        digits = head if head.isdigit() else re.sub(r"[^0-9]", "", head) if _GROUPED.fullmatch(head) else ""
        if not digits or (mark and mark in head):
            return None
        return plain_decimal(f"{digits}.{cents}" if cents else digits)
    separator, digits = grouped[1], re.sub(r"[^0-9]", "", number)
    if separator not in ".," or number.count(separator) > 1:
        return plain_decimal(digits)
    english = separator == "," and code in ("GBP", "USD", "AUD", "CAD", "NZD")
    certain = code is not None and code not in THREE_DECIMALS and (written or english)
    return plain_decimal(digits) if certain and not number.startswith("0") else None


def _decimal_part(number: str) -> tuple[str, str, str]:
    """Split off one or two digits after the last point or comma."""
    found = re.fullmatch(r"(.*[0-9])([.,])([0-9]{1,2})", number)
    return (found[1], found[2], found[3]) if found else (number, "", "")
