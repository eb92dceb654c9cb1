"""Languages: BCP 47 tags from ISO 639 codes of two and three letters, EU authority URIs, tags and names."""

from __future__ import annotations

import re

import langcodes

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold, language_names

__all__ = ["languages", "text_language"]

_AUTHORITY = re.compile(r"https?://publications\.europa\.eu/resource/authority/language/([A-Z_]{3,12})")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_NONE = frozenset(
    {"und", "mul", "zxx", "mis", "none", "x-none", "unknown", "op_datpro", "multilingual", "multiple languages",
     "mehrsprachig", "multilingue", "multilingüe", "meertalig", "flerspråklig", "flerspråkig", "monikielinen"}
)  # fmt: skip
# Words people write into a language column that are also codes of small languages in ISO 639-3.
_WORDS = frozenset(
    {"all", "any", "and", "ask", "mix", "nil", "non", "not", "oui", "see", "tba", "tbc", "tbd", "the", "var", "yes"}
)
_NO_CODE = _NONE | _WORDS
# CLDR turns Serbo-Croatian into Serbian in Latin script and Tagalog into Filipino: more than such a code says.
_AS_SAID = {"hbs": "sh", "sh": "sh", "tgl": "tl", "tl": "tl"}
_SEPARATORS = re.compile(r"\s*(?:[,;/|+&\n]|(?<=\s)(?:and|und|et|y|e|en|och|og|ja)(?=\s))\s*")

# Words for "and" that are other words elsewhere ("not in English"): they part names of languages alone.
_BETWEEN_NAMES = re.compile(r"\s*,\s*|\s+(?:i|a|și|si|in|ir|un|és|ve|και)\s+")


def _tag(value: str) -> str | None:
    code = value.replace("_", "-")
    if not _TAG.fullmatch(value) or code.casefold() in _NO_CODE:
        return None
    try:
        tag = _AS_SAID.get(code.casefold()) or str(langcodes.standardize_tag(code))
        if tag.count("-") > code.count("-"):  # a script or a region that nobody named: Montenegrin is no Serbian
            tag = langcodes.Language.get(code, normalize=False).to_tag()
        known = langcodes.tag_is_valid(code)
    except ValueError:
        return None
    # Tags reserved for private use say nothing to anybody else.
    return tag if known and not re.match(r"q[a-t][a-z](-|$)", tag) and "-x-" not in tag else None


def _without_region(code: str) -> str | None:
    """ "en-EN" names no country, but its language is certain."""
    head, dash, region = code.partition("-")
    return _tag(head) if dash and len(region) == 2 and len(head) == 2 and _TAG.fullmatch(code) else None


def _one(value: str) -> Taken[str]:
    if fold(value) in _NONE:
        return refused("language.placeholder")
    authority = _AUTHORITY.fullmatch(value)
    if authority is not None:
        if fold(authority[1]) in _NONE:
            return refused("language.placeholder")
        tag = _tag(authority[1]) if len(authority[1]) == 3 else None
        return Taken(tag, "mapped") if tag else refused("language.unknown")
    named = language_names().get(fold(value))
    tag = _tag(value) if named is None else None
    if tag is not None:
        return Taken(tag, "declared" if tag.casefold() == value.replace("_", "-").casefold() else "mapped")
    named = named or _without_region(value.replace("_", "-"))
    return Taken(named, "mapped") if named else refused("language.unknown")


@remembered
def languages(value: str, hint: str | None = None) -> Taken[tuple[str, ...]]:
    """The languages a value names: one, or several with usual separators between them. `hint`: the concept's URI.

    Codes that mean many or no language (MUL, OP_DATPRO) are `language.placeholder`; of several, the known are taken.
    """
    value = value.strip(' \t\r\n\u00a0"')  # some exports wrap a text in a second pair of quotes
    if len(value) > SHORT:
        return refused("language.unknown")
    for said in filter(None, (hint, value)):
        one = _one(said)
        if one.value is not None:
            return Taken((one.value,), one.basis)
        if "language.placeholder" in one.issues:
            return Taken(None, "declared", one.issues)
    pieces = [piece for piece in _SEPARATORS.split(value) if piece]
    found = [_one(piece) for piece in pieces]
    if not all(each.value for each in found):
        named = [_one(piece) for piece in _BETWEEN_NAMES.split(value)]
        found = named if all(each.value for each in named) else found
    if len(found) < 2:
        return refused("language.unknown")
    tags = tuple(dict.fromkeys(each.value for each in found if each.value))
    issues = () if all(each.value for each in found) else ("language.unknown",)
    return Taken(tags or None, "mapped", issues)


@remembered
def text_language(value: str, hint: str | None = None) -> Taken[str]:
    """The language of a text. Codes that say "no language" (und, x-none, mul) give no value and no issue."""
    value = value.strip()
    if not value or value.casefold() in _NONE:
        return refused()
    return _one(value) if len(value) <= SHORT else refused("language.unknown")
