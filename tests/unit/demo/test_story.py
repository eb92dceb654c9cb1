"""Side by side: who gave a value, who agrees, what lost."""

from __future__ import annotations

from decimal import Decimal

from microharvest.demo.story import tell
from microharvest.model.golden import Contribution, golden
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.values import Credits, Price
from microharvest.settings import MergeSettings


def test_every_cell_says_what_became_of_it() -> None:
    five = (Credits(framework="ECTS", points=Decimal(5)),)
    said = {
        ("own", "1"): Offer(title={"fi": "Metsä", "en": "Forest"}, prices=(Price(amount=Decimal(0), currency="EUR"),)),
        ("state", "9"): Offer(title={"fi": "Metsä"}, credits=five),
        ("hub", "x"): Offer(title={"en": "Woods"}, credits=five, prices=(Price(amount=Decimal(30), currency="EUR"),)),
    }
    authority = {"own": "provider", "state": "national", "hub": "aggregator"}
    members = [
        Contribution(source=source, native_id=one, version=1, at="2026", authority=authority[source], offer=offer)  # type: ignore[arg-type]
        for (source, one), offer in said.items()
    ]
    offer, provenance = golden(members, MergeSettings())
    story = tell("mh-1", encode_offer(offer), provenance, said)
    rows = {row.name: row for row in story.rows}
    assert story.title == "Forest"
    assert [cell.part for cell in rows["Title"].cells] == ["gave", "same", "lost"]
    assert rows["Title"].cells[2].lines == [("en: Woods", False)]
    assert [cell.part for cell in rows["Credits"].cells] == ["empty", "gave", "same"]
    assert rows["Credits"].golden == ["5 ECTS"]
    assert [cell.part for cell in rows["Price"].cells] == ["gave", "empty", "lost"]
    assert rows["Price"].golden == ["free"]
    assert "Description" not in rows
