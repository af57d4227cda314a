"""How ordering refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import OrderId, PaymentId, VariantId
from ecomcore.kernel.money import Money

__all__ = [
    "AmountDiffers",
    "NotCovered",
    "NotForSale",
    "NothingToPay",
    "OrderTooLarge",
    "PaymentPending",
    "PriceMissing",
    "TotalChanged",
    "UnknownPayment",
]


@define(eq=False, str=False)
class NotForSale(Refused):
    """The shop does not offer this variant now."""

    variant: VariantId

    def sentence(self) -> str:
        return f"{self.variant} is not for sale"


@define(eq=False, str=False)
class PriceMissing(Refused):
    """The variant has no price in the currency of the cart."""

    variant: VariantId
    currency: str
    priced_in: str

    def sentence(self) -> str:
        return f"{self.variant} has no price in {self.currency}, only in {self.priced_in}"


@define(eq=False, str=False)
class OrderTooLarge(Refused):
    """The total is more than an amount can be."""

    variant: VariantId

    def sentence(self) -> str:
        return f"the amount for {self.variant} is too large; order fewer units"


@define(eq=False, str=False)
class TotalChanged(Refused):
    """The cart no longer costs what the buyer accepted."""

    accepted: Money
    total: Money

    def sentence(self) -> str:
        return f"{self.accepted} was accepted, but the cart costs {self.total} now; show it and ask again"


@define(eq=False, str=False)
class PaymentPending(Refused):
    """A payment of this order still has no outcome."""

    order: OrderId
    payment: PaymentId

    def sentence(self) -> str:
        return f"payment {self.payment} of order {self.order} has no outcome yet; wait for it"


@define(eq=False, str=False)
class NothingToPay(Refused):
    """The order is paid or costs nothing."""

    order: OrderId

    def sentence(self) -> str:
        return f"order {self.order} has nothing left to pay"


@define(eq=False, str=False)
class NotCovered(Refused):
    """What is promised or taken does not cover the order any more."""

    order: OrderId
    due: Money

    def sentence(self) -> str:
        return f"order {self.order} still has {self.due} to be paid; its goods stay here until then"


@define(eq=False, str=False)
class UnknownPayment(Refused):
    """The order has no such payment."""

    order: OrderId
    payment: PaymentId

    def sentence(self) -> str:
        return f"order {self.order} has no payment {self.payment}"


@define(eq=False, str=False)
class AmountDiffers(Refused):
    """The provider names another amount than was asked for."""

    payment: PaymentId
    asked: Money
    answered: Money

    def sentence(self) -> str:
        return f"payment {self.payment}: {self.asked} was asked for, the provider says {self.answered}"
