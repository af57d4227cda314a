from typing import Any

import pytest

from ecomcore.kernel.address import LONGEST_PART, Address
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import Personal


def an_address(**changes: Any) -> Address:
    return Address(
        **{
            "recipient": Personal("Ada Byron"),
            "lines": (Personal("12 St James's Square"),),
            "city": Personal("London"),
            "postcode": Personal("SW1Y 4JH"),
            "country": "GB",
            **changes,
        }
    )


def test_an_address_shows_the_country_and_nothing_that_leads_to_a_person() -> None:
    shown = repr(an_address(region="England", phone=Personal("+44 20 7946 0000")))

    assert "GB" in shown
    assert "England" in shown
    for private in ("Ada", "James", "London", "SW1Y", "7946"):
        assert private not in shown


def test_addresses_are_values() -> None:
    assert an_address() == an_address() != an_address(country="FR")
    assert hash(an_address()) == hash(an_address())
    assert an_address(lines=[Personal("a"), Personal("b")]).lines == (Personal("a"), Personal("b"))


@pytest.mark.parametrize(
    ("part", "bad"),
    [
        *((part, bad) for part in ("recipient", "city", "postcode") for bad in (None, "secret", Personal("secret\nx"))),
        ("recipient", Personal("secret" * LONGEST_PART)),
        ("phone", "secret"),
        ("phone", Personal("secret\tx")),
        ("lines", ()),
        ("lines", (Personal("secret"),) * 5),
        ("lines", "secret"),
        ("lines", (Personal("x"), Personal("secret\r\nx"))),
        ("lines", (Personal("x"), None)),
        *(("country", bad) for bad in ("gb", "GBR", "G", "", "ÄÖ", "G\n", None, 12)),
        ("region", ""),
        ("region", "a\0b"),
    ],
)
def test_a_bad_part_is_refused_by_name(part: str, bad: object) -> None:
    with pytest.raises(Invalid) as refusal:
        an_address(**{part: bad})

    assert refusal.value.field == part
    if bad != "secret":
        assert "secret" not in str(refusal.value)
