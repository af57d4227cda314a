"""How an audit reads: page by page; and the one rule of all aggregates, that their events are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ecomcore.audit.breach import Breach
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import DeliveryId
from ecomcore.kernel.work import Persistence, UnitOfWork

__all__ = ["orders_with_deliveries", "pages", "told"]

_PAGE = 500


def pages(persistence: Persistence, port: type) -> Iterator[tuple[UnitOfWork, Sequence[Any]]]:
    """All aggregates of a repository, page by page, each with the unit of work that read it."""
    after: str | None = None
    while True:
        with persistence.begin(write=False) as work:
            page = work.repository(port).page(after, _PAGE)
            if page:
                yield work, page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def told(work: UnitOfWork, aggregates: Sequence[Aggregate]) -> Iterator[Breach]:
    """Each committed fact has exactly its events: as many as told, numbered without a gap."""
    kind = type(aggregates[0]).__name__
    tallies = work.outbox.tallies(kind, [aggregate.id for aggregate in aggregates])
    for aggregate in aggregates:
        kept, last = tallies.get(aggregate.id, (0, 0))
        if not aggregate.told == kept == last:
            yield Breach(
                "the outbox keeps every event",
                (f"{kind} {aggregate.id}",),
                f"{aggregate.told} told, {kept} kept, the last is number {last}",
            )


def orders_with_deliveries(persistence: Persistence) -> frozenset[str]:
    """The orders about which something is still to be delivered (or has failed to be)."""
    orders: set[str] = set()
    after: DeliveryId | None = None
    while True:
        with persistence.begin(write=False) as work:
            page = work.outbox.deliveries(after=after, limit=_PAGE)
        orders.update(getattr(delivery.message, "order", "") for delivery in page)
        if len(page) < _PAGE:
            return frozenset(orders)
        after = page[-1].id
