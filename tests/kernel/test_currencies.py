import iso4217

from ecomcore.kernel.currencies import EXPONENTS, PUBLISHED


def test_the_table_is_the_published_list_of_currencies_that_have_a_minor_unit() -> None:
    published = {it.code: it.exponent for it in iso4217.Currency if it.exponent is not None}

    assert published == EXPONENTS
    assert iso4217.__published__.isoformat() == PUBLISHED


def test_currencies_have_their_own_number_of_decimals() -> None:
    assert [EXPONENTS[code] for code in ("EUR", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    assert "XAU" not in EXPONENTS
