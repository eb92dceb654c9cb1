"""By what an organisation is found in a register: the ids it bears, its web domain, its name within its country. Pure.

The same keys are made of the register's entry and of what an offer says; other keys here mean importing again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

__all__ = ["acronym_key", "domain_keys", "id_keys", "name_key", "site_key"]

_ROR = re.compile(r"(?:^|ror\.org/)(0[a-z0-9]{8})/?$")
_ETER = re.compile(r"[A-Z]{2}[0-9]{4}")
_DEQAR = re.compile(r"DEQARINST[0-9]{1,8}")
_ERASMUS = re.compile(r"[A-Z]{1,3} ?[A-Z-]{2,9}[0-9]{2,3}")
_WORD = re.compile(r"[^\W_]+")
_MAX_NAME = 200
_MIN_NAME = 6
"""Shorter names are acronyms, which several bear."""


def id_keys(scheme: str, value: str) -> tuple[str, ...]:
    """Of one identifier: `ror`, `eter`, `deqar`, `erasmus`; none for another one."""
    scheme, value = scheme.casefold(), value.strip()
    ror = _ROR.search(value.casefold())
    if ror and ("ror" in scheme or "ror.org/" in value.casefold()):
        return (f"ror:{ror[1]}",)
    if "eter" in scheme and _ETER.fullmatch(value.upper()):
        return (f"eter:{value.upper()}",)
    deqar = _DEQAR.search(value.upper())
    if deqar:
        return (f"deqar:{deqar[0]}",)
    if "erasmus" in scheme and _ERASMUS.fullmatch(value.upper()):
        return (f"erasmus:{re.sub(r'[ ]', '', value.upper())}",)
    return ()


def site_key(address: str) -> tuple[str, ...]:
    """Of a register's web site; a page below the first is shared by others."""
    host, path = _host(address)
    return (f"domain:{host}",) if host and path in {"", "/"} else ()


def domain_keys(address: str) -> tuple[str, ...]:
    """Of an organisation's address: its host and the domains above it, the nearest first."""
    host, _ = _host(address)
    parts = host.split(".") if host else []
    return tuple(f"domain:{'.'.join(parts[at:])}" for at in range(len(parts) - 1))


def name_key(country: str, name: str) -> tuple[str, ...]:
    """Of a name, whatever its case, accents and punctuation; only within a country."""
    folded = _folded(name)
    return (f"name:{country}:{folded}"[:_MAX_NAME],) if country and len(folded) >= _MIN_NAME else ()


def acronym_key(names: Iterable[str]) -> tuple[str, ...]:
    """Of an agency, whose names and acronyms are few and known everywhere."""
    return tuple(dict.fromkeys(f"agency:{folded}"[:_MAX_NAME] for folded in map(_folded, names) if len(folded) > 2))


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(_WORD.findall("".join(one for one in decomposed if not unicodedata.combining(one))))


def _host(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address.strip() if "//" in address else f"//{address.strip()}")
        return re.sub(r"^www[0-9]?\.", "", (parts.hostname or "").rstrip(".")), parts.path
    except ValueError:
        return "", ""
