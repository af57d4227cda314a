"""The promises about finding orders: by each filter, by a payment, by what is missing, and entry by entry."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import Entered, EntryKind, LedgerEntry, OrderFilter, Orders, OrderState
from ecomcore.testing.builders import an_entry, an_order, euros
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same
from ecomcore.testing.work import keep, reading, writing

__all__ = ["FindsOrders"]

_MINUTE = timedelta(minutes=1)
_TICK = timedelta(microseconds=1)
_MOMENTS = {
    "now": NOON,
    "long": NOON - 9 * _MINUTE,
    "B": NOON - _MINUTE,
    "a": NOON - _MINUTE,
    "late": NOON + _TICK,
}


class FindsOrders(PersistenceCase):
    """Each question about orders is answered, in the promised order, and with nothing else."""

    def test_orders_are_searched_by_all_that_is_given_together(self, persistence: Persistence) -> None:
        buyers, contacts, states = (
            ("member:ada", "member:bob"),
            (None, "mail:1"),
            (OrderState.PLACED, OrderState.SHIPPED),
        )
        moments = (NOON, NOON + _MINUTE)
        every = [
            an_order(f"{n:02}", buyer=buyer, contact=contact, state=state, placed_at=at)
            for n, (buyer, contact, state, at) in enumerate(product(buyers, contacts, states, moments))
        ]
        keep(persistence, *every)

        asked = product(
            (None, "03"), (None, *buyers), (None, "mail:1"), (None, *states), (None, moments[1]), (None, moments[1])
        )
        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            for number, buyer, contact, state, since, until in asked:
                wanted = OrderFilter(number, buyer, contact, state, since, until)
                expected = [
                    order.id
                    for order in reversed(every)
                    if number in (None, order.number)
                    and buyer in (None, order.buyer)
                    and contact in (None, order.contact)
                    and state in (None, order.state)
                    and (since is None or since <= order.placed_at)
                    and (until is None or order.placed_at < until)
                ]
                assert [order.id for order in orders.search(wanted, None, 100)] == expected, wanted

    def test_a_search_is_paged_from_the_greatest_id_down(self, persistence: Persistence) -> None:
        keep(persistence, *(an_order(id_) for id_ in ("a", "B", "1", "2")), an_order("x", buyer="member:bob"))

        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            hers = OrderFilter(buyer="member:ada")
            assert [order.id for order in orders.search(hers, None, 2)] == ["a", "B"]
            assert [order.id for order in orders.search(hers, OrderId("B"), 2)] == ["2", "1"]
            assert [order.id for order in orders.search(hers, OrderId("1"), 2)] == []
            assert [order.id for order in orders.search(OrderFilter(), OrderId("nothing"), 2)] == ["a", "B"]

    def test_orders_are_counted_for_a_buyer_or_a_contact_without_those_cancelled(
        self, persistence: Persistence
    ) -> None:
        guest, off = "guest:1", OrderState.CANCELLED
        keep(persistence, an_order("1"), an_order("2", state=off), an_order("3", buyer=guest, contact="mail:1"))
        keep(persistence, an_order("4", buyer=guest), an_order("5", buyer="guest:2", contact="mail:1"))

        with writing(persistence) as work:
            orders: Orders = work.repository(Orders)
            assert orders.placed_by("member:ada", None) == 1
            assert orders.placed_by(guest, "mail:1") == 3
            assert (orders.placed_by(None, "mail:1"), orders.placed_by(None, None)) == (2, 0)
            orders.save(an_order("6"), orders.get(OrderId("1")).having(state=off))
            assert orders.placed_by("member:ada", None) == 1

    def test_an_order_is_found_by_a_payment_and_by_what_the_provider_calls_its_promise(
        self, persistence: Persistence
    ) -> None:
        promised = an_entry(2, EntryKind.AUTHORISED, "p-1", reference="auth-1")
        keep(persistence, an_order("one", payments=[an_entry(1, EntryKind.INTENDED, "p-1"), promised]))
        taken = an_entry(2, EntryKind.CAPTURED, "p-2", reference="taken-2")
        keep(persistence, an_order("two", payments=[an_entry(1, EntryKind.INTENDED, "p-2"), taken]))

        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            for payment, reference, expected in (
                ("p-1", "", "one"),
                ("p-2", "auth-1", "two"),
                (None, "auth-1", "one"),
                ("p-9", "auth-1", "one"),
                (None, "p-1", None),
                ("auth-1", "", None),
                (None, "taken-2", None),
                (None, "", None),
            ):
                found = orders.of_payment(PaymentId(payment) if payment else None, reference)
                assert (found and found.id) == expected, (payment, reference)

    def test_orders_that_wait_for_an_answer_are_found_longest_first(self, persistence: Persistence) -> None:
        keep(persistence, an_order("none"), *(an_order(id_, ask_at=at) for id_, at in _MOMENTS.items()))

        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            assert [order.id for order in orders.unanswered(NOON, 100)] == ["long", "B", "a", "now"]
            assert [order.id for order in orders.unanswered(NOON, 2)] == ["long", "B"]

    def test_orders_whose_time_to_pay_is_over_are_found_earliest_first(self, persistence: Persistence) -> None:
        keep(persistence, *(an_order(id_, pay_by=at) for id_, at in _MOMENTS.items()))
        keep(persistence, an_order("covered", state=OrderState.CONFIRMED))

        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            assert [order.id for order in orders.unpaid(NOON, 100)] == ["long", "B", "a", "now"]
            assert [order.id for order in orders.unpaid(NOON, 2)] == ["long", "B"]

    def test_ledger_entries_of_a_time_are_read_on_from_any_of_them(self, persistence: Persistence) -> None:
        def ledger(payment: str) -> list[LedgerEntry]:
            moments = (NOON - _TICK, NOON, NOON + _MINUTE - _TICK, NOON + _MINUTE)
            return [
                an_entry(n, EntryKind.FEE, payment, n, at, reference=f"fee-{n}", method="x")
                for n, at in enumerate(moments, 1)
            ]

        keep(persistence, *(an_order(id_, payments=ledger(f"pay-{id_}")) for id_ in ("b", "A", "a")), an_order("none"))

        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            every = [Entered(OrderId(id_), ledger(f"pay-{id_}")[n]) for id_ in ("A", "a", "b") for n in (1, 2)]
            assert_same(tuple(orders.entries(NOON, NOON + _MINUTE, None, 100)), tuple(every))
            seen: list[Entered] = []
            while page := orders.entries(
                NOON, NOON + _MINUTE, (seen[-1].order, seen[-1].entry.number) if seen else None, 4
            ):
                seen += page
            assert seen == every
            assert list(orders.entries(NOON, NOON, None, 100)) == []

    def test_a_unit_of_work_finds_the_orders_that_it_has_changed_as_they_are_now(
        self, persistence: Persistence
    ) -> None:
        keep(persistence, an_order("old", ask_at=NOON, pay_by=NOON), an_order("other", ask_at=NOON, pay_by=NOON))
        work = persistence.begin()
        try:
            orders: Orders = work.repository(Orders)
            old = orders.get(OrderId("old"))
            orders.save(
                old.having(ask_at=None, pay_by=None, state=OrderState.CONFIRMED),
                an_order("new", ask_at=NOON - _MINUTE, pay_by=NOON - _MINUTE, contact="mail:1"),
            )
            new = orders.get(OrderId("new"))
            promised = new.ledger.with_entry(EntryKind.AUTHORISED, PaymentId("p"), euros(1), "auth", NOON)
            orders.save(new.having(ledger=promised))

            def ids(found: Any) -> list[str]:
                return [order.id for order in found]

            assert ids(orders.search(OrderFilter(buyer="member:ada"), None, 100)) == ["other", "old", "new"]
            assert ids(orders.search(OrderFilter(state=OrderState.PLACED), None, 1)) == ["other"]
            assert ids(orders.search(OrderFilter(state=OrderState.CONFIRMED), None, 9)) == ["old"]
            assert ids(orders.search(OrderFilter(number="new", contact="mail:1"), None, 9)) == ["new"]
            assert ids(orders.unanswered(NOON, 2)) == ["new", "other"]
            assert ids(orders.unpaid(NOON, 2)) == ["new", "other"]
            by_payment, by_promise = orders.of_payment(PaymentId("p"), ""), orders.of_payment(None, "auth")
            assert by_payment is not None
            assert by_promise is not None
            assert (by_payment.id, by_promise.id, orders.of_payment(None, "p")) == ("new", "new", None)
            assert [each.entry for each in orders.entries(NOON, NOON + _TICK, None, 9)] == list(promised.entries)
        finally:
            work.rollback()
