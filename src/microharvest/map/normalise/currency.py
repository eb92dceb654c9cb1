"""Currencies: ISO 4217 from codes, EU authority URIs and signs that belong to one currency only ($ and kr do not)."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold, words

__all__ = ["CODES", "CODE_PATTERN", "THREE_DECIMALS", "currency"]

CODES = words(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
    VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"""
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies whose smallest coin is a thousandth: three digits after a point may be decimals."""

CODE_PATTERN = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_AUTHORITY = re.compile(r"https?://publications\.europa\.eu/resource/authority/currency/([A-Z]{3})")
_SIGNS = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur.": "EUR", "£": "GBP", "pound sterling": "GBP", "pounds": "GBP",
    "us$": "USD", "us dollar": "USD", "us dollars": "USD", "zł": "PLN", "kč": "CZK", "₺": "TRY", "₴": "UAH",
    "ft": "HUF", "sfr.": "CHF", "sfr": "CHF", "fr.": "CHF", "лв": "BGN", "лв.": "BGN",
    "tl": "TRY", "грн": "UAH", "грн.": "UAH", "₹": "INR", "₽": "RUB", "₪": "ILS",
}  # fmt: skip


@remembered
def currency(value: str, hint: str | None = None) -> Taken[str]:
    """An ISO 4217 code. A sign several currencies share is refused: `price.no_currency`."""
    value = value.strip()
    if len(value) > SHORT:
        return refused("price.no_currency")
    authority = _AUTHORITY.fullmatch(value)
    code = (authority[1] if authority else value).upper()
    if code in CODES:
        return Taken(code, "declared")
    sign = _SIGNS.get(fold(value))
    return Taken(sign, "mapped") if sign else refused("price.no_currency")
