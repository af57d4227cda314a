"""Numbers of documents: never given twice, never left out, and never read as those of another series."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from ecomcore import assemble
from ecomcore.choices import Retries
from ecomcore.documents import (
    AllSeries,
    Documents,
    DocumentsPolicy,
    IssueCreditNote,
    IssueInvoice,
    NumberFormat,
    take_number,
)
from ecomcore.kernel.calendar import TimeZone
from ecomcore.kernel.errors import Duplicate
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Staff
from ecomcore.kernel.work import Persistence
from ecomcore.testing import NOON, FixedClock, at_once, euros, keep
from ecomcore.testing.document_builders import MadeUpBilling, a_bill, a_series, an_amendment, an_invoice
from ecomcore.testing.outbox_data import use_wire
from ecomcore.testing.work import reading, writing
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.document_tables import documents
from ecomcore_sqlalchemy.testing import erase_everything

MANY = 8
SAM = Staff("sam", frozenset(("*",)))


@pytest.fixture
def store(persistence: Persistence) -> Persistence:
    """An empty store in use, of each kind in turn."""
    return use_wire(persistence)


def numbers(persistence: Persistence) -> list[str]:
    with reading(persistence) as work:
        return sorted(document.number for document in work.repository(Documents).page())


def an_office(persistence: Persistence, billing: MadeUpBilling, **policy: Any) -> Any:
    return assemble(
        persistence,
        billing=billing,
        clock=FixedClock(),
        documents_policy=DocumentsPolicy(**policy),
        retries=Retries(tries=30),
    )


@pytest.mark.failure("F078")
def test_a_long_number_of_one_series_is_not_a_number_of_another(store: Persistence) -> None:
    """Series "1" with its 10th number and series "10" with its first: joined without a hyphen they read alike."""
    given = []
    with writing(store) as work:
        series: AllSeries = work.repository(AllSeries)
        for prefix in ("1", "10", "100"):
            series.save(a_series(f"{prefix}:2030", next=10**6 - 5))
        for prefix in ("1", "10", "100"):
            for digits in (1, 6):
                each = NumberFormat(prefix, digits)
                given += [take_number(series, each, NOON, TimeZone("UTC")).text for _ in range(8)]

    assert len(set(given)) == 48
    assert {"1-2030-1000000", "10-2030-1000000", "100-2030-1000000"} <= set(given)


@pytest.mark.failure("F078")
def test_series_that_look_alike_number_their_documents_apart(persistence: Persistence) -> None:
    billing = MadeUpBilling()
    billing.bills = {OrderId(f"order-{number}"): a_bill() for number in range(24)}
    shops = [an_office(persistence, billing, invoices=NumberFormat(prefix, 1)) for prefix in ("1", "10")]

    for number, order in enumerate(billing.bills):
        shops[number % 2].handle(IssueInvoice(order), by=SAM)

    assert len(set(numbers(persistence))) == 24
    assert {"1-2030-12", "10-2030-1", "10-2030-2", "10-2030-12"} <= set(numbers(persistence))


def test_invoices_issued_at_the_same_moment_have_numbers_of_their_own_without_a_gap(postgres_url: str) -> None:
    store, billing = SqlPersistence(postgres_url), MadeUpBilling()
    erase_everything(store)
    orders = [OrderId(f"order-{number}") for number in range(MANY * 3)]
    billing.bills = {order: a_bill() for order in orders}
    billing.bills[OrderId("refused")] = a_bill(total=euros(1))
    shop = an_office(store, billing)

    def issue(first: int) -> None:
        for order in orders[first::MANY]:
            shop.attempt(IssueInvoice(OrderId("refused")), by=SAM)  # takes a number, and gives it back
            shop.handle(IssueInvoice(order), by=SAM)

    for outcome in at_once([partial(issue, first) for first in range(MANY)]):
        assert outcome.error is None

    assert numbers(store) == [f"INV-2030-{number:06}" for number in range(1, len(orders) + 1)]
    assert shop.audit() == []
    store.close()


def test_whoever_asks_for_the_same_invoice_at_the_same_moment_gets_the_same_one(postgres_url: str) -> None:
    store, billing = SqlPersistence(postgres_url), MadeUpBilling()
    erase_everything(store)
    billing.bills = {OrderId("order"): a_bill()}
    shop = an_office(store, billing)

    issued = at_once([lambda: shop.handle(IssueInvoice(OrderId("order")), by=SAM)] * MANY)

    assert len({outcome.value for outcome in issued}) == 1
    assert numbers(store) == ["INV-2030-000001"]
    assert shop.audit() == []
    store.close()


def test_what_was_taken_off_once_is_credited_once_whoever_asks(postgres_url: str) -> None:
    store, billing = SqlPersistence(postgres_url), MadeUpBilling()
    erase_everything(store)
    billing.bills = {OrderId("order"): a_bill()}
    shop = an_office(store, billing)
    shop.handle(IssueInvoice(OrderId("order")), by=SAM)
    billing.bills[OrderId("order")] = a_bill(total=euros(9_90), amendments=[an_amendment(1, 1_50), an_amendment(2, 50)])

    noted = at_once([lambda: shop.handle(IssueCreditNote(OrderId("order")), by=SAM)] * MANY)

    assert len([outcome.value for outcome in noted if outcome.value is not None]) == 1
    assert numbers(store) == ["CN-2030-000001", "INV-2030-000001"]
    assert shop.audit() == []
    store.close()


def test_a_shop_that_breaks_down_before_the_commit_leaves_no_gap(store: Persistence) -> None:
    class PowerCut(Exception):
        pass

    def issue(order: str, *, breaks: bool) -> None:
        with writing(store) as work:
            number = take_number(work.repository(AllSeries), NumberFormat("INV"), NOON, TimeZone("UTC"))
            work.repository(Documents).save(
                an_invoice(order, series=number.series, sequence=number.sequence, number=number.text)
            )
            if breaks:
                raise PowerCut

    issue("one", breaks=False)
    with pytest.raises(PowerCut):
        issue("two", breaks=True)
    issue("three", breaks=False)

    assert numbers(store) == ["INV-2030-000001", "INV-2030-000002"]


def test_code_that_forgets_the_lock_is_stopped_by_the_store(store: Persistence) -> None:
    keep(store, a_series(next=2), an_invoice("one"))

    with pytest.raises(Duplicate):
        keep(store, an_invoice("two"))


@pytest.mark.parametrize(
    "change",
    [{"number": "INV-2030-000001"}, {"sequence": 1}, {"order": "one"}],
    ids=["one number twice", "one place in the series twice", "a second invoice"],
)
def test_the_database_itself_refuses_what_no_code_may_write(database: str, change: dict[str, object]) -> None:
    store = use_wire(SqlPersistence(database))
    keep(store, a_series(next=3), an_invoice("one"), an_invoice("two", sequence=2))
    with store.engine.connect() as connection:
        two = connection.execute(documents.select().where(documents.c.sequence == 2)).mappings().one()
    third = dict(two) | {"id": "third", "number": "INV-2030-000003", "sequence": 3, "order": "three"}

    with pytest.raises(IntegrityError, match=r"(?i)unique"), store.engine.begin() as connection:
        connection.execute(documents.insert(), third | change)
    store.close()
