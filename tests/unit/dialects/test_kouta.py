"""Kouta: what belongs together is one record, glued numbers are no numbers, contact data stays behind."""

from __future__ import annotations

from typing import Any

import pytest

from microharvest.kit import Document, Draft, Record
from tests.unit.dialects.said import cut, said

K, T, H, ORG = (f"1.2.246.562.{kind}.0000000000000000000" for kind in ("13", "17", "20", "10"))


def documents(value: Any, **more: Any) -> list[tuple[Record, Draft]]:
    return cut("kouta", Document(value=value, **more))


def offer(**parts: Any) -> dict[str, Any]:
    ((_, draft),) = documents({"oid": K + "1", "nimi": {"fi": "N"}, **parts})
    return said(draft)


@pytest.mark.parametrize(
    "value",
    [
        {"oid": K + "1"},
        [{"oid": K + "1"}],
        {"total": 1, "hits": [{"oid": K + "1", "_score": 1}], "filters": {"oid": K + "9"}},
        {"hits": {"total": {"value": 1}, "hits": [{"_id": "x", "_source": {"oid": K + "1"}}]}},
        {"koulutukset": [{"oid": K + "1"}]},
    ],
)
def test_an_education_is_found_in_every_envelope(value: Any) -> None:
    ((record, draft),) = documents(value)
    assert (record.native_id, draft.refused) == (K + "1", None)


@pytest.mark.parametrize("value", [None, [], "x", 5, {"oid": 5}, {"oid": "1.2.3"}, {"oid": "1.2.246.562.99.1"}, [[[]]]])
def test_what_has_no_oid_of_the_register_gives_nothing(value: Any) -> None:
    assert documents(value) == []


def test_institutions_and_targets_alone_are_no_offers() -> None:
    found = documents([{"oid": ORG + "1", "nimi": {"fi": "I"}}, {"hakukohdeOid": H + "1", "toteutusOid": T + "1"}])
    assert [draft.refused for _, draft in found] == ["record.not_an_offer"] * 2


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"opintojenLaajuusNumero": 180120, "opintojenLaajuus": {"nimi": {"fi": "180+120"}}}, ["180+120"]),
        ({"opintojenLaajuusNumero": 180120}, ["180120"]),
        ({"opintojenLaajuusNumero": 60, "opintojenLaajuus": {"nimi": {"fi": "60"}}}, ["60"]),
        ({"opintojenLaajuusNumero": None, "opintojenLaajuus": {"nimi": {"fi": "5"}}}, ["5"]),
        ({"opintojenLaajuusNumeroMin": 3, "opintojenLaajuusNumeroMax": 3}, ["3"]),
        ({"opintojenLaajuusNumeroMin": 3, "opintojenLaajuusNumeroMax": 5}, ["3-5"]),
        ({}, None),
    ],
)
def test_the_size_is_said_as_it_stands(size: dict[str, Any], expected: list[str] | None) -> None:
    assert offer(metadata=size).get("credits") == expected


@pytest.mark.parametrize(
    ("unit", "field", "hint"),
    [
        ({"koodiUri": "opintojenlaajuusyksikko_2#1", "nimi": {"fi": "opintopistettä"}}, "credits", "ECTS"),
        ({"koodiUri": "opintojenlaajuusyksikko_6"}, "credits", "ECVET"),
        ({"koodiUri": "x", "nimi": {"fi": "Tuntia"}}, "workload", "hour"),
        ({"koodiUri": "x", "nimi": {"fi": "viikkoa"}}, "duration", "week"),
        ({"koodiUri": "x", "nimi": {"fi": "jotakin"}}, "credits", "jotakin"),
    ],
)
def test_the_unit_decides_what_the_number_is(unit: dict[str, Any], field: str, hint: str) -> None:
    ((_, draft),) = documents({"oid": K + "1", "opintojenLaajuusNumero": 5, "opintojenLaajuusyksikko": unit})
    (statement,) = (each for each in draft.statements if each.value == "5")
    assert (statement.field, statement.hints["unit"]) == (field, hint)


def test_a_carrying_out_joins_its_education_and_else_stands_alone() -> None:
    education = {"oid": K + "1", "nimi": {"fi": "E"}, "toteutukset": [{"oid": T + "1", "nimi": {"fi": "short"}}]}
    carried = [
        {"oid": T + "1", "koulutusOid": K + "1", "nimi": {"fi": "full"}, "metadata": {"kuvaus": {"fi": "told"}}},
        {"oid": T + "2", "koulutusOid": K + "2", "nimi": {"fi": "alone"}},
    ]
    (first, one), (second, other) = documents({"koulutus": education, "toteutukset": carried})
    assert (first.native_id, second.native_id) == (K + "1", T + "2")
    assert [instance["title"] for instance in said(one)["[instance]"]] == [["full"]]
    assert said(one)["description"] == ["told"]
    assert said(other)["part_of"] == [K + "2"]


