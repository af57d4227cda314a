import pickle
import re
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import assume, given
from hypothesis import strategies as st

from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.errors import Invalid, Refused
from ecomcore.kernel.money import (
    MAX_MINOR,
    Currency,
    CurrencyMismatch,
    Money,
    Price,
    Rounding,
    a_positive_amount,
    allocate,
    allocate_minor,
    an_amount,
    currency,
    divide,
    exponent,
    format_money,
    money_sum,
    parse_money,
)
from ecomcore.kernel.quantity import MAX_QUANTITY

EUR, USD, JPY, KWD, CLF = map(Currency, ("EUR", "USD", "JPY", "KWD", "CLF"))

currencies = st.sampled_from(sorted(EXPONENTS)).map(Currency)
euros = st.integers(-(10**15), 10**15).map(lambda minor: Money(minor, EUR))
amounts = st.builds(Money, st.integers(-MAX_MINOR, MAX_MINOR), currencies)
weightings = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@given(euros, euros, euros)
def test_amounts_of_one_currency_add_up_like_numbers(a: Money, b: Money, c: Money) -> None:
    zero = Money.zero(EUR)

    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + zero == a == zero + a
    assert a + -a == zero == a - a
    assert a - b == a + -b
    assert a * 3 == a + a + a == 3 * a
    assert abs(a) == max(a, -a)
    assert money_sum([a, b, c], EUR) == a + b + c
    assert money_sum([], EUR) == zero


@given(euros, euros)
def test_amounts_of_one_currency_compare_like_numbers(a: Money, b: Money) -> None:
    assert (a < b, a <= b, a > b, a >= b) == (
        a.minor < b.minor,
        a.minor <= b.minor,
        a.minor > b.minor,
        a.minor >= b.minor,
    )
    assert (a == b) is (a.minor == b.minor)
    assert (a.is_zero, a.is_negative) == (a.minor == 0, a.minor < 0)
    assert sorted([a, b])[0] == min(a, b)


MIXES: list[Callable[[Money, Money], object]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    lambda a, b: money_sum([a, b], a.currency),
]


@pytest.mark.parametrize("mix", MIXES)
def test_amounts_of_two_currencies_do_not_mix(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrencyMismatch) as refusal:
        mix(Money(1, EUR), Money(1, USD))

    assert isinstance(refusal.value, Refused)
    assert {refusal.value.left, refusal.value.right} == {"EUR", "USD"}
    assert "do not mix" in str(refusal.value)


def test_amounts_of_two_currencies_are_simply_not_equal() -> None:
    assert Money(0, EUR) != Money(0, USD)
    assert Money(1, EUR) != object()


@pytest.mark.parametrize("other", [1, 1.5, "1", None, True])
def test_amounts_do_not_mix_with_bare_numbers(other: Any) -> None:
    one = Money(1, EUR)

    for mix in MIXES[:6]:
        with pytest.raises(TypeError):
            mix(one, other)
        with pytest.raises(TypeError):
            mix(other, one)


@pytest.mark.parametrize("factor", [1.5, True, "2", None, Fraction(1, 2)])
def test_an_amount_is_multiplied_by_whole_numbers_only(factor: Any) -> None:
    with pytest.raises(TypeError):
        Money(1, EUR) * factor
    with pytest.raises(TypeError):
        factor * Money(1, EUR)


@pytest.mark.parametrize("minor", [1.0, True, "1", None, MAX_MINOR + 1, -MAX_MINOR - 1, float("nan")])
def test_an_amount_is_a_whole_number_of_minor_units(minor: Any) -> None:
    with pytest.raises(Invalid, match=r"^minor: "):
        Money(minor, EUR)


@pytest.mark.parametrize("code", ["eur", "EU", "", "EURO", "XXX", "XAU", "EUR ", None, 978, ["EUR"], {}])
def test_a_currency_is_an_upper_case_code_that_has_a_minor_unit(code: Any) -> None:
    with pytest.raises(Invalid, match=r"^currency: "):
        Money(1, code)
    with pytest.raises(Invalid, match=r"^paid_in: "):
        currency(code, "paid_in")


def test_a_known_currency_is_kept_with_its_decimals() -> None:
    assert currency("EUR") == EUR
    assert [exponent(code) for code in (EUR, JPY, KWD, CLF)] == [2, 0, 3, 4]


