"""The dialects over real files that stand beside the project; nothing of them is copied into it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from microharvest.testing.contract import run_sample
from tests.conftest import SHARED

FEEDS = SHARED / "feeds"
UDEMY = '[columns]\ntitle = "course_title"\nhomepage = "url"\nprice = { from = "price", currency = "USD" }\n'

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real files do not stand beside the project"),
]


def run(folder: Path, file: str, dialect: str, rest: str = "") -> dict[str, Any]:
    (folder / "case.toml").write_text(
        f'protocol = "file"\ndialect = "{dialect}"\nurl = "https://feed.example/f"\nnow = 2026-01-01T00:00:00Z\n'
        f"{rest}\n"
        f'[[responses]]\nurl = "https://feed.example/f"\nfile = {json.dumps(str(FEEDS / file))}\n',
        encoding="utf-8",
    )
    return run_sample(folder / "case.toml")


def fill(result: dict[str, Any]) -> Counter[str]:
    """How many records fill each field."""
    return Counter(field for record in result["records"] for field in record["offer"] or ())


def test_the_loq_sample_is_read_whole(tmp_path: Path) -> None:
    result = run(tmp_path, "elm/loq.xml", "elm", '[fetch]\nformat = "xml"')
    assert [record["native_id"] for record in result["records"]] == ["http://Q-01", "http://Q-02"]
    assert len(result["records"][0]["offer"]["instances"]) == 2
    assert set(result["unmapped"]) == {"/learningOpportunity/providedBy/@idref", "/location/address/countryCode/@uri"}
    full = {"title", "description", "awarding_body", "isced_f", "eqf_level", "learning_outcomes", "quality_assurance"}
    assert {field for field in full if fill(result)[field] < 2} == set()


def test_rows_of_a_course_list_all_arrive(tmp_path: Path) -> None:
    rest = f'[fetch]\nformat = "csv"\n[identity]\nkey = ["course_id"]\n{UDEMY}'
    result = run(tmp_path, "mooclists/udemy_courses.csv", "columns", rest)
    count = len(result["records"])
    assert count == 3678
    assert {field: fill(result)[field] for field in ("title", "homepage", "prices")} == dict.fromkeys(
        ("title", "homepage", "prices"), count
    )


def test_the_vocabularys_own_examples_are_courses(tmp_path: Path) -> None:
    result = run(tmp_path, "webpages/schemaorg-course-examples.jsonl", "schema_org", '[fetch]\nformat = "jsonl"')
    assert len(result["records"]) == 7
    assert result["unmapped"] == {}


def test_lone_instances_are_offers(tmp_path: Path) -> None:
    result = run(tmp_path, "webpages/tess-nbis-course-instances.json", "schema_org", '[fetch]\nformat = "json"')
    assert len(result["records"]) == 29
    assert fill(result)["instances"] == 29


@pytest.mark.parametrize("name", sorted(path.name for path in (FEEDS / "ob3").glob("*_full_*.json")))
def test_learners_credentials_are_refused(tmp_path: Path, name: str) -> None:
    result = run(tmp_path, f"ob3/{name}", "schema_org", '[fetch]\nformat = "json"')
    assert [refused["code"] for refused in result["refused"]] == ["record.credential_refused"]
    assert result["records"] == []
