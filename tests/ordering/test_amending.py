"""What changes about an order after it was placed: what it costs then, and the money and goods that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.catalog import ChangePrice
from ecomcore.inventory import GetAvailability, OutOfStock
from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import DeliveryMethodId, OrderId, PaymentId, PromotionId, ShipmentId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import percent
from ecomcore.ordering import (
    CREDIT,
    SHIPPING,
    WHOLE,
    AmendmentKind,
    CancelUnits,
    Capture,
    CartLine,
    EditOrder,
    EntryKind,
    LedgerEntry,
    LineChange,
    LineUnits,
    Means,
    NothingLeft,
    NothingToRefund,
    NotThatMany,
    Order,
    OrderAmended,
    OrderConfirmed,
    OrderingPolicy,
    OrderState,
    PaidInParts,
    PreviewEdit,
    Reversal,
    TotalChanged,
)
from ecomcore.quoting import Discount, Instalment, Lane, QuoteLine, ShippingCharge, TaxAmount
from ecomcore.testing import NOON, a_line, a_price, a_shop, an_order, euros
from tests.support.refusals import refused

ID, SAM, WHY = OrderId("order"), "sam", "the buyer rang"
P1, P2, P3 = PaymentId("p1"), PaymentId("p2"), PaymentId("p3")
TEA, POT = VariantId("tea"), VariantId("pot")
PARCEL = ShippingCharge(DeliveryMethodId("parcel"), "Parcel", euros(5_00), (), True, (), euros(0), euros(5_00))


def paid(
    payment: PaymentId, minor: int, *, taken: bool = False, method: str = ""
) -> list[tuple[EntryKind, int, str, str]]:
    """What the ledger says of a payment that is promised, or taken."""
    facts = [EntryKind.INTENDED, EntryKind.AUTHORISED, *([EntryKind.CAPTURED] if taken else [])]
    return [(kind, minor, payment, method) for kind in facts]


def order(
    *lines: QuoteLine,
    payments: Sequence[tuple[EntryKind, int, str, str]] = (),
    state: OrderState = OrderState.CONFIRMED,
    shipping: ShippingCharge | None = None,
    total: int | None = None,
) -> Order:
    """An order with these lines as it comes from the store."""
    entries = [
        LedgerEntry(number, kind, PaymentId(payment), euros(minor), f"{kind}-{payment}", NOON, method)
        for number, (kind, minor, payment, method) in enumerate(payments, 1)
    ]
    cost = sum(line.total.minor for line in lines) + (shipping.total.minor if shipping else 0)
    return an_order(
        lines=lines,
        payments=entries,
        state=state,
        shipping=shipping,
        total=euros(cost if total is None else total),
    )


def edited(order: Order, *changes: LineChange, add: Sequence[QuoteLine] = ()) -> Order:
    return order.edit(changes, add, WHY, SAM, NOON)


def given_back(order: Order, *lines: LineUnits, delivery: int | None = None, amount: int | None = None) -> Order:
    return order.refund(
        lines=lines,
        delivery=None if delivery is None else euros(delivery),
        amount=None if amount is None else euros(amount),
        means=Means.ORIGINAL,
        reason=WHY,
        reference="",
        by=SAM,
        at=NOON,
    )


def amended(order: Order) -> OrderAmended:
    """The last change that was told."""
    return [told for told in order.news if isinstance(told, OrderAmended)][-1]


def moves(reversals: Sequence[Reversal]) -> list[tuple[str, int, bool]]:
    """What goes back: of which payment, how much, and whether it was taken already."""
    return [(each.payment, each.amount.minor, each.refund) for each in reversals]


def vat(rate: int, base: int, amount: int, name: str = "VAT") -> TaxAmount:
    return TaxAmount(name, percent(rate), euros(base), euros(amount))


# What is taken out -------------------------------------------------------------------------------------------------


def test_units_that_are_taken_out_are_worth_their_part_of_what_was_charged() -> None:
    before = order(a_line(quantity=4, price=a_price(10_00)))

    after = edited(before, LineChange(1, 3))

    assert (after.total, after.line(1).units, after.line(1).total) == (euros(30_00), 3, euros(30_00))
    assert after.lines == before.lines, "what was bought is a snapshot"
    (amendment,) = after.amendments
    assert (amendment.kind, amendment.units, amendment.amount) == (AmendmentKind.REMOVED, 1, euros(-10_00))
    assert (amendment.reason, amendment.by, amendment.at) == (WHY, SAM, NOON)


def test_a_part_is_rounded_down_and_the_last_units_carry_the_odd_cents() -> None:
    line = a_line(quantity=3, price=a_price(1), total=euros(10_00), taxes=[vat(19, 8_40, 1_60)])
    two = edited(order(line, a_line(2, variant="pot")), LineChange(1, 2))
    one = edited(two, LineChange(1, 1))

    assert [after.line(1).total for after in (two, one)] == [euros(6_67), euros(3_34)]
    assert [after.line(1).taxes for after in (two, one)] == [(vat(19, 5_60, 1_07),), (vat(19, 2_80, 54),)]


def test_what_is_told_says_which_units_are_wanted_no_more_and_which_in_addition() -> None:
    before = order(a_line(quantity=4), a_line(2, variant="pot", price=a_price(20_00)))

    after = edited(before, LineChange(1, 3), LineChange(2, 0), add=[a_line(variant="mug", quantity=2)])

    told = amended(after)
    assert told.fewer == (CartLine(TEA, 1), CartLine(POT, 1))
    assert told.more == (CartLine(VariantId("mug"), 2),)
    assert (told.before, told.after) == (euros(60_00), euros(50_00))


def test_what_is_taken_out_of_one_line_and_added_by_another_moves_no_stock() -> None:
    swapped = edited(order(a_line(quantity=4)), LineChange(1, 3), add=[a_line(price=a_price(8_00))])

    assert (amended(swapped).fewer, amended(swapped).more) == ((), ())
    assert swapped.total == euros(38_00)


def test_more_units_than_a_line_has_cannot_be_left_of_it() -> None:
    with refused(NotThatMany(ID, 1, 5, 4)):
        edited(order(a_line(quantity=4)), LineChange(1, 5))


def test_units_that_have_left_cannot_be_taken_out() -> None:
    parcel = order(a_line(quantity=4), payments=paid(P1, 40_00)).ship(NOON, ShipmentId("s"), (CartLine(TEA, 3),))

    with refused(NotThatMany(ID, 1, 2, 1)):
        edited(parcel, LineChange(1, 2))

    assert edited(parcel, LineChange(1, 3)).total == euros(30_00)


def test_an_order_of_which_nothing_would_be_left_is_called_off_instead() -> None:
    with refused(NothingLeft(ID)):
        edited(order(a_line(quantity=4)), LineChange(1, 0))


def test_all_lines_may_go_where_others_come_instead() -> None:
    after = edited(order(a_line()), LineChange(1, 0), add=[a_line(variant="pot", price=a_price(12_00))])

    assert (after.total, after.remaining()) == (euros(12_00), {POT: 1})


def test_a_line_that_is_none_is_refused_by_its_name() -> None:
    with refused(Invalid("line", 7, "the number of a line of the order, 1 to 1")):
        edited(order(a_line()), LineChange(7, 0))


def test_an_edit_that_changes_nothing_is_none() -> None:
    before = order(a_line(quantity=4))

    assert edited(before, LineChange(1, 4)) is before
    assert edited(before, LineChange(1, price=euros(10_00))) is before
    assert edited(before) is before


@pytest.mark.parametrize("state", [OrderState.SHIPPED, OrderState.COMPLETED, OrderState.CANCELLED])
def test_what_has_left_or_is_off_is_not_changed(state: OrderState) -> None:
    with refused(IllegalTransition("order", "edit", state, (OrderState.PLACED, OrderState.CONFIRMED))):
        edited(order(a_line(quantity=4), state=state), LineChange(1, 1))


def test_an_order_that_is_paid_in_instalments_keeps_what_was_agreed() -> None:
    presale = an_order(lines=(a_line(quantity=2),), instalments=(Instalment(euros(5_00)), Instalment(euros(15_00))))

    with refused(PaidInParts(ID)):
        edited(presale, LineChange(1, 1))


@given(st.integers(0, 100_00), st.integers(0, 20_00), st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_the_parts_of_a_line_add_up_to_what_was_charged_whatever_is_taken_out_first(
    minor: int, tax: int, parts: list[int]
) -> None:
    units = sum(parts)
    charged = min(tax, minor)
    line = a_line(
        quantity=units,
        price=a_price(1),
        total=euros(minor),
        taxes=[vat(19, minor - charged, charged), vat(7, minor, 1)],
    )
    after = order(line, a_line(2, variant="pot"))

    totals = [after.total.minor]
    for part in parts:
        after = edited(after, LineChange(1, after.line(1).units - part))
        totals.append(after.total.minor)

    assert after.total == euros(10_00), "what is left is the other line"
    assert (after.line(1).units, after.line(1).total) == (0, euros(0))
    assert all(left.base.minor == left.amount.minor == 0 for left in after.line(1).taxes)
    assert all(later <= earlier for earlier, later in pairwise(totals))


@given(st.permutations([1, 2, 3, 4]), st.integers(1, 99_99))
def test_of_equal_units_none_is_worth_a_cent_more_than_another(taken: list[int], minor: int) -> None:
    after = order(a_line(quantity=10, price=a_price(1), total=euros(minor)), a_line(2, variant="pot"))

    for part in taken[:-1]:
        before, after = after, edited(after, LineChange(1, after.line(1).units - part))
        worth = before.total.minor - after.total.minor
        assert abs(worth - part * minor / 10) < 10


# Other prices ------------------------------------------------------------------------------------------------------


def test_a_price_that_staff_give_replaces_price_and_discounts() -> None:
    off = Discount(PromotionId("sale"), "Sale", Lane.ITEM, euros(20_00), euros(5_00))
    line = a_line(quantity=2, total=euros(15_00), discounts=[off], taxes=[vat(19, 12_61, 2_39)])

    after = edited(order(line), LineChange(1, price=euros(9_00)))

    assert after.total == euros(18_00)
    (tax,) = after.line(1).taxes
    assert (tax.base, tax.amount) == (euros(15_13), euros(2_87)), "19 % contained in 18.00"
    assert after.amendments[0].kind is AmendmentKind.REPRICED


def test_a_price_before_tax_gets_its_tax_on_top() -> None:
    line = evolve(a_line(quantity=3, total=euros(35_70), taxes=[vat(19, 30_00, 5_70)]), tax_included=False)

    after = edited(order(line), LineChange(1, price=euros(8_00)))

    assert after.total == euros(28_56)
    (tax,) = after.line(1).taxes
    assert (tax.base, tax.amount) == (euros(24_00), euros(4_56))


@pytest.mark.parametrize("included", [True, False])
def test_several_rates_share_the_tax_of_another_price_to_the_last_cent(included: bool) -> None:
    rates = [vat(5, 10_00, 50, "GST"), vat(9, 10_00, 1_00, "QST")]
    line = evolve(a_line(total=euros(11_50), taxes=rates), tax_included=included)

    after = edited(order(line), LineChange(1, price=euros(9_99)))

    gst, qst = after.line(1).taxes
    net = after.total - gst.amount - qst.amount
    assert after.total == (euros(9_99) if included else euros(11_39))
    assert gst.base == qst.base == net
    assert (gst.amount, qst.amount) == ((euros(44), euros(79)) if included else (euros(50), euros(90)))


def test_units_and_price_change_in_one() -> None:
    after = edited(order(a_line(quantity=4)), LineChange(1, 2, euros(7_00)))

    assert after.total == euros(14_00)
    assert [each.kind for each in after.amendments] == [AmendmentKind.REMOVED, AmendmentKind.REPRICED]


def test_a_price_in_another_currency_is_refused() -> None:
    dollars = Money(9_00, Currency("USD"))

    with refused(Invalid("price", dollars, "an amount in EUR")):
        edited(order(a_line()), LineChange(1, price=dollars))


def test_a_line_may_be_given_away() -> None:
    after = edited(order(a_line(), a_line(2, variant="pot")), LineChange(1, price=euros(0)))

    assert (after.total, after.remaining()) == (euros(10_00), {TEA: 1, POT: 1})


@given(st.integers(0, 50_00), st.integers(1, 9), st.booleans(), st.integers(0, 30), st.integers(0, 30))
def test_what_a_line_costs_is_always_its_net_and_its_taxes(
    minor: int, units: int, included: bool, one: int, two: int
) -> None:
    rates = [vat(one, 0, 0, "A"), vat(two, 0, 0, "B")]
    line = evolve(a_line(quantity=units, taxes=rates, total=euros(9_999_99)), tax_included=included)

    state = edited(order(line), LineChange(1, price=euros(minor))).line(1)

    a, b = state.taxes
    assert state.total.minor == a.base.minor + a.amount.minor + b.amount.minor
    assert min(a.amount.minor, b.amount.minor) >= 0
    assert state.total.minor == minor * units if included else a.base.minor == minor * units


# The money that follows --------------------------------------------------------------------------------------------


def test_of_a_promise_the_part_that_is_too_much_is_just_not_taken() -> None:
    before = order(a_line(quantity=4), payments=paid(P1, 40_00))

    after = edited(before, LineChange(1, 1))

    assert amended(after).reversals == ()
    assert moves(getattr(after.ship(NOON).news[-1], "captures", ())) == [("p1", 10_00, False)]


def test_what_is_left_of_a_promise_is_let_go_once_its_part_is_taken() -> None:
    shipped = edited(order(a_line(quantity=4), payments=paid(P1, 40_00)), LineChange(1, 1)).ship(NOON)

    taken = shipped.record_capture(P1, euros(10_00), "c", NOON, request=shipped.ledger.entries[-1].reference)

    assert moves(getattr(taken.news[-1], "reversals", ())) == [("p1", 30_00, False)]


def test_of_taken_money_the_part_that_is_too_much_is_given_back() -> None:
    before = order(a_line(quantity=4), payments=paid(P1, 40_00, taken=True))

    after = edited(before, LineChange(1, 1))

    assert moves(amended(after).reversals) == [("p1", 30_00, True)]
    assert after.ledger.entries[-1].kind is EntryKind.REFUND_REQUESTED
    assert after.ledger.entries[-1].reference == amended(after).reversals[0].request


def test_of_credit_a_part_can_be_let_go() -> None:
    after = edited(order(a_line(quantity=4), payments=paid(P1, 40_00, method=CREDIT)), LineChange(1, 1))

    assert moves(amended(after).reversals) == [("p1", 30_00, False)]


def test_of_several_payments_what_is_only_promised_goes_first_and_then_what_was_taken_last() -> None:
    facts = [*paid(P1, 20_00, taken=True), *paid(P2, 10_00), *paid(P3, 10_00, taken=True)]
    before = order(a_line(quantity=4), payments=facts)

    assert moves(amended(edited(before, LineChange(1, 3))).reversals) == [("p2", 10_00, False)]
    assert moves(amended(edited(before, LineChange(1, 2))).reversals) == [("p2", 10_00, False), ("p3", 10_00, True)]
    assert moves(amended(edited(before, LineChange(1, 1))).reversals) == [
        ("p2", 10_00, False),
        ("p3", 10_00, True),
        ("p1", 10_00, True),
    ]


def test_of_several_promises_the_last_is_let_go_first() -> None:
    before = order(a_line(quantity=3), payments=[*paid(P1, 10_00), *paid(P2, 10_00), *paid(P3, 10_00)])

    assert moves(amended(edited(before, LineChange(1, 1))).reversals) == [("p3", 10_00, False), ("p2", 10_00, False)]


def test_what_is_on_its_way_back_is_not_given_back_again() -> None:
    once = edited(order(a_line(quantity=4), payments=paid(P1, 40_00, taken=True)), LineChange(1, 3))

    twice = edited(once, LineChange(1, 2))

    assert moves(amended(twice).reversals) == [("p1", 10_00, True)]
    assert twice.ledger.sum(EntryKind.REFUND_REQUESTED) == euros(20_00)


@pytest.mark.parametrize("taken", [False, True])
def test_an_edit_that_is_undone_at_the_same_price_nets_to_no_money(taken: bool) -> None:
    before = order(a_line(quantity=2), payments=paid(P1, 20_00, taken=taken))
    less = edited(before, LineChange(1, 1))
    for each in amended(less).reversals:
        less = less.record_refund(each.payment, each.amount, "r", NOON, request=each.request)

    again = edited(less, add=[a_line()])

    assert again.total == before.total
    assert again.due == less.ledger.sum(EntryKind.REFUNDED), "what went back is to be paid again, and nothing else"
    assert again.remaining() == before.remaining()
    assert amended(again).reversals == ()


def test_what_is_on_its_way_back_is_due_again_when_the_edit_is_undone_before_it_has_arrived() -> None:
    less = edited(order(a_line(quantity=2), payments=paid(P1, 20_00, taken=True)), LineChange(1, 1))

    again = edited(less, add=[a_line()])

    assert (less.due, again.due) == (euros(0), euros(10_00))


def test_what_is_missing_after_an_edit_is_due_and_the_goods_wait_for_it() -> None:
    after = edited(order(a_line(), payments=paid(P1, 10_00)), add=[a_line(variant="pot", price=a_price(12_00))])

    assert (after.state, after.due) == (OrderState.CONFIRMED, euros(12_00))
    assert after.request_payment(P2, "card", NOON).ledger.entries[-1].amount == euros(12_00)


def test_what_has_become_cheap_enough_is_confirmed() -> None:
    placed = order(a_line(quantity=2), payments=paid(P1, 10_00), state=OrderState.PLACED)

    after = edited(placed, LineChange(1, 1))

    assert after.state is OrderState.CONFIRMED
    assert isinstance(after.news[-1], OrderConfirmed)


# What is given back ------------------------------------------------------------------------------------------------


@pytest.mark.failure("F063")
def test_after_a_part_was_given_back_a_cancellation_gives_back_the_rest() -> None:
    credit = order(a_line(price=a_price(100_00)), payments=paid(P1, 100_00, taken=True, method=CREDIT))
    asked = given_back(credit, amount=30_00)
    less = asked.record_refund(P1, euros(30_00), "r", NOON, request=asked.ledger.entries[-1].reference)

    off = less.cancel("no more", NOON)

    assert moves(getattr(off.news[-1], "reversals", ())) == [("p1", 70_00, True)]


@pytest.mark.failure("F064")
def test_what_is_given_back_for_units_is_what_was_charged_and_never_nothing() -> None:
    taken = order(a_line(quantity=2), a_line(2, variant="pot"), payments=paid(P1, 30_00, taken=True))

    after = edited(taken, LineChange(1, 0))

    assert moves(amended(after).reversals) == [("p1", 20_00, True)]
    with refused(NotThatMany(ID, 1, 1, 0)):
        given_back(after, LineUnits(1, 1))


@pytest.mark.failure("F065")
def test_what_was_given_off_is_not_given_back() -> None:
    coupon = Discount(PromotionId("coupon"), "Coupon", Lane.ORDER, euros(50_00), euros(10_00))
    line = a_line(quantity=5, total=euros(40_00), discounts=[coupon])
    taken = order(line, payments=paid(P1, 40_00, taken=True))

    whole, one = taken.cancel("no", NOON), given_back(taken, LineUnits(1, 1))

    assert moves(getattr(whole.news[-1], "reversals", ())) == [("p1", 40_00, True)]
    assert moves(getattr(one.news[-1], "reversals", ())) == [("p1", 8_00, True)]


@pytest.mark.failure("F066")
def test_after_all_of_delivery_was_given_back_the_goods_can_be() -> None:
    taken = order(a_line(), shipping=PARCEL, payments=paid(P1, 15_00, taken=True), state=OrderState.COMPLETED)

    first = given_back(taken, delivery=5_00)
    second = given_back(first, LineUnits(1, 1))

    assert first.delivery.total == euros(0)
    assert moves(getattr(second.news[-1], "reversals", ())) == [("p1", 10_00, True)]
    assert second.total == euros(0)
    with refused(NothingToRefund(ID, euros(1), euros(0))):
        given_back(second, delivery=1)


def test_credits_are_written_for_a_line_for_delivery_and_for_the_order_as_a_whole() -> None:
    taken = order(a_line(quantity=2), shipping=PARCEL, payments=paid(P1, 25_00, taken=True))

    after = given_back(given_back(given_back(taken, LineUnits(1, 1)), delivery=2_00), amount=3_00)

    assert [(each.kind, each.line, each.units, each.amount.minor) for each in after.amendments] == [
        (AmendmentKind.CREDITED, 1, 1, -10_00),
        (AmendmentKind.CREDITED, SHIPPING, 0, -2_00),
        (AmendmentKind.CREDITED, WHOLE, 0, -3_00),
    ]
    assert (after.total, after.due) == (euros(10_00), euros(0))
    assert after.remaining() == {TEA: 2}, "money goes back, goods do not"


def test_what_is_held_too_much_is_given_back_without_a_credit() -> None:
    overpaid = order(a_line(), payments=paid(P1, 14_00, taken=True))

    after = given_back(overpaid, amount=5_00)

    assert after.total == euros(9_00), "4.00 were too much, 1.00 is a credit"
    assert moves(getattr(after.news[-1], "reversals", ())) == [("p1", 5_00, True)]


def test_a_line_that_was_credited_is_taken_out_for_the_rest_of_its_worth() -> None:
    taken = order(a_line(quantity=2), a_line(2, variant="pot"), payments=paid(P1, 30_00, taken=True))
    credited = given_back(taken, LineUnits(1, 1))

    after = edited(credited, LineChange(1, 0))

    assert after.total == euros(10_00)
    assert after.ledger.sum(EntryKind.REFUND_REQUESTED) == euros(20_00)


def test_what_was_credited_for_the_whole_order_is_not_given_back_twice() -> None:
    taken = order(a_line(quantity=2), a_line(2, variant="pot"), payments=paid(P1, 30_00, taken=True))

    after = edited(given_back(taken, amount=25_00), LineChange(1, 0))

    assert after.total == euros(0)
    assert after.ledger.sum(EntryKind.REFUND_REQUESTED) == euros(30_00)


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("units"), st.integers(1, 2), st.integers(0, 5)),
        st.tuples(st.just("price"), st.integers(1, 2), st.integers(0, 15_00)),
        st.tuples(st.just("add"), st.integers(1, 3), st.integers(0, 15_00)),
        st.tuples(st.just("credit"), st.integers(1, 2), st.integers(1, 3)),
        st.tuples(st.just("amount"), st.just(0), st.integers(1, 30_00)),
        st.tuples(st.just("delivery"), st.just(0), st.integers(1, 6_00)),
    ),
    max_size=10,
)


@given(CHANGES)
def test_whatever_is_changed_the_total_is_the_sum_of_what_was_bought_and_what_changed(
    changes: list[tuple[str, int, int]],
) -> None:
    first = order(a_line(quantity=5), a_line(2, variant="pot"), shipping=PARCEL, payments=paid(P1, 65_00, taken=True))
    after = first

    for what, number, size in changes:
        try:
            match what:
                case "units":
                    after = edited(after, LineChange(number, size))
                case "price":
                    after = edited(after, LineChange(number, price=euros(size)))
                case "add":
                    after = edited(after, add=[a_line(variant="mug", quantity=number, price=a_price(size))])
                case "credit":
                    after = given_back(after, LineUnits(number, size))
                case "amount":
                    after = given_back(after, amount=size)
                case _:
                    after = given_back(after, delivery=size)
        except (NotThatMany, NothingLeft, NothingToRefund):
            continue

    assert after.total == first.total + euros(sum(each.amount.minor for each in after.amendments))
    assert [each.number for each in after.amendments] == list(range(1, len(after.amendments) + 1))
    assert after.total.minor >= 0
    assert after.ledger.sum(EntryKind.REFUND_REQUESTED).minor <= 65_00
    kept = sum(balance.returnable for balance in after.ledger.balances())
    assert kept <= after.total.minor, "what is too much is on its way back"


# In a shop ---------------------------------------------------------------------------------------------------------


def test_an_edit_is_previewed_and_made_at_the_total_that_was_previewed() -> None:
    kit = a_shop()
    tea, pot, _ = kit.variants
    bought = kit.buy(tea, pot)
    changes, add = (LineChange(1, 0),), (CartLine(pot, 2),)
    view = kit.view(bought)

    preview = kit.staff.ask(PreviewEdit(bought, changes, add))
    assert kit.view(bought) == view, "looking changes nothing"
    kit.staff.handle(EditOrder(bought, preview.after, WHY, changes, add, "card"))

    after = kit.view(bought)
    assert (preview.before, preview.after, preview.difference) == (euros(20_00), euros(30_00), euros(10_00))
    assert after.total == preview.after
    assert [(each.kind, each.amount, each.units) for each in after.amendments] == [
        (each.kind, each.amount, each.units) for each in preview.amendments
    ]
    assert preview.lines == after.lines[2:]
    assert (after.due, after.authorised) == (euros(0), euros(30_00)), "the difference is asked for with the token"
    assert [each.available for each in kit.shop.ask(GetAvailability((tea, pot)))] == [100, 97]


def test_without_a_token_the_difference_is_due_and_asked_for_by_nobody() -> None:
    kit = a_shop()
    bought = kit.buy()

    kit.staff.handle(EditOrder(bought, euros(20_00), WHY, add=kit.cart(kit.variants[1])))

    assert (kit.view(bought).due, len(kit.gateway.effects)) == (euros(10_00), 1)


def test_an_edit_at_another_total_than_the_accepted_one_is_refused_and_changes_nothing() -> None:
    kit = a_shop()
    bought = kit.buy(quantity=2)
    view = kit.view(bought)
    kit.staff.handle(ChangePrice(kit.variants[1], a_price(11_00)))

    with refused(TotalChanged(euros(30_00), euros(31_00))):
        kit.staff.handle(EditOrder(bought, euros(30_00), WHY, add=kit.cart(kit.variants[1])))

    assert kit.view(bought) == view


def test_what_is_added_is_bought_at_the_price_of_today_and_what_stays_keeps_its_own() -> None:
    kit = a_shop()
    bought = kit.buy(quantity=2)
    kit.staff.handle(ChangePrice(kit.variants[0], a_price(99_00)))

    kit.staff.handle(EditOrder(bought, euros(119_00), WHY, changes=(LineChange(1, 3),)))

    assert [(line.quantity, line.total) for line in kit.view(bought).lines] == [(2, euros(20_00)), (1, euros(99_00))]


def test_no_other_price_is_given_to_a_line_that_grows() -> None:
    kit = a_shop()
    bought = kit.buy()

    with refused(Invalid("price", euros(1), "no other price for a line that grows; add a line and price that")):
        kit.staff.handle(EditOrder(bought, euros(2), WHY, changes=(LineChange(1, 2, euros(1)),)))


def test_an_edit_for_which_there_is_no_stock_changes_nothing() -> None:
    kit = a_shop(stock=3)
    bought = kit.buy(quantity=2)
    view = kit.view(bought)

    with refused(OutOfStock(kit.variants[0], 2, 1)):
        kit.staff.handle(EditOrder(bought, euros(40_00), WHY, changes=(LineChange(1, 4),)))

    assert kit.view(bought) == view
    assert kit.shop.audit() == []


def test_a_preview_refuses_as_the_edit_does() -> None:
    kit = a_shop()
    bought = kit.buy()

    with refused(NothingLeft(bought)):
        kit.staff.ask(PreviewEdit(bought, (LineChange(1, 0),)))
    with refused(NothingLeft(bought)):
        kit.staff.handle(EditOrder(bought, euros(0), WHY, changes=(LineChange(1, 0),)))


@pytest.mark.parametrize("capture", [Capture.AT_ONCE, Capture.AT_SHIPPING])
def test_the_buyer_takes_units_out_and_the_money_and_the_stock_come_back(capture: Capture) -> None:
    kit = a_shop(ordering_policy=OrderingPolicy(capture=capture))
    bought = kit.buy(quantity=3)

    kit.member.handle(CancelUnits(bought, (LineUnits(1, 1), LineUnits(1, 1)), "too many"))
    kit.ship(bought)

    view = kit.view(bought)
    assert (view.total, view.captured - view.refunded) == (euros(10_00), euros(10_00))
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 99
    assert kit.shop.audit() == []


def test_more_units_than_there_are_cannot_be_taken_out() -> None:
    kit = a_shop()
    bought = kit.buy(quantity=2)

    with refused(NotThatMany(bought, 1, 3, 2)):
        kit.member.handle(CancelUnits(bought, (LineUnits(1, 2), LineUnits(1, 1))))
