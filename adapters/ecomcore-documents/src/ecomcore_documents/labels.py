"""The words on a document, as plain data: a host adds a language by giving its words.

HtmlAndPdf(labels={"fr": evolve(ENGLISH, invoice="Facture", ...)})
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

__all__ = ["ENGLISH", "GERMAN", "LABELS", "Labels"]


def _read_only(methods: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(methods))


@frozen(kw_only=True)
class Labels:
    """The words of one language. ``methods`` names the ways to pay; others are shown as the shop calls them."""

    invoice: str
    credit_note: str
    packing_slip: str
    number: str
    date: str
    order: str
    order_date: str
    refers_to: str
    vat_id: str
    your_vat_id: str
    position: str
    item: str
    sku: str
    quantity: str
    price: str
    discount: str
    net: str
    tax: str
    amount: str
    tax_base: str
    tax_amount: str
    total: str
    credited: str
    paid: str
    delivery: str
    note: str
    page: str
    methods: Mapping[str, str] = field(factory=dict, converter=_read_only)


ENGLISH: Final = Labels(
    invoice="Invoice",
    credit_note="Credit note",
    packing_slip="Packing slip",
    number="Number",
    date="Date",
    order="Order",
    order_date="Order date",
    refers_to="For invoice",
    vat_id="VAT ID",
    your_vat_id="Your VAT ID",
    position="No.",
    item="Item",
    sku="SKU",
    quantity="Quantity",
    price="Unit price",
    discount="Discount",
    net="Net",
    tax="Tax",
    amount="Amount",
    tax_base="Net amount",
    tax_amount="Tax amount",
    total="Total",
    credited="Credited to you",
    paid="Paid",
    delivery="Delivery",
    note="Note",
    page="Page",
    methods={"card": "Card", "gateway": "Online payment", "credit": "Credit", "manual": "Paid in person"},
)

GERMAN: Final = Labels(
    invoice="Rechnung",
    credit_note="Rechnungskorrektur",  # "Gutschrift" means an invoice by the buyer (section 14 (2) UStG)
    packing_slip="Lieferschein",
    number="Nummer",
    date="Datum",
    order="Bestellung",
    order_date="Bestelldatum",
    refers_to="Zur Rechnung",
    vat_id="USt-IdNr.",
    your_vat_id="Ihre USt-IdNr.",
    position="Pos.",
    item="Artikel",
    sku="Art.-Nr.",
    quantity="Menge",
    price="Einzelpreis",
    discount="Rabatt",
    net="Netto",
    tax="Steuer",
    amount="Betrag",
    tax_base="Nettobetrag",
    tax_amount="Steuerbetrag",
    total="Gesamtbetrag",
    credited="Zu Ihren Gunsten",
    paid="Bezahlt",
    delivery="Versand",
    note="Hinweis",
    page="Seite",
    methods={"card": "Karte", "gateway": "Online-Zahlung", "credit": "Guthaben", "manual": "Persönlich bezahlt"},
)

LABELS: Final[Mapping[str, Labels]] = MappingProxyType({"en": ENGLISH, "de": GERMAN})
"""The languages that come with the adapter."""
