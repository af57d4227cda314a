"""The promises about orders and what was heard of them: they come back whole, are added to and never rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from ecomcore.kernel.address import Address
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import CartId, LocationId, NoticeId, OrderId, PaymentId, ShipmentId, VariantId
from ecomcore.kernel.money import Money
from ecomcore.kernel.percent import percent
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import (
    AmendmentKind,
    EntryKind,
    FactKind,
    HeardNotice,
    HeardNotices,
    HoldKind,
    Order,
    Orders,
    PaymentLink,
    ShippedPart,
    Source,
    WebhookOutcome,
)
from ecomcore.quoting import CartLine, Destination, TaxAmount
from ecomcore.testing import strategies
from ecomcore.testing.builders import a_hold, a_line, a_location, an_amendment, an_entry, an_order, euros
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.work import as_kept, fetch, keep, reading

__all__ = ["KeepsOrders"]

_MINUTE = timedelta(minutes=1)
_TICK = timedelta(microseconds=1)
_TEA, _MAIN = VariantId("tea"), LocationId("main")
_TAX = TaxAmount("VAT", percent(19), euros(-84), euros(-16))


def _everything(id: str = "order") -> Order:
    """An order with everything on it that can be on one."""
    name = Personal("Ada L\u00f8velace")
    home = Address(
        recipient=name,
        lines=(Personal("1 \u5317\u4eac\u8def"),),
        city=Personal("Berlin"),
        postcode=Personal("10115"),
        country="DE",
        region="BE",
        phone=name,
    )
    return an_order(
        id,
        number="2030-7",
        amendments=[
            an_amendment(1, AmendmentKind.REMOVED, line=1, units=1, taxes=[_TAX]),
            an_amendment(2, reason="", taxes=[_TAX, evolve(_TAX, name="City")]),
        ],
        sources=[Source(_TEA, _MAIN, 2), Source(_TEA, LocationId("far"), 1)],
        shipped=[
            ShippedPart(ShipmentId("one"), (CartLine(_TEA, 1), CartLine(VariantId("cup"), 2)), delivered=True),
            ShippedPart(ShipmentId("two"), (CartLine(_TEA, 1),)),
        ],
        holds=[a_hold(HoldKind.FRAUD, reason="\u00e9?", at=NOON + _TICK), a_hold()],
        payments=[
            an_entry(1, EntryKind.INTENDED, method="credit"),
            an_entry(2, EntryKind.AUTHORISED, method="credit"),
        ],
        ask_at=NOON + _MINUTE,
        pay_by=NOON + _TICK,
        capture_parts=True,
        screening=True,
        redeems=True,
        link=PaymentLink("0" * 64, NOON + _MINUTE),
        destination=Destination("DE", "BE", "10115"),
        ship_to=home,
        bill_to=evolve(home, region=None, phone=None),
        terms="2030-01",
        cart=CartId("cart"),
        vat_id="DE123456789",
    )


class KeepsOrders(PersistenceCase):
    """What orders save comes back, what is added is added, and each question about them is answered."""

    def _order_is_saved(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    # -- what is kept --------------------------------------------------------------------------------------------

    def test_an_order_comes_back_with_everything_on_it(self, persistence: Persistence) -> None:
        self._order_is_saved(persistence, _everything())

    def test_what_an_order_no_longer_has_does_not_come_back(self, persistence: Persistence) -> None:
        keep(persistence, _everything())

        bare = fetch(persistence, Order, "order").having(
            sources=(), shipped=(), holds=(), screening=False, link=None, ask_at=None, pay_by=None, ship_to=None
        )

        self._order_is_saved(persistence, bare)

    def test_an_edit_adds_lines_with_their_charges_and_says_what_it_did(self, persistence: Persistence) -> None:
        first = a_line(1, quantity=3, taxes=[TaxAmount("VAT", percent(19), euros(84), euros(16))])
        keep(persistence, an_order(lines=[first]))

        more = a_line(2, variant="cup", taxes=[TaxAmount("VAT", percent(7), euros(93), euros(7))])
        for number, line in enumerate((more, evolve(more, number=3)), 1):
            order = fetch(persistence, Order, "order")
            amendment = an_amendment(number, AmendmentKind.ADDED, line=line.number, units=1, amount=10_00)
            edited = order.having(
                lines=(*order.lines, line),
                amendments=(*order.amendments, amendment),
                total=order.total + amendment.amount,
            )
            self._order_is_saved(persistence, edited)

        kept = fetch(self._again(persistence), Order, "order")
        assert [(line.number, len(line.taxes)) for line in kept.lines] == [(1, 1), (2, 1), (3, 1)]
        assert (len(kept.amendments), kept.total) == (2, euros(50_00))

    def test_an_edit_of_an_order_that_has_changed_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, an_order())
        stale = fetch(persistence, Order, "order")
        keep(persistence, stale.having(amendments=(an_amendment(reason="first"),)))

        with pytest.raises(Conflict):
            keep(persistence, stale.having(amendments=(an_amendment(reason="second"),)))

        assert [each.reason for each in fetch(persistence, Order, "order").amendments] == ["first"]

    def test_no_two_orders_have_one_number_and_any_may_have_none(self, persistence: Persistence) -> None:
        keep(persistence, an_order("one", number="7"), an_order("two", number=""), an_order("three", number=""))

        with pytest.raises(Duplicate):
            keep(persistence, an_order("four", number="7"))

        keep(persistence, an_order("five", number="7a"))

    def test_two_new_orders_of_one_unit_of_work_do_not_have_one_number(self, persistence: Persistence) -> None:
        with pytest.raises(Duplicate):
            keep(persistence, an_order("one", number="7"), an_order("two", number="7"))

        with reading(persistence) as work:
            assert not list(work.repository(Orders).page())

    def test_more_given_back_than_was_taken_is_refused_by_the_store_itself(self, persistence: Persistence) -> None:
        taken = [an_entry(1, EntryKind.CAPTURED, minor=5_00), an_entry(2, EntryKind.CAPTURED, "other", 1)]
        keep(persistence, an_order("right", payments=[*taken, an_entry(3, EntryKind.REFUNDED, minor=5_01)]))

        with pytest.raises(InvariantViolated):
            keep(persistence, an_order("wrong", payments=[*taken, an_entry(3, EntryKind.REFUNDED, minor=5_02)]))

    def test_a_bank_may_take_back_what_the_shop_has_given_back(self, persistence: Persistence) -> None:
        kinds = (EntryKind.CAPTURED, EntryKind.REFUNDED, EntryKind.CHARGED_BACK, EntryKind.CHARGEBACK_WON)

        self._order_is_saved(persistence, an_order(payments=[an_entry(n, kind) for n, kind in enumerate(kinds, 1)]))

    # -- what was heard ------------------------------------------------------------------------------------------

    def test_what_was_heard_from_providers_comes_back_as_it_was_heard(self, persistence: Persistence) -> None:
        keep(persistence, a_location("main"), an_order())

        for order in (OrderId("order"), None):
            for_all(
                lambda prefix, of=order: strategies.heard_notices(f"{of}-{prefix}", of),  # type: ignore[misc]  # a lambda's default has no type
                lambda notice: self._order_is_saved(persistence, notice),
            )

    def test_a_notice_is_heard_once(self, persistence: Persistence) -> None:
        notice = HeardNotice(
            id=NoticeId("n"),
            method="",
            name="evt-1",
            kind=FactKind.CAPTURED,
            payment=PaymentId("pay"),
            order=None,
            amount=Money(1, euros(1).currency),
            reference="ref",
            outcome=WebhookOutcome.APPLIED,
            reason="",
            heard_at=NOON,
        )
        keep(persistence, notice)

        with pytest.raises(Duplicate):
            keep(persistence, notice)

        with reading(persistence) as work:
            notices: HeardNotices = work.repository(HeardNotices)
            assert (notices.find(NoticeId("x")), [each.id for each in notices.page()]) == (None, ["n"])
