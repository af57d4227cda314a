"""The invariants of a whole shop, verified on any store: what must hold between ledgers, totals, states and events.

    for breach in shop.audit():
        print(breach)

Nothing is repaired and nothing is written. Every breach names the rule and the rows. It reads page by page, each in
a unit of work of its own, so a shop that is open meanwhile may show breaches that are none: audit a quiet one.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecomcore.audit.breach import Breach
from ecomcore.audit.carts import carts
from ecomcore.audit.counting import stock_counts
from ecomcore.audit.documents import documents
from ecomcore.audit.orders import orders_and_shipments
from ecomcore.audit.queues import queues
from ecomcore.audit.rules import benefits, categories, exchange_rates, prices, what_only_tells
from ecomcore.audit.stock import reservations, stock
from ecomcore.audit.stock_rules import stock_rules
from ecomcore.audit.supply import inbound_deliveries, moved_stock
from ecomcore.audit.wallet import credit
from ecomcore.kernel.work import Persistence

__all__ = ["Breach", "check"]

_RULES = (
    stock,
    orders_and_shipments,
    reservations,
    queues,
    stock_rules,
    categories,
    prices,
    exchange_rates,
    benefits,
    carts,
    stock_counts,
    inbound_deliveries,
    moved_stock,
    credit,
    documents,
    what_only_tells,
)


def check(persistence: Persistence, *, most: int = 1_000) -> Sequence[Breach]:
    """Verify every invariant; at most ``most`` breaches are listed. An empty answer means all hold."""
    breaches: list[Breach] = []
    for rules in _RULES:
        for breach in rules(persistence):
            breaches.append(breach)
            if len(breaches) >= most:
                return breaches
    return breaches
