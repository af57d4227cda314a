"""A flash sale: everybody wants the same item at the same moment.

    uv run benchmarks/flash_sale.py [--seconds 4] [--rounds 3] [--clients 1 8 32] [--stripes 64] [--only slow]

On one PostgreSQL server three buyers of one unit take turns:

* pgbench: one conditional UPDATE of one row and its commit, the least that can be done;
* ecomcore, one row: ``ReserveStock`` with its reservation, its ledger and its event in the outbox;
* ecomcore, striped: the same, the item spread over many rows (``StripeStock``).

Once with the server as it is, and once with commits that take 5 ms (``commit_delay``), as on a disk or with a replica
that must be waited for: then a single row can be sold 200 times a second at most, whoever asks.

Up to 4 processes hold the clients as threads: on a machine of few cores more processes would measure how these are
swapped. After each measurement the books are compared with what the clients were told. Then the item has a quota, the
clients buy until nothing is left, and are told that it is sold out; and orders are placed under a promotion with a
quota and a cap for each member.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from checkout import EUR, pgbench
from figures import figure

from ecomcore import Deliveries, Shop, assemble
from ecomcore.catalog import AddProduct, NewVariant
from ecomcore.inventory import (
    ListStock,
    OpenLocation,
    OutOfStock,
    Purpose,
    ReceiveStock,
    ReserveStock,
    StockLine,
    StripeStock,
)
from ecomcore.kernel.errors import Conflict
from ecomcore.kernel.ids import LocationId, MemberId, VariantId
from ecomcore.kernel.messages import Member, System
from ecomcore.kernel.money import Money, Price
from ecomcore.ordering import CartLine, PlaceOrder, QuoteCart, TotalChanged
from ecomcore.promotions import ApprovePromotion, CreatePromotion
from ecomcore.quoting import AmountOff, Items, Lane, Limits, Terms

PLENTY = 100_000_000
MOST_PROCESSES = 4
MAIN = LocationId("warehouse")
OFF = Money(100, EUR)
CAP = 2

Ordered: TypeAlias = tuple[dict[str, int], int, float]
"""How many units each member got cheaper, how many orders were placed, and in how many seconds."""

MINIMAL = f"""
CREATE TABLE sale (id int PRIMARY KEY, units int NOT NULL CHECK (units >= 0));
INSERT INTO sale VALUES (1, {PLENTY});
"""
SCRIPT = "UPDATE sale SET units = units - 1 WHERE id = 1 AND units >= 1;"


# The clients ----------------------------------------------------------------------------------------------------------


def one_process(url: str, threads: int, seed: int, task: Callable[..., Any], given: Sequence[Any], ends: Any) -> None:
    shop = assemble(url, deliveries=Deliveries(at_once=False))
    ready, answers = ends
    results: list[Any] = [None] * threads

    def run(number: int) -> None:
        results[number] = task(shop, ready, f"{seed}-{number}", *given)

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    answers.put(results)
    shop.close()


seeds = count(1)


def clients(url: str, number: int, task: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What so many clients answer who do this at once."""
    context = multiprocessing.get_context("spawn")
    processes = min(number, MOST_PROCESSES)
    ends = context.Barrier(number), context.Queue()
    shares = [number // processes + (rest < number % processes) for rest in range(processes)]
    workers = [
        context.Process(target=one_process, args=(url, threads, next(seeds), task, arguments, ends))
        for threads in shares
    ]
    for worker in workers:
        worker.start()
    answers = [answer for _ in workers for answer in ends[1].get(timeout=600)]
    for worker in workers:
        worker.join()
    return answers


def buy_for(shop: Shop, ready: Any, name: str, variant: VariantId, seconds: float) -> tuple[int, float]:
    """Set one unit aside again and again: how often, and in how many seconds."""
    desk, line = shop.desk(System()), (StockLine(variant, 1),)
    desk.ask(ListStock((variant,)))
    desk.handle(ReserveStock(f"{name}-warm", line, purpose=Purpose.OTHER))
    ready.wait()
    start, done = time.perf_counter(), 0
    while (took := time.perf_counter() - start) < seconds:
        desk.handle(ReserveStock(f"{name}-{done}", line, purpose=Purpose.OTHER))
        done += 1
    return done, took


def buy_all(shop: Shop, ready: Any, name: str, variant: VariantId, seconds: float) -> tuple[int, int, float]:
    """Buy until nothing is left, then ask for so long: how many were bought, how often it was sold out, how long."""
    desk, line, bought, refused = shop.desk(System()), (StockLine(variant, 1),), 0, 0
    desk.ask(ListStock((variant,)))
    ready.wait()
    while not refused:
        try:
            desk.handle(ReserveStock(f"{name}-{bought}", line, purpose=Purpose.OTHER))
            bought += 1
        except OutOfStock:
            refused = 1
    ready.wait()
    start = time.perf_counter()
    while (took := time.perf_counter() - start) < seconds:
        try:
            desk.handle(ReserveStock(f"{name}-late", line, purpose=Purpose.OTHER))
            bought += 1
        except OutOfStock:
            refused += 1
    return bought, refused, took


def order_for_all(
    shop: Shop, ready: Any, name: str, variant: VariantId, members: int
) -> tuple[dict[str, int], int, float]:
    """Each of so many members orders three times at the price of the moment: who got how many cheaper, and how long."""
    cheaper: Counter[str] = Counter()
    lines, placed = (CartLine(variant, 1),), 0
    shop.desk(Member(MemberId(f"{name}-0"))).ask(QuoteCart(lines, EUR))
    ready.wait()
    start = time.perf_counter()
    for _ in range(3):
        for number in range(members):
            member = shop.desk(Member(MemberId(f"{name}-{number}")))
            while True:
                quote = member.ask(QuoteCart(lines, EUR))
                try:
                    member.handle(PlaceOrder(lines, quote.total, "token", digest=quote.digest))
                except (TotalChanged, Conflict):
                    continue
                break
            placed += 1
            cheaper[f"{name}-{number}"] += quote.discount.minor // OFF.minor
    return dict(cheaper), placed, time.perf_counter() - start


# The shop -------------------------------------------------------------------------------------------------------------


def an_item(shop: Shop, name: str, units: int, stripes: int) -> VariantId:
    """A variant of its own for each measurement."""
    desk, variant = shop.desk(System()), VariantId(name)
    price = Price(Money(499, EUR))
    desk.handle(AddProduct(name, (NewVariant(f"sku-{name}", price, id=variant),), publish=True))
    desk.handle(ReceiveStock(MAIN, (StockLine(variant, units),)))
    if stripes:
        desk.handle(StripeStock(variant, MAIN, stripes))
    return variant


def check(shop: Shop, what: str, variant: VariantId, sold: int) -> None:
    """The books say what the clients were told."""
    (view,) = shop.desk(System()).ask(ListStock((variant,)))
    breaches = shop.audit()
    wrong = abs(view.reserved - sold) + len(breaches)
    if wrong:
        figure(f"{what}: units sold otherwise than told, and breaches of the audit", wrong, "units", at_most=0)
        raise SystemExit(f"{view.reserved} set aside, {sold} told; {breaches[:3]}")


# Reservations ---------------------------------------------------------------------------------------------------------


def reservations(url: str, minimal: str, script: Path, setting: str, chosen: argparse.Namespace) -> None:
    shop = assemble(url)
    fastest = {}
    for number in chosen.clients:
        theirs: list[float] = []
        ours: dict[int, list[float]] = {0: [], chosen.stripes: []}
        for round_ in range(chosen.rounds):
            theirs.append(pgbench(minimal, number, chosen.seconds, script))
            for stripes, rates in ours.items():
                variant = an_item(shop, f"{setting.split()[0]}-{number}-{stripes}-{round_}", PLENTY, stripes)
                done = clients(url, number, buy_for, variant, chosen.seconds)
                rates.append(sum(bought / took for bought, took in done))
                check(shop, setting, variant, sum(bought for bought, _ in done) + number)
        fastest[number] = statistics.median(theirs)
        for stripes, rates in ours.items():
            reach = {(8, False): 0.25} if setting == "default" else {(32, True): 5.0}
            figure(
                f"units set aside per second, {setting} commits, {number} client{'s' if number > 1 else ''}, "
                f"{f'{stripes} stripes' if stripes else 'one row'}",
                statistics.median(rates),
                "reservations/s",
                reference=("pgbench, one row", fastest[number]),
                at_least=reach.get((number, bool(stripes))),
                rounds={"ecomcore": [round(rate) for rate in rates], "pgbench": [round(rate) for rate in theirs]},
            )
    for stripes in (0, chosen.stripes):
        quota = 25 * max(chosen.clients)
        variant = an_item(shop, f"{setting.split()[0]}-quota-{stripes}", quota, stripes)
        done = clients(url, max(chosen.clients), buy_all, variant, chosen.seconds)
        bought = sum(each for each, _, _ in done)
        check(shop, setting, variant, bought)
        name = f"{setting} commits, {max(chosen.clients)} clients, {f'{stripes} stripes' if stripes else 'one row'}"
        figure(f"units sold of a quota, {name}", bought, "units", reference=("quota", quota), at_least=1.0)
        figure(f"sold-out answers per second, {name}", sum(no / took for _, no, took in done), "answers/s")
        figure(f"server time of a sold-out answer, {name}", server_time(url, variant), "ms", at_most=1.0)
    shop.close()


def server_time(url: str, variant: VariantId) -> float:
    """How long the server works on all statements of a sold-out answer, in milliseconds: the median of 20."""
    import psycopg

    from ecomcore_sqlalchemy import SqlPersistence
    from tests.support.postgres import libpq_dsn

    store, asked = SqlPersistence(url), []
    desk = assemble(store).desk(System())
    fetch = store.dialect.fetch

    def listen(channel: Any, statement: Any, parameters: Any) -> Any:
        given = {**statement.values, **parameters}
        asked.append((statement.text, [given[name] for name in statement.names]))
        return fetch(channel, statement, parameters)

    store.dialect.fetch = listen  # type: ignore[method-assign]
    with suppress(OutOfStock):
        desk.handle(ReserveStock("listened-to", (StockLine(variant, 1),), purpose=Purpose.OTHER))
    with psycopg.connect(libpq_dsn(url), autocommit=True, options=_options()) as connection:
        times = []
        for number, (statement, _) in enumerate(asked):
            connection.execute(f"PREPARE q{number} AS {statement}")
        for _ in range(20):
            total = 0.0
            for number, (_, given) in enumerate(asked):
                values = ", ".join(psycopg.sql.Literal(str(value)).as_string(connection) for value in given)
                plan = connection.execute(
                    f"EXPLAIN (ANALYZE, SUMMARY, FORMAT JSON) EXECUTE q{number}({values})"
                ).fetchall()
                total += plan[0][0][0]["Execution Time"]
            times.append(total)
    store.close()
    return statistics.median(times)


def _options() -> str:
    from ecomcore_sqlalchemy.postgres import _OPTIONS

    return _OPTIONS


# Orders ---------------------------------------------------------------------------------------------------------------


def orders(url: str, chosen: argparse.Namespace) -> None:
    shop = assemble(url)
    desk = shop.desk(System())
    number = min(8, max(chosen.clients))
    for stripes in (0, chosen.stripes):
        members = max(1, int(chosen.seconds * 2))
        quota = members * number * CAP * 2 // 3
        variant = an_item(shop, f"order-{stripes}", PLENTY, stripes)
        off = AmountOff(OFF, on=Lane.CATALOGUE, each=True, items=Items(variants=(variant,)))
        terms = Terms(name=f"Flash {stripes}", effects=(off,), limits=Limits(units=quota, units_per_buyer=CAP))
        desk.handle(ApprovePromotion(desk.handle(CreatePromotion(terms)), 1))
        done = clients(url, number, order_for_all, variant, members)
        check(shop, "orders", variant, sum(placed for _, placed, _ in done))
        cheaper = [units for each, _, _ in done for units in each.values()]
        name = f"{number} clients, {f'{stripes} stripes' if stripes else 'one row'}"
        rate = sum(placed for _, placed, _ in done) / max(took for _, _, took in done)
        figure(f"orders placed per second in a flash sale, {name}", rate, "orders/s")
        figure(
            f"units sold cheaper, {name}", sum(cheaper), "units", reference=("quota", quota), at_least=1.0, at_most=1.0
        )
        figure(f"most units cheaper for one member, {name}", max(cheaper), "units", at_most=CAP)
    shop.close()


@contextmanager
def slow_commits(server: str) -> Iterator[None]:
    """Each commit waits 5 ms for others before it is written."""
    import psycopg

    from tests.support.postgres import libpq_dsn

    def alter(*statements: str) -> None:
        with psycopg.connect(libpq_dsn(server), autocommit=True) as connection:
            for statement in (*statements, "SELECT pg_reload_conf()"):
                connection.execute(statement)
        time.sleep(0.5)

    alter("ALTER SYSTEM SET commit_delay = 5000", "ALTER SYSTEM SET commit_siblings = 0")
    try:
        yield
    finally:
        alter("ALTER SYSTEM RESET commit_delay", "ALTER SYSTEM RESET commit_siblings")


def main() -> None:
    import psycopg

    from tests.support.postgres import libpq_dsn, postgres_database, postgres_server

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind; the median counts")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32], help="how many buy at once")
    parser.add_argument("--stripes", type=int, default=64, help="over how many rows the item is spread")
    parser.add_argument("--only", choices=["default", "slow", "place"], help="only this part")
    chosen = parser.parse_args()
    with (
        postgres_server() as server,
        postgres_database(server) as minimal,
        postgres_database(server) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        with psycopg.connect(libpq_dsn(minimal), autocommit=True) as connection:
            connection.execute(MINIMAL)
        script = Path(folder) / "sale.sql"
        script.write_text(SCRIPT)
        shop = assemble(url)
        shop.desk(System()).handle(OpenLocation("Warehouse", id=MAIN))
        shop.close()
        if chosen.only in (None, "default"):
            reservations(url, minimal, script, "default", chosen)
        if chosen.only in (None, "slow"):
            with slow_commits(server):
                reservations(url, minimal, script, "5 ms", chosen)
        if chosen.only in (None, "place"):
            orders(url, chosen)


if __name__ == "__main__":
    main()
