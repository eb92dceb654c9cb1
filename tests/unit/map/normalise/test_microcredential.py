"""What says that an offer is a microcredential."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.microcredential import declared_microcredential, names_degree, names_microcredential


@pytest.mark.parametrize(
    "label",
    ["Micro-credential", "microcredential", "MicroCredential", "Microcredenciales", "Mikrozertifikat",
     "micro-certification",
     "Microcredenziale", "micro‑crédential", "Mikrokvalifikation", "mikropoświadczenie", "μικροδιαπιστευτήρια",
     "микроквалификация", "University micro credential (5 ECTS)", "pieni osaamiskokonaisuus", "Mikrokvalifikacija",
     "mikrokredenciale", "micro_credential_certificate", "ceterms:MicroCredential", "mikroyeterlilik",
     "Mikromeritering"],
)  # fmt: skip
def test_names(label: str) -> None:
    assert names_microcredential(label)


@pytest.mark.parametrize(
    "label",
    [
        "Microbiology",
        "microcredit",
        "Mikrokredit",
        "Mikroökonomie",
        "micromasters",
        "Certificate",
        "Microsoft Certified",
        "MOOC",
        "Nanodegree",
        "",
    ],
)
def test_other_names(label: str) -> None:
    assert not names_microcredential(label)


@pytest.mark.parametrize(
    ("said", "answer"),
    [("TRUE", True), ("1", True), ("OUI", True), ("t", True), ("Micro-credential", True), ("No", False), ("0", False),
     ("false", False), ("perhaps", None), ("", None)],
)  # fmt: skip
def test_declared(said: str, answer: bool | None) -> None:
    assert declared_microcredential(said) is answer


@pytest.mark.parametrize(
    ("label", "answer"),
    [("Master's degree", True), ("PhD", True), ("Associate's Degree", True), ("bachelor", True),
     ("MSc in Earth Science", True), ("BA (Hons) Childhood and Youth Studies", True), ("MBA", True),
     ("Master of Science (Technology)", True), ("Foundation Degree in Operating Department Practice", True),
     ("MBA essentials", False), ("MSc module", False), ("MA", False), ("Basic welding", False),
     ("Master of ceremonies", False), ("Postgraduate Certificate in Education", False),
     ("Master class", False), ("Master level", False), ("grundnivå", False), ("second cycle", False),
     ("Certificate of Completion", False), ("Mastering Python", False), ("", False)],
)  # fmt: skip
def test_degrees(label: str, answer: bool) -> None:
    assert names_degree(label) is answer
