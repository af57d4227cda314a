"""An order begins when a buyer accepts a quote: it is placed, stock is set aside for it, and its payment is asked for.
Once what is promised or taken covers its total it is confirmed and goes to shipping, in one group for each location and
seller. It is shipped when the last of its goods have left and completed when all have arrived. Until they leave it can
be cancelled, whole or by units: the stock becomes available again and the money goes back, whatever was promised is let
go and whatever was taken is refunded. A hold keeps its goods here, and its money untaken, until staff release it.

What it owes is told by its ledger (``owing``, ``paying``), never by its state. What was bought is a snapshot: a product
that changes its name or price later does not change it, and what changes about the order itself is appended
(``amending``).
"""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest
from typing import Final, Self

from attrs import evolve, field, frozen

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import (
    CartId,
    LocationId,
    OrderId,
    PaymentId,
    PromotionId,
    QueueTicketId,
    ShipmentId,
    VariantId,
)
from ecomcore.kernel.money import Money
from ecomcore.ordering.errors import NotCovered, OnHold, PartlyShipped, QuoteChanged, TotalChanged
from ecomcore.ordering.events import (
    FulfilmentChanged,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderCovered,
    OrderPartlyShipped,
    OrderPlaced,
    OrderShipped,
)
from ecomcore.ordering.fulfilment import (
    FulfilmentGroup,
    Gone,
    ShippedPart,
    Source,
    groups,
    less,
    units_of,
)
from ecomcore.ordering.holding import Holding
from ecomcore.ordering.instalments import next_until
from ecomcore.ordering.life import LEFT, LIFECYCLE, OrderState
from ecomcore.ordering.payments import Ledger, reversals
from ecomcore.ordering.values import Capture, EntryKind, OrderingPolicy, Shopper
from ecomcore.quoting import CartLine, Destination, Quote

__all__ = ["LIFECYCLE", "Order", "OrderState"]

_PAY_AGAIN: Final = timedelta(days=1)
"""How long an order that was covered waits for another payment."""


