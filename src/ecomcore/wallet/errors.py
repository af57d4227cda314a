"""How the wallet refuses."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import AccountId, PaymentId
from ecomcore.kernel.money import Money

__all__ = [
    "AccountNotActive",
    "AccountNotEmpty",
    "AnotherAmount",
    "CodeNotKept",
    "MoreThanHeld",
    "MoreThanSpent",
    "NotEnoughCredit",
    "PointsNotAccepted",
    "TooManyTries",
    "TooMuchCredit",
    "UnknownGiftCard",
]


@define(eq=False, str=False)
class UnknownGiftCard(Refused):
    """No gift card has this code, or it is somebody else's."""

    field: str = "code"

    def sentence(self) -> str:
        return f"{self.field}: there is no such gift card; look at the code again"


@define(eq=False, str=False)
class TooManyTries(Refused):
    """Too many codes were tried that no gift card has."""

    def sentence(self) -> str:
        return "too many unknown codes of gift cards were tried; wait a while"


@define(eq=False, str=False)
class NotEnoughCredit(Refused):
    """The account does not have what is asked of it. Units are minor units of the currency, or points.

    ``expired`` units were there once. ``field`` names the tender, if one was offered.
    """

    account: AccountId | None
    kind: str
    currency: str
    wanted: int
    available: int
    expired: int = 0
    field: str = ""

    def sentence(self) -> str:
        where = f"{self.field}: " if self.field else ""
        unit = "points" if self.kind == "points" else f"minor units of {self.currency}"
        gone = f"; {self.expired} have expired" if self.expired else ""
        return f"{where}{self.wanted} {unit} are wanted, the {self.kind} has {self.available}{gone}"


@define(eq=False, str=False)
class AccountNotActive(Refused):
    """Nothing can be taken of an account that is blocked or closed."""

    account: AccountId
    kind: str
    state: str
    field: str = ""

    def sentence(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}the {self.kind} is {self.state}, not active"


@define(eq=False, str=False)
class PointsNotAccepted(Refused):
    """Points are not worth anything in this currency."""

    currency: str

    def sentence(self) -> str:
        return f"nobody can pay with points in {self.currency}; the shop has not said what they are worth"


@define(eq=False, str=False)
class MoreThanHeld(Refused):
    """A payment cannot spend or release more than it still holds."""

    account: AccountId
    payment: PaymentId
    wanted: Money
    held: Money

    def sentence(self) -> str:
        return f"payment {self.payment} holds {self.held} of {self.account}, not {self.wanted}"


@define(eq=False, str=False)
class MoreThanSpent(Refused):
    """No more comes back than was spent and has not come back yet."""

    account: AccountId
    payment: PaymentId
    wanted: Money
    spent: Money

    def sentence(self) -> str:
        return f"payment {self.payment} has spent {self.spent} of {self.account} that can come back, not {self.wanted}"


@define(eq=False, str=False)
class AnotherAmount(Refused):
    """A fact is written once: the same reference was used before, for another amount."""

    account: AccountId
    reference: str
    known: int
    wanted: int

    def sentence(self) -> str:
        return (
            f"{self.reference!r} is written in {self.account} with {self.known}, not {self.wanted}; "
            "another fact needs another reference"
        )


@define(eq=False, str=False)
class TooMuchCredit(Refused):
    """No account can keep more than this."""

    account: AccountId
    most: int

    def sentence(self) -> str:
        return f"{self.account} cannot keep more than {self.most} units"


@define(eq=False, str=False)
class AccountNotEmpty(Refused):
    """What still has something in it cannot be closed."""

    account: AccountId
    balance: int

    def sentence(self) -> str:
        return f"{self.account} still has {self.balance} units; adjust it to zero or let them be spent"


@define(eq=False, str=False)
class CodeNotKept(Refused):
    """The code was made with another key of the shop: only its hash is kept, so nobody can show it again."""

    account: AccountId

    def sentence(self) -> str:
        return f"the code of {self.account} was made with another key; renew the gift card to get another code"
