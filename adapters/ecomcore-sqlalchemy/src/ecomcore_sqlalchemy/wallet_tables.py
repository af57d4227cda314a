"""The tables of the wallet: accounts with their lots and their ledger, what payments hold of them, saved methods.

The ledger is one row for each fact, with what it changed of the balance and of what is held, so that both are sums of a
column. A fact of a payment is written once for each reference, whatever the code does.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from ecomcore.wallet import AccountKind, AccountState, CreditEntryKind, SavedMethodState
from ecomcore_sqlalchemy.tables import AMOUNT, CURRENCY, ID, INSTANT, METADATA, aggregate, one_of

__all__ = [
    "WALLET_APPEND_ONLY",
    "accounts",
    "credit_entries",
    "credit_holds",
    "credit_lots",
    "credit_slices",
    "saved_methods",
]

accounts = Table(
    "accounts",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("edition", Integer, nullable=False),
    # The SHA-256 of a gift card's code, never the code.
    Column("code", String(64), nullable=True, unique=True),
    Column("kind", String(20), nullable=False),
    Column("owner", ID, nullable=True, index=True),
    Column("currency", CURRENCY, nullable=False),
    one_of("state", AccountState, "state"),
    one_of("kind", AccountKind, "kind"),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("held >= 0", name="held"),
    CheckConstraint("held <= balance", name="not_overdrawn"),
    CheckConstraint("expired >= 0", name="expired"),
    CheckConstraint("opened >= 0", name="opened"),
    CheckConstraint("entries >= 0", name="entries"),
    CheckConstraint("state <> 'closed' OR balance = 0", name="closed_is_empty"),
    CheckConstraint("(kind = 'gift_card') = (code IS NOT NULL)", name="code"),
    CheckConstraint("kind = 'gift_card' OR owner IS NOT NULL", name="owner"),
    CheckConstraint("length(currency) = 3", name="currency"),
)
Index(
    "uq_accounts_one_each",
    accounts.c.owner,
    accounts.c.kind,
    accounts.c.currency,
    unique=True,
    sqlite_where=accounts.c.kind != "gift_card",
    postgresql_where=accounts.c.kind != "gift_card",
)

credit_lots = Table(
    "credit_lots",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("account", ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("expires_at", INSTANT, nullable=True),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("units >= 1", name="units"),
    CheckConstraint("held >= 0", name="held"),
    CheckConstraint("held <= remaining", name="not_overdrawn"),
    CheckConstraint("remaining <= units", name="remaining"),
)
Index(
    "ix_credit_lots_expires_at",
    credit_lots.c.expires_at,
    sqlite_where=credit_lots.c.remaining > credit_lots.c.held,
    postgresql_where=credit_lots.c.remaining > credit_lots.c.held,
)

credit_entries = Table(
    "credit_entries",
    METADATA,
    Column("account", ID, ForeignKey("accounts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # What the payment holds, for the entries of payments: a hold is written after its first entry.
    Column("hold", ID, nullable=True, index=True),
    Column("kind", String(20), nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("payment", ID, nullable=True),
    Column("order", ID, nullable=True),
    Column("amount", AMOUNT, nullable=True),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    one_of("kind", CreditEntryKind, "kind"),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("amount >= 1", name="amount"),
    CheckConstraint(
        "(kind IN ('held', 'spent', 'released', 'refunded'))"
        ' = (payment IS NOT NULL AND "order" IS NOT NULL AND amount IS NOT NULL AND hold IS NOT NULL)',
        name="of_a_payment",
    ),
    CheckConstraint("kind <> 'issued' OR (units > 0 AND held = 0)", name="issued_adds"),
    CheckConstraint("kind <> 'held' OR (units = 0 AND held > 0)", name="held_sets_aside"),
    CheckConstraint("kind <> 'released' OR (units = 0 AND held <= 0)", name="released_lets_go"),
    CheckConstraint("kind <> 'spent' OR (units <= 0 AND held = units)", name="spent_takes_what_is_held"),
    CheckConstraint("kind <> 'refunded' OR (units >= 0 AND held = 0)", name="refunded_adds"),
    CheckConstraint("kind <> 'expired' OR (units < 0 AND held = 0)", name="expired_takes"),
    CheckConstraint("kind <> 'adjusted' OR (units <> 0 AND held = 0)", name="adjusted_changes"),
)
Index(
    "uq_credit_entries_one_fact",
    credit_entries.c.account,
    credit_entries.c.payment,
    credit_entries.c.kind,
    credit_entries.c.reference,
    unique=True,
    sqlite_where=credit_entries.c.payment.is_not(None),
    postgresql_where=credit_entries.c.payment.is_not(None),
)
_IS_NAMED = (credit_entries.c.kind == "issued") & (credit_entries.c.reference != "")
Index(
    "uq_credit_entries_issued_once",
    credit_entries.c.account,
    credit_entries.c.reference,
    unique=True,
    sqlite_where=_IS_NAMED,
    postgresql_where=_IS_NAMED,
)

credit_holds = Table(
    "credit_holds",
    METADATA,
    *aggregate(),
    Column("account", ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("payment", ID, nullable=False),
    Column("order", ID, nullable=False, index=True),
    Column("amount", AMOUNT, nullable=False),
    Column("currency", CURRENCY, nullable=False),
    Column("units", BigInteger, nullable=False),
    CheckConstraint("amount >= 1", name="amount"),
    CheckConstraint("units >= 1", name="units"),
    CheckConstraint("length(currency) = 3", name="currency"),
)
Index("uq_credit_holds_payment_account", credit_holds.c.payment, credit_holds.c.account, unique=True)

credit_slices = Table(
    "credit_slices",
    METADATA,
    Column("hold", ID, ForeignKey("credit_holds.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("lot", ID, ForeignKey("credit_lots.id"), nullable=False, index=True),
    Column("lot_number", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("expires_at", INSTANT, nullable=True),
    CheckConstraint("number >= 1", name="number"),
    CheckConstraint("units >= 1", name="units"),
)

saved_methods = Table(
    "saved_methods",
    METADATA,
    *aggregate(),
    Column("state", String(20), nullable=False),
    Column("chosen", Integer, nullable=False),
    Column("token", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("expires_year", Integer, nullable=True),
    Column("expires_month", Integer, nullable=True),
    Column("owner", ID, nullable=False, index=True),
    Column("method", ID, nullable=False),
    one_of("state", SavedMethodState, "state"),
    CheckConstraint("chosen >= 0", name="chosen"),
    CheckConstraint("expires_month BETWEEN 1 AND 12", name="expires_month"),
    CheckConstraint("(expires_year IS NULL) = (expires_month IS NULL)", name="expires"),
    CheckConstraint("(state = 'forgotten') = (token = '')", name="token"),
)
Index(
    "uq_saved_methods_one_choice",
    saved_methods.c.owner,
    saved_methods.c.chosen,
    unique=True,
    sqlite_where=saved_methods.c.chosen > 0,
    postgresql_where=saved_methods.c.chosen > 0,
)

WALLET_APPEND_ONLY = ("credit_entries", "credit_slices")
"""What was said once: triggers refuse to change or delete these rows."""
