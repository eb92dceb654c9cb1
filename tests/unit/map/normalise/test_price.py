"""Prices and currencies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.normalise.currency import currency
from microharvest.map.normalise.price import price

EU = "http://publications.europa.eu/resource/authority/currency/"
NO_CURRENCY = ("price.no_currency",)


@pytest.mark.parametrize(
    ("said", "hint", "amount", "code", "basis"),
    [
        ("395", "GBP", "395", "GBP", "declared"),
        ("495.00", EU + "EUR", "495", "EUR", "declared"),
        ("12,5", "EUR", "12.5", "EUR", "declared"),
        ("1,200", "GBP", "1200", "GBP", "declared"),
        ("$1,234.56", "USD", "1234.56", "USD", "declared"),
        ("4 500 kr", "NOK", "4500", "NOK", "mapped"),
        ("EUR 1.200,50", None, "1200.5", "EUR", "declared"),
        ("GBP1550.00", None, "1550", "GBP", "declared"),
        ("NOK 4 500", None, "4500", "NOK", "declared"),
        ("1.200 EUR", None, "1200", "EUR", "declared"),
        ("1'200 CHF", None, "1200", "CHF", "declared"),
        ("1,234,567 EUR", None, "1234567", "EUR", "declared"),
        ("£1550", None, "1550", "GBP", "mapped"),
        ("€ 99,-", None, "99", "EUR", "mapped"),
        ("100 euros", None, "100", "EUR", "mapped"),
        ("Price: 20 USD", None, "20", "USD", "declared"),
        ("120 € inkl. MwSt", None, "120", "EUR", "mapped"),
        ("US$ 50", None, "50", "USD", "mapped"),
    ],
)
def test_price(said: str, hint: str | None, amount: str, code: str, basis: str) -> None:
    taken = price(said, hint)
    assert taken.value is not None
    assert (str(taken.value.amount), taken.value.currency, taken.basis, taken.issues) == (amount, code, basis, ())
    assert taken.value.original == (None if said == amount else said)


@pytest.mark.parametrize("said", ["free", "Gratis", "KOSTENLOS", "gratuit", "gratuito", "maksuton", "Free of charge."])
def test_free_is_an_amount_of_nothing(said: str) -> None:
    taken = price(said, None)
    assert taken.value is not None
    assert (taken.value.amount, taken.value.currency, taken.value.original) == (0, None, said)
    assert (taken.basis, taken.issues) == ("mapped", ())


@pytest.mark.parametrize(
    ("said", "amount"),
    [("0", "0"), ("1550", "1550"), ("12.50", "12.5"), ("$100", "100"), ("1 200 kr", "1200"), ("395.0000", "395")],
)
def test_an_amount_without_a_currency_is_kept(said: str, amount: str) -> None:
    taken = price(said, None)
    assert taken.value is not None
    assert (str(taken.value.amount), taken.value.currency, taken.issues) == (amount, None, NO_CURRENCY)


@pytest.mark.parametrize(
    "said",
    ["Ireland fee: GBP1550.00; Continental Europe fee: GBP2500.00", "100-200 EUR", "10 EUR 5 USD", "50/60 EUR",
     "members 10, others 20 " * 40],
)  # fmt: skip
def test_several_amounts_are_none(said: str) -> None:
    assert price(said, None) == (None, "declared", ("price.several",))


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("1.200", None),
        ("1,200", None),
        ("1.200", "EUR"),
        ("1,200", "EUR"),
        ("5.000 kr", None),
        ("UK fee: GBP495.00; ", None),
        ("from 100 EUR", None),
        ("Free for members", None),
        ("100 EUR per month", None),
        ("-5", "EUR"),
        ("50 %", None),
        ("Costs are paid per unit", None),
        ("0.5.5", "EUR"),
        ("100 EUR", "USD"),
        ("$100", "EUR"),
        ("12 kr", "EUR"),
        ("EUR USD 12", None),
        ("1.200 BHD", None),
        ("", None),
        ("9" * 400, "EUR"),
        ("9" * 30, "EUR"),
    ],
)
def test_doubtful_prices_are_refused(said: str, hint: str | None) -> None:
    assert price(said, hint) == (None, "declared", ("price.invalid",))


@pytest.mark.parametrize(
    ("said", "code"),
    [("EUR", "EUR"), ("eur", "EUR"), (EU + "NOK", "NOK"), ("€", "EUR"), ("Euro", "EUR"), ("zł", "PLN")],
)
def test_currency(said: str, code: str) -> None:
    assert currency(said, None).value == code


@pytest.mark.parametrize("said", ["$", "kr", "XXX", "", "E" * 200])
def test_no_currency(said: str) -> None:
    assert currency(said, None) == (None, "declared", NO_CURRENCY)


@given(st.text("0123456789.,' -/€$krEURfree%", max_size=20), st.sampled_from([None, "EUR", "kr", "NOK", ""]))
def test_an_amount_is_never_negative(said: str, hint: str | None) -> None:
    taken = price(said, hint)
    assert taken.value is None or taken.value.amount >= 0
    assert taken.value is not None or taken.issues
