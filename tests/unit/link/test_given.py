"""What an operator types for a field becomes what a source's own words would become, or is refused."""

from __future__ import annotations

import pytest

from microharvest.errors import ConfigError
from microharvest.link.given import read_value


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("credits", "5 ECTS", b'[{"framework":"ECTS","points":5,"original":"5 ECTS"}]'),
        ("eqf_level", "5", b"5"),
        ("country", "Norway", b'"NO"'),
        ("country", '"no"', b'"NO"'),
        ("title", "en=Welding: a start", b'{"en":"Welding: a start"}'),
        ("title", '{"no":"Sveising","en":"Welding"}', b'{"en":"Welding","no":"Sveising"}'),
        ("workload_hours", "20", b"20"),
        ("languages", "en", b'["en"]'),
        ("prices", "null", b"null"),
        ("instances", '[{"start_date":"2026-09-01"}]', b'[{"start_date":"2026-09-01"}]'),
    ],
)
def test_values_are_normalised(field: str, text: str, value: bytes) -> None:
    assert read_value(field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("colour", "red"), ("credits", "5"), ("credits", "many"), ("country", "Nowhere"), ("eqf_level", "5,5"),
        ("eqf_level", "9"), ("title", "Welding"), ("instances", "2026"), ("credits", "[{}]"), ("credits", "[" * 9000),
        ("homepage", "nowhere"), ("title", "{"), ("country", ""), ("country", " "), ("basis", "{}"),
        ("title", "en=\x00"),
    ],
)  # fmt: skip
def test_doubtful_values_are_refused(field: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_value(field, text)
    assert refused.value.code == "decision.invalid"
