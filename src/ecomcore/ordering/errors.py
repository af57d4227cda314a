"""How ordering refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import CartId, OrderId, PaymentId
from ecomcore.kernel.money import Money

__all__ = [
    "AmountDiffers",
    "BalanceOverdue",
    "CartChangedSince",
    "ForgedWebhook",
    "NotCovered",
    "NotThatMany",
    "NothingLeft",
    "NothingToPay",
    "NothingToRefund",
    "OnHold",
    "PaidInParts",
    "PartlyShipped",
    "PaymentPending",
    "QuoteChanged",
    "TaxNotCalculated",
    "TermsNotAccepted",
    "TooManyAttempts",
    "TotalChanged",
    "UnknownMethod",
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


@define(eq=False, str=False)
class TermsNotAccepted(Refused):
    """The buyer has not accepted the terms that are in force."""

    required: str
    accepted: str | None

    def sentence(self) -> str:
        return f"the terms in force are {self.required!r}, {self.accepted!r} was accepted; show them and ask again"


@define(eq=False, str=False)
class CartChangedSince(Refused):
    """The cart is not as the buyer saw it."""

    cart: CartId
    seen: int
    version: int

    def sentence(self) -> str:
        return f"cart {self.cart} was changed: version {self.seen} was accepted, it is at {self.version} now"


@define(eq=False, str=False)
class OnHold(Refused):
    """Something keeps the order's goods here."""

    order: OrderId
    kinds: tuple[str, ...]

    def sentence(self) -> str:
        return f"order {self.order} is on hold ({', '.join(self.kinds) or 'risk check'}); release it first"


@define(eq=False, str=False)
class PartlyShipped(Refused):
    """Some of the order's goods have left already."""

    order: OrderId

    def sentence(self) -> str:
        return f"some goods of order {self.order} have left; take out the units that are still here instead"


@define(eq=False, str=False)
class PaidInParts(Refused):
    """An order with instalments keeps what was agreed."""

    order: OrderId

    def sentence(self) -> str:
        return f"order {self.order} is paid in instalments and cannot be edited; call it off and place another"


@define(eq=False, str=False)
class NothingLeft(Refused):
    """Nothing of the order would be left."""

    order: OrderId

    def sentence(self) -> str:
        return f"nothing would be left of order {self.order}; call it off instead"


@define(eq=False, str=False)
class NotThatMany(Refused):
    """A line has not so many units, or so many have left already."""

    order: OrderId
    line: int
    wanted: int
    left: int

    def sentence(self) -> str:
        return f"line {self.line} of order {self.order}: {self.wanted} units are meant, {self.left} can be"


@define(eq=False, str=False)
class NothingToRefund(Refused):
    """There is not so much to give back."""

    order: OrderId
    wanted: Money
    most: Money

    def sentence(self) -> str:
        return f"order {self.order}: {self.wanted} cannot be given back, at most {self.most} can"


@define(eq=False, str=False)
class UnknownMethod(Refused):
    """The shop takes no payments by this method, or not in this currency."""

    method: str
    currency: str

    def sentence(self) -> str:
        return f"the shop takes no payments in {self.currency} by the method {self.method!r}"


@define(eq=False, str=False)
class ForgedWebhook(Refused):
    """It cannot be proved that the provider has sent this."""

    method: str

    def sentence(self) -> str:
        return "this webhook is not proved to come from the provider; nothing of it was looked at"
