"""An OAI-PMH 2.0 repository in memory, for demos and tests: it keeps the standard, so that faults are only those
somebody switches on around it.

Pure: `respond` takes the arguments of a request and gives status, headers and body. The clock is handed in. Tokens
say everything themselves, so any of them can be asked again; the upper bound of a list is frozen by its first page.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

import msgspec

__all__ = ["OaiRecord", "OaiRepository"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SELECTION = frozenset({"metadataPrefix", "from", "until", "set"})
_ALLOWED: dict[str, tuple[frozenset[str], frozenset[str]]] = {  # verb -> (required, optional)
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), _SELECTION),
    "ListRecords": (frozenset({"metadataPrefix"}), _SELECTION),
}


class OaiRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One item. `payload`: the XML of its metadata, without declaration; empty where it was deleted."""

    identifier: str
    datestamp: datetime
    payload: str = ""
    sets: tuple[str, ...] = ()
    deleted: bool = False


class _ProtocolError(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


class _List(msgspec.Struct, frozen=True):
    """What a token holds: the list's own arguments, its frozen end, and how many items came before."""

    verb: str
    begin: str
    end: str
    set_spec: str
    done: int


class OaiRepository:
    """`repository.put("oai:x:1", "<oai_dc:dc …>…</oai_dc:dc>", at=…)`; `repository.respond({"verb": "Identify"})`."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1/oai",
        *,
        now: datetime,
        page_size: int = 100,
        granularity: Literal["day", "seconds"] = "seconds",
        metadata_prefix: str = "oai_dc",
        namespace: str = "http://www.openarchives.org/OAI/2.0/oai_dc/",
        deleted_record: Literal["no", "transient", "persistent"] = "persistent",
    ) -> None:
        self.base_url = base_url
        self.now = now
        self.page_size = page_size
        self.granularity = granularity
        self.metadata_prefix = metadata_prefix
        self.namespace = namespace
        self.deleted_record = deleted_record
        self.records: dict[str, OaiRecord] = {}

    def put(self, identifier: str, payload: str, *, at: datetime, sets: tuple[str, ...] = ()) -> None:
        """Add a record, or replace it."""
        self.records[identifier] = OaiRecord(identifier=identifier, datestamp=at, payload=payload, sets=sets)

    def delete(self, identifier: str, *, at: datetime) -> None:
        """Announce a deletion; with `deleted_record="no"` the record is simply gone. KeyError if it never was."""
        known = self.records[identifier]
        if self.deleted_record == "no":
            del self.records[identifier]
        else:
            self.records[identifier] = msgspec.structs.replace(known, datestamp=at, payload="", deleted=True)

    def respond(self, arguments: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body). Errors of the protocol have status 200, as the standard says (§3.6)."""
        shown = arguments
        try:
            body = self._answer(arguments)
        except _ProtocolError as error:
            if error.code in {"badVerb", "badArgument"}:
                shown = {}
            body = f"<error code={quoteattr(error.code)}>{_text(error.text)}</error>"
        attributes = "".join(f" {name}={_attribute(value)}" for name, value in shown.items())
        document = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
            ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
            f"<responseDate>{_stamp(self.now, 'seconds')}</responseDate>"
            f"<request{attributes}>{_text(self.base_url)}</request>{body}</OAI-PMH>"
        )
        return 200, {"Content-Type": "text/xml; charset=utf-8"}, document.encode()

    def _answer(self, arguments: Mapping[str, str]) -> str:
        verb = arguments.get("verb", "")
        if verb not in _ALLOWED:
            raise _ProtocolError("badVerb", "There is no such verb.")
        given = set(arguments) - {"verb"}
        if "resumptionToken" in given and verb in {"ListRecords", "ListIdentifiers", "ListSets"}:
            if given != {"resumptionToken"}:
                raise _ProtocolError("badArgument", "resumptionToken is exclusive.")
            return self._page(self._open_token(verb, arguments["resumptionToken"]))
        required, optional = _ALLOWED[verb]
        if not required <= given or given - required - optional:
            raise _ProtocolError("badArgument", "An argument is missing or not allowed.")
        prefix = arguments.get("metadataPrefix", self.metadata_prefix)
        if prefix != self.metadata_prefix:
            raise _ProtocolError("cannotDisseminateFormat", "There is no such format.")
        if verb in {"ListRecords", "ListIdentifiers"}:
            return self._page(self._open_list(verb, arguments))
        return {
            "Identify": self._identify,
            "ListMetadataFormats": self._formats,
            "ListSets": self._sets,
            "GetRecord": self._record,
        }[verb](arguments)

    def _identify(self, _: Mapping[str, str]) -> str:
        earliest = min((one.datestamp for one in self.records.values()), default=self.now)
        written = "YYYY-MM-DD" if self.granularity == "day" else "YYYY-MM-DDThh:mm:ssZ"
        return (
            f"<Identify><repositoryName>Sample repository</repositoryName><baseURL>{_text(self.base_url)}</baseURL>"
            "<protocolVersion>2.0</protocolVersion><adminEmail>admin@example.org</adminEmail>"
            f"<earliestDatestamp>{_stamp(earliest, self.granularity)}</earliestDatestamp>"
            f"<deletedRecord>{self.deleted_record}</deletedRecord><granularity>{written}</granularity></Identify>"
        )

    def _formats(self, arguments: Mapping[str, str]) -> str:
        self._known(arguments.get("identifier"))
        return (
            f"<ListMetadataFormats><metadataFormat><metadataPrefix>{_text(self.metadata_prefix)}</metadataPrefix>"
            f"<schema>{_text(self.namespace)}</schema>"
            f"<metadataNamespace>{_text(self.namespace)}</metadataNamespace></metadataFormat></ListMetadataFormats>"
        )

    def _sets(self, _: Mapping[str, str]) -> str:
        names = sorted({name for record in self.records.values() for name in record.sets})
        if not names:
            raise _ProtocolError("noSetHierarchy", "There are no sets.")
        listed = "".join(
            f"<set><setSpec>{_text(name)}</setSpec><setName>{_text(name)}</setName></set>" for name in names
        )
        return f"<ListSets>{listed}</ListSets>"

    def _record(self, arguments: Mapping[str, str]) -> str:
        return f"<GetRecord>{self._rendered(self._known(arguments['identifier']), 'ListRecords')}</GetRecord>"

    def _known(self, identifier: str | None) -> OaiRecord | None:
        if identifier is None:
            return None
        if identifier not in self.records:
            raise _ProtocolError("idDoesNotExist", "There is no such record.")
        return self.records[identifier]

    def _open_list(self, verb: str, arguments: Mapping[str, str]) -> _List:
        begin, end = (self._date(arguments, name) for name in ("from", "until"))
        if begin and end and (len(arguments["from"]) != len(arguments["until"]) or begin > end):
            raise _ProtocolError("badArgument", "from and until do not fit together.")
        return _List(verb, begin, end or _stamp(self.now, "seconds"), arguments.get("set", ""), 0)

    def _date(self, arguments: Mapping[str, str], name: str) -> str:
        """`from` and `until` in seconds: a day begins with its first second and ends with its last (§2.7.1)."""
        text = arguments.get(name)
        if text is None:
            return ""
        try:
            if _DAY.fullmatch(text):
                datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
                return text + ("T00:00:00Z" if name == "from" else "T23:59:59Z")
            if _SECOND.fullmatch(text) and self.granularity == "seconds":
                datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
                return text
        except ValueError:
            pass
        raise _ProtocolError("badArgument", f"{name} is not a date this repository understands.")

    def _open_token(self, verb: str, token: str) -> _List:
        try:
            opened = msgspec.json.decode(base64.urlsafe_b64decode(token.encode()), type=_List)
        except (ValueError, binascii.Error):
            raise _ProtocolError("badResumptionToken", "The token is not one of ours.") from None
        if opened.verb != verb:
            raise _ProtocolError("badResumptionToken", "The token belongs to another verb.")
        return opened

    def _page(self, wanted: _List) -> str:
        found = sorted(
            (record for record in self.records.values() if _selected(record, wanted)),
            key=lambda record: (record.datestamp, record.identifier),
        )
        if not found:
            raise _ProtocolError("noRecordsMatch", "No record fits.")
        page = found[wanted.done : wanted.done + self.page_size]
        done = wanted.done + len(page)
        token = ""
        if done < len(found) or wanted.done:
            packed = msgspec.json.encode(msgspec.structs.replace(wanted, done=done)) if done < len(found) else b""
            written = base64.urlsafe_b64encode(packed).decode()
            token = (
                f'<resumptionToken completeListSize="{len(found)}" cursor="{wanted.done}">{written}</resumptionToken>'
            )
        listed = "".join(self._rendered(record, wanted.verb) for record in page)
        return f"<{wanted.verb}>{listed}{token}</{wanted.verb}>"

    def _rendered(self, record: OaiRecord | None, verb: str) -> str:
        assert record is not None
        status = ' status="deleted"' if record.deleted else ""
        sets = "".join(f"<setSpec>{_text(name)}</setSpec>" for name in record.sets)
        header = (
            f"<header{status}><identifier>{_text(record.identifier)}</identifier>"
            f"<datestamp>{_stamp(record.datestamp, self.granularity)}</datestamp>{sets}</header>"
        )
        if verb == "ListIdentifiers":
            return header
        metadata = "" if record.deleted else f"<metadata>{record.payload}</metadata>"
        return f"<record>{header}{metadata}</record>"


def _selected(record: OaiRecord, wanted: _List) -> bool:
    stamp = _stamp(record.datestamp, "seconds")
    if not wanted.begin <= stamp <= wanted.end:
        return False
    name = wanted.set_spec
    return not name or any(one == name or one.startswith(f"{name}:") for one in record.sets)


def _stamp(moment: datetime, granularity: str) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d" if granularity == "day" else "%Y-%m-%dT%H:%M:%SZ")


def _text(value: str) -> str:
    return escape(_FORBIDDEN.sub("", value))


def _attribute(value: str) -> str:
    return quoteattr(_FORBIDDEN.sub("", value))
