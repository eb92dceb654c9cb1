"""Texts by language: titles, descriptions and names. Nothing is lost where a language is used twice."""

from __future__ import annotations

from collections.abc import Iterable

from microharvest.kit.draft import Statement
from microharvest.map.normalise.text import clean_text, unquoted
from microharvest.map.normalise.title import title as clean_title
from microharvest.map.sheet import Said, Sheet
from microharvest.model.values import LangMap

__all__ = ["join_texts", "join_translations", "names_by_language", "take_titles"]


def take_titles(sheet: Sheet, said: Said) -> tuple[LangMap, tuple[LangMap, ...]]:
    """(title, alternative titles): the first title of a language is its title, a second one an alternative."""
    title: LangMap = {}
    others: list[LangMap] = []
    for field in ("title", "alt_title"):
        for statement in said.get(field, ()):
            taken = clean_title(statement.value)
            if taken.value is None:
                sheet.take("title", statement, taken)
                continue
            language = sheet.language_of(statement, field)
            if field == "title" and language not in title:
                title[language] = taken.value
                sheet.take("title", statement, taken)
                continue
            other = {language: taken.value}
            if title.get(language) != taken.value and other not in others:
                others.append(other)
                sheet.take("alt_title", statement, taken)
    return title, tuple(others)


def join_texts(sheet: Sheet, field: str, statements: Iterable[Statement]) -> LangMap:
    """Text by language; several texts of one language are joined by an empty line."""
    texts: dict[str, list[str]] = {}
    for statement in statements:
        text = sheet.take(field, statement, unquoted(clean_text(statement.value)))
        if text is not None:
            of_language = texts.setdefault(sheet.language_of(statement, field), [])
            if text not in of_language:
                of_language.append(text)
    return {language: "\n\n".join(several) for language, several in texts.items()}


def join_translations(sheet: Sheet, field: str, statements: list[Statement]) -> tuple[LangMap, ...]:
    """Separate texts, those of one `thing` together; but if each is in another declared language, they are one text in
    several languages."""
    texts: list[LangMap] = []
    things: dict[str, LangMap] = {}
    for statement in statements:
        text = sheet.take(field, statement, unquoted(clean_text(statement.value)))
        if text is not None:
            language = sheet.language_of(statement, field)
            entry = {language: text}
            thing = statement.hints.get("thing")
            known = entry if thing is None else things.setdefault(thing, entry)
            if language not in known:
                known[language] = text
            elif entry not in texts:
                texts.append(entry)
    return as_translations(texts, statements)


def as_translations(texts: list[LangMap], statements: list[Statement]) -> tuple[LangMap, ...]:
    """One text in several languages, if that is what the statements are; otherwise as they came."""
    languages = [language for text in texts for language in text]
    if len(texts) > 1 and len(set(languages)) == len(languages) and all(each.lang for each in statements):
        return ({language: text for each in texts for language, text in each.items()},)
    return tuple(texts)


def names_by_language(sheet: Sheet, field: str, statements: Iterable[Statement], at: str) -> LangMap:
    """One name by language; a second, different name in a language is surplus."""
    names: LangMap = {}
    for statement in statements:
        for language, name in sheet.label(field, statement, at).items():
            if names.setdefault(language, name) != name:
                sheet.note("value.surplus", at, statement.value)
    return names
