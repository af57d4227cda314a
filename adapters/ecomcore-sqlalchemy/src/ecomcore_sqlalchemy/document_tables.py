"""The tables of documents: what was issued, line by line, and the series of the numbers.

Nothing of a document is ever changed or deleted, but for the address of its recipient, which has a column of its own
and can be forgotten. Sellers, deliveries and payments are read and written whole, as they were issued.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ecomcore.documents import DocumentKind
from ecomcore_sqlalchemy.tables import AMOUNT, CURRENCY, ID, INSTANT, METADATA, aggregate, one_of

__all__ = [
    "DOCUMENTS_APPEND_ONLY",
    "document_amendments",
    "document_lines",
    "document_taxes",
    "documents",
    "series",
]

series = Table(
    "series",
    METADATA,
    *aggregate(),
    Column("next", BigInteger, nullable=False),
    CheckConstraint("next >= 1", name="next"),
)

documents = Table(
    "documents",
    METADATA,
    *aggregate(),
    Column("recipient", Text, nullable=True),
    Column("kind", String(20), nullable=False),
    Column("series", ID, ForeignKey("series.id"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("number", ID, nullable=False, unique=True),
    Column("order", ID, nullable=False, index=True),
    Column("order_number", ID, nullable=False),
    Column("owner", ID, nullable=False),
    Column("issued_at", INSTANT, nullable=False),
    Column("issued_on", String(10), nullable=False),
    Column("ordered_on", String(10), nullable=False),
    Column("seller", Text, nullable=False),
    Column("delivery", Text, nullable=True),
    Column("currency", CURRENCY, nullable=True),
    Column("total", AMOUNT, nullable=True),
    Column("payments", Text, nullable=False),
    Column("refers_to", ID, ForeignKey("documents.id"), nullable=True),
    Column("refers_to_number", ID, nullable=True),
    Column("shipment", ID, nullable=True),
    Column("vat_id", Text, nullable=True),
    Column("note", Text, nullable=False),
    UniqueConstraint("series", "sequence"),
    UniqueConstraint("order", "shipment"),
    one_of("kind", DocumentKind, "kind"),
    CheckConstraint("sequence >= 1", name="sequence"),
    CheckConstraint("total >= 0", name="total"),
    CheckConstraint("length(currency) = 3", name="currency"),
    CheckConstraint("(total IS NULL) = (currency IS NULL)", name="has_a_currency"),
    CheckConstraint("(kind = 'packing_slip') = (total IS NULL)", name="about_money"),
    CheckConstraint("(kind = 'packing_slip') = (shipment IS NOT NULL)", name="about_a_shipment"),
    CheckConstraint("(kind = 'credit_note') = (refers_to IS NOT NULL)", name="about_an_invoice"),
    CheckConstraint("(refers_to IS NULL) = (refers_to_number IS NULL)", name="refers_to"),
)
Index(
    "uq_documents_one_invoice",
    documents.c.order,
    unique=True,
    sqlite_where=documents.c.kind == "invoice",
    postgresql_where=documents.c.kind == "invoice",
)

document_lines = Table(
    "document_lines",
    METADATA,
    Column("document", ID, ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("price", AMOUNT, nullable=True),
    Column("per", Integer, nullable=True),
    Column("discount", AMOUNT, nullable=True),
    Column("net", AMOUNT, nullable=True),
    Column("tax", AMOUNT, nullable=True),
    Column("total", AMOUNT, nullable=True),
    Column("taxes", Text, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("quantity >= 0", name="quantity"),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint("per >= 1", name="per"),
    CheckConstraint("(price IS NULL) = (per IS NULL)", name="price_per"),
    CheckConstraint("discount >= 0", name="discount"),
    CheckConstraint("net >= 0 AND tax >= 0", name="parts"),
    CheckConstraint("total = net + tax", name="adds_up"),
    CheckConstraint(
        "(total IS NULL) = (net IS NULL) AND (total IS NULL) = (tax IS NULL) AND (total IS NULL) = (discount IS NULL)",
        name="charge",
    ),
)

document_taxes = Table(
    "document_taxes",
    METADATA,
    Column("document", ID, ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("base", AMOUNT, nullable=False),
    Column("amount", AMOUNT, nullable=False),
    UniqueConstraint("document", "name", "percent"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("percent BETWEEN 0 AND 1000000", name="percent"),
    CheckConstraint("base >= 0 AND amount >= 0", name="amount"),
)

# An amendment of an order is accounted for by one document, whatever the code does.
document_amendments = Table(
    "document_amendments",
    METADATA,
    Column("document", ID, ForeignKey("documents.id"), nullable=False, index=True),
    Column("order", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    CheckConstraint("number >= 1", name="number"),
)

DOCUMENTS_APPEND_ONLY = ("document_lines", "document_taxes", "document_amendments")
"""What stands on a document: triggers refuse to change or delete these rows."""
