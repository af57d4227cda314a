"""All that a quote is made of besides the cart: an immutable snapshot of the shop and of what is known of the buyer."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CampaignId, CouponId, PromotionId, VariantId
from ecomcore.kernel.money import Money
from ecomcore.quoting.cart import ANYBODY, Buyer, Offer
from ecomcore.quoting.policy import PricingPolicy
from ecomcore.quoting.prices import Series
from ecomcore.quoting.quote import CouponProblem
from ecomcore.quoting.rulebook import NO_RULES, Rulebook

__all__ = ["Context", "CouponFact", "Remaining"]


@frozen
class CouponFact:
    """What is known of a code as it was typed: which promotion it unlocks, or what the problem is."""

    code: str = field(repr=False)
    coupon: CouponId | None = None
    promotion: PromotionId | None = None
    problem: CouponProblem | None = None
    expired_at: Instant | None = None


@frozen
class Remaining:
    """What is left of a promotion's limits for this buyer now; ``None`` is no limit."""

    uses: int | None = None
    units: int | None = None


@frozen(kw_only=True)
class Context:
    """A moment of the shop, as one buyer in one channel meets it.

    ``offers`` has what is for sale of the cart's variants and of gifts, ``series`` their prices in price lists,
    ``coupons`` an answer for each code of the cart, ``remaining`` an entry for each promotion with limits that might be
    applied, ``budgets`` what is left of each campaign's budget (no entry: no budget).
    ``stock`` says how many units there are to give of gifts (no entry: enough). Where it is not
    ``taxed_here`` no tax is computed: somebody else does that.
    """

    at: Instant
    channel: str = "default"
    buyer: Buyer = ANYBODY
    policy: PricingPolicy = field(factory=PricingPolicy)
    rulebook: Rulebook = NO_RULES
    offers: Mapping[VariantId, Offer] = field(factory=dict)
    series: Mapping[VariantId, tuple[Series, ...]] = field(factory=dict)
    coupons: tuple[CouponFact, ...] = ()
    remaining: Mapping[PromotionId, Remaining] = field(factory=dict)
    budgets: Mapping[CampaignId, Money] = field(factory=dict)
    taxed_here: bool = True
    stock: Mapping[VariantId, int] = field(factory=dict)
