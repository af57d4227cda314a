"""How ordering refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Money

__all__ = [
    "AmountDiffers",
    "BalanceOverdue",
    "NotCovered",
    "NothingToPay",
    "PaymentPending",
    "QuoteChanged",
    "TaxNotCalculated",
    "TooManyAttempts",
    "TotalChanged",
    "UnknownPayment",
]


@define(eq=False, str=False)
class TotalChanged(Refused):
    """The cart no longer costs what the buyer accepted."""

    accepted: Money
    total: Money

    def sentence(self) -> str:
        return f"{self.accepted} was accepted, but the cart costs {self.total} now; show it and ask again"


@define(eq=False, str=False)
class QuoteChanged(TotalChanged):
    """The cart costs as much as the buyer accepted, but made up otherwise."""

    def sentence(self) -> str:
        return f"the cart still costs {self.total}, but not for the same: show it and ask again"


@define(eq=False, str=False)
class TaxNotCalculated(Refused):
    """The tax of this cart is not known yet."""

    def sentence(self) -> str:
        return "the tax of this cart has not been calculated; ask for a quote first, and place the order then"


@define(eq=False, str=False)
class TooManyAttempts(Refused):
    """Too many coupon codes were tried that do not exist."""

    def sentence(self) -> str:
        return "too many unknown coupon codes were tried; wait a while"


@define(eq=False, str=False)
class PaymentPending(Refused):
    """A payment of this order still has no outcome."""

    order: OrderId
    payment: PaymentId

    def sentence(self) -> str:
        return f"payment {self.payment} of order {self.order} has no outcome yet; wait for it"


@define(eq=False, str=False)
class BalanceOverdue(Refused):
    """The time to pay the balance is over."""

    order: OrderId
    until: Instant

    def sentence(self) -> str:
        return f"the balance of order {self.order} had to be paid before {self.until.isoformat()}"


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
