"""Any flat record (a CSV or XLSX row, a JSON object, a shallow XML element) by the `[columns]` of its source file.

The dialect knows no column names of its own: what is not named in `[columns]` is not read, and reported as unread.
What stays true: a value is taken as it stands or through a named lookup table, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from microharvest.kit import (
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    Text,
    identify,
    is_credential,
    record_from_json,
    record_from_xml,
)
from microharvest.kit.draft import FIELDS
from microharvest.model.values import Basis

__all__ = [
    "Column",
    "Mapping",
]

INSTANCE_FIELDS = ("start_date", "end_date", "application_deadline")
ASSURANCE_FIELDS = {f"qa_{name}": name for name in ("agent", "agent_country", "valid_from", "valid_to", "report")}
"""What a source says around its `quality_assurance`, and what that is called inside the part."""


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`when`: the rule holds where `column` has one of the values `equals` (case does not matter)."""

    column: str
    equals: str | list[str]


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a field's values come from; the README says what each key means."""

    from_: str | list[str] = msgspec.field(name="from", default_factory=list)
    const: str | None = None
    lang: str | None = None
    lang_from: str | None = None
    split: str | None = None
    join: str | None = None
    lookup: str | None = None
    format: str | None = None
    currency: str | None = None
    unit: str | None = None
    framework: str | None = None
    scheme: str | None = None
    when: Condition | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns values are read from."""
        return (self.from_,) if isinstance(self.from_, str) else tuple(self.from_)


class _LocalNames(Names):
    """XML elements by their local names, whatever their namespace."""

    def spell(self, tag: str) -> str:
        return tag.rpartition("}")[2]


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`. Raises ValueError for a `[columns]` table that says nonsense."""

    version = 3
    one_record = True
    names: Names = _LocalNames()

    def __init__(self, settings: DialectSettings) -> None:
        self._identity = settings.identity
        self._fields = {name: _columns(name, value) for name, value in settings.columns.items()}
        self._lookups = {
            name: {str(match).strip().casefold(): value for match, value in table.items()}
            for name, table in settings.lookups.items()
        }
        coins = self._fields.get("currency", [])
        self._currencies = tuple(source for column in coins for source in column.sources)
        self._currency_always = next((column.const for column in coins if column.const is not None), None)
        every = [column for columns in self._fields.values() for column in columns]
        self.named = {
            name
            for each in every
            for name in (*each.sources, each.lang_from, each.when and each.when.column)
            if name is not None
        }
        for name, columns in self._fields.items():
            if name not in COLUMN_FIELDS:
                raise ValueError(f"[columns] {name}: no such field")
            for column in columns:
                if column.lookup is not None and column.lookup not in self._lookups:
                    raise ValueError(f"[columns] {name}: no table [lookups.{column.lookup}]")

    def cut(self, document: Document) -> Iterator[Record]:
        """One record per object; a list of objects gives one each."""
        if document.xml is not None:
            yield self._identified(
                record_from_xml(
                    document.xml,
                    self.names,
                    native_id=document.native_id,
                    datestamp=document.datestamp,
                    deleted=document.deleted,
                    raw_xml=document.raw_xml,
                    url=document.url,
                )
            )
            return
        values = document.value if isinstance(document.value, list) else [document.value]
        for value in values:
            yield self._identified(
                record_from_json(
                    value,
                    native_id=document.native_id if len(values) == 1 else None,
                    datestamp=document.datestamp,
                    deleted=document.deleted,
                    url=document.url,
                )
            )

    def has_column(self, record: Record, name: str) -> bool:
        """Whether a column of `named` is there and says something."""
        return bool(_read(record, name))

    def _identified(self, record: Record) -> Record:
        if self._identity:
            record.native_id = identify(record, self._identity)
        return record

    def map_record(self, record: Record, draft: Draft) -> None:
        """Each field of `[columns]` from its columns; a record without any of them says nothing."""
        if is_credential(record):
            draft.refuse("record.credential_refused")
            return
        for name, columns in self._fields.items():
            if name in (*INSTANCE_FIELDS, *ASSURANCE_FIELDS, "quality_assurance", "city", "currency"):
                continue
            for column in columns:
                for value, hints in self._values(record, draft, name, column):
                    draft.say(name, value, basis=_basis(column), **hints)
        self._map_assurance(record, draft)
        self._map_instances(record, draft)
        for path in self._identity:
            _read(record, path)  # the key is taken, and not reported as unread

    def _found(
        self, record: Record, draft: Draft, names: Iterable[str]
    ) -> dict[str, list[tuple[Text, Basis, dict[str, str | None]]]]:
        return {
            name: [
                (value, _basis(column), hints)
                for column in self._fields.get(name, ())
                for value, hints in self._values(record, draft, name, column)
            ]
            for name in names
        }

    def _map_assurance(self, record: Record, draft: Draft) -> None:
        """What is said around an accreditation belongs to it by its order. Where there are not as many of the one as of
        the other nobody knows whose it is: an end date of one must not end all."""
        found = self._found(record, draft, ("quality_assurance", *ASSURANCE_FIELDS))
        claims = found.pop("quality_assurance")
        if not any(found.values()):
            for value, basis, hints in claims:
                draft.say("quality_assurance", value, basis=basis, **hints)
            return
        count = len(claims) or max(map(len, found.values()))
        parts = [draft.part("quality_assurance") for _ in range(count)]
        for part, (value, basis, hints) in zip(parts, claims, strict=False):
            part.say("quality_assurance", value, basis=basis, **hints)
        for name, values in found.items():
            if len(values) not in (0, count):
                draft.issue("value.surplus", name, "; ".join(value.value for value, _, _ in values))
                continue
            for part, (value, basis, hints) in zip(parts, values, strict=False):
                part.say(ASSURANCE_FIELDS[name], value, basis=basis, **hints)

    def _map_instances(self, record: Record, draft: Draft) -> None:
        """Starts and ends belong together by their order, where there are as many of the one as of the other."""
        found = self._found(record, draft, (*INSTANCE_FIELDS, "city"))
        count = max(len(values) for values in found.values())
        if not count:
            return
        found["end_date"] = self._with_start(record, draft, found["end_date"])
        starts = len(found["start_date"])
        if starts > 1 or (starts == 1 and len(found["end_date"]) > 1):
            if found["end_date"] and len(found["end_date"]) != starts:
                draft.issue("date.invalid", "end_date", "; ".join(value.value for value, _, _ in found["end_date"]))
                found["end_date"] = []
            count = starts
        for index in range(count):
            instance = draft.part("instance")
            for name in INSTANCE_FIELDS:
                if index < len(found[name]):
                    value, basis, hints = found[name][index]
                    instance.say(name, value, basis=basis, **hints)
            cities = found["city"]
            if cities:  # one city for all, or one each
                value, basis, _ = cities[min(index, len(cities) - 1)]
                instance.part("location").say("city", value, basis=basis)

    def _with_start(
        self, record: Record, draft: Draft, ends: list[tuple[Text, Basis, dict[str, str | None]]]
    ) -> list[tuple[Text, Basis, dict[str, str | None]]]:
        """The ends but those in an object of a list that has no start, while others of the list have one."""
        starts = [source for column in self._fields.get("start_date", ()) for source in column.sources]
        sources = [source for column in self._fields.get("end_date", ()) for source in column.sources]
        if len(starts) != 1 or len(sources) != 1 or not _read(record, starts[0]):
            return ends
        beside = [bool(near) for _, (near,) in _beside(record, sources[0], (starts[0],))]
        if all(beside) or len(beside) != len(ends):
            return ends
        alone = [end[0].value for end, there in zip(ends, beside, strict=True) if not there]
        draft.issue("date.invalid", "end_date", "; ".join(alone))
        return [end for end, there in zip(ends, beside, strict=True) if there]

    def _values(
        self, record: Record, draft: Draft, name: str, column: Column
    ) -> Iterator[tuple[Text, dict[str, str | None]]]:
        """Values with the hints of their rule; what else a value depends on is read beside it."""
        hints = {
            "format": column.format,
            "unit": column.unit,
            "framework": column.framework,
            "scheme": column.scheme,
            "currency": column.currency,
        }
        money = self._currencies if name == "price" and column.currency is None else ()
        condition = column.when.column if column.when is not None else None
        if column.const is not None:
            held, spoken = (_read(record, path) if path else [] for path in (condition, column.lang_from))
            if column.when is None or _holds(held, column.when):
                yield Text(column.const, _only(spoken) or column.lang, ""), hints
        beside = (condition, column.lang_from, *money)
        always = column.lang if beside == _ALONE else None
        texts: list[Text] = []
        paid: list[str | None] = []
        for source in column.sources:
            if beside == _ALONE:
                texts += _read(record, source)
                continue
            for text, (held, spoken, *coins) in _beside(record, source, beside):
                if column.when is None or _holds(held, column.when):
                    texts.append(Text(text.value, _only(spoken) or column.lang or text.lang, text.path))
                    paid.append(next((_only(each) for each in coins if each), None))
        if column.join is not None and texts:
            texts = [Text(column.join.join(text.value for text in texts), texts[0].lang, texts[0].path)]
        for index, text in enumerate(texts):
            if name == "price" and column.currency is None:
                hints = hints | {"currency": (paid[index] if paid else None) or self._currency_always}
            pieces = [text.value] if column.split is None else [p.strip() for p in text.value.split(column.split)]
            for piece in filter(None, pieces):
                for value in self._looked_up(draft, name, column, piece):
                    yield Text(value, always or text.lang, text.path), hints

    def _looked_up(self, draft: Draft, name: str, column: Column, value: str) -> list[str]:
        if column.lookup is None:
            return [value]
        table = self._lookups[column.lookup]
        if value.casefold() not in table:
            draft.issue("lookup.unmatched", name, value)
            return []
        target = table[value.casefold()]
        targets = target if isinstance(target, list) else [target]
        return [str(each) for each in targets if str(each).strip()]


