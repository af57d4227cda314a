"""A German shop, a French business: who owes the tax depends on whether the business's VAT id is valid."""

from __future__ import annotations

import pytest

from ecomcore import Shop, assemble
from ecomcore.kernel.ids import TaxZoneId
from ecomcore.kernel.messages import Staff
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.percent import percent
from ecomcore.ordering import QuoteCart
from ecomcore.pricing import DefineTaxZone
from ecomcore.quoting import Area, CartLine, Destination, Quote, TaxComponent, TaxRate, TaxZone
from ecomcore.testing import ShopKit, a_shop
from ecomcore_stdnum import EuVatIds

EUR = Currency("EUR")
FRANCE, GERMANY = Destination("FR"), Destination("DE")
FRENCH, MISTYPED = "FR 61 954 506 077", "FR 61 954 506 078"


def euros(cents: int) -> Money:
    return Money(cents, EUR)


def a_zone(country: str, rate: str, *, reverse_charge: bool) -> TaxZone:
    rates = (TaxRate("standard", (TaxComponent("VAT", percent(rate)),)),)
    areas = (Area(country),)
    return TaxZone(id=TaxZoneId(country), name=country, areas=areas, rates=rates, reverse_charge=reverse_charge)


@pytest.fixture
def kit() -> ShopKit:
    return a_shop(products=1, price=Price(euros(12_000)))


@pytest.fixture
def shop(kit: ShopKit) -> Shop:
    shop = assemble(kit.persistence, clock=kit.clock, ids=kit.ids, vat_ids=EuVatIds())
    staff = shop.desk(Staff("sam", frozenset(("*",))))
    staff.handle(DefineTaxZone(a_zone("DE", "19", reverse_charge=False)))
    staff.handle(DefineTaxZone(a_zone("FR", "20", reverse_charge=True)))
    return shop


def quoted(shop: Shop, kit: ShopKit, destination: Destination, vat_id: str | None) -> Quote:
    return shop.ask(QuoteCart((CartLine(kit.variants[0], 1),), EUR, destination=destination, vat_id=vat_id))


def test_a_business_with_a_valid_id_of_another_country_pays_no_tax(shop: Shop, kit: ShopKit) -> None:
    quote = quoted(shop, kit, FRANCE, FRENCH)

    assert (quote.total, quote.tax) == (euros(10_000), euros(0))
    assert quote.lines[0].relief == euros(2_000)


@pytest.mark.parametrize("vat_id", [None, MISTYPED, "FR", "954 506 077", "none"])
def test_a_business_without_a_valid_id_pays_the_tax_of_its_country(
    shop: Shop, kit: ShopKit, vat_id: str | None
) -> None:
    quote = quoted(shop, kit, FRANCE, vat_id)

    assert (quote.total, quote.tax) == (euros(12_000), euros(2_000))


def test_at_home_a_valid_id_relieves_nobody(shop: Shop, kit: ShopKit) -> None:
    quote = quoted(shop, kit, GERMANY, FRENCH)

    assert (quote.total, quote.tax) == (euros(12_000), euros(1_916))


def test_a_shop_without_the_adapter_finds_nobody_a_business(shop: Shop, kit: ShopKit) -> None:
    plain = assemble(kit.persistence, clock=kit.clock, ids=kit.ids)

    quote = quoted(plain, kit, FRANCE, FRENCH)

    assert (quote.total, quote.tax) == (euros(12_000), euros(2_000))
