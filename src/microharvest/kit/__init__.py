"""The only thing a connector may import (beside `microharvest.model`).

A protocol is sans-I/O: it says what to ask and reads what came back; it never opens a connection, reads a
clock or touches the store. A dialect says what a record means; it is pure. Everything a connector needs is
re-exported here, and only what stands in `__all__` is promised to connector authors.
"""

from __future__ import annotations

from microharvest.kit.credential import CREDENTIAL_TYPES, is_credential, part_credentials
from microharvest.kit.dialect import Dialect, DialectSettings, identify
from microharvest.kit.document import Document, compose, open_record, record_from_json, record_from_xml
from microharvest.kit.draft import Draft, Statement, thing_of
from microharvest.kit.lookup import lookup_table
from microharvest.kit.protocol import (
    Batch,
    Body,
    Evidence,
    Failure,
    Finding,
    Next,
    Protocol,
    ProtocolState,
    Refused,
    Rejected,
    Request,
)
from microharvest.kit.readers.xml_objects import XmlObjects, objects_of
from microharvest.kit.record import Names, Record, Text

__all__ = [
    "CREDENTIAL_TYPES",
    "Batch",
    "Body",
    "Dialect",
    "DialectSettings",
    "Document",
    "Draft",
    "Evidence",
    "Failure",
    "Finding",
    "Names",
    "Next",
    "Protocol",
    "ProtocolState",
    "Record",
    "Refused",
    "Rejected",
    "Request",
    "Statement",
    "Text",
    "XmlObjects",
    "compose",
    "identify",
    "is_credential",
    "lookup_table",
    "objects_of",
    "open_record",
    "part_credentials",
    "record_from_json",
    "record_from_xml",
    "thing_of",
]
