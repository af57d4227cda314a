"""The values of documents: what stands on them, and the facts about an order that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import DocumentId
from ecomcore.kernel.money import Currency, Money, Price, an_amount, currency, money_sum
from ecomcore.kernel.percent import Percent
from ecomcore.kernel.quantity import a_count, a_quantity
from ecomcore.kernel.text import a_list_of, a_text, an_id, as_tuple, instance_of, optional

__all__ = [
    "LONGEST_NAME",
    "Amendment",
    "BillFacts",
    "Charge",
    "DeliveryLine",
    "DocumentKind",
    "DocumentLine",
    "PackingFacts",
    "PaymentLine",
    "Reference",
    "SellerDetails",
    "TaxPart",
    "tax_summary",
]

_MOST_LINES = 10_000
LONGEST_NAME: Final = 500
"""The most characters the name of a line may have."""

_a_name = a_text(LONGEST_NAME)


class DocumentKind(StrEnum):
    """An invoice asks for money, a credit note takes back a part of an invoice, a packing slip lists what is packed."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PACKING_SLIP = "packing_slip"


def _text_lines(_: object, __: object, value: object) -> None:
    lines = value if isinstance(value, tuple) else ()
    fit = all(isinstance(each, str) and each.strip() and each.isprintable() and len(each) <= 100 for each in lines)
    if not isinstance(value, tuple) or len(lines) > 6 or not fit:
        raise Invalid("address", value, "a list of up to 6 lines of 1 to 100 characters")


@frozen
class SellerDetails:
    """Who sells, as documents name them. An invoice needs the full name, the address and, where there is one, the VAT
    id (directive 2006/112/EC, article 226).
    """

    name: str = field(validator=a_text())
    address: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_text_lines)
    vat_id: str | None = field(default=None, validator=optional(a_text(30)))


@frozen
class TaxPart:
    """One component of a tax: ``percent`` of ``base``, which is without tax."""

    name: str = field(validator=a_text())
    percent: Percent = field(validator=instance_of(Percent))
    base: Money = field(validator=an_amount)
    amount: Money = field(validator=an_amount)


@frozen
class Charge:
    """What a line or the delivery costs: ``total`` is ``net`` and its ``taxes``.

    ``discount`` was taken off before; it is told, and not subtracted again. ``price`` is that of a unit.
    """

    net: Money = field(validator=an_amount)
    taxes: tuple[TaxPart, ...] = field(converter=as_tuple, validator=a_list_of(TaxPart, 100, 0))
    total: Money = field(validator=an_amount)
    discount: Money = field(validator=an_amount)
    price: Price | None = field(default=None, validator=optional(instance_of(Price)))

    @property
    def tax(self) -> Money:
        """The sum of the taxes."""
        return money_sum((each.amount for each in self.taxes), self.total.currency)


@frozen
class DocumentLine:
    """A line of a document. What is only packed has no ``charge``; a mere reduction is of 0 units."""

    number: int = field(validator=a_quantity)
    sku: str = field(validator=a_text(empty=True))
    name: str = field(validator=_a_name)
    quantity: int = field(validator=a_count)
    charge: Charge | None = field(default=None, validator=optional(instance_of(Charge)))


@frozen
class DeliveryLine:
    """How the goods are delivered, and what that costs."""

    name: str = field(validator=_a_name)
    charge: Charge = field(validator=instance_of(Charge))


@frozen
class PaymentLine:
    """What was paid, and how: ``card``, ``credit`` or another word of the shop."""

    method: str = field(validator=an_id)
    amount: Money = field(validator=an_amount)


@frozen
class Reference:
    """The document that another one is about, with the number that it bears."""

    document: DocumentId = field(validator=an_id)
    number: str = field(validator=an_id)


@frozen(kw_only=True)
class Amendment:
    """Something that was taken off an order's bill: ``amount`` with its ``taxes``, for so many units.

    ``number`` counts the amendments of the order from 1; what was amended in one go has one number. ``line`` is the
    line it concerns, nothing for delivery and the order as a whole. A mere reduction is of 0 units.

    ``netted``: the lines and the delivery of the bill are less by it. What is not, such as an amount for the order as a
    whole, goes on a credit note whenever it was made.
    """

    number: int = field(validator=a_quantity)
    name: str = field(validator=_a_name)
    amount: Money = field(validator=an_amount)
    taxes: tuple[TaxPart, ...] = field(default=(), converter=as_tuple, validator=a_list_of(TaxPart, 100, 0))
    units: int = field(default=0, validator=a_count)
    line: int | None = field(default=None, validator=optional(a_quantity))
    sku: str = field(default="", validator=a_text(empty=True))
    reason: str = field(default="", validator=a_text(500, empty=True))
    netted: bool = field(default=True, validator=instance_of(bool))


@frozen(kw_only=True)
class BillFacts:
    """What an order charges now, and all that was taken off it: see ``Amendment``.

    ``owner`` is the owner name of the buyer, ``number`` what the order is called. Amounts are those that were charged,
    never computed anew. ``total`` is the sum of lines and delivery, less the amendments that are not netted in them.
    """

    owner: str = field(validator=a_text())
    number: str = field(validator=an_id)
    placed_at: Instant = field(validator=an_instant)
    currency: Currency = field(converter=currency)
    lines: tuple[DocumentLine, ...] = field(converter=as_tuple, validator=a_list_of(DocumentLine, _MOST_LINES, 0))
    total: Money = field(validator=an_amount)
    delivery: DeliveryLine | None = field(default=None, validator=optional(instance_of(DeliveryLine)))
    recipient: Address | None = field(default=None, validator=optional(instance_of(Address)))
    vat_id: str | None = field(default=None, repr=False, validator=optional(a_text(30)))
    payments: tuple[PaymentLine, ...] = field(default=(), converter=as_tuple, validator=a_list_of(PaymentLine, 1000, 0))
    amendments: tuple[Amendment, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(Amendment, _MOST_LINES, 0)
    )


@frozen(kw_only=True)
class PackingFacts:
    """What a shipment holds, and where it goes. Its lines have no charges."""

    owner: str = field(validator=a_text())
    number: str = field(validator=an_id)
    placed_at: Instant = field(validator=an_instant)
    lines: tuple[DocumentLine, ...] = field(converter=as_tuple, validator=a_list_of(DocumentLine, _MOST_LINES))
    recipient: Address | None = field(default=None, validator=optional(instance_of(Address)))


def tax_summary(taxes: Iterable[TaxPart]) -> tuple[TaxPart, ...]:
    """The taxes added up by name and percentage, in the order in which they first come."""
    parts: dict[tuple[str, int], TaxPart] = {}
    for each in taxes:
        key = (each.name, each.percent.millionths)
        known = parts.get(key)
        parts[key] = (
            each
            if known is None
            else TaxPart(each.name, each.percent, known.base + each.base, known.amount + each.amount)
        )
    return tuple(parts.values())
