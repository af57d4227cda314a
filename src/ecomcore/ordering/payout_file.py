"""Reads a provider's report of what it has paid out: text with a header and a row for each movement.

The file is somebody else's: its cells are only parsed, never carried out, and a row that cannot be read is named while
the rest goes on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from attrs import Attribute, define, field, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Currency, Money, currency, parse_money
from ecomcore.kernel.text import a_text
from ecomcore.ordering.gateway import FactKind

__all__ = ["PayoutColumns", "PayoutRow", "a_payout_file", "payout_rows"]

_MOST_CHARACTERS: Final = 5_000_000
_MOST_LINES_OF_A_ROW: Final = 20
_LONGEST_REFERENCE: Final = 200
_WORDS: Final = {
    "captured": FactKind.CAPTURED,
    "capture": FactKind.CAPTURED,
    "charge": FactKind.CAPTURED,
    "payment": FactKind.CAPTURED,
    "sale": FactKind.CAPTURED,
    "refunded": FactKind.REFUNDED,
    "refund": FactKind.REFUNDED,
    "payment_refund": FactKind.REFUNDED,
    "charged_back": FactKind.CHARGED_BACK,
    "chargeback": FactKind.CHARGED_BACK,
    "dispute": FactKind.CHARGED_BACK,
    "chargeback_won": FactKind.CHARGEBACK_WON,
    "chargeback_reversal": FactKind.CHARGEBACK_WON,
    "dispute_reversal": FactKind.CHARGEBACK_WON,
    "fee": FactKind.FEE,
}
_GOING_OUT: Final = (FactKind.REFUNDED, FactKind.CHARGED_BACK, FactKind.FEE)
"""What providers write with or without a minus sign."""


@frozen
class PayoutColumns:
    """How the columns of a provider's file are called. Without a ``kind`` an amount below zero is a refund; ``fee`` may
    be missing in the file.
    """

    reference: str = field(default="reference", validator=a_text())
    kind: str = field(default="kind", validator=a_text(empty=True))
    amount: str = field(default="amount", validator=a_text())
    currency: str = field(default="currency", validator=a_text())
    fee: str = field(default="fee", validator=a_text(empty=True))


def a_payout_file(_: object, attribute: Attribute[Any], value: object) -> None:
    """For fields: the text of a file, not too much of it."""
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_CHARACTERS:
        told = f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
        raise Invalid(attribute.name, told, f"a text of 1 to {_MOST_CHARACTERS} characters")


@define
class PayoutRow:
    """What a row says; ``problem`` names the column that cannot be read."""

    line: int
    reference: str = ""
    what: FactKind | None = None
    code: Currency | None = None
    amount: Money | None = None
    fee: Money | None = None
    problem: str = ""


def payout_rows(text: str, columns: PayoutColumns) -> Iterator[PayoutRow]:
    records = _records(text)
    header = [cell.strip() for cell in next(records, (0, []))[1] or []]
    for name in (columns.reference, columns.amount, columns.currency, columns.kind):
        if name and header.count(name) != 1:
            raise Invalid("columns", name, "the name of one column of the file's header")
    at = {name: header.index(name) for name in header if name}
    for line, cells in records:
        if cells is None:
            yield PayoutRow(line, problem="quotes")
        elif any(cell.strip() for cell in cells):
            yield _row(line, {name: cells[place].strip() for name, place in at.items() if place < len(cells)}, columns)


def _records(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """The rows with the lines on which they begin; nothing for a line with quotes that never end, whatever follows."""
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=None))
    at = 0
    while at < len(lines):
        reader = csv.reader(iter(lines[at : at + _MOST_LINES_OF_A_ROW]), strict=True)
        try:
            yield at + 1, next(reader)
        except csv.Error:
            yield at + 1, None
            at += 1
        else:
            at += reader.line_num


def _row(line: int, cells: dict[str, str], columns: PayoutColumns) -> PayoutRow:
    row = PayoutRow(line, cells.get(columns.reference, ""))
    if not 0 < len(row.reference) <= _LONGEST_REFERENCE:
        return PayoutRow(line, problem=columns.reference)
    try:
        row.code = currency(cells.get(columns.currency, "").upper())
    except Invalid:
        row.problem = columns.currency
        return row
    try:
        amount = parse_money(cells.get(columns.amount), row.code)
    except Invalid:
        amount = None
        row.problem = columns.amount
    if columns.kind:
        row.what = _WORDS.get(cells.get(columns.kind, "").lower().replace(" ", "_"))
        row.problem = row.problem or ("" if row.what else columns.kind)
    elif amount is not None:
        row.what = FactKind.REFUNDED if amount.is_negative else FactKind.CAPTURED
    if amount is not None:
        row.amount = abs(amount) if row.what in _GOING_OUT else amount
    try:
        row.fee = abs(parse_money(cells.get(columns.fee) or "0", row.code))
    except Invalid:
        row.problem = row.problem or columns.fee
    return row