def test_an_amount_does_not_grow_beyond_what_a_ledger_holds() -> None:
    most = Money(MAX_MINOR, EUR)

    assert -most + most == Money.zero(EUR)
    with pytest.raises(Invalid):
        most + Money(1, EUR)
    with pytest.raises(Invalid):
        most * 2


def test_amounts_are_values() -> None:
    one = Money(1, EUR)

    assert len({one, Money(1, EUR), Money(1, USD)}) == 2
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 our own bytes
    with pytest.raises(AttributeError):
        one.minor = 2  # type: ignore[misc] # that is the point


# Splitting


@given(euros, weightings)
def test_a_split_loses_no_cent_and_gives_each_part_its_share_within_one_cent(amount: Money, weights: list[int]) -> None:
    parts = allocate(amount, weights)

    total = sum(weights)
    assert len(parts) == len(weights)
    assert money_sum(parts, EUR) == amount
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(amount.minor * weight, total) if total else Fraction(amount.minor, len(weights))
        assert abs(part.minor - exact) < 1
        if total and not weight:
            assert part.is_zero


@given(euros, weightings)
def test_a_negative_amount_splits_as_the_mirror_image(amount: Money, weights: list[int]) -> None:
    assert allocate(-amount, weights) == tuple(-part for part in allocate(amount, weights))


@given(st.integers(0, 10**12), weightings)
def test_a_greater_weight_never_gets_less(minor: int, weights: list[int]) -> None:
    shares = sorted(zip(weights, allocate_minor(minor, weights), strict=True))

    assert [part for _, part in shares] == sorted(part for _, part in shares)


@given(st.integers(0, 10**12), weightings, st.randoms())
def test_the_order_of_the_parts_matters_only_where_remainders_tie(minor: int, weights: list[int], random: Any) -> None:
    total = sum(weights)
    assume(total)
    assume(len({minor * weight % total for weight in weights}) == len(weights))
    order = random.sample(range(len(weights)), len(weights))

    straight = allocate_minor(minor, weights)
    shuffled = allocate_minor(minor, [weights[place] for place in order])

    assert shuffled == [straight[place] for place in order]


