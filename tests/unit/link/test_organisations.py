"""Which names are one organisation: a slip of the pen is, another word in its place is not."""

from __future__ import annotations

import pytest

from microharvest.link.organisations import Node, fold_organisation, node_key, resolve


def one_organisation(*names: str) -> bool:
    nodes = [Node(*fold_organisation(name), (), "AT", "") for name in names]
    return len(set(resolve({node_key(node): node for node in nodes}).values())) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Limerick Education and Training Board", "Limerick Educaton and Trainng Board"),
        ("Villach School of Business", "Villach Schoolof Business"),
        ("Galway Education and Raining Board", "Galway Education and Training Board"),
        ("Bildungszentrum für Gestaltung Ulm", "Bildungszentrum für Gestaltung Lm"),
    ],
)
def test_slips_of_the_pen_are_one(one: str, other: str) -> None:
    assert one_organisation(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Institut universitaire de technologie de Lille", "Institut universitaire de technologie de Lyon"),
        ("Harbour Island Community College - Harbour City", "Harbour Island Community College - HMCH"),
        ("Jena University of Applied Sciences", "Mainz University of Applied Sciences"),
        ("Adult Education College North", "Adult Education College South"),
        ("Berufsschule für Gestaltung 12", "Berufsschule für Gestaltung 13"),
    ],
)
def test_another_place_is_another_organisation(one: str, other: str) -> None:
    assert not one_organisation(one, other)
