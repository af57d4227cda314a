"""Codes of gift cards, and that no number of a payment card comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import AccountId
from ecomcore.wallet import SavePaymentMethod, SharedKey, code_hash, derived_code, has_card_number

KEY = b"k" * 32
CARD = AccountId("card")


@given(key=st.binary(min_size=32, max_size=40), account=st.text("ab1-", min_size=1), edition=st.integers(0, 5))
def test_a_code_is_of_a_hundred_bits_and_the_same_however_it_is_typed(key: bytes, account: str, edition: int) -> None:
    code = derived_code(key, AccountId(account), edition)

    assert len(code.replace("-", "")) == 20
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert code_hash(typed) == code_hash(code)
    assert code == derived_code(key, AccountId(account), edition)


def test_another_key_another_account_and_another_edition_make_another_code() -> None:
    codes = {
        derived_code(key, account, edition)
        for key in (KEY, b"x" * 32)
        for account in (CARD, AccountId("other"))
        for edition in range(3)
    }

    assert len(codes) == 12


@pytest.mark.parametrize("text", ["", "short", "U" * 20, "x" * 21, "\0" * 20, "\u00e9" * 20])
def test_what_can_be_no_code_has_no_hash(text: str) -> None:
    assert code_hash(text) is None


@pytest.mark.parametrize("key", [b"", b"k" * 31, "k" * 32, None, 5])
def test_a_short_key_is_refused_and_not_shown(key: object) -> None:
    with pytest.raises(Invalid) as refusal:
        SharedKey(key)  # type: ignore[arg-type]  # the point of it

    assert (refusal.value.field, refusal.value.value) == ("value", "(hidden)")
    assert repr(KEY) not in repr(SharedKey(KEY))


CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "card: 4000056655665556!",
    "378282246310005",
    "6011 1111 1111 1117 12/30 123",
    "4242424242424242 123",
    "\uff14\uff12\uff14\uff12 4242 4242 4242",
    "4242\u20134242\u20134242\u20134242",
    "tok_4242424242424242",
]


@pytest.mark.parametrize("text", CARDS)
@pytest.mark.parametrize("field", ["token", "label"])
def test_a_card_number_is_refused_by_its_field_and_not_shown(field: str, text: str) -> None:
    given_ = {"token": "tok", "label": "Visa", field: text}

    with pytest.raises(Invalid) as refusal:
        SavePaymentMethod("card", **given_)  # type: ignore[arg-type]

    assert refusal.value.field == field
    assert refusal.value.value == "(hidden)"
    assert text not in str(refusal.value) + repr(refusal.value)


@pytest.mark.parametrize(
    "text", ["Visa ending 4242", "4242424242424241", "pm_1NG8Du2eZvKYlo2C", "12345678901", "42424242 x 42424242"]
)
def test_what_is_no_card_number_is_taken(text: str) -> None:
    assert not has_card_number(text)


@given(st.text("0123456789", min_size=11, max_size=18))
def test_a_card_number_is_told_by_its_check_digit(digits: str) -> None:
    found = [check for check in "0123456789" if has_card_number(digits + check)]

    assert len(found) == 1


def test_a_token_never_shows_in_the_command() -> None:
    assert "secret-token" not in repr(SavePaymentMethod("card", "secret-token", "Visa"))
