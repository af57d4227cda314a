"""Codes as they are typed, and as a batch makes a million of them: none twice, none to be guessed, all read back."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.ids import CouponBatchId
from ecomcore.promotions import CodeMaker, batch_coupon_id, canonical, coupon_id
from ecomcore.promotions.codes import BODY, MOST_NUMBERED, numbered
from ecomcore.testing.promotions import a_coupon_batch
from ecomcore.testing.strategies import texts

KEY = "00112233445566778899aabbccddeeff"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BATCH = CouponBatchId("batch")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SUMMER-10", "summer10"),
        (" sum mer10 ", "SUMMER10"),
        ("OIL", "011"),
        ("0ll", "oIL"),
        ("dankefür100", "DANKEFU\u0308R100"),
        ("\uff21\uff22\uff23", "abc"),
        ("a\u2010b\u2013c\u2014d", "abcd"),
        ("a\u00adb\u200bc", "abc"),
        ("straße", "STRASSE"),
    ],
)
def test_codes_that_look_alike_are_the_same_code(typed: str, meant: str) -> None:
    assert canonical(typed) == canonical(meant)
    assert coupon_id(typed) == coupon_id(meant)


@pytest.mark.parametrize(("one", "other"), [("ab", "ac"), ("tea1", "tea2"), ("für", "fur"), ("über", "uber")])
def test_codes_that_differ_in_a_letter_are_two(one: str, other: str) -> None:
    assert coupon_id(one) != coupon_id(other)


@given(texts(64))
def test_the_canonical_form_has_no_form_but_itself(code: str) -> None:
    plain = canonical(code)

    assert canonical(plain) == plain
    assert canonical(plain.upper()) == canonical(plain.upper().lower())
    assert canonical(f" {code}-") == plain


@given(texts(64))
def test_the_id_of_a_coupon_shows_nothing_of_its_code(code: str) -> None:
    id_ = coupon_id(code)

    assert len(id_) == 41
    assert id_.startswith("c")
    assert set(id_[1:]) <= set("0123456789abcdef")
    assert numbered(id_) is None


@given(st.binary(min_size=16, max_size=16), st.integers(1, MOST_NUMBERED), st.text("abcXYZ0", max_size=64))
def test_every_code_is_read_back_as_its_number(secret: bytes, number: int, batch: str) -> None:
    maker = CodeMaker(secret.hex(), CouponBatchId(batch))

    assert maker.number(maker.body(number)) == number


def test_a_million_codes_are_a_million_different_ones() -> None:
    maker = CodeMaker(KEY, BATCH)

    codes = {maker.body(number) for number in range(1, MOST_NUMBERED + 1)}

    assert len(codes) == MOST_NUMBERED
    assert {len(code) for code in random.Random(1).sample(sorted(codes), 1_000)} == {BODY}


def test_no_two_codes_of_a_batch_share_the_letters_that_hide_their_numbers() -> None:
    """So that no chance at all, not even one in 2**70, makes two of them equal."""
    maker = CodeMaker(KEY, BATCH)

    hidden = {maker._hidden(number) for number in range(1 << 20)}

    assert len(hidden) == 1 << 20


def test_codes_do_not_follow_each_other() -> None:
    maker = CodeMaker(KEY, BATCH)
    codes = [maker.body(number) for number in range(1, 1_001)]

    rising = sum(one < other for one, other in itertools.pairwise(codes))

    assert codes != sorted(codes)
    assert 400 < rising < 600
    assert len({code[:2] for code in codes}) > 600


def test_a_neighbour_of_a_code_is_no_code() -> None:
    batch = a_coupon_batch(size=MOST_NUMBERED)
    code = batch.code(17).replace("-", "")

    for place in range(len(batch.prefix), len(code)):
        for letter in set(ALPHABET) - {code[place]}:
            assert batch.number_of(code[:place] + letter + code[place + 1 :]) is None


def test_guesses_hit_nothing() -> None:
    batch, chance = a_coupon_batch(size=MOST_NUMBERED), random.Random(7)

    hits = [
        guess
        for guess in ("SAVE" + "".join(chance.choices(ALPHABET, k=BODY)) for _ in range(2_000))
        if batch.number_of(guess)
    ]

    assert hits == []


@pytest.mark.parametrize("other", [{"secret": "f" * 32}, {"id": "another"}, {"prefix": "SAFE"}])
def test_the_code_of_one_batch_is_nothing_to_another(other: dict[str, Any]) -> None:
    batch = a_coupon_batch()

    assert batch.number_of(batch.code(1)) == 1
    assert a_coupon_batch(**other).number_of(batch.code(1)) is None


def test_a_code_is_shown_in_groups_and_read_however_it_is_typed() -> None:
    batch = a_coupon_batch(prefix="Oil7")
    code = batch.code(42)
    mistyped = code.replace("0", "O").replace("1", "l").replace("-", " ").lower()

    assert [len(group) for group in code.split("-")] == [4, 6, 6, 6]
    assert code == code.upper()
    assert not set(code[5:]) & set("ILOU")
    assert batch.number_of(mistyped) == batch.number_of(code.replace("-", "")) == 42


def test_a_number_beyond_the_batch_is_no_code_of_it() -> None:
    small, large = a_coupon_batch(size=10), a_coupon_batch(size=11)

    assert large.number_of(large.code(11)) == 11
    assert small.number_of(large.code(11)) is None
    assert small.number_of(CodeMaker(small.secret, small.id).body(0)) is None


@given(texts(64))
def test_whatever_is_typed_it_is_no_code_of_the_batch(typed: str) -> None:
    assert a_coupon_batch().number_of(typed) is None


def test_the_id_of_a_code_tells_its_batch_and_number_and_not_the_code() -> None:
    batch = a_coupon_batch(prefix="OIL")

    assert batch.coupon(7) == batch_coupon_id("011", 7) == "b.011.7"
    assert numbered(batch.coupon(7)) == ("011", 7)
    assert batch.secret not in repr(batch)