_ALONE = (None, None)
INSIDE = frozenset(("name", "type", "reuse_level", "entitlement_status", "amount", "unit", "address"))
COLUMN_FIELDS = FIELDS - INSIDE - {*ASSURANCE_FIELDS.values()} | {*ASSURANCE_FIELDS}
"""The fields a `[columns]` table may name."""


def _basis(column: Column) -> Basis:
    """A constant says nothing about this record unless a condition on the record chose it."""
    if column.const is not None:
        return "mapped" if column.when is not None else "default"
    return "mapped" if column.lookup is not None else "declared"


def _columns(name: str, value: Any) -> list[Column]:
    """A column name, a table, or a list of both."""
    members = value if isinstance(value, list) else [value]
    columns: list[Column] = []
    for member in members:
        table = {"from": member} if isinstance(member, str) else member
        try:
            columns.append(msgspec.convert(table, Column))
        except msgspec.ValidationError as error:
            raise ValueError(f"[columns] {name}: {error}") from error
    return columns


def _read(record: Record, path: str) -> list[Text]:
    """The texts at a path; a path that is itself a name wins over its dotted parts."""
    found = list(record.texts(path))
    if found or "." not in path or path in record.names():
        return found
    name, _, rest = path.partition(".")
    return [text for part in record.each(name) for text in _read(part, rest)]


