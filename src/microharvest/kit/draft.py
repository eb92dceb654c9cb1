"""What a dialect says about a record: statements, in the source's own words. No normalising happens here.

`map.apply` turns the statements into an Offer: every value goes through the normaliser of its field and comes
out as a value or an issue. Field names are those of `FIELDS`; parts are nested drafts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from microharvest.kit.record import Text
from microharvest.model.issue import Issue
from microharvest.model.values import Basis

__all__ = ["FIELDS", "PARTS", "Draft", "Statement", "thing_of"]

FIELDS: frozenset[str] = frozenset(
    [
        "title",
        "alt_title",
        "description",
        "provider",
        "provider_id",
        "provider_url",
        "awarding_body",
        "country",
        "city",
        "code",
        "identifier",
        "homepage",
        "ects",
        "credits",
        "hours",
        "duration",
        "eqf_level",
        "nqf_level",
        "isced_f",
        "subject",
        "skills",
        "occupations",
        "sectors",
        "languages",
        "mode",
        "schedule",
        "setting",
        "activities",
        "assessment",
        "supervision",
        "start_date",
        "end_date",
        "application_deadline",
        "price",
        "currency",
        "grants",
        "learning_outcomes",
        "entry_requirement",
        "target_group",
        "accessibility",
        "quality_assurance",
        "credential_type",
        "source_label",
        "part_of",
        "has_part",
        "status",
        "modified",
        "is_microcredential",
        "workload",
        "name",
        "type",
        "reuse_level",
        "entitlement_status",
        "agent",
        "agent_country",
        "valid_from",
        "valid_to",
        "report",
        "amount",
        "unit",
        "address",
    ]
)
"""`provider … status modified` are the fields a `[columns]` table may name; `name type reuse_level
entitlement_status agent agent_country valid_from valid_to report amount unit address` occur inside parts only."""

PARTS: frozenset[str] = frozenset(
    [
        "instance",
        "provider",
        "awarding_body",
        "quality_assurance",
        "learning_outcome",
        "entitlement",
        "price",
        "location",
        "credits",
    ]
)


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value of one field as the source wrote it.

    `hints` tell the normaliser what the source said around the value: `scheme` and `uri` (identifiers and
    concepts), `code` (of a concept in the source's own list), `unit`, `framework`, `currency`, `format` (a strptime
    pattern for dates), `html` ("yes"), `thing` (the same for all names of one thing, see `thing_of`).
    """

    field: str
    value: str
    lang: str | None = None
    path: str = ""
    basis: Basis = "declared"
    hints: dict[str, str] = {}


def thing_of(texts: Sequence[Text]) -> str | None:
    """The hint `thing` for the names of one thing in several languages; None where a language is missing or said twice.

    Two names in one language are two things to a reader, whatever element they share (IMS writes all keywords in one).
    """
    languages = [text.lang for text in texts]
    return texts[0].value if len(texts) > 1 and None not in languages and len({*languages}) == len(texts) else None


class Draft:
    """The statements of one record, to be filled by `Dialect.map_record`."""

    def __init__(self, kind: str = "offer") -> None:
        self.kind = kind
        self.statements: list[Statement] = []
        self.parts: list[Draft] = []
        self.issues: list[Issue] = []
        self.refused: str | None = None

    def say(
        self,
        field: str,
        value: Text | str | None,
        *,
        lang: str | None = None,
        basis: Basis = "declared",
        **hints: str | None,
    ) -> None:
        """Add a value; None and blank text are ignored. A `Text` brings its language and path along."""
        if field not in FIELDS:
            raise ValueError(f"no field {field!r}")
        if value is None:
            return
        text, text_lang, path = value if isinstance(value, Text) else (value, None, "")
        if not text.strip():
            return
        self.statements.append(
            Statement(
                field=field,
                value=text,
                lang=lang or text_lang,
                path=path,
                basis=basis,
                hints={name: hint for name, hint in hints.items() if hint} if hints else {},
            )
        )

    def has(self, field: str) -> bool:
        """Whether anything was said of a field here (not in parts)."""
        return any(statement.field == field for statement in self.statements)

    def part(self, kind: str) -> Draft:
        """A nested draft: an instance, an organisation, a price..., kept even if nothing is said in it."""
        if kind not in PARTS:
            raise ValueError(f"no part {kind!r}")
        nested = Draft(kind)
        self.parts.append(nested)
        return nested

    def issue(self, code: str, field: str = "", value: Any = "") -> None:
        """Note a problem the dialect itself found (value cut to 200 characters)."""
        self.issues.append(Issue(code=code, field=field, value=str(value)[:200]))

    def refuse(self, code: str) -> None:
        """This record is no offer (code `record.…`): it is counted and not mapped."""
        self.refused = code
