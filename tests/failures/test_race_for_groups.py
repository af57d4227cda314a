"""Group buys end while their orders are called off: on PostgreSQL, from many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ecomcore import Member, System
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.percent import percent
from ecomcore.ordering import CancelOrder, GetOrder, OrderState
from ecomcore.promotions import CloseGroupBuys
from ecomcore.quoting import GroupBuy, PercentOff
from ecomcore.testing import NOON, a_shop, euros
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.offering import offer

BUYERS = 6


@pytest.mark.parametrize("round_", range(3))
def test_a_group_that_ends_while_its_orders_are_called_off_leaves_none_waiting(postgres_url: str, round_: int) -> None:
    store = SqlPersistence(postgres_url)
    erase_everything(store)
    kit = a_shop(store, products=1)
    offer(kit, PercentOff(percent(50)), group_buy=GroupBuy(BUYERS + 1, NOON + timedelta(days=1)))
    desks = {name: kit.shop.desk(Member(MemberId(name))) for name in (f"buyer-{n}-{round_}" for n in range(BUYERS))}
    orders: dict[str, OrderId] = {name: kit.buy(by=desk) for name, desk in desks.items()}
    kit.clock.tick(timedelta(days=2))

    def cancel(name: str) -> None:
        try:
            desks[name].handle(CancelOrder(orders[name]))
        except DomainError as refusal:
            raise AssertionError(f"nobody is refused: {refusal}") from refusal

    with ThreadPoolExecutor(BUYERS + 1) as pool:
        closing = pool.submit(kit.shop.handle, CloseGroupBuys(), by=System())
        cancelling = [pool.submit(cancel, name) for name in orders]
    for each in (closing, *cancelling):
        each.result()
    kit.settle()

    states = {desks[name].ask(GetOrder(order)).state for name, order in orders.items()}
    assert states == {OrderState.CANCELLED}
    assert {desks[name].ask(GetOrder(order)).captured for name, order in orders.items()} == {euros(0)}
    assert kit.shop.audit() == []
    store.close()
