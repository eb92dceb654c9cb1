"""Reading a body: what goes to quarantine keeps its bytes, but nobody keeps a learner's credential."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.harvest.parse import Reading, parse_body
from microharvest.kit import Body, DialectSettings, Request
from microharvest.kit.manifest import load_dialect, load_protocol
from microharvest.map.apply import Defaults
from tests.unit.kit.test_credential import HELD, token

URL = "https://feed.example/f.json"
COLUMNS = {"title": "name"}


def read(folder: Path, value: Any, dialect: str) -> tuple[dict[str, int], list[tuple[str, bytes]]]:
    """(what was no offer by code, what was rejected)."""
    reader, options = load_protocol("file")
    settings = DialectSettings(identity=("id",), columns=COLUMNS if dialect == "columns" else {})
    reading = Reading(
        protocol=reader(msgspec.convert({"format": "json"}, options), URL),
        dialect=load_dialect(dialect)(settings),
        defaults=Defaults(),
        known={},
    )
    path = folder / "body"
    path.write_bytes(msgspec.json.encode(value))
    parcels = list(parse_body(reading, Body(path=path, url=URL, size=1), Request(lane="file", url=URL)))
    assert not any(parcel.landed for parcel in parcels)
    refused = {code: count for parcel in parcels for code, count in parcel.not_offers.items()}
    return refused, [(each.code, each.content) for parcel in parcels for each in parcel.rejected]


@pytest.mark.parametrize("dialect", ["columns", "elm", "kouta", "schema_org"])
@pytest.mark.parametrize(
    "value",
    [HELD, {"credential": HELD}, {"payload": HELD, "signatures": []}, [token(HELD)], {"vp": token(HELD)}, [[HELD]],
     {"@graph": [HELD]}],
)  # fmt: skip
def test_the_bytes_of_a_credential_are_kept_nowhere(tmp_path: Path, value: Any, dialect: str) -> None:
    refused, rejected = read(tmp_path, value, dialect)
    assert (refused, rejected) == ({"record.credential_refused": 1}, [])


def test_other_records_without_a_key_keep_their_bytes(tmp_path: Path) -> None:
    refused, rejected = read(tmp_path, [{"name": "T"}, "text"], "columns")
    assert refused == {}
    assert sorted(rejected) == [("record.no_identifier", b'{"name":"T"}'), ("record.unmappable", b'"text"')]


def test_no_parcel_holds_more_than_its_share_of_what_cannot_be_read(tmp_path: Path) -> None:
    reader, options = load_protocol("file")
    dialect = load_dialect("columns")(DialectSettings(identity=("id",), columns=COLUMNS))
    protocol = reader(msgspec.convert({"format": "csv"}, options), URL)
    reading = Reading(protocol=protocol, dialect=dialect, defaults=Defaults(), known={}, batch_size=100)
    path = tmp_path / "body"
    path.write_text("id,name\n" + '1,A,"x"\n' * 1050)
    parcels = list(parse_body(reading, Body(path=path, url=URL, size=1), Request(lane="file", url=URL)))
    assert sum(len(one.rejected) for one in parcels) == 1050
    assert max(len(one.rejected) for one in parcels) == 100
    assert [one.last for one in parcels[-2:]] == [False, True]
