"""What the adapter decides itself: which countries it knows, and what counts as an id at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore_stdnum import EuVatIds

KNOWN = {
    "Austria": "ATU57194903",
    "Belgium": "BE 0697.449.992",
    "Bulgaria": "BG 175 074 752",
    "Switzerland": "CHE-107.787.577 IVA",
    "Cyprus": "CY-10259033P",
    "Germany": "DE 136/695/976",
    "France": "Fr 40 303 265 045",
    "Great Britain": "GB 980 7806 84",
    "Greece": "EL 094259216",
    "Greece, by its country": "GR 094259216",
    "Italy": "IT 00743110157",
    "Netherlands": "NL004495445B01",
    "Norway": "NO 995 525 828 MVA",
    "Northern Ireland": "XI 980 7806 84",
}
DIGITS = st.text("0123456789", min_size=1, max_size=12)


@pytest.mark.parametrize("vat_id", KNOWN.values(), ids=KNOWN.keys())
def test_an_id_of_a_country_it_knows_is_valid(vat_id: str) -> None:
    assert EuVatIds().is_valid(vat_id)


@pytest.mark.parametrize(
    "vat_id", ["ATU57194904", "DE136695977", "CHE-107.787.578 IVA", "NO995525829MVA", "GB980780685"]
)
def test_an_id_with_a_wrong_check_digit_is_not_valid(vat_id: str) -> None:
    assert not EuVatIds().is_valid(vat_id)


@pytest.mark.parametrize("vat_id", ["136695976", "094259216", "980780684", "00743110157"])
def test_an_id_without_its_country_is_not_valid(vat_id: str) -> None:
    assert not EuVatIds().is_valid(vat_id)


@pytest.mark.parametrize("vat_id", ["EU372022452", "EU528002224", "IM3720000224"])
def test_an_id_of_a_one_stop_shop_is_not_that_of_a_buyer(vat_id: str) -> None:
    assert not EuVatIds().is_valid(vat_id)


@given(country=st.sampled_from(["US", "RU", "TR", "UA", "AU", "JP", "ZZ"]), digits=DIGITS)
def test_no_id_of_another_country_is_valid(country: str, digits: str) -> None:
    assert not EuVatIds().is_valid(country + digits)


@given(digits=DIGITS)
def test_of_ten_german_numbers_that_differ_in_the_check_digit_one_is_valid(digits: str) -> None:
    first = "1" + digits.ljust(7, "0")[:7]

    assert sum(EuVatIds().is_valid(f"DE{first}{check}") for check in range(10)) == 1
