"""The part of an order that can be made to wait and be written upon: holds, the risk check, notes, links, address."""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.money import Money
from ecomcore.ordering.amending import Amending
from ecomcore.ordering.events import (
    HoldReleased,
    OrderHeld,
    OrderNoted,
    OrderReaddressed,
    PaymentLinkOpened,
    PaymentsDue,
    ScreeningRequested,
)
from ecomcore.ordering.fulfilment import Hold, HoldKind
from ecomcore.ordering.life import CHANGEABLE, OrderState
from ecomcore.ordering.risk import RiskQuestion
from ecomcore.ordering.values import Capture, PaymentLink, Reversal

__all__ = ["Holding"]


@frozen(kw_only=True)
class Holding(Amending):
    """What keeps its goods here, and its money untaken. ``screening``: it waits to hear whether it can be trusted."""

    screening: bool = False
    holds: tuple[Hold, ...] = ()
    link: PaymentLink | None = None
    ship_to: Address | None = None

    @property
    def on_hold(self) -> bool:
        """Whether something keeps its goods, and the taking of its money, from going on."""
        return bool(self.holds) or self.screening

    def hold(self, kind: HoldKind, reason: str, by: str, at: Instant) -> Self:
        """Keep its goods here; one hold of a kind at a time, the first stays."""
        if self.state not in CHANGEABLE:
            raise IllegalTransition("order", "hold", self.state, CHANGEABLE)
        if any(hold.kind is kind for hold in self.holds):
            return self
        return self.telling(OrderHeld(self.id, kind, reason), holds=(*self.holds, Hold(kind, reason, by, at)))

    def release(self, kind: HoldKind, reason: str, at: Instant) -> Self:
        """What held it is settled: without another hold it goes on from where it is."""
        rest = tuple(hold for hold in self.holds if hold.kind is not kind)
        if len(rest) == len(self.holds) or self.state is OrderState.CANCELLED:
            return self
        return self._going_on(kind, reason, at, holds=rest)

    def ask_about(self, question: RiskQuestion, token: str, method: str, *, pays: bool) -> Self:
        """Have it found out whether it can be trusted; then, if it ``pays``, it is paid with this."""
        return self.telling(ScreeningRequested(self.id, question, token, method, pays))

    def trusted_by_check(self, at: Instant) -> Self:
        """The risk check has nothing against it, or has put it on hold."""
        trusted, captures = self.having(screening=False)._taken_at_once(at)
        if captures:
            trusted = trusted.telling(PaymentsDue(self.id, captures))
        return trusted._confirmed_if_covered(at)

    def _going_on(self, kind: HoldKind, reason: str, at: Instant, *, holds: tuple[Hold, ...]) -> Self:
        released, captures = self.having(holds=holds)._taken_at_once(at)
        return released.telling(HoldReleased(self.id, kind, reason, captures))._confirmed_if_covered(at)

    def _taken_at_once(self, at: Instant) -> tuple[Self, tuple[Reversal, ...]]:
        """What had to wait for a hold is taken, where the shop takes its money at once."""
        if self.on_hold or not (self.capture is Capture.AT_ONCE or self.instalments):
            return self, ()
        return self.take(self._left_to_take(), at)

    # -- what is said about it -----------------------------------------------------------------------------------

    def note(self, text: str) -> Self:
        """Staff write something down about it."""
        return self.telling(OrderNoted(self.id, text))

    def readdress(self, ship_to: Address) -> Self:
        """It goes to another address, in the same country and region, for its tax stays as it is."""
        if self.state not in CHANGEABLE:
            raise IllegalTransition("order", "readdress", self.state, CHANGEABLE)
        return self.telling(OrderReaddressed(self.id), ship_to=ship_to)

    def link_to_pay(self, link: PaymentLink) -> Self:
        """Whoever knows the secret may pay it until then; the link before ends."""
        return self.telling(PaymentLinkOpened(self.id, link.until), link=link)

    def _left_to_take(self) -> Money:
        return Money(max(0, self.total.minor - self._taken), self.total.currency)
