"""What orders and their money should come to, told a second time: with plain numbers, and without looking.

One ``ModelOrder`` is the shop's side of an order, ``Books`` are the provider's of a payment. Amounts are cents. A
command that must be refused raises ``No`` with the name of the refusal. Whatever the shop means to ask of a provider is
left in ``asks``; whoever drives the model carries it there, and brings the answer back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime, timedelta

from attrs import define, field

PLACED, CONFIRMED, SHIPPED, COMPLETED, CANCELLED = "placed", "confirmed", "shipped", "completed", "cancelled"
CARD, CREDIT, MANUAL = "", "credit", "manual"
PAY_AGAIN = timedelta(days=1)
"""How long there is to pay for an order that has lost the promise it had."""


class No(Exception):
    """The shop must refuse it, with the error of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@define
class Books:
    """What the provider knows of a payment: its facts, in order."""

    promised: int = 0
    facts: list[tuple[str, int]] = field(factory=list)

    def sum(self, *kinds: str) -> int:
        return sum(amount for kind, amount in self.facts if kind in kinds)

    @property
    def takable(self) -> int:
        return self.promised - self.sum("captured", "voided")

    @property
    def returnable(self) -> int:
        return self.sum("captured", "chargeback_won") - self.sum("refunded", "charged_back")

    @property
    def lost(self) -> int:
        return self.sum("charged_back") - self.sum("chargeback_won")

    def write(self, kind: str, amount: int) -> int:
        """One more fact; answers with its place."""
        self.facts.append((kind, amount))
        return len(self.facts) - 1


@define(eq=False)
class ModelPayment:
    """One payment, as the shop's ledger must tell it: ``told`` are the sums by kind."""

    name: str
    method: str
    since: datetime
    told: Counter[str] = field(factory=Counter)
    known: set[int] = field(factory=set)
    books: Books = field(factory=Books)
    bank: str = ""
    """What the provider has answered to its authorisation: yes, no, or that the buyer must act."""
    asks: list[Ask] = field(factory=list)
    outcome: bool = False
    waits: bool = False
    refused: bool = False
    elsewhere: int = 0
    """What was given back by other means than it came by: no provider knows of it."""

    @property
    def disputed(self) -> int:
        return self.told["charged_back"] - self.told["chargeback_won"]

    @property
    def taken(self) -> int:
        """Taken and not refunded, whatever a bank says."""
        return self.told["captured"] - self.told["refunded"]

    @property
    def kept(self) -> int:
        return self.taken - self.disputed

    @property
    def open(self) -> int:
        return self.told["authorised"] - self.told["captured"] - self.told["voided"]

    def asked(self, step: str) -> int:
        """What a provider was asked to do and has not answered; no more than there is to be done."""
        wanted = sum(ask.amount for ask in self.asks if ask.step == step and not ask.answered)
        return max(0, min(wanted, self.taken if step == "refund" else self.open))

    def answering(self, step: str, amount: int) -> Ask | None:
        """The oldest question that a fact of the provider's may be the answer to."""
        return next((a for a in self.asks if a.step == step and a.amount == amount and not a.answered), None)

    @property
    def free(self) -> int:
        return max(0, self.open - self.asked("capture") - self.asked("void"))

    @property
    def returnable(self) -> int:
        return max(0, self.kept - self.asked("refund"))

    @property
    def unanswered(self) -> bool:
        if self.method != CARD:
            return False
        return not self.outcome or any(self.asked(step) for step in ("capture", "void", "refund"))


@define(eq=False)
class Ask:
    """Something a provider is asked for, until its answer is written down. ``fact`` is what came of it there."""

    step: str
    payment: ModelPayment
    amount: int
    at: datetime
    answer: str = ""
    fact: int = -1
    answered: bool = False


@define
class ModelLine:
    """``there`` units are bought and not taken out; ``left`` of them, worth ``worth``, are not credited either."""

    variant: str
    there: int
    left: int
    worth: int


