"""The promises that a whole shop makes on a store: once per key, after the commit, in order, and never oversold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ecomcore.choices import Subscriber
from ecomcore.inventory import GetAvailability, OutOfStock
from ecomcore.kernel.errors import KeyReused
from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Envelope, Event, Member
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import (
    ListOrders,
    Order,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    Orders,
    OrderState,
    PlaceOrder,
)
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.shops import ShopKit, a_shop
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import reading

__all__ = ["RunsAShop"]


class RunsAShop(PersistenceCase):
    """What the dispatcher promises holds on this store."""

    def _handles(self, kit: ShopKit, number: int) -> Sequence[ShopKit]:
        """The same shop, opened so many times."""
        return [kit.again(self._again(kit.persistence)) for _ in range(number)]

    def test_an_order_lives_from_its_placing_to_its_delivery(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, products=2, stock=5)

        order = kit.buy(*kit.variants, quantity=2)
        kit.ship(order, "JD-1")
        kit.deliver(order)

        view = kit.again(self._again(persistence)).view(order)
        assert (view.state, view.captured, view.due.minor) == (OrderState.COMPLETED, view.total, 0)
        assert [stock.available for stock in kit.shop.ask(GetAvailability(kit.variants))] == [3, 3]
        assert not kit.shop.audit()

    def test_the_same_command_under_the_same_key_happens_once(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, stock=5)

        first = kit.buy(quantity=2, key="cart 1")
        second = kit.again(self._again(persistence)).buy(quantity=2, key="cart 1")

        assert first == second
        assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 3
        assert [operation for operation, _ in kit.gateway.effects] == ["authorise"]

    def test_another_command_under_a_used_key_is_refused(self, persistence: Persistence) -> None:
        kit = a_shop(persistence)
        kit.buy(quantity=1, key="cart 1")

        with pytest.raises(KeyReused):
            kit.buy(quantity=2, key="cart 1")

        assert len(kit.member.ask(ListOrders())) == 1

    def test_the_same_key_of_somebody_else_is_another_key(self, persistence: Persistence) -> None:
        kit = a_shop(persistence)

        assert kit.buy(key="cart 1") != kit.buy(key="cart 1", by=kit.guest)

    def test_twins_sent_at_once_run_once_and_get_one_answer(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, stock=10)
        command = kit.order_for(kit.cart(quantity=3))

        for number in range(3):
            outcomes = at_once(
                [
                    lambda twin=twin, key=f"cart {number}": twin.member.handle(command, key=key)  # type: ignore[misc]  # a lambda's default has no type
                    for twin in self._handles(kit, 4)
                ]
            )
            assert len({outcome.value for outcome in outcomes}) == 1

        kit.settle()
        assert len(kit.member.ask(ListOrders())) == 3
        assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 1
        assert not kit.shop.audit()

    def test_the_last_unit_is_sold_once(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, products=1, stock=2)
        command = kit.order_for(kit.cart(quantity=2))

        def buy(buyer: ShopKit, name: str, command: PlaceOrder = command) -> bool:
            try:
                buyer.shop.handle(command, by=Member(MemberId(name)), key=name)
            except OutOfStock:
                return False
            return True

        outcomes = at_once(
            [lambda b=buyer, n=f"buyer-{number}": buy(b, n) for number, buyer in enumerate(self._handles(kit, 4))]  # type: ignore[misc]  # as above
        )

        assert sorted(outcome.value for outcome in outcomes) == [False, False, False, True]
        kit.settle()
        assert kit.shop.ask(GetAvailability(kit.variants))[0].available == 0
        assert not kit.shop.audit()

    def test_an_event_is_told_when_its_state_can_be_read_by_everybody(self, persistence: Persistence) -> None:
        """F091, F092: on another unit of work, with everything that was set."""
        seen: list[Order | None] = []

        def look(event: Event, _: Envelope) -> None:
            assert isinstance(event, OrderPlaced)
            with reading(self._again(persistence)) as work:
                orders: Orders = work.repository(Orders)
                seen.append(orders.find(event.order))

        kit = a_shop(persistence, subscribers=[Subscriber("look", (OrderPlaced,), look)])
        order = kit.buy()
        kit.settle()

        assert [(found.id, found.placed_at) for found in seen if found] == [(order, kit.view(order).placed_at)]

    def test_an_event_that_was_refused_comes_again_before_those_after_it(self, persistence: Persistence) -> None:
        told: list[tuple[str, str]] = []
        refusals = [RuntimeError("not now")]

        def hear(event: Event, envelope: Envelope) -> None:
            if refusals:
                raise refusals.pop()
            told.append((type(event).__name__, envelope.channel))

        kit = a_shop(persistence, subscribers=[Subscriber("hear", (OrderPlaced, OrderConfirmed, OrderCancelled), hear)])
        kit.cancel(kit.buy())
        kit.settle()

        assert told == [(name, "default") for name in ("OrderPlaced", "OrderConfirmed", "OrderCancelled")]
