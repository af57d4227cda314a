"""Invoices, credit notes, packing slips, and the series that number them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from ecomcore_sqlalchemy.migrations.append_only import refuse_changes_of

revision = "0007"
down_revision = "0006"

ID = sa.String().with_variant(TEXT(collation="C"), "postgresql")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

APPEND_ONLY = ("document_lines", "document_taxes", "document_amendments")

# All columns of a document but the address, and what counts its saves.
UNCHANGED = (
    "id, kind, series, sequence, number, order_number, owner, issued_at, issued_on, ordered_on, seller, delivery, "
    "currency, total, payments, refers_to, refers_to_number, shipment, vat_id, note"
)


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("next >= 1", name=op.f("ck_series_next")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_series_told")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_series_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "documents",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("series", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("order", ID, nullable=False),
        sa.Column("order_number", ID, nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_on", sa.String(length=10), nullable=False),
        sa.Column("ordered_on", sa.String(length=10), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("payments", sa.Text(), nullable=False),
        sa.Column("refers_to", ID, nullable=True),
        sa.Column("refers_to_number", ID, nullable=True),
        sa.Column("shipment", ID, nullable=True),
        sa.Column("vat_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (refers_to IS NOT NULL)", name=op.f("ck_documents_about_an_invoice")
        ),
        sa.CheckConstraint(
            "(kind = 'packing_slip') = (shipment IS NOT NULL)", name=op.f("ck_documents_about_a_shipment")
        ),
        sa.CheckConstraint("(kind = 'packing_slip') = (total IS NULL)", name=op.f("ck_documents_about_money")),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note', 'packing_slip')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint("(refers_to IS NULL) = (refers_to_number IS NULL)", name=op.f("ck_documents_refers_to")),
        sa.CheckConstraint("(total IS NULL) = (currency IS NULL)", name=op.f("ck_documents_has_a_currency")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_documents_currency")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_documents_sequence")),
        sa.CheckConstraint("told >= 0", name=op.f("ck_documents_told")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_documents_total")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_documents_version")),
        sa.ForeignKeyConstraint(["refers_to"], ["documents.id"], name=op.f("fk_documents_refers_to")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("fk_documents_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("number", name=op.f("uq_documents_number")),
        sa.UniqueConstraint("order", "shipment", name=op.f("uq_documents_order_shipment")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_documents_series_sequence")),
    )
    op.create_index(op.f("ix_documents_order"), "documents", ["order"], unique=False)
    op.create_index(
        "uq_documents_one_invoice",
        "documents",
        ["order"],
        unique=True,
        sqlite_where=sa.text("kind = 'invoice'"),
        postgresql_where=sa.text("kind = 'invoice'"),
    )
    op.create_table(
        "document_amendments",
        sa.Column("document", ID, nullable=False),
        sa.Column("order", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_document_amendments_number")),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name=op.f("fk_document_amendments_document")),
        sa.PrimaryKeyConstraint("order", "number", name=op.f("pk_document_amendments")),
    )
    op.create_index(op.f("ix_document_amendments_document"), "document_amendments", ["document"], unique=False)
    op.create_table(
        "document_lines",
        sa.Column("document", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("per", sa.Integer(), nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=True),
        sa.Column("net", sa.BigInteger(), nullable=True),
        sa.Column("tax", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("taxes", sa.Text(), nullable=False),
        sa.CheckConstraint("(price IS NULL) = (per IS NULL)", name=op.f("ck_document_lines_price_per")),
        sa.CheckConstraint(
            "(total IS NULL) = (net IS NULL) AND (total IS NULL) = (tax IS NULL) AND (total IS NULL) = (discount IS NULL)",
            name=op.f("ck_document_lines_charge"),
        ),
        sa.CheckConstraint("discount >= 0", name=op.f("ck_document_lines_discount")),
        sa.CheckConstraint("net >= 0 AND tax >= 0", name=op.f("ck_document_lines_parts")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_document_lines_number")),
        sa.CheckConstraint("per >= 1", name=op.f("ck_document_lines_per")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_document_lines_price")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_document_lines_quantity")),
        sa.CheckConstraint("total = net + tax", name=op.f("ck_document_lines_adds_up")),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name=op.f("fk_document_lines_document")),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("pk_document_lines")),
    )
    op.create_table(
        "document_taxes",
        sa.Column("document", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("base >= 0 AND amount >= 0", name=op.f("ck_document_taxes_amount")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_document_taxes_number")),
        sa.CheckConstraint("percent BETWEEN 0 AND 1000000", name=op.f("ck_document_taxes_percent")),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name=op.f("fk_document_taxes_document")),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("pk_document_taxes")),
        sa.UniqueConstraint("document", "name", "percent", name=op.f("uq_document_taxes_document_name_percent")),
    )
    for table in APPEND_ONLY:
        refuse_changes_of(table)
    _refuse_changes_of_documents()


def _refuse_changes_of_documents() -> None:
    """Have the database refuse to delete a document, and to change anything of it but the address."""
    columns = f'{UNCHANGED}, "order"'
    if op.get_context().dialect.name == "sqlite":
        for name, event in (("update", f"UPDATE OF {columns}"), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER documents_no_{name} BEFORE {event} ON documents "
                f"BEGIN SELECT RAISE(ABORT, 'documents is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION documents_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'documents is append-only' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER documents_append_only BEFORE UPDATE OF {columns} OR DELETE ON documents "
        f"FOR EACH ROW EXECUTE FUNCTION documents_append_only()"
    )
