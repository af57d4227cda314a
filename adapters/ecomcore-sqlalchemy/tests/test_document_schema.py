"""The tables of documents refuse what the domain refuses, and keep what was issued, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ecomcore.documents import Document, discrepancies
from ecomcore.testing import fetch, keep
from ecomcore.testing.document_builders import a_credit_note, a_packing_slip, a_series, an_invoice
from ecomcore.testing.outbox_data import use_wire
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.document_tables import DOCUMENTS_APPEND_ONLY, documents
from ecomcore_sqlalchemy.tables import METADATA
from ecomcore_sqlalchemy.testing import erase_everything


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    """A database with one document of each kind."""
    persistence = use_wire(SqlPersistence(request.getfixturevalue(request.param)))
    erase_everything(persistence)
    invoice = an_invoice()
    keep(persistence, a_series(next=2), a_series("CN:2030", next=2), a_series("PS:2030", next=2))
    keep(persistence, invoice, a_credit_note(invoice, amount=1_00), a_packing_slip())
    yield persistence
    persistence.close()


@pytest.mark.parametrize("column", [column.name for column in documents.c])
def test_of_what_was_issued_only_the_address_can_be_forgotten(column: str, store: SqlPersistence) -> None:
    change = text(f'UPDATE documents SET "{column}" = "{column}"')

    if column in ("recipient", "version", "told"):
        with store.engine.begin() as connection:
            connection.execute(change)
    else:
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.execute(change)


def test_a_document_whose_address_was_forgotten_is_still_there(store: SqlPersistence) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE documents SET recipient = NULL"))

    kept = fetch(store, Document, an_invoice().id)

    assert (kept.recipient, kept.total, kept.lines) == (None, an_invoice().total, an_invoice().lines)
    assert not list(discrepancies(kept))


def test_no_document_is_deleted(store: SqlPersistence) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text("DELETE FROM documents WHERE refers_to IS NOT NULL"))


@pytest.mark.parametrize("table", DOCUMENTS_APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_what_stands_on_a_document_is_never_changed(table: str, statement: str, store: SqlPersistence) -> None:
    column = f'"{next(iter(METADATA.tables[table].c)).name}"'
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))

    with store.engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0


REFUSED = [
    ("documents", {"kind": "poem"}, "a kind that does not exist"),
    ("documents", {"sequence": 0}, "a number before the first"),
    ("documents", {"total": -1}, "a total below zero"),
    ("documents", {"total": None, "currency": None}, "an invoice of nothing"),
    ("documents", {"currency": None}, "a total of no currency"),
    ("documents", {"currency": "EU"}, "a currency of two letters"),
    ("documents", {"shipment": "parcel"}, "an invoice of a parcel"),
    ("documents", {"refers_to": "nothing", "refers_to_number": "N"}, "an invoice about a document"),
    ("documents", {"kind": "credit_note"}, "a credit note about nothing"),
    ("documents", {"series": "none"}, "a document of no series"),
    ("document_lines", {"total": 11_91}, "a line that does not add up"),
    ("document_lines", {"net": None}, "a line of half a charge"),
    ("document_lines", {"quantity": -1}, "a line of less than nothing"),
    ("document_lines", {"per": None}, "a price for nobody knows how many"),
    ("document_lines", {"document": "none"}, "a line of no document"),
    ("document_taxes", {"percent": 1_000_001}, "a tax of more than all"),
    ("document_taxes", {"amount": -1}, "a tax below zero"),
    ("document_amendments", {"number": 0}, "an amendment before the first"),
    ("document_amendments", {"document": "none"}, "an amendment on no document"),
    ("series", {"next": 0}, "a number before the first comes next"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED, ids=[f"{t}: {w}" for t, _, w in REFUSED])
def test_the_database_refuses(table: str, change: dict[str, object], what: str, store: SqlPersistence) -> None:
    own = METADATA.tables[table]
    fresh: dict[str, dict[str, object]] = {
        "documents": {"id": "new", "number": "N-2", "sequence": 2, "order": "another"},
        "document_lines": {"number": 2},
        "document_taxes": {"number": 2, "name": "another"},
        "document_amendments": {"number": 2},
        "series": {"id": "new"},
    }
    with store.engine.connect() as connection:
        narrowed = own.select().where(own.c.kind == "invoice") if table == "documents" else own.select()
        narrowed = narrowed.where(own.c.total == 11_90) if table == "document_lines" else narrowed
        row = dict(connection.execute(narrowed.limit(1)).mappings().one()) | fresh[table]

    with pytest.raises(DBAPIError) as refused, store.engine.begin() as connection:
        connection.execute(own.insert(), row | change)

    assert type(refused.value).__name__ == "IntegrityError", what
    with store.engine.begin() as connection:
        connection.execute(own.insert(), row)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("documents", {"id": "new", "order": "another", "number": "N-2"}),
        ("documents", {"id": "new", "order": "another", "sequence": 2}),
        ("documents", {"id": "new", "number": "N-2", "sequence": 2}),
        ("document_amendments", {"document": an_invoice().id}),
        ("document_taxes", {"number": 2}),
    ],
    ids=["a place in a series", "a number", "the invoice of an order", "an amendment", "a rate of tax"],
)
def test_there_is_one_of(table: str, change: dict[str, object], store: SqlPersistence) -> None:
    own = METADATA.tables[table]
    with store.engine.connect() as connection:
        narrowed = own.select().where(own.c.kind == "invoice") if table == "documents" else own.select()
        row = dict(connection.execute(narrowed.limit(1)).mappings().one())

    with pytest.raises(DBAPIError, match=r"(?i)unique"), store.engine.begin() as connection:
        connection.execute(own.insert(), row | change)
