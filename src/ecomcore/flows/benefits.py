"""What orders take of promotions: held at placing, confirmed at payment, given back; and group buys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecomcore.catalog import PriceChanged
from ecomcore.kernel.messages import Command
from ecomcore.ordering import OrderCancelled, OrderConfirmed, OrderCovered, OrderPlaced, SettleGroupOrder
from ecomcore.pricing import NotedPrice, NotePrices
from ecomcore.promotions import (
    ConfirmBenefits,
    GroupBuyFailed,
    GroupBuySucceeded,
    HoldBenefits,
    ReleaseBenefits,
)

__all__ = [
    "call_the_orders_off",
    "confirm_the_benefits",
    "hold_the_benefits",
    "let_the_orders_go",
    "note_the_price",
    "release_the_benefits",
]

Commands = Iterator[Command[Any]]


def hold_the_benefits(event: OrderPlaced) -> Commands:
    """What the quote takes of limits and budgets is taken with the order."""
    if event.takes:
        yield HoldBenefits(event.order, event.shopper, event.takes)


def confirm_the_benefits(event: OrderCovered | OrderConfirmed) -> Commands:
    """What was taken stays taken now that it is paid for."""
    if event.redeems:
        yield ConfirmBenefits(event.order)


def release_the_benefits(event: OrderCancelled) -> Commands:
    """What was taken goes back: as far as the shop's policy says, and all of it where the shop called the order off."""
    if event.redeems:
        yield ReleaseBenefits(event.order, event.by_shop)


def let_the_orders_go(event: GroupBuySucceeded) -> Commands:
    """Enough have joined: their orders are confirmed."""
    for order in event.orders:
        yield SettleGroupOrder(order, event.promotion, True)


def call_the_orders_off(event: GroupBuyFailed) -> Commands:
    """Too few have joined: their orders are off, and their money goes back."""
    for order in event.orders:
        yield SettleGroupOrder(order, event.promotion, False)


def note_the_price(event: PriceChanged) -> Commands:
    """What the catalogue asked is remembered."""
    yield NotePrices((NotedPrice(event.variant, event.old, event.new),))