@define(eq=False)
class ModelOrder:
    """One order. ``parts`` are what has left, each with whether it has arrived."""

    name: str
    capture: str
    in_parts: bool
    member: bool
    now: datetime
    pay_by: datetime | None
    reserved_until: datetime
    lines: dict[int, ModelLine]
    delivery: int
    total: int
    state: str = PLACED
    kept_stock: bool = False
    holds: set[str] = field(factory=set)
    parts: list[tuple[dict[str, int], bool]] = field(factory=list)
    payments: list[ModelPayment] = field(factory=list)
    asks: list[Ask] = field(factory=list)
    moves: list[str] = field(factory=list)
    ask_at: datetime | None = None

    # -- sums ----------------------------------------------------------------------------------------------------

    @property
    def covered(self) -> int:
        """Promised or taken, and neither back nor on its way back."""
        back = sum(p.asked("void") + p.asked("refund") for p in self.payments)
        return sum(p.told["authorised"] - p.told["voided"] - p.told["refunded"] for p in self.payments) - back

    @property
    def due(self) -> int:
        return self.total - self.covered

    @property
    def held(self) -> int:
        return sum(p.free + p.asked("capture") + p.returnable for p in self.payments)

    @property
    def taken(self) -> int:
        return sum(p.asked("capture") + p.returnable for p in self.payments)

    def units(self) -> Counter[str]:
        """What is still bought, whether it has left or not."""
        units: Counter[str] = Counter()
        for line in self.lines.values():
            units[line.variant] += line.there
        return +units

    def here(self) -> Counter[str]:
        """What is still to leave."""
        units = self.units()
        for goods, _ in self.parts:
            units.subtract(goods)
        return +units

    @property
    def stage(self) -> str:
        """Where it is, as the table of pairs names it."""
        if self.state == CONFIRMED and self.parts:
            return "partly shipped"
        if self.state in (PLACED, CONFIRMED) and self.holds:
            return f"{self.state}, on hold"
        return self.state

    # -- asking for money ----------------------------------------------------------------------------------------

    def payable(self) -> int:
        if self.due <= 0:
            raise No("NothingToPay")
        if self.state not in (PLACED, CONFIRMED):
            raise No("IllegalTransition")
        return self.due

    def intend(self, name: str, amount: int | None, method: str = CARD) -> ModelPayment:
        due = self.payable()
        if method == CARD and any(
            not each.outcome and not each.waits and each.method != CREDIT for each in self.payments
        ):
            raise No("PaymentPending")
        wanted = due if amount is None else amount
        if not 0 < wanted <= due:
            raise No("AmountDiffers")
        payment = ModelPayment(name, method, self.now)
        self.payments.append(payment)
        self.write(payment, "intended", wanted)
        self.asks.append(Ask("authorise", payment, wanted, self.now))
        return payment

    def intend_credit(self, amount: int) -> None:
        self.payments.append(ModelPayment("", CREDIT, self.now))
        self.write(self.payments[-1], "intended", amount)
        self.asks.append(Ask("authorise", self.payments[-1], amount, self.now))

    def pay_by_hand(self, name: str, amount: int, fact: int) -> ModelPayment:
        due = self.payable()
        if not 0 < amount <= due:
            raise No("AmountDiffers")
        payment = ModelPayment(name, MANUAL, self.now, outcome=True)
        self.payments.append(payment)
        self.write(payment, "intended", amount)
        self.write(payment, "authorised", amount)
        self.record_capture(payment, amount, fact)
        self.go_on()
        return payment

    def take(self, most: int) -> None:
        """Have what is promised taken, the first promise first."""
        for payment in self.payments:
            part = min(payment.free, most)
            if part > 0:
                most -= part
                self.request("capture", payment, part)

    def capture_now(self, amount: int | None) -> None:
        free = min(sum(payment.free for payment in self.payments), self.total)
        left = min(free, self.total - self.taken)
        if left <= 0 or self.state == CANCELLED:
            raise No("NothingToPay")
        if amount is not None and amount > left:
            raise No("AmountDiffers")
        self.take(left if amount is None else amount)

    def request(self, step: str, payment: ModelPayment, amount: int) -> None:
        ask = Ask(step, payment, amount, self.now)
        payment.asks.append(ask)
        self.asks.append(ask)
        self.write(payment, f"{step}_requested", amount)

    def write(self, payment: ModelPayment, kind: str, amount: int) -> None:
        payment.told[kind] += amount
        waits = any(each.unanswered for each in self.payments)
        self.ask_at = None if not waits else min(self.ask_at or self.now, self.now)

    def come_down_to(self, total: int) -> None:
        """Promises go first, then what is taken, of the payment made last first; a provider lets a promise go whole or
        not at all.
        """
        over = max(0, self.taken - total)
        rest = self.held - over - total
        back: list[tuple[str, ModelPayment, int]] = []
        for payment in reversed(self.payments):
            part = min(payment.free, rest)
            if part > 0:
                rest -= part
                if part == payment.open or payment.method == CREDIT:
                    back.append(("void", payment, part))
        for payment in reversed(self.payments):
            part = min(payment.returnable, over)
            if part > 0:
                over -= part
                back.append(("refund", payment, part))
        for step, payment, part in back:
            self.request(step, payment, part)

    def give_all_back(self) -> None:
        back = [(payment, payment.free, payment.returnable) for payment in self.payments]
        for payment, free, returnable in back:
            if free:
                self.request("void", payment, free)
            if returnable:
                self.request("refund", payment, returnable)

    # -- what is told of money -----------------------------------------------------------------------------------

    def authorise(self, payment: ModelPayment, amount: int) -> bool:
        if payment.told["authorised"]:
            return False
        due = self.due
        late = self.state == CANCELLED or due <= 0
        payment.outcome = True
        self.write(payment, "authorised", amount)
        if late:
            self.request("void", payment, amount)
            return True
        if self.capture == "at_once" and not self.holds:
            self.request("capture", payment, min(amount, due))
        self.go_on()
        return True

    def decline(self, payment: ModelPayment) -> bool:
        if payment.outcome:
            return False
        payment.outcome = True
        self.write(payment, "declined", 0)
        return True

    def wait_for_the_buyer(self, payment: ModelPayment) -> bool:
        if payment.outcome or payment.waits:
            return False
        payment.waits = True
        return True

    def known(self, payment: ModelPayment, fact: int, ask: Ask | None) -> bool | None:
        """Whether the answer to something asked is news, although the fact is not; nothing if the fact is new."""
        if fact not in payment.known:
            return None
        if ask is None or ask.answered:
            return False
        ask.answered = True
        self.write(payment, "answered", 0)
        if self.state == CANCELLED:  # what was thought to be on its way, and is not
            self.give_all_back()
        return True

    def record_capture(self, payment: ModelPayment, amount: int, fact: int, ask: Ask | None = None) -> bool:
        if (news := self.known(payment, fact, ask)) is not None:
            return news
        if not 0 < amount <= payment.open:
            raise No("AmountDiffers")
        payment.outcome = True
        self.enter(payment, "captured", amount, fact, ask)
        self.let_surplus_go(payment, amount)
        return True

    def enter(self, payment: ModelPayment, kind: str, amount: int, fact: int, ask: Ask | None = None) -> None:
        payment.known.add(fact)
        if ask is not None:
            ask.answered = True
        self.write(payment, kind, amount)

    def let_surplus_go(self, payment: ModelPayment, amount: int) -> None:
        kept = sum(each.returnable for each in self.payments)
        owed = 0 if self.state == CANCELLED else self.total
        surplus = min(amount, payment.returnable, max(0, kept - owed))
        free = [(each, each.free) for each in self.payments]
        if surplus > 0:
            self.request("refund", payment, surplus)
        if kept >= owed:
            for each, part in free:
                if part:
                    self.request("void", each, part)

    def record_void(self, payment: ModelPayment, amount: int, fact: int, ask: Ask | None = None) -> bool:
        if (news := self.known(payment, fact, ask)) is not None:
            return news
        if payment.open < amount <= payment.taken:
            self.record_refund(payment, amount, fact, ask)
        elif 0 < amount <= payment.open:
            self.enter(payment, "voided", amount, fact, ask)
        else:
            raise No("AmountDiffers")
        if self.state == PLACED and self.pay_by is None and self.due > 0:
            self.pay_by = self.now + PAY_AGAIN
        return True

    def record_refund(self, payment: ModelPayment, amount: int, fact: int, ask: Ask | None = None) -> bool:
        if (news := self.known(payment, fact, ask)) is not None:
            return news
        if not 0 < amount <= payment.taken:
            raise No("AmountDiffers")
        self.enter(payment, "refunded", amount, fact, ask)
        if self.state in (SHIPPED, COMPLETED) and ask is None:  # somebody has decided it at the provider
            self.total -= max(0, min(amount, self.due))
        return True

    def refuse(self, ask: Ask) -> None:
        kind = "refused" if ask.step == "capture" else f"{ask.step}_refused"
        ask.answered = True
        self.write(ask.payment, kind, ask.amount)
        ask.payment.refused = True
        if ask.step == "capture" and self.state == CANCELLED:
            self.give_all_back()

    def hear(self, payment: ModelPayment, fact: int) -> bool:  # noqa: C901 - one case for each thing that can be told
        """A fact of the provider's, by whatever way. Answers whether it is news."""
        kind, amount = payment.books.facts[fact]
        match kind:
            case "authorised":
                return self.authorise(payment, amount)
            case _ if fact in payment.known:
                return False
            case "captured":
                if not payment.told["authorised"]:
                    payment.outcome = True
                    self.write(payment, "authorised", payment.told["intended"])
                self.record_capture(payment, amount, fact, payment.answering("capture", amount))
                self.go_on()
                return True
            case "voided" | "refunded":
                if kind == "voided" and not payment.told["authorised"]:
                    payment.outcome = True
                    self.write(payment, "authorised", payment.told["intended"])
                fits = payment.open >= amount
                is_void = fits or payment.kept < amount
                if kind == "refunded":  # what is given back was taken, unless it was asked to be let go
                    is_void = fits and not payment.told["captured"] and payment.asked("void") > 0
                if is_void:
                    self.record_void(payment, amount, fact, payment.answering("void", amount))
                else:
                    self.record_refund(payment, amount, fact, payment.answering("refund", amount))
                if kind == "voided" and self.state == CANCELLED:
                    self.give_all_back()
            case "fee":
                self.enter(payment, kind, amount, fact)
            case "charged_back":
                if amount > payment.told["captured"] - payment.disputed:
                    raise No("AmountDiffers")
                self.enter(payment, kind, amount, fact)
                if self.state in (PLACED, CONFIRMED):
                    self.holds.add("dispute")
            case _:
                if amount > payment.disputed:
                    raise No("AmountDiffers")
                self.enter(payment, kind, amount, fact)
                self.let_surplus_go(payment, amount)
        return True

    # -- its life ------------------------------------------------------------------------------------------------

    def move(self, to: str) -> None:
        self.moves.append(to)
        self.state = to

    def go_on(self) -> None:
        """Confirm it if it is covered and nothing keeps it."""
        if self.state != PLACED or self.due > 0:
            return
        self.kept_stock, self.pay_by = True, None
        if not self.holds:
            self.move(CONFIRMED)

    def cancel(self) -> None:
        if self.state == CANCELLED:
            return
        if self.state not in (PLACED, CONFIRMED):
            raise No("IllegalTransition")
        if self.parts:
            raise No("PartlyShipped")
        self.give_all_back()
        self.pay_by = None
        self.move(CANCELLED)

    def hold(self, kind: str) -> None:
        if self.state not in (PLACED, CONFIRMED):
            raise No("IllegalTransition")
        self.holds.add(kind)

    def release(self, kind: str) -> None:
        if kind not in self.holds or self.state == CANCELLED:
            return
        self.holds.remove(kind)
        if not self.holds and self.capture == "at_once":
            self.take(max(0, self.total - self.taken))
        self.go_on()

    def ship(self, goods: dict[str, int]) -> None:
        if self.state != CONFIRMED:
            raise No("IllegalTransition")
        if self.due > 0:
            raise No("NotCovered")
        if self.holds:
            raise No("OnHold")
        worth = sum(self._worth(variant, units) for variant, units in goods.items())
        worth += 0 if self.parts else self.delivery
        self.parts.append((goods, False))
        last = not self.here()
        self._take_for(worth, last=last)
        if last:
            self.move(SHIPPED)

    def deliver(self, part: int) -> None:
        goods, arrived = self.parts[part]
        if arrived:
            raise No("IllegalTransition")
        self.parts[part] = (goods, True)
        if self.state == SHIPPED and all(done for _, done in self.parts):
            self.move(COMPLETED)

    def _take_for(self, worth: int, *, last: bool) -> None:
        refused = any(payment.told["refused"] for payment in self.payments)
        if self.capture != "at_shipping" and not refused:
            return
        left = max(0, self.total - self.taken)
        self.take(left if last or not self.in_parts else min(worth, left))

    def _worth(self, variant: str, units: int) -> int:
        worth = 0
        for line in self.lines.values():
            part = min(units, line.left) if line.variant == variant else 0
            if part:
                units -= part
                worth += line.worth * part // line.left
        return worth

    # -- what is changed -----------------------------------------------------------------------------------------

    def edit(self, fewer: dict[int, int], prices: dict[int, int], added: Iterable[ModelLine]) -> None:
        """``fewer``: the units that stay of lines; ``prices`` of lines for each unit."""
        if self.state not in (PLACED, CONFIRMED):
            raise No("IllegalTransition")
        before = deepcopy(self.lines)
        for number, stay in fewer.items():
            line = self.lines[number]
            gone = line.left - stay
            if gone < 0 or gone > self.here()[line.variant]:
                raise No("NotThatMany")
            if gone:
                less = min(line.worth * gone // line.left, self.total)
                line.there, line.left, line.worth = line.there - gone, line.left - gone, line.worth - less
                self.total -= less
        for number, price in prices.items():
            line = self.lines[number]
            change = max(price * line.left - line.worth, -self.total)
            self.total, line.worth = self.total + change, line.worth + change
        for new in added:
            self.lines[max(self.lines) + 1] = new
            self.total += new.worth
        if self.lines == before:
            return
        if not self.here() and not self.parts:
            raise No("NothingLeft")
        self.come_down_to(self.total)
        self.settle()

    def settle(self) -> None:
        """After a change it may be covered, and what is left of it may all have left."""
        if self.state != CONFIRMED or not self.parts or self.here():
            self.go_on()
            return
        self._take_for(0, last=True)
        self.move(SHIPPED)
        if all(done for _, done in self.parts):
            self.move(COMPLETED)

    def refund(self, units: dict[int, int], delivery: int, amount: int, means: str) -> int:  # noqa: C901 - one case for each thing that can be told
        """Answers with what goes back."""
        if means == "store_credit" and not self.member:
            raise No("Invalid")
        before = self.total
        for number, wanted in units.items():
            line = self.lines[number]
            if wanted > line.left:
                raise No("NotThatMany")
            less = min(line.worth * wanted // line.left, self.total)
            line.left, line.worth, self.total = line.left - wanted, line.worth - less, self.total - less
        if delivery:
            if delivery > self.delivery:
                raise No("NothingToRefund")
            less = min(delivery, self.total)
            self.delivery, self.total = self.delivery - less, self.total - less
        cash = sum(each.asked("refund") for each in self.payments if each.method == MANUAL)
        owed = cash if means == "manual" and amount else 0
        if amount:
            beyond = amount - min(amount, max(0, self.taken - before) + owed)
            if beyond > self.total:
                raise No("NothingToRefund")
            self.total -= beyond
        back = amount or before - self.total
        there = self.held if means == "original" else owed + sum(payment.returnable for payment in self.payments)
        if back <= 0 or back > there:
            raise No("NothingToRefund")
        if means == "original":
            self.come_down_to(max(0, min(self.total, self.held - back)))
        else:
            rest = back
            for payment in reversed(self.payments):
                cash = payment.asked("refund") if owed and payment.method == MANUAL else 0
                part = min(payment.returnable + cash, rest)
                if part > 0:
                    rest -= part
                    self.hand_over(payment, part, cash)
                    payment.elsewhere += part
        self.settle()
        return back

    def hand_over(self, payment: ModelPayment, amount: int, cash: int) -> None:
        """By staff, or as credit. ``cash`` is what staff were to give back already."""
        waiting = [ask for ask in payment.asks if not ask.answered] if cash else []
        if [ask.amount for ask in waiting] != [amount]:
            for ask in waiting:
                ask.answered = True
                self.write(payment, "answered", 0)
            if cash > amount:
                self.request("refund", payment, cash - amount)
            self.request("refund", payment, amount)
            waiting = [payment.asks[-1]]
            self.asks = [ask for ask in self.asks if ask not in payment.asks]
        waiting[0].answered = True
        self.write(payment, "refunded", amount)
