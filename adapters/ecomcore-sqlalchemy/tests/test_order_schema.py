"""The tables of orders refuse what the domain refuses; looking and changing take as many statements for many lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore.kernel.ids import MemberId, NoticeId, OrderId, PaymentId
from ecomcore.ordering import (
    AmendmentKind,
    CancelUnits,
    CaptureOrder,
    CartLine,
    EditOrder,
    EntryKind,
    FactKind,
    GetOrder,
    HeardNotice,
    LineChange,
    LineUnits,
    ListOrders,
    OrderFilter,
    Orders,
    PreviewEdit,
    ReceiveWebhook,
    RefundOrder,
    WebhookOutcome,
)
from ecomcore.testing import NOON, ShopKit, a_shop, an_amendment, an_entry, an_order, euros, keep
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.dialect import Compiled
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def empty(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """An empty database."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    yield persistence
    persistence.close()


@pytest.fixture
def store(empty: SqlPersistence) -> SqlPersistence:
    """A database with two orders; of one 10.00 were taken and 4.00 given back, and a provider was heard about it."""
    notice = HeardNotice(
        id=NoticeId("n"),
        method="",
        name="evt",
        kind=FactKind.REFUNDED,
        payment=PaymentId("pay"),
        order=OrderId("one"),
        amount=euros(4_00),
        reference="ref",
        outcome=WebhookOutcome.APPLIED,
        reason="",
        heard_at=NOON,
    )
    paid = [an_entry(1, EntryKind.CAPTURED), an_entry(2, EntryKind.REFUNDED, minor=4_00)]
    keep(empty, an_order("one", payments=paid, amendments=[an_amendment(amount=-4_00)]), an_order("two"), notice)
    return empty


# What the database refuses -----------------------------------------------------------------------------------------

REFUSED = [
    ("orders", "returned = captured + 1", "more given back than was taken"),
    ("orders", "returned = -1", "less than nothing given back"),
    ("orders", "captured = 3", "less taken than was given back"),
    ("orders", "amendments = -1", "fewer than no amendments"),
    ("orders", "number = '7'", "two orders with one number"),
    ("orders", "number = NULL", "an order whose number is not known"),
    ("orders", "capture = 'never'", "a way to capture that does not exist"),
    ("heard_notices", "kind = 'lost'", "a fact that does not exist"),
    ("heard_notices", "outcome = 'lost'", "an outcome that does not exist"),
    ("heard_notices", "\"order\" = 'nobodys'", "a notice about an order that does not exist"),
    ("heard_notices", "version = 0", "a version before the first"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: str, what: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {change}"))

    assert type(refused.value).__name__ == "IntegrityError", what


ROWS_REFUSED = [
    ("order_amendments", {"number": 1}, "two amendments with one number"),
    ("order_amendments", {"number": 0}, "an amendment before the first"),
    ("order_amendments", {"line": -2}, "an amendment of nothing"),
    ("order_amendments", {"units": -1}, "fewer than no units"),
    ("order_amendments", {"kind": "lost"}, "a kind that does not exist"),
    ("order_amendments", {"order": "nobodys"}, "an amendment of no order"),
    ("payment_entries", {"kind": "lost"}, "a kind that does not exist"),
    ("payment_entries", {"amount": -1}, "an amount below zero"),
    ("payment_entries", {"order": "nobodys"}, "a fact about no order"),
    ("payment_entries", {}, "a fact that is written already"),
]


@pytest.mark.parametrize(("table", "change", "what"), ROWS_REFUSED, ids=[f"{t}: {w}" for t, _, w in ROWS_REFUSED])
def test_the_database_refuses_a_row_that_cannot_be(
    table: str, change: dict[str, object], what: str, store: SqlPersistence
) -> None:
    own = METADATA.tables[table]
    with store.engine.connect() as connection:
        row = dict(connection.execute(own.select().order_by(own.c.number)).mappings().first() or {})
    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(own.insert(), {**row, "number": 99, **change})

    assert type(refused.value).__name__ == "IntegrityError", what


@pytest.mark.parametrize("kind", EntryKind)
def test_every_kind_of_fact_about_a_payment_is_accepted(kind: EntryKind, store: SqlPersistence) -> None:
    entries = METADATA.tables["payment_entries"]
    with store.engine.begin() as connection:
        row = dict(connection.execute(entries.select()).mappings().first() or {})
        connection.execute(entries.insert(), {**row, "number": 99, "kind": kind.value, "reference": "another"})


@pytest.mark.parametrize("kind", AmendmentKind)
def test_every_kind_of_amendment_is_accepted(kind: AmendmentKind, store: SqlPersistence) -> None:
    amendments = METADATA.tables["order_amendments"]
    with store.engine.begin() as connection:
        row = dict(connection.execute(amendments.select()).mappings().one())
        connection.execute(amendments.insert(), {**row, "number": 99, "kind": kind.value})


@pytest.mark.parametrize("table", ["order_amendments", "payment_entries", "order_lines"])
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET number = number"])
def test_what_was_written_about_an_order_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table)))

    with store.engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0


# How many statements -----------------------------------------------------------------------------------------------


def looked_at(kit: ShopKit, order: OrderId, lines: int) -> Callable[[], Any]:
    return lambda: kit.member.ask(GetOrder(order))


def some_units_cancelled(kit: ShopKit, order: OrderId, lines: int) -> Callable[[], Any]:
    wanted = tuple(LineUnits(number, 1) for number in range(1, lines + 1))
    return lambda: kit.member.handle(CancelUnits(order, wanted))


