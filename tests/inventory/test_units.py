"""Units of measure: amounts in cases and kilograms are whole pieces and grams, exactly or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    BaseUnitInUse,
    CorrectStock,
    DefineUnits,
    FinerThanBase,
    GetUnits,
    ListStock,
    OpenLocation,
    ReceiveStock,
    StockLine,
    UnitOfMeasure,
    UnitsDefined,
    UnitsView,
    VariantUnits,
    in_base,
    shown,
)
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Event, Staff
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.ordering import CartLine, PlaceOrder, RecordManualPayment
from ecomcore.testing import ShopKit, a_price, a_shop, euros, reading
from tests.support.refusals import refused

TEA = VariantId("tea")
CASE, KILO, POUND = UnitOfMeasure("case", 12), UnitOfMeasure("kg", 1000), UnitOfMeasure("lb", 500)
PIECES = VariantUnits(id=TEA, base="piece", units=(CASE,))
GRAMS = VariantUnits(id=TEA, base="g", units=(KILO, POUND))


@pytest.fixture
def kit() -> ShopKit:
    return a_shop(products=0)


def told(kit: ShopKit) -> list[Event]:
    with reading(kit.persistence) as work:
        return [each.event for each in work.outbox.history("VariantUnits", TEA)]


# Amounts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "amount", "unit", "expected"),
    [
        (PIECES, "5", "piece", 5),
        (PIECES, "2", "case", 24),
        (PIECES, "0.5", "case", 6),
        (PIECES, "0.25", "case", 3),
        (GRAMS, "1.5", "kg", 1500),
        (GRAMS, "0.001", "kg", 1),
        (GRAMS, "1.5000", "kg", 1500),
        (GRAMS, "0", "kg", 0),
        (GRAMS, "1000000", "kg", MAX_QUANTITY),
    ],
)
def test_an_amount_is_a_whole_number_of_base_units(units: VariantUnits, amount: str, unit: str, expected: int) -> None:
    assert in_base(units, amount, unit) == expected


@pytest.mark.parametrize(
    ("units", "amount", "unit"), [(GRAMS, "0.0005", "kg"), (PIECES, "0.1", "case"), (PIECES, "0.5", "piece")]
)
def test_what_is_finer_than_the_base_unit_is_refused_by_its_field(units: VariantUnits, amount: str, unit: str) -> None:
    with pytest.raises(FinerThanBase) as refusal:
        in_base(units, amount, unit, "lines[2].amount")

    assert (refusal.value.field, refusal.value.value) == ("lines[2].amount", amount)
    assert (refusal.value.unit, refusal.value.base) == (unit, units.base)
    assert isinstance(refusal.value, Invalid)


@pytest.mark.parametrize(
    "amount", ["", "-1", "+1", "1,5", "1e3", ".5", "1.", "01", " 1", "\u0661", "1.0000000000", 5, 1.5, None]
)
def test_what_is_no_decimal_text_is_refused_by_its_field(amount: object) -> None:
    with pytest.raises(Invalid, match="weight"):
        in_base(GRAMS, amount, "kg", "weight")


def test_more_than_a_quantity_can_be_is_refused() -> None:
    with pytest.raises(Invalid, match="at most"):
        in_base(GRAMS, "1000000.001", "kg")


def test_a_unit_that_the_variant_does_not_have_is_refused_with_those_it_has() -> None:
    with refused(Invalid("lines[0].amount", "oz", "one of g, kg, lb")):
        in_base(GRAMS, "1", "oz", "lines[0].amount")
    with refused(Invalid("unit", "oz", "one of g, kg, lb")):
        shown(GRAMS, 1, "oz")


@pytest.mark.parametrize("unit", [["kg"], None, 5])
def test_a_unit_that_is_no_text_is_refused_by_its_field(unit: object) -> None:
    with refused(Invalid("weight", unit, "one of g, kg, lb")):
        in_base(GRAMS, "1", unit, "weight")


@pytest.mark.parametrize(
    ("units", "quantity", "unit", "expected"),
    [
        (GRAMS, 1500, "kg", "1.5 kg"),
        (GRAMS, 1, "kg", "0.001 kg"),
        (GRAMS, 2000, "kg", "2 kg"),
        (GRAMS, 0, "kg", "0 kg"),
        (GRAMS, -250, "lb", "-0.5 lb"),
        (PIECES, 15, "piece", "15 piece"),
        (PIECES, 24, "case", "2 case"),
        (PIECES, 15, "case", "1 case + 3 piece"),
        (PIECES, 5, "case", "5 piece"),
        (PIECES, -15, "case", "-1 case + 3 piece"),
        (PIECES, 0, "case", "0 case"),
    ],
)
def test_a_quantity_is_shown_exactly(units: VariantUnits, quantity: int, unit: str, expected: str) -> None:
    assert shown(units, quantity, unit) == expected


@given(st.integers(0, MAX_QUANTITY), st.sampled_from(["g", "kg", "lb"]))
def test_what_is_shown_in_decimals_is_read_again(quantity: int, unit: str) -> None:
    amount, _, named = shown(GRAMS, quantity, unit).partition(" ")

    assert in_base(GRAMS, amount, named) == quantity


@given(st.integers(0, MAX_QUANTITY), st.integers(1, MAX_QUANTITY))
def test_the_parts_that_are_shown_add_up(quantity: int, size: int) -> None:
    units = VariantUnits(id=TEA, base="piece", units=(UnitOfMeasure("box", size),))

    parts = [part.partition(" ") for part in shown(units, quantity, "box").split(" + ")]

    scale = 10**30  # of more decimals than a size needs
    total = 0
    for amount, _, unit in parts:
        whole, _, decimals = amount.partition(".")
        total += int(whole + decimals.ljust(30, "0")) * units.size(unit)
    assert total == quantity * scale


# Definitions -------------------------------------------------------------------------------------------------------


def test_a_till_sells_two_and_a_half_kilograms_at_the_price_of_a_kilogram() -> None:
    kit = a_shop(products=1, stock=0, price=a_price(1_80, per=1_000))
    (flour,) = kit.variants
    kit.staff.handle(DefineUnits(flour, "g", (KILO,)))
    till = kit.shop.desk(Staff("tilly", frozenset(("*",))), channel="till")
    units = till.ask(GetUnits(flour))
    kit.staff.handle(ReceiveStock(kit.location, (StockLine(flour, units.quantity("10", "kg")),)))

    line = CartLine(flour, units.quantity("2.5", "kg"))
    order = till.handle(PlaceOrder((line,), euros(4_50), location=kit.location, member="ada", pay_later=True))
    till.handle(RecordManualPayment(order, euros(4_50), "till 1, receipt 17"))
    kit.ship(order)

    (sold,) = kit.view(order).lines
    (stock,) = kit.staff.ask(ListStock((flour,)))
    assert (units.shown(sold.quantity, "kg"), units.shown(stock.on_hand, "kg")) == ("2.5 kg", "7.5 kg")


def test_whoever_asks_for_the_units_is_refused_what_does_not_go_into_the_base_unit(kit: ShopKit) -> None:
    kit.staff.handle(DefineUnits(TEA, "g", (KILO,)))
    units = kit.staff.ask(GetUnits(TEA))

    with pytest.raises(FinerThanBase) as refusal:
        units.quantity("2.5001", "kg", "lines[0].quantity")

    assert refusal.value.field == "lines[0].quantity"


def test_the_units_of_a_variant_are_told_and_shown(kit: ShopKit) -> None:
    kit.staff.handle(DefineUnits(TEA, "g", (KILO,)))

    assert kit.staff.ask(GetUnits(TEA)) == UnitsView(TEA, "g", (KILO,))
    assert told(kit) == [UnitsDefined(TEA, "g", (KILO,))]


def test_the_same_units_said_again_change_nothing(kit: ShopKit) -> None:
    kit.staff.handle(DefineUnits(TEA, "g", (KILO,)))
    kit.staff.handle(DefineUnits(TEA, "g", (KILO,)))

    assert len(told(kit)) == 1


def test_nobody_knows_the_units_of_a_variant_that_nobody_has_defined(kit: ShopKit) -> None:
    with refused(NotFound("VariantUnits", TEA)):
        kit.staff.ask(GetUnits(TEA))


def test_a_name_is_given_once() -> None:
    with pytest.raises(Invalid, match=r"units\[1\]\.name"):
        DefineUnits(TEA, "g", (KILO, UnitOfMeasure("kg", 500)))
    with pytest.raises(Invalid, match=r"units\[0\]\.name"):
        DefineUnits(TEA, "g", (UnitOfMeasure("g", 2),))


def test_the_base_unit_stays_once_stock_was_counted_in_it(kit: ShopKit) -> None:
    kit.staff.handle(OpenLocation("Attic", id=LocationId("attic")))
    kit.staff.handle(DefineUnits(TEA, "kg"))
    kit.staff.handle(DefineUnits(TEA, "g", (KILO,)))
    kit.staff.handle(ReceiveStock(LocationId("attic"), (StockLine(TEA, 5),)))
    kit.staff.handle(CorrectStock(TEA, LocationId("attic"), -5, "stolen"))

    with refused(BaseUnitInUse(TEA, "g")):
        kit.staff.handle(DefineUnits(TEA, "kg"))

    kit.staff.handle(DefineUnits(TEA, "g", (KILO, POUND)))
    assert kit.staff.ask(GetUnits(TEA)).units == (KILO, POUND)