def test_the_lists_item_fills_what_the_page_leaves_out() -> None:
    page = {"oid": K + "1", "nimi": {"fi": "P"}, "metadata": {"kuvaus": {}}}
    item = {"oid": K + "1", "nimi": {"fi": "item"}, "kuvaus": {"fi": "from the list"}, "opintojenLaajuusNumero": 5}
    ((record, draft),) = documents(page, context=item)
    assert said(draft)["title"] == ["P"]
    assert said(draft)["description"] == ["from the list"]
    assert said(draft)["credits"] == ["5"]
    assert list(record.unread()) == []
    ((record, _),) = documents(page, context={**item, "oid": K + "2"})
    assert b"from the list" not in record.raw


def test_contact_data_and_editors_are_not_even_bytes() -> None:
    person = {"nimi": "Joku Henkilö", "sahkoposti": "joku@example.fi"}
    value = {"oid": K + "1", "muokkaaja": person, "metadata": {"yhteyshenkilot": [person], "yhteystiedot": person}}
    ((record, _),) = documents(value)
    assert b"Joku" not in record.raw
    assert b"joku@" not in record.raw


def test_the_national_agency_is_no_provider_and_several_providers_are_none() -> None:
    agency = {"oid": "1.2.246.562.10.00000000001", "nimi": {"fi": "Opetushallitus"}}
    several = [{"oid": ORG + str(number), "nimi": {"fi": "P"}} for number in range(2)]
    assert "[provider]" not in offer(organisaatio=agency, tarjoajat=several)
    assert offer(organisaatio=agency, tarjoajat=several[:1])["[provider]"] == [
        {"name": ["P"], "identifier": [ORG + "0"]}
    ]


def test_a_season_is_no_day_and_a_targets_own_day_goes_first() -> None:
    day = {"koulutuksenAlkamispaivamaara": "2026-08-12"}
    year = {"koulutuksenAlkamiskausi": {"koodiUri": "kausi_s#1"}, "koulutuksenAlkamisvuosi": "2026"}
    value = {
        "oid": T + "1",
        "metadata": {"opetus": {"koulutuksenAlkamiskausi": year}},
        "hakutiedot": [
            {
                "hakukohteet": [
                    {"hakukohdeOid": H + "1", "koulutuksenAlkamiskausi": day},
                    {"hakukohdeOid": H + "2"},
                ]
            }
        ],
    }
    ((_, draft),) = documents(value)
    assert [instance["start_date"] for instance in said(draft)["[instance]"]] == [["2026-08-12"], ["2026"]]


def test_a_learners_credential_is_refused() -> None:
    ((record, draft),) = documents(
        {"credential": {"type": "VerifiableCredential", "credentialSubject": {"n": "Some One"}}}
    )
    assert draft.refused == "record.credential_refused"
    assert b"Some One" not in record.raw


def test_bare_codes_and_oids_are_read_like_objects() -> None:
    teaching = {"opetuskieliKoodiUrit": ["oppilaitoksenopetuskieli_4#1"], "opetustapaKoodiUrit": ["opetuspaikkakk_3#1"]}
    education = {
        "oid": K + "1",
        "nimi": {"fi": "N"},
        "tarjoajat": [ORG + "5"],
        "organisaatioOid": ORG + "6",
        "koulutuksetKoodiUri": ["koulutus_655101#1"],
        "metadata": {
            "opintojenLaajuusNumero": 5,
            "opintojenLaajuusyksikkoKoodiUri": "opintojenlaajuusyksikko_2#1",
            "koulutusalaKoodiUrit": ["kansallinenkoulutusluokitus2016koulutusalataso3_0613#1"],
            "lisatiedot": [{"otsikkoKoodiUri": "koulutuksenlisatiedot_12#1", "teksti": {"fi": "Content"}}],
        },
    }
    carried = {"oid": T + "1", "koulutusOid": K + "1", "nimi": {"fi": "N"}, "metadata": {"opetus": teaching}}
    ((record, draft),) = documents([education, carried])
    found = said(draft)
    assert (found["credits"], found["isced_f"], found["description"]) == (["5"], ["0613"], ["Content"])
    assert [each.hints for each in draft.statements if each.field == "credits"] == [{"unit": "ECTS"}]
    assert found["[provider]"] == [{"identifier": [ORG + "5"]}]
    (instance,) = (part for part in draft.parts if part.kind == "instance")
    assert [each.value for each in instance.statements if each.field == "languages"] == ["en"]
    (mode,) = (each for each in instance.statements if each.field == "mode")
    assert mode.value == mode.hints["uri"] == "http://data.europa.eu/snb/learning-assessment/920fbb3cbe"
    assert not list(record.unread())
    named: dict[str, Any] = {"opetustapa": [{"koodiUri": "opetuspaikkakk_3#1", "nimi": {"fi": "Verkossa"}}]}
    for rest in (teaching | named, teaching | {"opetustapa": []}):
        ((_, draft),) = documents([{**carried, "metadata": {"opetus": rest}}])
        (mode,) = (each for part in draft.parts for each in part.statements if each.field == "mode")
        assert mode.value == ("Verkossa" if rest["opetustapa"] else mode.hints["uri"])
