"""Licences we know to be open: what they allow, by URI. Everything else is for the operator to say.

Sources: the texts themselves, and the EU Publications Office's authority table `licence`. A non-commercial
licence is not listed, because whether a register's use is commercial is not ours to decide.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Grant", "grant_of", "uri_of_name"]


class Grant(NamedTuple):
    """Does the licence allow passing the texts on, and making something new of them (merging, cutting)?"""

    redistribute: bool
    derive: bool


OPEN, VERBATIM = Grant(True, True), Grant(True, False)
EU_TABLE = "publications.europa.eu/resource/authority/licence/"

_GRANTS: tuple[tuple[str, Grant], ...] = (
    ("creativecommons.org/publicdomain/zero/", OPEN),
    ("creativecommons.org/publicdomain/mark/", OPEN),
    ("creativecommons.org/licenses/by/", OPEN),
    ("creativecommons.org/licenses/by-sa/", OPEN),
    ("creativecommons.org/licenses/by-nd/", VERBATIM),
    ("opendatacommons.org/licenses/odbl/", OPEN),
    ("opendatacommons.org/licenses/by/", OPEN),
    ("opendatacommons.org/licenses/pddl/", OPEN),
    ("nationalarchives.gov.uk/doc/open-government-licence/", OPEN),
    ("etalab.gouv.fr/licence-ouverte-open-licence/", OPEN),
    ("etalab.gouv.fr/wp-content/uploads/2017/04/etalab-licence-ouverte-v2.0.pdf/", OPEN),
    ("github.com/etalab/licence-ouverte/", OPEN),
    ("govdata.de/dl-de/by-2-0/", OPEN),
    ("govdata.de/dl-de/zero-2-0/", OPEN),
    ("data.norge.no/nlod/", OPEN),
    ("opensource.org/license/mit/", OPEN),
    ("opensource.org/licenses/mit/", OPEN),
    ("data.europa.eu/eli/dec/2011/833/", OPEN),
    ("eur-lex.europa.eu/eli/dec/2011/833/", OPEN),
    *((f"{EU_TABLE}{code}/", OPEN) for code in ("cc0", "com_reuse", "odc_bl", "odc_by", "odc_pddl")),
    *((f"{EU_TABLE}cc_by{sa}_{version}/", OPEN) for sa in ("", "sa") for version in ("3_0", "4_0")),
    *((f"{EU_TABLE}cc_bynd_{version}/", VERBATIM) for version in ("3_0", "4_0")),
    *((f"{EU_TABLE}ogl_{version}/", OPEN) for version in ("1_0", "2_0", "3_0")),
)

_NAMES = {
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ccby": "https://creativecommons.org/licenses/by/4.0/",
    "ccbysa": "https://creativecommons.org/licenses/by-sa/4.0/",
    "ccbynd": "https://creativecommons.org/licenses/by-nd/4.0/",
    "ccbync": "https://creativecommons.org/licenses/by-nc/4.0/",
    "odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "ogl": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "etalab": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "dldeby": "https://www.govdata.de/dl-de/by-2-0",
    "dldezero": "https://www.govdata.de/dl-de/zero-2-0",
}


def grant_of(uri: str) -> Grant | None:
    """What a licence we know allows; None for one we do not. Scheme, `www.`, case and a last slash do not matter."""
    plain = re.sub(r"^https?://(www\.)?", "", uri.strip().lower()).partition("#")[0].partition("?")[0]
    address = plain.rstrip("/") + "/"
    return next((grant for start, grant in _GRANTS if address.startswith(start)), None)


def uri_of_name(name: str) -> str | None:
    """A URI to propose to somebody who wrote `CC-BY-4.0`; never taken by itself, versions differ."""
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    found = [known for known in _NAMES if letters.startswith(known)]
    return _NAMES[max(found, key=len)] if found else None
