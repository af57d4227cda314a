"""What staff set up in a shop so that something is given away, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from ecomcore import assemble
from ecomcore.catalog import AddProduct, NewVariant
from ecomcore.inventory import ReceiveStock, StockLine
from ecomcore.kernel.ids import PromotionId, VariantId
from ecomcore.kernel.money import Money, Price
from ecomcore.ordering import CartLine, OrderView, PlaceOrder, QuoteCart
from ecomcore.promotions import (
    AddCoupon,
    ApprovePromotion,
    CreatePromotion,
)
from ecomcore.quoting import UNLIMITED, Effect, Limits, Quote
from ecomcore.testing import ShopKit
from ecomcore.testing.promotions import terms_of

__all__ = [
    "of_policy",
    "off_by",
    "offer",
    "offer_by_code",
    "order_of",
    "quoted",
    "sell",
]


def of_policy(kit: ShopKit, **choices: Any) -> ShopKit:
    """The same shop with other policies or ports: ``of_policy(kit, pricing_policy=…)``."""
    shop = assemble(kit.persistence, gateway=kit.gateway, clock=kit.clock, ids=kit.ids, **choices)
    return evolve(kit, shop=shop)


def offer(kit: ShopKit, *effects: Effect, **terms: Any) -> PromotionId:
    """A promotion in force; 10 % off everything unless its effects are named."""
    promotion = kit.staff.handle(CreatePromotion(terms_of(*effects, **terms)))
    kit.staff.handle(ApprovePromotion(promotion, 1))
    return promotion


def offer_by_code(kit: ShopKit, code: str, *effects: Effect, limits: Limits = UNLIMITED, **coupon: Any) -> PromotionId:
    """The same for those who know a code, whose own limits these are."""
    promotion = offer(kit, *effects, needs_coupon=True)
    kit.staff.handle(AddCoupon(code, promotion, limits, **coupon))
    return promotion


def sell(kit: ShopKit, name: str, price: Price | Money, *, stock: int = 100) -> VariantId:
    """One more product on sale, of one variant."""
    variant = VariantId(f"{name}-{kit.ids.new()}")
    asked = price if isinstance(price, Price) else Price(price)
    kit.staff.handle(AddProduct(name, (NewVariant(f"SKU-{variant}", asked, id=variant),), publish=True))
    if stock:
        kit.staff.handle(ReceiveStock(kit.location, (StockLine(variant, stock),), "opening"))
    return variant


def quoted(kit: ShopKit, lines: Iterable[CartLine], *codes: str, currency: str = "EUR", **asked: Any) -> Quote:
    """What Ada is told that this costs."""
    return kit.member.ask(QuoteCart(tuple(lines), currency, coupons=codes, **asked))


def order_of(quote: Quote, lines: Iterable[CartLine], *codes: str, **asked: Any) -> PlaceOrder:
    """The command that accepts a quote for these lines, and nothing but that quote."""
    return PlaceOrder(tuple(lines), quote.total, digest=quote.digest, coupons=codes, **asked)


def off_by(quote: Quote | OrderView, promotion: PromotionId | None = None) -> Money:
    """What a promotion, or all of them, take off the lines."""
    discounts = [each for line in quote.lines for each in line.discounts]
    minor = sum(each.amount.minor for each in discounts if promotion in (None, each.promotion))
    return Money(minor, quote.total.currency)