def test_of_parts_that_tie_the_earlier_gets_the_cent() -> None:
    assert allocate_minor(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate_minor(101, [1, 1, 1]) == [34, 34, 33]
    assert allocate_minor(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate_minor(10, [1, 2, 1]) == [3, 5, 2]


def test_parts_without_weight_get_nothing_unless_no_part_has_any() -> None:
    assert allocate_minor(5, [0, 1, 0, 1]) == [0, 3, 0, 2]
    assert allocate_minor(5, [0, 0]) == [3, 2]
    assert allocate_minor(0, [3, 4]) == [0, 0]


@pytest.mark.parametrize("weights", [[], (), [1, -1], [1.0], [True, 1], ["1"], [None]])
def test_a_split_by_what_is_no_weight_is_refused(weights: Any) -> None:
    with pytest.raises(Invalid, match=r"^weights: "):
        allocate(Money(1, EUR), weights)


# Rounding


@given(st.integers(), st.integers().filter(bool))
def test_rounding_is_exact_and_mirrors_at_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    size, sign = abs(exact), -1 if exact < 0 else 1

    assert divide(numerator, denominator, Rounding.DOWN) == sign * floor(size)
    assert divide(numerator, denominator, Rounding.UP) == sign * ceil(size)
    assert divide(numerator, denominator, Rounding.HALF_EVEN) == round(exact)
    assert divide(numerator, denominator, Rounding.HALF_UP) == sign * floor(size + Fraction(1, 2))


@pytest.mark.parametrize(
    ("halves", "half_up", "half_even", "down", "up"),
    [
        (1, 1, 0, 0, 1),
        (3, 2, 2, 1, 2),
        (5, 3, 2, 2, 3),
        (-1, -1, 0, 0, -1),
        (-3, -2, -2, -1, -2),
        (4, 2, 2, 2, 2),
    ],
)
def test_halves_go_where_the_rounding_says(halves: int, half_up: int, half_even: int, down: int, up: int) -> None:
    assert divide(halves, 2, Rounding.HALF_UP) == half_up
    assert divide(halves, 2, Rounding.HALF_EVEN) == half_even
    assert divide(halves, 2, Rounding.DOWN) == down
    assert divide(halves, 2, Rounding.UP) == up


def test_nothing_is_divided_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, Rounding.UP)


# Prices


@given(st.integers(0, 10**6), st.integers(1, 10**4), st.integers(0, 10**6))
def test_a_price_costs_its_exact_share_rounded_once(minor: int, per: int, quantity: int) -> None:
    exact = Fraction(minor * quantity, per)

    assert Price(Money(minor, EUR), per).total(quantity) == Money(round(exact), EUR)
    assert Price(Money(minor, EUR), per).total(quantity, Rounding.UP) == Money(ceil(exact), EUR)


def test_a_price_below_one_cent_a_piece_stays_exact() -> None:
    screws = Price(Money(89, EUR), per=100)

    assert screws.total(1_000) == Money(890, EUR)
    assert screws.total(1) == Money(1, EUR)
    assert Price(Money(89, EUR)).total(3) == Money(267, EUR)


@pytest.mark.parametrize("amount", [Money(-1, EUR), 100, None, "1.00"])
def test_a_price_is_an_amount_that_is_not_negative(amount: Any) -> None:
    with pytest.raises(Invalid, match=r"^amount: "):
        Price(amount)


@pytest.mark.parametrize("per", [0, -1, MAX_QUANTITY + 1, 1.0, True, None])
def test_a_price_is_for_at_least_one_unit(per: Any) -> None:
    with pytest.raises(Invalid, match=r"^per: "):
        Price(Money(1, EUR), per)


@frozen
class Charge:
    paid: Money = field(default=Money(1, EUR), validator=a_positive_amount)
    tip: Money = field(default=Money(0, EUR), validator=an_amount)


def test_fields_that_hold_amounts_refuse_by_name() -> None:
    assert Charge().tip.is_zero
    for bad in (Money(0, EUR), Money(-1, EUR), 1, None):
        with pytest.raises(Invalid, match=r"^paid: "):
            Charge(paid=bad)  # type: ignore[arg-type] # what the outside sends
    for worse in (Money(-1, EUR), 1, None):
        with pytest.raises(Invalid, match=r"^tip: "):
            Charge(tip=worse)  # type: ignore[arg-type] # what the outside sends


# Decimal text


@given(amounts)
def test_what_is_written_is_read_back(amount: Money) -> None:
    text, code = format_money(amount).split(" ")

    assert code == amount.currency
    assert parse_money(text, amount.currency) == amount
    assert Fraction(text) * 10 ** exponent(amount.currency) == amount.minor
    assert str(amount) == format_money(amount)


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [
        ("12.34", EUR, 1234),
        ("-0.5", EUR, -50),
        ("0", EUR, 0),
        ("-0.00", EUR, 0),
        ("7", EUR, 700),
        ("1234", JPY, 1234),
        ("0.001", KWD, 1),
        ("0.0001", CLF, 1),
        ("92233720368547758.07", EUR, MAX_MINOR),
    ],
)
def test_plain_decimal_text_is_an_amount(text: str, code: Currency, minor: int) -> None:
    assert parse_money(text, code) == Money(minor, code)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-",
            ".",
            "1.",
            ".5",
            "+1",
            "--1",
            "1e3",
            "1E3",
            "1,00",
            "1.000,00",
            "1 000",
            "1_000",
            " 1",
            "1\n",
        ),
        *(
            "01",
            "00",
            "1.234",
            "1.000",
            "1.2.3",
            "0x10",
            "NaN",
            "Infinity",
            "-inf",
            "١٢",
            "\uff11",
            "½",
            "1.٣",
            "€1",
            "1 EUR",
        ),
        *("92233720368547758.08", "9" * 5_000, "1." + "0" * 5_000, "1\0", b"1", 1, 1.5, None, True),
    ],
)
def test_any_other_text_is_refused_by_name(text: Any) -> None:
    with pytest.raises(Invalid, match=r"^price: "):
        parse_money(text, EUR, "price")


@given(st.text("0123456789.-+eE_, ", max_size=12))
def test_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        amount = parse_money(text, EUR)
    except Invalid:
        assert not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]{1,2})?", text)
    else:
        assert amount.minor == Fraction(text) * 100


def test_a_currency_without_decimals_takes_none() -> None:
    with pytest.raises(Invalid, match=r"decimal text in JPY such as 12$"):
        parse_money("1.0", JPY)


def test_amounts_are_written_the_same_everywhere() -> None:
    assert format_money(Money(5, EUR)) == "0.05 EUR"
    assert format_money(Money(-1234, EUR)) == "-12.34 EUR"
    assert format_money(Money(1234567, JPY)) == "1234567 JPY"
    assert format_money(Money(1, CLF)) == "0.0001 CLF"
