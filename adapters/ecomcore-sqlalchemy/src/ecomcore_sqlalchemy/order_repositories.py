"""The repositories of ordering: orders, and what was heard from providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Integer, Select, and_, bindparam, func, literal_column, or_, select

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import NoticeId, OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    Entered,
    EntryKind,
    HeardNotice,
    HeardNotices,
    LedgerEntry,
    Order,
    OrderFilter,
    Orders,
    OrderState,
)
from ecomcore_sqlalchemy.order_tables import orders, payment_entries
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["ORDER_REPOSITORIES"]


class SqlOrders(SqlRepository[Order, OrderId], Orders):
    kind: ClassVar[type[Order]] = Order  # type: ignore[misc]

    def of_buyer(self, buyer: str, before: OrderId | None, limit: int) -> Sequence[Order]:
        narrowed: dict[str, Any] = {} if before is None else {"before": before}
        columns = orders.c
        stored = self._load(
            "of_buyer" if before is None else "of_buyer_before",
            lambda roots: (
                roots.where(columns.buyer == bindparam("buyer"))
                .where(*(() if before is None else (columns.id < bindparam("before"),)))
                .order_by(columns.id.desc())
                .limit(LIMIT)
            ),
            buyer=buyer,
            limit=self._room_for(limit),
            **narrowed,
        )
        own = self._merged(stored, lambda order: order.buyer == buyer and (before is None or order.id < before))
        return sorted(own, key=lambda order: order.id, reverse=True)[:limit]

    def placed_by(self, buyer: str | None, contact: str | None) -> int:
        dialect, columns = self._session.dialect, orders.c
        saved = [order for order in self._changes.changed_now(Order) if _is_by(order, buyer, contact)]
        rows = self._session.fetch(
            "orders.placed_by",
            lambda: (
                select(func.count())
                .where(or_(columns.buyer == bindparam("buyer"), columns.contact == bindparam("contact")))
                .where(columns.state != bindparam("cancelled"))
                .where(~dialect.any_of(columns.id, "saved"))
            ),
            buyer=buyer or "",
            contact=contact or "",
            cancelled=OrderState.CANCELLED.value,
            saved=dialect.list_of(sorted(order.id for order in saved)),
        )
        return int(rows[0][0]) + sum(1 for order in saved if order.state is not OrderState.CANCELLED)

    def search(self, wanted: OrderFilter, before: OrderId | None, limit: int) -> Sequence[Order]:
        columns, dialect = orders.c, self._session.dialect
        found: dict[str, Any] = {
            name: value for name in ("number", "buyer", "contact") if (value := getattr(wanted, name)) is not None
        }
        if wanted.state is not None:
            found["state"] = wanted.state.value
        conditions = [columns[name] == bindparam(name) for name in found]
        if wanted.number is not None:
            conditions.append(columns.number != literal_column("''"))  # as its index says: a parameter proves nothing
        if wanted.since is not None:
            conditions.append(columns.placed_at >= bindparam("since", type_=INSTANT))
            found["since"] = dialect.instant(wanted.since)
        if wanted.until is not None:
            conditions.append(columns.placed_at < bindparam("until", type_=INSTANT))
            found["until"] = dialect.instant(wanted.until)
        if before is not None:
            conditions.append(columns.id < bindparam("before"))
            found["before"] = before
        stored = self._load(
            f"search_{'_'.join(found)}",
            lambda roots: roots.where(*conditions).order_by(columns.id.desc()).limit(LIMIT),
            limit=self._room_for(limit),
            **found,
        )
        fitting = self._merged(stored, lambda order: _fits(order, wanted) and (before is None or order.id < before))
        return sorted(fitting, key=lambda order: order.id, reverse=True)[:limit]

    def of_payment(self, payment: PaymentId | None, reference: str) -> Order | None:
        names = [(name, wanted) for name, wanted in (("payment", payment), ("reference", reference)) if wanted]
        for saved in self._changes.changed_now(Order):
            if saved.ledger.is_about(payment, reference):
                return saved
        for name, wanted in names:
            rows = self._session.fetch(
                f"payment_entries.order_of_{name}",
                _order_of_payment if name == "payment" else _order_of_promise,
                wanted=wanted,
            )
            if rows:
                return self.find(OrderId(rows[0][0]))
        return None

    def unanswered(self, before: Instant, limit: int) -> Sequence[Order]:
        columns = orders.c
        stored = self._load(
            "unanswered",
            lambda roots: (
                roots.where(columns.ask_at <= bindparam("before", type_=INSTANT))
                .order_by(columns.ask_at, columns.id)
                .limit(LIMIT)
            ),
            before=self._session.dialect.instant(before),
            limit=self._room_for(limit),
        )
        waiting = [
            (order.ask_at, order.id, order)
            for order in self._merged(stored, lambda _: True)
            if order.ask_at is not None and order.ask_at <= before
        ]
        return [order for _, _, order in sorted(waiting, key=lambda each: each[:2])[:limit]]

    def unpaid(self, now: Instant, limit: int) -> Sequence[Order]:
        columns = orders.c
        stored = self._load(
            "unpaid",
            lambda roots: (
                roots.where(columns.pay_by <= bindparam("now", type_=INSTANT))
                .order_by(columns.pay_by, columns.id)
                .limit(LIMIT)
            ),
            now=self._session.dialect.instant(now),
            limit=self._room_for(limit),
        )
        late = [
            (order.pay_by, order.id, order)
            for order in self._merged(stored, lambda _: True)
            if order.pay_by is not None and order.pay_by <= now
        ]
        return [order for _, _, order in sorted(late, key=lambda each: each[:2])[:limit]]

    def entries(
        self, since: Instant, until: Instant, after: tuple[OrderId, int] | None, limit: int
    ) -> Sequence[Entered]:
        dialect, columns = self._session.dialect, payment_entries.c
        order, number = after or (OrderId(""), 0)
        rows = self._session.fetch(
            "payment_entries.between",
            lambda: (
                select(
                    columns.order,
                    columns.number,
                    columns.kind,
                    columns.payment,
                    columns.amount,
                    columns.reference,
                    columns["at"],
                    columns.method,
                    columns.request,
                    orders.c.currency,
                )
                .join(orders, orders.c.id == columns.order)
                .where(columns["at"] >= bindparam("since", type_=INSTANT))
                .where(columns["at"] < bindparam("until", type_=INSTANT))
                .where(
                    or_(
                        columns.order > bindparam("order"),
                        and_(
                            columns.order == bindparam("order"),
                            columns.number > bindparam("number", type_=Integer),
                        ),
                    )
                )
                .order_by(columns.order, columns.number)
                .limit(LIMIT)
            ),
            since=dialect.instant(since),
            until=dialect.instant(until),
            order=order,
            number=number,
            limit=limit,
        )
        stored = {
            (id_, place): Entered(
                OrderId(id_),
                LedgerEntry(
                    place,
                    EntryKind(kind),
                    PaymentId(payment),
                    Money(amount, Currency(code)),
                    reference,
                    dialect.moment(at),
                    method,
                    request,
                ),
            )
            for id_, place, kind, payment, amount, reference, at, method, request, code in rows
        }
        for saved in self._changes.changed_now(Order):
            for entry in saved.ledger.entries:
                if since <= entry.at < until and (saved.id, entry.number) > (order, number):
                    stored[saved.id, entry.number] = Entered(saved.id, entry)
        return [stored[key] for key in sorted(stored)][:limit]


def _is_by(order: Order, buyer: str | None, contact: str | None) -> bool:
    return (buyer is not None and order.buyer == buyer) or (contact is not None and order.contact == contact)


def _order_of_payment() -> Select[Any]:
    entries = payment_entries.c
    return select(entries.order).where(entries.payment == bindparam("wanted")).limit(1)


def _order_of_promise() -> Select[Any]:
    entries = payment_entries.c
    found = select(entries.order).where(entries.reference == bindparam("wanted"))
    return found.where(entries.kind == literal_column("'authorised'")).order_by(entries.order).limit(1)


def _fits(order: Order, wanted: OrderFilter) -> bool:
    return (
        wanted.number in (None, order.number)
        and wanted.buyer in (None, order.buyer)
        and wanted.contact in (None, order.contact)
        and wanted.state in (None, order.state)
        and (wanted.since is None or order.placed_at >= wanted.since)
        and (wanted.until is None or order.placed_at < wanted.until)
    )


class SqlHeardNotices(SqlRepository[HeardNotice, NoticeId], HeardNotices):
    kind: ClassVar[type[HeardNotice]] = HeardNotice  # type: ignore[misc]


ORDER_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    Orders: SqlOrders,
    HeardNotices: SqlHeardNotices,
}
"""Which repository implements which port of ordering."""
