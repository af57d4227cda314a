"""What a database does to a shop: statements that stay few, connections that break, transactions that collide."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from ecomcore import Deliveries, assemble
from ecomcore.catalog import AddProduct, AddProducts, NewVariant, Products
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import GetAvailability, ReceiveStock, StockItems, StockLine
from ecomcore.kernel.errors import OutcomeUnknown, TryAgain
from ecomcore.kernel.ids import VariantId
from ecomcore.ordering import ListOrders, OrderState
from ecomcore.shipping import ListShipments, ShipShipment
from ecomcore.testing import NOON, ShopKit, a_price, a_shop
from ecomcore.testing.builders import units
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.libpq import Channel
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(
        request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    )
    erase_everything(persistence)
    yield persistence
    persistence.close()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(postgres_url)
    erase_everything(persistence)
    yield persistence
    persistence.close()


COMMANDS: dict[str, Callable[[ShopKit, Sequence[VariantId]], object]] = {
    "placing": lambda kit, variants: kit.buy(*variants, key=f"place-{len(variants)}"),
    "cancelling": lambda kit, variants: kit.cancel(kit.buy(*variants)),
    "shipping": lambda kit, variants: kit.ship(kit.buy(*variants)),
    "receiving": lambda kit, variants: kit.staff.handle(
        ReceiveStock(kit.location, tuple(StockLine(variant, 1) for variant in variants))
    ),
    "adding products": lambda kit, variants: kit.staff.handle(
        AddProducts(
            tuple(
                AddProduct("New", (NewVariant(f"new-{len(variants)}-{v}", a_price()),), publish=True) for v in variants
            )
        )
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_number_of_statements_does_not_grow_with_the_lines(command: str, store: SqlPersistence) -> None:
    kit = a_shop(store, products=50, stock=100)
    kit.buy()  # what a process keeps at hand, such as the rules of prices, it reads once

    def statements(lines: int) -> int:
        before = store.statements
        COMMANDS[command](kit, kit.variants[:lines])
        return store.statements - before

    assert statements(50) == statements(1)


def test_a_connection_that_broke_in_between_is_replaced(on_postgres: SqlPersistence) -> None:
    kit = a_shop(on_postgres)
    _kill_every_connection(on_postgres)

    order = kit.buy(key="after the break")

    assert kit.view(order).id == order
    assert kit.shop.audit() == []


def test_statements_that_somebody_has_forgotten_are_prepared_again(on_postgres: SqlPersistence) -> None:
    kit = a_shop(on_postgres)
    pooled = on_postgres.engine.raw_connection()
    on_postgres.dialect.channel(pooled).execute("DEALLOCATE ALL")
    pooled.close()

    order = kit.buy(key="after forgetting")

    assert kit.view(order).id == order


@pytest.mark.parametrize("committed", [False, True])
def test_a_connection_that_breaks_during_the_commit_leaves_one_order(
    on_postgres: SqlPersistence, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    kit = a_shop(on_postgres)
    broken = _cut_once_before_the_answer(monkeypatch, committed=committed)

    order = kit.buy(key="once")

    assert broken
    assert [view.id for view in kit.member.ask(ListOrders())] == [order]
    assert kit.shop.audit() == []


def test_without_a_key_the_caller_hears_that_nobody_knows(
    on_postgres: SqlPersistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = a_shop(on_postgres)
    _cut_once_before_the_answer(monkeypatch, committed=True)

    with pytest.raises(OutcomeUnknown, match="key"):
        kit.buy()


@pytest.mark.parametrize("orders_before", [0, 1], ids=["statements to be prepared", "all prepared"])
def test_what_was_never_sent_is_tried_again_without_a_key(
    on_postgres: SqlPersistence, monkeypatch: pytest.MonkeyPatch, orders_before: int
) -> None:
    kit = a_shop(on_postgres)
    for _ in range(orders_before):
        kit.buy()
    commit, killed = on_postgres.dialect.commit, list[bool]()

    def kill_first(channel: Any, writes: Any) -> int:
        if not killed:
            killed.append(True)
            _kill_every_connection(on_postgres)
        return commit(channel, writes)

    monkeypatch.setattr(on_postgres.dialect, "commit", kill_first)
    kit.buy()

    assert killed
    assert len(kit.member.ask(ListOrders())) == orders_before + 1
    assert kit.shop.audit() == []


def test_a_server_that_was_restarted_costs_nobody_a_command(on_postgres: SqlPersistence) -> None:
    kit = a_shop(on_postgres)
    pooled = [on_postgres.engine.raw_connection() for _ in range(8)]
    for connection in pooled:
        connection.close()
    _kill_every_connection(on_postgres)

    kit.member.ask(GetAvailability(kit.variants))


def test_a_connection_lost_while_a_write_waits_is_a_reason_to_try_again(on_postgres: SqlPersistence) -> None:
    kit = a_shop(on_postgres, products=1)
    holder, waiting = on_postgres.begin(), on_postgres.begin()
    (item,) = waiting.repository(StockItems).page()
    holder.repository(StockItems).many([item.id], lock=True)
    waiting.repository(StockItems).save(item.receive(units(1), "late", NOON))
    outcomes: list[BaseException] = []

    def commit() -> None:
        try:
            waiting.commit()
        except BaseException as error:
            outcomes.append(error)

    thread = threading.Thread(target=commit)
    thread.start()
    while not _somebody_waits_for_a_lock(on_postgres):
        thread.join(0.01)
    _kill_connections(on_postgres, "wait_event_type = 'Lock'")
    thread.join()
    holder.rollback()

    assert [type(error) for error in outcomes] == [TryAgain]
    assert kit.shop.audit() == []


def test_who_waits_for_a_lock_sees_the_parts_as_they_are_then(on_postgres: SqlPersistence) -> None:
    kit = a_shop(on_postgres, products=1)
    (variant,) = kit.variants
    first, second = on_postgres.begin(), on_postgres.begin()
    product = first.repository(Products).with_variants([variant])[variant]
    first.repository(Products).get(product.id, lock=True)
    seen: list[Any] = []

    thread = threading.Thread(target=lambda: seen.append(second.repository(Products).get(product.id, lock=True)))
    thread.start()
    while not _somebody_waits_for_a_lock(on_postgres):
        thread.join(0.01)
    first.repository(Products).save(product.change_price(variant, a_price(77_77)))
    first.commit()
    thread.join()
    second.rollback()

    assert (seen[0].version, seen[0].variant(variant).price) == (product.version + 1, a_price(77_77))


def test_a_delivery_that_cannot_be_read_stands_in_nobodys_way(store: SqlPersistence) -> None:
    kit = a_shop(store, products=1, deliveries=Deliveries(at_once=False, tries=1))
    order = kit.buy()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE deliveries SET name = 'GiftCardSent'"))
    other = kit.buy()

    kit.shop.drain()

    (left,) = kit.staff.ask(ListDeliveries())
    assert (left.message, left.dead) == ("GiftCardSent", True)
    assert "cannot read" in left.last_error
    assert kit.view(order).state is OrderState.PLACED
    assert kit.view(other).state is OrderState.CONFIRMED


def test_a_deadlock_is_a_reason_to_try_again(on_postgres: SqlPersistence) -> None:
    kit = a_shop(on_postgres, products=2)
    items = [item.id for item in _items(on_postgres)]
    both_hold_one = threading.Barrier(2)
    outcomes: list[str] = []

    def lock(first: int) -> None:
        work = on_postgres.begin()
        try:
            stock_items: StockItems = work.repository(StockItems)
            stock_items.many([items[first]], lock=True)
            both_hold_one.wait()
            stock_items.many([items[1 - first]], lock=True)
            outcomes.append("locked")
        except TryAgain:
            outcomes.append("try again")
        finally:
            work.rollback()

    threads = [threading.Thread(target=lock, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["locked", "try again"]
    assert kit.shop.audit() == []


def test_nobody_goes_on_in_a_unit_of_work_that_has_failed(sqlite_url: str) -> None:
    persistence = SqlPersistence(sqlite_url)
    assemble(persistence)
    work = persistence.begin()
    work.repository(StockItems).page()
    work.rollback()

    with pytest.raises(RuntimeError, match="has ended"):
        work.repository(StockItems).page()

    persistence.close()


def test_a_busy_file_is_a_reason_to_try_again(sqlite_url: str) -> None:
    persistence = SqlPersistence(sqlite_url)
    assemble(persistence)
    holder, impatient = persistence.begin(), persistence.begin()
    holder.repository(StockItems).page()
    with persistence.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")

    with pytest.raises(TryAgain, match="locked"):
        impatient.repository(StockItems).page()

    holder.rollback()
    persistence.close()


def test_many_threads_share_one_store(store: SqlPersistence) -> None:
    kit = a_shop(store, products=3, stock=1_000)
    failures: list[BaseException] = []

    def buy() -> None:
        try:
            for _ in range(10):
                kit.buy(*kit.variants)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=buy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert [item.reserved for item in _items(store)] == [80, 80, 80]
    assert kit.shop.audit() == []


def test_shipping_by_two_at_once_ships_once(store: SqlPersistence) -> None:
    kit = a_shop(store)
    order = kit.buy()
    shipment = kit.staff.ask(ListShipments(order))[0]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def ship() -> None:
        start.wait()
        outcomes.append(type(kit.staff.attempt(ShipShipment(shipment.id))).__name__)

    threads = [threading.Thread(target=ship) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["Failure", "Success"]
    assert kit.shop.audit() == []


def _items(store: SqlPersistence) -> Sequence[Any]:
    work = store.begin(write=False)
    try:
        stock_items: StockItems = work.repository(StockItems)
        return stock_items.page()
    finally:
        work.rollback()


def _kill_every_connection(store: SqlPersistence) -> None:
    _kill_connections(store, "true")


def _kill_connections(store: SqlPersistence, which: str) -> None:
    killer = SqlPersistence(store.engine.url.render_as_string(hide_password=False), migrate=False)
    with killer.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
            )
        )
    killer.close()


def _somebody_waits_for_a_lock(store: SqlPersistence) -> bool:
    watcher = SqlPersistence(store.engine.url.render_as_string(hide_password=False), migrate=False)
    with watcher.engine.connect() as connection:
        waiting = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        ).scalar_one()
    watcher.close()
    return bool(waiting)


def _cut_once_before_the_answer(monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> list[bool]:
    """The network goes away before the server has seen the next commit, or after it has carried it out."""
    run, broken = Channel._run, list[bool]()

    def cut(channel: Any) -> None:
        broken.append(True)
        with socket.socket(fileno=os.dup(channel._connection.pgconn.socket)) as line:
            if committed:
                line.recv(1 << 20)  # nobody will ever read the answer
            line.shutdown(socket.SHUT_RDWR)

    def collect(channel: Any, *arguments: Any) -> None:
        channel._selector.select()  # the server answers when all is done
        monkeypatch.setattr(Channel, "_collect", whole)
        cut(channel)
        whole(channel, *arguments)

    def run_and_cut(channel: Any, *statements: Any) -> Any:
        if statements[-1][0] == "COMMIT" and not broken:
            if committed:
                monkeypatch.setattr(Channel, "_collect", collect)
            else:
                cut(channel)
        return run(channel, *statements)

    whole = Channel._collect
    monkeypatch.setattr(Channel, "_run", run_and_cut)
    return broken


def test_an_interruption_in_the_middle_of_a_write_is_not_swallowed(
    on_postgres: SqlPersistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = a_shop(on_postgres, products=1)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Channel, "_wait_for_the_socket", interrupted)
        with pytest.raises(KeyboardInterrupt):
            kit.buy(key="interrupted")

    order = kit.buy(key="interrupted")

    assert [view.id for view in kit.member.ask(ListOrders())] == [order]
    assert kit.shop.audit() == []
