"""The part of an order that can be changed after it was placed: units taken out, lines added, other prices, credits.

Nothing that was bought is rewritten: each change is appended, with what it does to the total. What is held beyond the
new total goes back; what is missing is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from attrs import evolve, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import LocationId, PaymentId, VariantId
from ecomcore.kernel.money import Money
from ecomcore.ordering.amendments import (
    SHIPPING,
    WHOLE,
    Amendment,
    AmendmentKind,
    LineState,
    line_state,
    repriced,
    shipping_state,
)
from ecomcore.ordering.errors import NothingLeft, NothingToRefund, NotThatMany, PaidInParts
from ecomcore.ordering.events import OrderAmended, OrderRefunded
from ecomcore.ordering.fulfilment import ShippedPart, units_of
from ecomcore.ordering.life import CHANGEABLE, LEFT
from ecomcore.ordering.paying import Paying
from ecomcore.ordering.payments import back_to, returnable
from ecomcore.ordering.values import MANUAL, STORE_CREDIT, EntryKind, LineChange, LineUnits, Means
from ecomcore.quoting import CartLine, QuoteLine, ShippingCharge, TaxAmount

__all__ = ["Amending"]

_METHODS = {Means.STORE_CREDIT: STORE_CREDIT, Means.MANUAL: MANUAL}


@frozen(kw_only=True)
class Amending(Paying):
    """The lines as they were bought, and what was done to them since."""

    buyer: str
    lines: tuple[QuoteLine, ...]
    shipping: ShippingCharge | None = None
    amendments: tuple[Amendment, ...] = ()
    shipped: tuple[ShippedPart, ...] = ()
    location: LocationId | None = None

    def line(self, number: int) -> LineState:
        """A line as it stands now. Raises ``Invalid`` for a number that is none."""
        return line_state(self._line(number), self.amendments)

    @property
    def delivery(self) -> LineState:
        """What delivery costs now."""
        return shipping_state(self.shipping, self.amendments, self.total.currency)

    def remaining(self) -> dict[VariantId, int]:
        """How many units of each variant are still bought, whether they have left or not."""
        removed: dict[int, int] = {}
        for each in self.amendments:
            if each.kind is AmendmentKind.REMOVED:
                removed[each.line] = removed.get(each.line, 0) + each.units
        units: dict[VariantId, int] = {}
        for line in self.lines:
            left = line.quantity - removed.get(line.number, 0)
            if left:
                units[line.variant] = units.get(line.variant, 0) + left
        return units

    def unshipped(self) -> dict[VariantId, int]:
        """How many units of each variant are still to leave."""
        units = self.remaining()
        for part in self.shipped:
            for variant, gone in units_of(part.lines).items():
                units[variant] = units.get(variant, 0) - gone
        return {variant: left for variant, left in units.items() if left > 0}

    def edit(
        self, changes: Sequence[LineChange], added: Sequence[QuoteLine], reason: str, by: str, at: Instant
    ) -> Self:
        """Change what is bought. Units that are taken out are worth their part of what was charged; lines that are
        added come at the price of today; a price that staff give replaces the price and all discounts of its line.

        Raises ``NotThatMany``, ``NothingLeft``, ``PaidInParts``, ``IllegalTransition``.
        """
        if self.state not in CHANGEABLE:
            raise IllegalTransition("order", "edit", self.state, CHANGEABLE)
        if self.instalments:
            raise PaidInParts(self.id)
        edited, before = self, self.unshipped()
        for change in changes:
            edited = edited._changed(change, reason, by, at)
        for new in added:
            edited = edited._with_line(new, reason, by, at)
        if edited is self:
            return self
        after = edited.unshipped()
        if not after and not self.shipped:
            raise NothingLeft(self.id)
        fewer = tuple(CartLine(v, n - after.get(v, 0)) for v, n in before.items() if n > after.get(v, 0))
        more = tuple(CartLine(v, n - before.get(v, 0)) for v, n in after.items() if n > before.get(v, 0))
        written, named = edited._reversing(back_to(edited.ledger, edited.total), at)
        told = OrderAmended(self.id, reason, self.total, edited.total, fewer, more, named, self.location)
        return written.telling(told)._settled(at)

    def refund(
        self,
        *,
        lines: Sequence[LineUnits],
        delivery: Money | None,
        amount: Money | None,
        means: Means,
        reason: str,
        reference: str,
        by: str,
        at: Instant,
    ) -> Self:
        """Give money back: for units at what was charged for them, for delivery, or just an amount.

        What is given back beyond what is held too much is credited: the order costs less by it. Never more than was
        taken is given back. By another means than the original, the same ``reference`` is once. What is given back by
        hand is first of all the cash that is owed already. Raises ``NothingToRefund``, ``NotThatMany``.
        """
        if reference and means is not Means.ORIGINAL:
            if self._gave_back(_METHODS[means], reference):
                return self
            if any(e.kind is EntryKind.REFUNDED and e.reference == reference for e in self.ledger.entries):
                raise Invalid("reference", reference, "a reference that no other refund of the order has")
        credited = self
        for wanted in lines:
            credited = credited._credit_units(wanted, reason, by, at)
        if delivery is not None:
            credited = credited._credit(SHIPPING, delivery, self.delivery, reason, by, at)
        if amount is not None:
            over = Money(max(0, self._taken - self.total.minor) + self._cash_owed(means), self.total.currency)
            beyond = amount - min(over, amount)
            if not beyond.is_zero:
                credited = credited._credit(WHOLE, beyond, None, reason, by, at)
        wanted_back = self.total - credited.total if amount is None else amount
        owed = 0 if amount is None else self._cash_owed(means)  # what units are worth comes on top of it
        most = self._held if means is Means.ORIGINAL else returnable(self.ledger).minor + owed
        there = Money(most, self.total.currency)
        if wanted_back.minor <= 0 or wanted_back.minor > there.minor:
            raise NothingToRefund(self.id, wanted_back, there)
        down_to = Money(max(0, min(credited.total.minor, self._held - wanted_back.minor)), self.total.currency)
        return credited._giving(wanted_back, down_to, means, reason, reference, at, owed)

    def _giving(
        self, amount: Money, down_to: Money, means: Means, reason: str, reference: str, at: Instant, owing: int
    ) -> Self:
        told = OrderRefunded(self.id, self.buyer, amount, means, reason)
        if means is Means.ORIGINAL:
            written, named = self._reversing(back_to(self.ledger, down_to), at)
            return written.telling(evolve(told, reversals=named))._settled(at)
        given, rest = self, amount.minor
        name = reference or f"{means}-{len(self.ledger.entries) + 1}"
        method = _METHODS[means]
        for balance in reversed(list(self.ledger.balances())):
            owed = balance.refunding if owing and balance.method == MANUAL else 0
            part = min(balance.returnable + owed, rest)
            if part > 0:
                rest -= part
                given = given._handed_over(balance.payment, Money(part, amount.currency), owed, name, method, at)
        return given.telling(evolve(told, reference=name))._settled(at)

    def _handed_over(self, payment: PaymentId, amount: Money, owed: int, name: str, method: str, at: Instant) -> Self:
        """Money goes back by staff or as credit: first what had been asked for to be given back by hand."""
        given, pending = self, list(self.ledger.unanswered(payment)) if owed else []
        if [asked.amount for asked in pending] == [amount]:
            return self.record_refund(payment, amount, name, at, method=method, request=pending[0].reference)
        if owed:  # those requests are over; what is left of them is asked for anew
            for asked in pending:
                name_of_it = asked.reference
                given = given._writing(EntryKind.ANSWERED, payment, self._nothing, name_of_it, at, request=name_of_it)
            if owed > amount.minor:
                rest = Money(owed - amount.minor, amount.currency)
                given, _ = given._requesting(EntryKind.REFUND_REQUESTED, payment, rest, at)
        given, request = given._requesting(EntryKind.REFUND_REQUESTED, payment, amount, at)
        return given.record_refund(payment, amount, name, at, method=method, request=request)

    def record_refund(
        self,
        payment: PaymentId,
        amount: Money,
        reference: str,
        at: Instant,
        *,
        method: str | None = None,
        request: str = "",
    ) -> Self:
        """What was taken is given back, never more than that. If nobody here has asked for it, the goods have left and
        the order would owe it again, it is credited: it was somebody's decision at the provider.
        """
        request = request or self._asked_for(EntryKind.REFUND_REQUESTED, payment, amount)
        refunded = super().record_refund(payment, amount, reference, at, method=method, request=request)
        if refunded is self or self.state not in LEFT or request:
            return refunded
        lost = min(amount, refunded.due)
        if lost.minor <= 0:
            return refunded
        return refunded._credited(WHOLE, 0, lost, self._taxes_in(lost), "given back at the provider", "provider", at)

    # -- one change ----------------------------------------------------------------------------------------------

    def _changed(self, change: LineChange, reason: str, by: str, at: Instant) -> Self:
        line, changed = self._line(change.line), self
        state = self.line(line.number)
        if change.quantity is not None:
            units = state.units - change.quantity
            if units < 0:
                raise NotThatMany(self.id, line.number, change.quantity, state.units)
            if units:
                left = self.unshipped().get(line.variant, 0)
                if units > left:
                    raise NotThatMany(self.id, line.number, units, left)
                total, taxes = state.part(units)
                off = min(total, changed.total)  # what was credited for the order as a whole is not given twice
                changed = changed._amended(AmendmentKind.REMOVED, line.number, units, -off, taxes, reason, by, at)
        if change.price is not None:
            if change.price.currency != self.total.currency:
                raise Invalid("price", change.price, f"an amount in {self.total.currency}")
            state = changed.line(line.number)
            total, taxes = repriced(state, change.price, tax_included=line.tax_included)
            old = {(tax.name, tax.percent): tax for tax in state.taxes}
            deltas = tuple(_minus(tax, old[tax.name, tax.percent]) for tax in taxes)
            if total != state.total:
                by_so_much = max(total - state.total, -changed.total)
                changed = changed._amended(
                    AmendmentKind.REPRICED, line.number, 0, by_so_much, deltas, reason, by, at, signed=True
                )
        return changed

    def _with_line(self, new: QuoteLine, reason: str, by: str, at: Instant) -> Self:
        line = evolve(new, number=max(line.number for line in self.lines) + 1)
        added = self._amended(
            AmendmentKind.ADDED, line.number, line.quantity, line.total, line.taxes, reason, by, at, signed=True
        )
        return added.having(lines=(*self.lines, line))

    def _credit_units(self, wanted: LineUnits, reason: str, by: str, at: Instant) -> Self:
        line = self._line(wanted.line)
        state = self.line(line.number)
        if wanted.units > state.units:
            raise NotThatMany(self.id, line.number, wanted.units, state.units)
        total, taxes = state.part(wanted.units)
        return self._credited(line.number, wanted.units, total, taxes, reason, by, at)

    def _credit(self, line: int, amount: Money, state: LineState | None, reason: str, by: str, at: Instant) -> Self:
        most = self.total if state is None else state.total
        if amount.currency != most.currency or not 0 < amount.minor <= most.minor:
            raise NothingToRefund(self.id, amount, most)
        taxes = self._taxes_in(amount) if state is None else state.worth(amount)[1]
        return self._credited(line, 0, amount, taxes, reason, by, at)

    def _credited(
        self, line: int, units: int, amount: Money, taxes: tuple[TaxAmount, ...], reason: str, by: str, at: Instant
    ) -> Self:
        """No more is taken off than the order still costs: what was given for the order as a whole counts."""
        capped = min(amount, self.total)
        return self._amended(AmendmentKind.CREDITED, line, units, -capped, taxes, reason, by, at)

    def _amended(
        self,
        kind: AmendmentKind,
        line: int,
        units: int,
        amount: Money,
        taxes: tuple[TaxAmount, ...],
        reason: str,
        by: str,
        at: Instant,
        *,
        signed: bool = False,
    ) -> Self:
        parts = taxes if signed else tuple(TaxAmount(t.name, t.percent, -t.base, -t.amount) for t in taxes)
        one = Amendment(len(self.amendments) + 1, kind, line, units, amount, reason, by, at, parts)
        return self.having(amendments=(*self.amendments, one), total=self.total + amount)

    # -- what follows --------------------------------------------------------------------------------------------

    @property
    def _held(self) -> int:
        """What is promised or taken, and nobody has been asked yet to let go or to give back."""
        return sum(b.free + b.capturing + b.returnable for b in self.ledger.balances())

    def _gave_back(self, method: str, reference: str) -> bool:
        return any(
            entry.kind is EntryKind.REFUNDED and entry.method == method and entry.reference == reference
            for entry in self.ledger.entries
        )

    def _cash_owed(self, means: Means) -> int:
        """What staff have received, and are to give back by hand."""
        by_hand = (balance for balance in self.ledger.balances() if balance.method == MANUAL)
        return sum(balance.refunding for balance in by_hand) if means is Means.MANUAL else 0

    def _settled(self, at: Instant) -> Self:
        """An order that has become cheaper may be covered now."""
        return self._confirmed_if_covered(at)

    def _taxes_in(self, amount: Money) -> tuple[TaxAmount, ...]:
        """The tax in an amount that is credited for the order as a whole, by the share of each rate in the order."""
        parts: dict[tuple[str, int], TaxAmount] = {}
        for tax in self._all_taxes():
            key = (tax.name, tax.percent.millionths)
            known = parts.get(key)
            parts[key] = (
                tax if known is None else evolve(known, base=known.base + tax.base, amount=known.amount + tax.amount)
            )
        total = self.total.minor or 1
        return tuple(
            evolve(tax, base=_share(tax.base, amount.minor, total), amount=_share(tax.amount, amount.minor, total))
            for tax in parts.values()
        )

    def _all_taxes(self) -> Iterable[TaxAmount]:
        for line in self.lines:
            yield from self.line(line.number).taxes
        yield from self.delivery.taxes
        for each in self.amendments:
            if each.line == WHOLE:
                yield from each.taxes

    def _line(self, number: int) -> QuoteLine:
        for line in self.lines:
            if line.number == number:
                return line
        raise Invalid("line", number, f"the number of a line of the order, 1 to {len(self.lines)}")


def _minus(new: TaxAmount, old: TaxAmount) -> TaxAmount:
    return TaxAmount(new.name, new.percent, new.base - old.base, new.amount - old.amount)


def _plus(one: TaxAmount, other: TaxAmount) -> TaxAmount:
    return evolve(one, base=one.base + other.base, amount=one.amount + other.amount)


def _share(amount: Money, part: int, of: int) -> Money:
    return Money(amount.minor * part // of, amount.currency)
