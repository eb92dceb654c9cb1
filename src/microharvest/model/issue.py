"""Data problems: rows with a stable code, never log text. What a code means stands in `ISSUE_CODES`.

An issue belongs to one version of one record; it names the field and keeps the value that was refused.
"""

from __future__ import annotations

import msgspec

__all__ = ["ISSUE_CODES", "Issue"]

ISSUE_CODES: dict[str, str] = {
    # values
    "value.text_damaged": "The text was damaged before we got it: it holds U+FFFD, or was encoded twice.",
    "value.html_removed": "Markup was removed from a text.",
    "value.control_removed": "Control or invisible characters were removed from a text.",
    "value.placeholder": "A word that stands for none (NR, n/a, unknown); it counts as absent.",
    "value.surplus": "A second value for a field that holds one, or a value without a place; it is not used.",
    "language.unknown": "The language code is in no list; the value is kept as original only.",
    "language.placeholder": "A code for many, no or provisional language (MUL, OP_DATPRO); it counts as absent.",
    "language.missing": "A text without a language; kept under `und`.",
    "country.unknown": "The country is in no list.",
    "date.invalid": "No date can be read from the value.",
    "date.sentinel": "A date that stands for no date (1970-01-01, 9999-12-31 and the like); it counts as absent.",
    "date.ambiguous": "Day and month cannot be told apart; give `format` in the source file.",
    "date.reversed": "The end lies before the start.",
    "duration.invalid": "No duration can be read from the value.",
    "duration.approximate": "The source says the duration is approximate; it is used as it stands.",
    "credits.invalid": "No single credit number can be read from the value.",
    "credits.no_unit": "A credit number without a unit; not taken for ECTS.",
    "credits.no_number": "A credit unit without a number.",
    "credits.out_of_range": "The number of credits cannot be right.",
    "workload.invalid": "No workload can be read from the value.",
    "level.invalid": "No EQF level from 1 to 8 can be read from the value.",
    "isced.invalid": "Not a code of ISCED-F 2013.",
    "isced.truncated": "More than four digits: cut to the detailed field, the original is kept.",
    "isced.placeholder": "0099 or 99 means unknown; it counts as absent.",
    "url.invalid": "Not an http(s) address with a host that others can reach.",
    "price.invalid": "No single amount can be read from the value.",
    "price.no_currency": "An amount without a currency.",
    "price.several": "Several amounts in one text: none is chosen.",
    "title.boilerplate": "A note about the record was taken off its title.",
    "concept.unresolved": "A coded value that is in no list; kept as a label without URI.",
    "concept.withdrawn": "A link to a concept that the newest imported edition of its vocabulary no longer has.",
    "mode.unresolved": "A mode of learning that is in no list; kept as a label.",
    "identifier.unresolved": "A register id that the newest imported edition of its register does not have.",
    "identifier.placeholder": "An identifier such as TODO, NA or 0 is none.",
    # records
    "record.no_title": "An offer without a title.",
    "record.no_identifier": "A record without an identifier; it is kept in quarantine.",
    "record.identifier_too_long": "An identifier of more than 1,024 bytes; the record is kept in quarantine.",
    "record.duplicate": "One identifier twice in a run, with different content; the newer one wins, else the first.",
    "record.not_an_offer": "The record describes something else than an offer and is not mapped.",
    "record.unmappable": "The dialect could not read the record; it is kept in quarantine.",
    "record.unserved": "The server lists the record but cannot give it; it counts as present.",
    "record.too_large": "The record is larger than allowed; it is kept in quarantine.",
    "record.dangling_reference": "A reference leads to nothing in the document.",
    "record.credential_refused": "A learner's credential, not an offer: refused, and its bytes are not kept.",
    "record.forgotten": "A record that was erased by `forget` was listed again and left out.",
    # feeds
    "feed.repaired": "The document was not well formed and was read after a named repair.",
    "feed.encoding_guessed": "The encoding was not declared and had to be found out.",
    "feed.encoding_damaged": "The file does not decode in its own encoding.",
    "feed.row_width": "A row has more or fewer cells than the header; it is kept in quarantine.",
    "feed.alike": "A field that told records apart says the same in many of them since this run.",
    "feed.row_aside": "A row repeats the header or holds totals; it is no record and was left out.",
    "feed.header_duplicate": "Two columns share a name; neither can be trusted.",
    "feed.header_damaged": "A column name is empty or holds line breaks; it was named or cleaned.",
    "feed.duplicate_key": "An object in the JSON names a key twice; the last one was read.",
    "feed.broken_member": "Quotes or brackets of a member do not pair, so its neighbours are in doubt too.",
    "feed.sheet_chosen": "The workbook has several sheets; the first with rows was read, [fetch] sheet names another.",
    "feed.truncated": "The file ends in the middle of a record.",
    "feed.namespace": "Elements stand in an unexpected namespace; they were read all the same.",
    "feed.other_answer": "The answer says it belongs to another question; absences need two runs that agree.",
    "feed.stray_element": "Something stands in the list that is no record; absences need two runs that agree.",
    "feed.total_differs": "The server's own total differs from what it delivered.",
    "feed.loop": "A page led to a page already read; the list counts as incomplete.",
    "feed.page_cap": "The list has more pages or items than allowed; it counts as incomplete.",
    "feed.foreign_item": "Listed items on another host were left out; `same_host = false` takes them.",
    "feed.dead_item": "A listed page is not there (404 or 410); it counts as absent.",
    "feed.kept_item": "An item must not be asked (robots.txt) or cannot be read; what it said before stays.",
    "feed.repeated_item": "An item was listed more than once.",
    "feed.identify_missing": "The server does not answer Identify; defaults were used.",
    "feed.granularity": "The server refused its own granularity; days were used.",
    "feed.set_empty": "A set that [fetch] names holds nothing: it may have another name now.",
    "feed.error": "The server reported an error of its own protocol.",
    "feed.no_json_ld": "A page without JSON-LD.",
    "feed.microdata": "A page describes a course in microdata or RDFa and not in JSON-LD; that is not read.",
    "feed.bad_json_ld": "A JSON-LD block that is not JSON.",
    "feed.unknown_context": "A JSON-LD context that is not known here; contexts are never fetched.",
    "feed.moved": "The feed answers under another address: the example names it; a permanent one belongs in `url`.",
    "feed.path_gone": "A path that most records had is gone from the feed; the example says what took its place.",
    "feed.rekeyed": "Records came back with the same content under other identifiers.",
    "feed.grown": "The list became more than ten times as long; revert the run if that was a mistake of its source.",
    "feed.column_absent": "A column that `[columns]` names is in no record: misspelt, or always empty.",
    "feed.unproven": "Something of the list was not read or proven whole; absences need two runs that agree.",
    "lookup.unmatched": "A value that the source's lookup table does not know.",
}


class Issue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One problem of one record: a code of `ISSUE_CODES`, the field, the source's value (<= 200 characters)."""

    code: str
    field: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        if self.code not in ISSUE_CODES:
            raise ValueError(f"undocumented issue code {self.code!r}")