def _beside(record: Record, path: str, others: tuple[str | None, ...]) -> Iterator[tuple[Text, list[list[Text]]]]:
    """Each text at a path, with what stands at the others: of a list of objects in the same object, of as many values
    as there are texts the one in the same place."""
    if not any(others) or "." not in path or path in record.names():
        texts = _read(record, path)
        near = [_read(record, other) if other else [] for other in others]
        for index, text in enumerate(texts):
            yield text, [[found[index]] if len(found) == len(texts) else found for found in near]
        return
    name, _, rest = path.partition(".")
    shared = tuple(other and other.startswith(f"{name}.") and other not in record.names() for other in others)
    above = [[] if inside or not other else _read(record, other) for inside, other in zip(shared, others, strict=True)]
    below = tuple(
        other[len(name) + 1 :] if other and inside else None for inside, other in zip(shared, others, strict=True)
    )
    found = [each for part in record.each(name) for each in _beside(part, rest, below)]
    for index, (text, near) in enumerate(found):
        placed = ([outer[index]] if len(outer) == len(found) else outer for outer in above)
        yield text, [inner if inside else outer for inside, inner, outer in zip(shared, near, placed, strict=True)]


def _only(found: list[Text]) -> str | None:
    """What all of these say; None where they differ: nobody knows which is meant."""
    return found[0].value if len({text.value for text in found}) == 1 else None


def _holds(found: list[Text], condition: Condition) -> bool:
    wanted = [condition.equals] if isinstance(condition.equals, str) else condition.equals
    folded = {value.strip().casefold() for value in wanted}
    return any(text.value.casefold() in folded for text in found)