def edited(kit: ShopKit, order: OrderId, lines: int) -> Callable[[], Any]:
    changes = tuple(LineChange(number, price=euros(9_00)) for number in range(1, lines + 1))
    add = tuple(CartLine(variant, 1) for variant in kit.variants[:lines])
    after = kit.staff.ask(PreviewEdit(order, changes, add)).after
    return lambda: kit.staff.handle(EditOrder(order, after, "why", changes, add))


def refunded(kit: ShopKit, order: OrderId, lines: int) -> Callable[[], Any]:
    kit.staff.handle(CaptureOrder(order))
    wanted = tuple(LineUnits(number, 1) for number in range(1, lines + 1))
    return lambda: kit.staff.handle(RefundOrder(order, "why", wanted))


def heard(kit: ShopKit, order: OrderId, lines: int) -> Callable[[], Any]:
    payment = kit.view(order).payments[0].payment
    kit.gateway.capture_outside(payment)
    told = kit.gateway.webhooks_of(payment, kit.clock.now())[-1]
    return lambda: kit.guest.handle(ReceiveWebhook(told.body, tuple(told.headers.items())))


@pytest.mark.parametrize("act", [looked_at, some_units_cancelled, edited, refunded, heard])
def test_the_number_of_statements_does_not_grow_with_the_lines(
    act: Callable[[ShopKit, OrderId, int], Callable[[], Any]], empty: SqlPersistence
) -> None:
    kit = a_shop(empty, products=50, stock=100)

    def statements(lines: int) -> int:
        order = kit.buy(*kit.variants[:lines], quantity=2)
        ready = act(kit, order, lines)
        before = empty.statements
        ready()
        return empty.statements - before

    statements(2)

    assert statements(50) == statements(1)
    assert not kit.shop.audit()


# A long history ----------------------------------------------------------------------------------------------------


def test_the_orders_of_a_member_are_paged_with_as_many_statements_however_many_there_are(
    empty: SqlPersistence,
) -> None:
    kit = a_shop(empty)
    for number in range(300):
        keep(empty, an_order(f"order-{number:05}"), an_order(f"other-{number:05}", buyer="member:bob"))

    def statements(before: str | None, limit: int) -> tuple[int, list[str]]:
        counted = empty.statements
        found = kit.staff.ask(ListOrders(MemberId("ada"), OrderId(before) if before else None, limit))
        return empty.statements - counted, [view.id for view in found]

    first, page = statements(None, 2)
    last, end = statements("order-00002", 100)

    assert (first, page, end) == (last, ["order-00299", "order-00298"], ["order-00001", "order-00000"])


FOUND: list[tuple[str, Callable[[Orders], Any], str]] = [
    ("the first page of a member", lambda orders: orders.of_buyer("member:ada", None, 10), "ix_orders_buyer_id"),
    ("the next page", lambda orders: orders.of_buyer("member:ada", OrderId("x"), 10), "ix_orders_buyer_id"),
    ("a number", lambda orders: orders.search(OrderFilter(number="7"), None, 10), "uq_orders_number"),
    ("a member", lambda orders: orders.search(OrderFilter(buyer="member:ada"), None, 10), "ix_orders_buyer_id"),
    ("a contact", lambda orders: orders.search(OrderFilter(contact="mail:1"), None, 10), "ix_orders_contact"),
    ("missing answers", lambda orders: orders.unanswered(NOON, 10), "ix_orders_ask_at"),
    ("unpaid orders", lambda orders: orders.unpaid(NOON, 10), "ix_orders_pay_by"),
    ("a payment", lambda orders: orders.of_payment(PaymentId("none"), ""), "ix_payment_entries_payment"),
    ("a promise", lambda orders: orders.of_payment(None, "none"), "ix_payment_entries_promise"),
]


@pytest.mark.parametrize(("what", "find", "index"), FOUND, ids=[what for what, _, __ in FOUND])
def test_orders_are_found_by_an_index(
    what: str, find: Callable[[Orders], Any], index: str, store: SqlPersistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(store, find, monkeypatch)

    assert index in plan, f"{what}: {plan}"


@pytest.mark.parametrize("find", [FOUND[0][1], FOUND[1][1]], ids=["the first page", "the next page"])
def test_a_page_of_a_members_orders_is_read_in_the_order_of_the_index(
    find: Callable[[Orders], Any], store: SqlPersistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has 10,000 orders waits no longer for a page than whoever has ten: nothing is sorted."""
    plan = planned(store, find, monkeypatch)

    assert "ix_orders_buyer_id" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def planned(store: SqlPersistence, find: Callable[[Orders], Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """How the database carries out the first statement of a question, on a connection set up as the store's are."""
    asked: list[tuple[Compiled, dict[str, Any]]] = []
    fetch = store.dialect.fetch

    def listen(channel: Any, statement: Compiled, parameters: Any) -> Any:
        asked.append((statement, {**statement.values, **parameters}))
        return fetch(channel, statement, parameters)

    monkeypatch.setattr(store.dialect, "fetch", listen)
    with store.begin(write=False) as work:
        find(work.repository(Orders))
    statement, parameters = asked[0]
    with store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", parameters).all())
        connection.exec_driver_sql(f"PREPARE question AS {statement.text}")
        nothing = ", ".join("NULL" for _ in statement.names)  # the plan is the same for all values
        plan = connection.exec_driver_sql(f"EXPLAIN EXECUTE question ({nothing})").scalars().all()
        connection.exec_driver_sql("DEALLOCATE question")
        return "\n".join(plan)
