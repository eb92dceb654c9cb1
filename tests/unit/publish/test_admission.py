"""Each rule withholds with its own reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Credits, Microcredential
from microharvest.publish.admission import REASONS, withheld_because
from microharvest.settings import PublishSettings

FINE: dict[str, Any] = {"title": {"en": "Welding"}, "provider": Organisation(name={"en": "OsloMet"})}
TEN = (Credits(framework="ects", points=Decimal(10)),)
TWENTY_CATS = (
    Credits(framework="CATS", points=Decimal(20)),
    Credits(framework="ECTS", points=Decimal(10), original="20", derived=True),
)


@pytest.mark.parametrize(
    ("changed", "rules", "reason"),
    [
        ({}, {}, None),
        ({"title": {}}, {}, "incomplete.title"),
        ({"title": {"en": " "}}, {}, "incomplete.title"),
        ({"provider": Organisation(city="Oslo")}, {}, "incomplete.provider"),
        ({"is_microcredential": Microcredential(value="no")}, {}, "microcredential.no"),
        ({}, {"microcredential": ("yes",)}, "microcredential.undecided"),
        ({"status": "To-Be-Reviewed"}, {}, "status"),
        ({"status": "released"}, {}, None),
        ({"credits": TEN}, {"max_credits": 5.0}, "credits"),
        ({"credits": TEN}, {"max_credits": 10.0}, None),
        ({"credits": TEN, "is_microcredential": Microcredential(value="yes")}, {"max_credits": 5.0}, None),
        ({"credits": TWENTY_CATS}, {"max_credits": 5.0}, "credits.derived"),
        ({"credits": TWENTY_CATS}, {"max_credits": 10.0}, None),
        ({"credits": TWENTY_CATS}, {}, None),
        ({"credits": TWENTY_CATS, "is_microcredential": Microcredential(value="yes")}, {"max_credits": 5.0}, None),
        ({"credits": (Credits(framework="ECTS", points=Decimal(4)), *TWENTY_CATS)}, {"max_credits": 5.0}, None),
        ({}, {"require": ("country",)}, "incomplete.country"),
    ],
)
def test_rules(changed: dict[str, Any], rules: dict[str, Any], reason: str | None) -> None:
    assert withheld_because(Offer(**(FINE | changed)), PublishSettings(**rules)) == reason
    assert reason is None or reason in REASONS