@frozen(kw_only=True)
class Order(Holding):
    """What somebody bought, and what became of it. ``buyer`` is the owner name of the actor who bought.

    ``number`` is what people call it. ``contact`` stands for a guest's e-mail address. ``redeems``: it has taken of
    limits and budgets. ``waits_for``: the group buys that have to succeed before it is confirmed. ``screening``: it
    waits to hear whether it can be trusted. ``sources``: where the units are that still have to leave. ``pay_by``: when
    it ends if nothing covers it by then; nothing once it is covered. ``terms``: the version of the terms that the buyer
    accepted.
    """

    channel: str
    placed_at: Instant
    pay_by: Instant | None
    number: str = ""
    earns: int = 1
    contact: str | None = None
    redeems: bool = False
    waits_for: tuple[PromotionId, ...] = ()
    sources: tuple[Source, ...] = ()
    capture_parts: bool = False
    destination: Destination | None = None
    bill_to: Address | None = None
    terms: str | None = None
    cart: CartId | None = None
    vat_id: str | None = field(default=None, repr=False)

    @classmethod
    def place(
        cls,
        id: OrderId,
        quote: Quote,
        *,
        accepted: Money,
        digest: str = "",
        buyer: str,
        shopper: Shopper,
        policy: OrderingPolicy,
        location: LocationId | None,
        at: Instant,
        pay_by: Instant,
        number: str = "",
        screening: bool = False,
        destination: Destination | None = None,
        ship_to: Address | None = None,
        bill_to: Address | None = None,
        terms: str | None = None,
        cart: CartId | None = None,
        cart_version: int | None = None,
        ticket: QueueTicketId | None = None,
    ) -> Self:
        """A new order at the price the buyer accepted. What costs nothing is confirmed once its stock is set aside.

        Raises ``TotalChanged``, and ``QuoteChanged`` where a ``digest`` is given and is another.
        """
        if quote.total != accepted:
            raise TotalChanged(accepted, quote.total)
        if digest and not compare_digest(digest.encode(), quote.digest.encode()):
            raise QuoteChanged(accepted, quote.total)
        order = cls(
            id=id,
            number=number,
            buyer=buyer,
            channel=shopper.channel,
            lines=quote.lines,
            total=quote.total,
            capture=policy.capture,
            capture_parts=policy.capture_parts,
            location=location,
            placed_at=at,
            pay_by=pay_by,
            state=LIFECYCLE.initial,
            ledger=Ledger(quote.currency),
            shipping=quote.shipping,
            instalments=quote.instalments,
            earns=quote.earns,
            contact=shopper.contact,
            vat_id=shopper.vat_id,
            redeems=bool(quote.takes),
            waits_for=quote.group_buys,
            screening=screening,
            destination=destination,
            ship_to=ship_to,
            bill_to=bill_to,
            terms=terms,
            cart=cart,
        )
        wanted = tuple(trusted(CartLine, line.variant, line.quantity) for line in quote.lines)
        told = OrderPlaced(
            id,
            buyer,
            wanted,
            order.total,
            location,
            pay_by,
            shopper.buyer,
            quote.takes,
            number,
            cart,
            cart_version,
            shopper.channel,
            destination,
            ticket,
        )
        return order.telling(told)

    # -- its goods -----------------------------------------------------------------------------------------------

    @property
    def groups(self) -> tuple[FulfilmentGroup, ...]:
        """What is still to leave, parted by location and seller."""
        if not self.sources and (left := self._wanted):
            return (FulfilmentGroup(None, None, left),)
        return groups(self.sources, self.lines)

    def set_aside(self, sources: tuple[Source, ...], at: Instant) -> Self:
        """Units of it are set aside there: what costs nothing is confirmed by that, a confirmed order packed anew."""
        return self._regrouped((*self.sources, *sources))._confirmed_if_covered(at)

    def given_back(self, sources: tuple[Source, ...]) -> Self:
        """Units are no longer set aside for it; a confirmed order is packed anew."""
        gone: Gone = {(source.variant, source.location): source.quantity for source in sources}
        return self._regrouped(less(self.sources, gone))

    def let_go(self, promotion: PromotionId, at: Instant) -> Self:
        """What it waited for has come: confirms it if it is covered and waits for nothing else.

        Ignored when it does not wait for that.
        """
        if promotion not in self.waits_for or self.state is OrderState.CANCELLED:
            return self
        rest = tuple(each for each in self.waits_for if each != promotion)
        return self.having(waits_for=rest)._confirmed_if_covered(at)

    def ship(
        self,
        at: Instant,
        shipment: ShipmentId | None = None,
        lines: tuple[CartLine, ...] = (),
        location: LocationId | None = None,
    ) -> Self:
        """Goods leave, all of them where no ``lines`` are named, and what is promised is to be taken: all at once, or
        at each shipment for what it carries. Told twice of one shipment is once. Raises ``NotCovered``, ``OnHold``.

        Where money is taken at once it is asked for again only if the provider refused it then.
        """
        if shipment is not None and any(part.shipment == shipment for part in self.shipped):
            return self
        state = LIFECYCLE.after("ship", self.state)
        if self.due.minor > 0:
            raise NotCovered(self.id, self.due)
        if self.on_hold:
            raise OnHold(self.id, tuple(hold.kind for hold in self.holds))
        goods = lines or self._wanted
        part = ShippedPart(shipment or ShipmentId(f"{self.id}-{len(self.shipped) + 1}"), goods)
        gone: Gone = {(variant, location): units for variant, units in units_of(goods).items()}
        shipped = self.having(shipped=(*self.shipped, part), sources=less(self.sources, gone))
        last = not shipped.unshipped()
        shipped, captures = shipped.take(self._to_take(goods, last=last), at)
        if last:
            return shipped.telling(OrderShipped(self.id, captures), state=state)
        return shipped.telling(OrderPartlyShipped(self.id, part.shipment, captures))

    def complete(self, shipment: ShipmentId | None = None) -> Self:
        """Goods have arrived, all of them where no ``shipment`` is named; once all have, the order is complete."""
        shipped = tuple(
            evolve(part, delivered=True) if shipment in (None, part.shipment) else part for part in self.shipped
        )
        all_arrived = self.state is OrderState.SHIPPED and all(part.delivered for part in shipped)
        if shipment is not None and not all_arrived:
            return self if shipped == self.shipped else self.having(shipped=shipped)
        told = OrderCompleted(self.id, self.buyer, self.total, self.earns)
        return self.telling(told, state=LIFECYCLE.after("complete", self.state), shipped=shipped)

    def cancel(self, reason: str, at: Instant, *, by_shop: bool = False) -> Self:
        """Call it off; cancelling what is cancelled changes nothing. ``by_shop``: it is not the buyer's doing.

        Raises ``PartlyShipped``: what has left cannot be called back, but the units that are still here can.
        """
        if self.state is OrderState.CANCELLED:
            return self
        state = LIFECYCLE.after("cancel", self.state)
        if self.shipped:
            raise PartlyShipped(self.id)
        written, named = self._reversing(reversals(self.ledger), at)
        told = OrderCancelled(self.id, reason, named, self.redeems, by_shop)
        return written.telling(told, state=state, sources=(), screening=False, link=None, pay_by=None)

    def record_void(self, payment: PaymentId, amount: Money, reference: str, at: Instant, *, request: str = "") -> Self:
        """What was promised is let go. An order that waits for something else has to be paid again."""
        voided = super().record_void(payment, amount, reference, at, request=request)
        waits = voided.state is OrderState.PLACED and voided.pay_by is None and not voided.instalments
        return voided.having(pay_by=at + _PAY_AGAIN) if waits and voided.due.minor > 0 else voided

    def _to_take(self, goods: tuple[CartLine, ...], *, last: bool) -> Money:
        """What is to be taken now that these goods leave."""
        refused = {entry.payment for entry in self.ledger.entries if entry.kind is EntryKind.REFUSED}
        if self.capture is not Capture.AT_SHIPPING and not refused:
            return self._nothing
        left = self._left_to_take()
        if last or not self.capture_parts:
            return left
        worth = sum(self._worth(variant, units) for variant, units in units_of(goods).items())
        worth += 0 if self.shipped else self.delivery.total.minor
        return Money(min(worth, left.minor), left.currency)

    def _worth(self, variant: VariantId, units: int) -> int:
        """What units of a variant cost, from its first line on."""
        worth = 0
        for line in self.lines:
            state = self.line(line.number) if line.variant == variant else None
            if state is not None and state.units and units:
                part = min(units, state.units)
                units -= part
                worth += state.part(part)[0].minor
        return worth

    def _regrouped(self, sources: tuple[Source, ...]) -> Self:
        changed = self.having(sources=sources)
        if self.state not in (OrderState.CONFIRMED, *LEFT):  # the last units may leave by being taken out
            return changed
        return changed.telling(FulfilmentChanged(self.id, changed.groups))

    def _confirmed_if_covered(self, at: Instant) -> Self:  # noqa: ARG002
        if not LIFECYCLE.allows("confirm", self.state):
            return self
        if self.due.minor > 0:
            until = next_until(self.instalments, self._covered)
            if until is None:
                return self
            return self.telling(OrderCovered(self.id, until, self.redeems), pay_by=None)
        if self.waits_for or self.on_hold:
            return self.telling(OrderCovered(self.id, None, self.redeems), pay_by=None)
        told = OrderConfirmed(self.id, self._wanted, self.redeems, self.groups, self.location, self.channel)
        return self.telling(told, state=LIFECYCLE.after("confirm", self.state), pay_by=None)

    def _settled(self, at: Instant) -> Self:
        """After an amendment: what is cheaper may be covered now, and what is left of it may all have left."""
        if self.state is not OrderState.CONFIRMED or not self.shipped or self.unshipped():
            return self._confirmed_if_covered(at)
        shipped, captures = self.take(self._to_take((), last=True), at)
        shipped = shipped.telling(OrderShipped(self.id, captures), state=LIFECYCLE.after("ship", self.state))
        return shipped.complete() if all(part.delivered for part in self.shipped) else shipped

    @property
    def _wanted(self) -> tuple[CartLine, ...]:
        return tuple(trusted(CartLine, variant, units) for variant, units in self.unshipped().items())
