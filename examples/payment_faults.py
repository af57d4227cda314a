"""One checkout, and all that can go wrong with it: a shop in memory, a provider that misbehaves, a process that dies.

Each row is a life of its own. A buyer checks out, and sends the same again, under the same key, whenever no answer
comes; a worker does what it does every minute; what is paid is shipped. Then the books are compared: those of the shop
with those of the provider.

    uv run examples/payment_faults.py
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from attrs import evolve, field, frozen

from ecomcore.kernel.errors import Conflict, OutcomeUnknown, PortUnavailable, Trouble, TryAgain
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Anonymous
from ecomcore.memory import Fault as ProviderFault
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import (
    EntryKind,
    ExpireUnpaid,
    OrderState,
    OrderView,
    PaymentRequest,
    ReceiveWebhook,
    ReconcilePayments,
    RetryPayment,
)
from ecomcore.testing import Crash, Fault, FaultPlan, FaultyPersistence, FixedClock, ShopKit, When, a_shop, faulty

MINUTE, DAYS = timedelta(minutes=1), timedelta(days=3)
COLUMNS = ("what goes wrong", "the buyer saw", "tries", "effects at the provider", "end", "money", "")


class Provider(MemoryGateway):
    """A gateway that may tell before it answers, or answer nobody for days."""

    hasty_towards: ShopKit | None = None
    away: bool = False

    def authorise(self, request: PaymentRequest) -> Any:
        answer = self._reached(super().authorise, request)
        if self.hasty_towards is not None:
            tell(self, self.hasty_towards)
        return answer

    def status(self, request: PaymentRequest) -> Any:
        return self._reached(super().status, request)

    def _reached(self, ask: Callable[[PaymentRequest], Any], request: PaymentRequest) -> Any:
        if self.away and self.effects:
            raise PortUnavailable("nobody answers")
        return ask(request)


@frozen
class Mishap:
    """Something that goes wrong: with the store, with the provider's calls, or with how it behaves."""

    name: str
    fault: Fault | None = None
    call: str = ""
    number: int = 1
    provider: tuple[ProviderFault, ...] = ()
    hasty: bool = False
    away: bool = False
    twice: bool = False

    def plan(self) -> FaultPlan:
        """The store, or the provider, fails once: at the call of this ``number`` among those of the name."""
        seen: Counter[str] = Counter()

        def choose(_: int, name: str) -> Fault | None:
            seen[name] += 1
            return self.fault if (name, seen[name]) == (self.call, self.number) else None

        return FaultPlan(choose)


LOST = OutcomeUnknown("the connection broke")
MISHAPS = (
    Mishap("nothing"),
    Mishap("the buyer clicks twice", twice=True),
    Mishap("the card is declined", provider=(ProviderFault.DECLINE,)),
    Mishap("timeout, the money is promised", provider=(ProviderFault.TIMEOUT_AFTER,)),
    Mishap("timeout, nothing happened", provider=(ProviderFault.TIMEOUT_BEFORE,)),
    Mishap("the provider is down", provider=(ProviderFault.DOWN,)),
    Mishap("the provider answers 500", provider=(ProviderFault.ERROR,)),
    Mishap("the provider says: pending", provider=(ProviderFault.DELAY,)),
    Mishap("its webhook comes twice", provider=(ProviderFault.DUPLICATE,)),
    Mishap("its webhook comes before its answer", hasty=True),
    Mishap("its only word comes 3 days late", provider=(ProviderFault.TIMEOUT_AFTER,), away=True),
    Mishap("crash before the order is stored", Fault(Crash()), "commit"),
    Mishap("crash when the order is stored", Fault(Crash(), When.AFTER), "commit"),
    Mishap("crash before the provider is asked", Fault(Crash()), "authorise"),
    Mishap("crash when the money is promised", Fault(Crash(), When.AFTER), "authorise"),
    Mishap("crash before its answer is stored", Fault(Crash()), "commit", 2),
    Mishap("the database wants a retry", Fault(TryAgain("deadlock")), "commit"),
    Mishap("somebody else was faster", Fault(Conflict("StockItem", "tea")), "commit"),
    Mishap("the answer of the commit is lost", Fault(LOST, When.AFTER), "commit"),
    Mishap("the commit is lost", Fault(LOST), "commit"),
)


@frozen
class Told:
    """A row of the table."""

    mishap: str
    saw: tuple[str, ...]
    tries: int
    effects: tuple[str, ...]
    order: OrderView
    kept_there: int
    problems: tuple[str, ...] = field(default=())

    @property
    def survived(self) -> bool:
        """The books agree, each intention had one effect, and the end is one a shop can live with."""
        view, kept = self.order, self.order.captured.minor - self.order.refunded.minor
        paid = view.state is OrderState.SHIPPED and kept == view.total.minor
        returned = view.state is OrderState.CANCELLED and kept == 0
        return not self.problems and kept == self.kept_there and (paid or returned)

    def cells(self) -> tuple[str, ...]:
        """Its texts, column by column."""
        money = f"{self.order.captured} of {self.order.total} kept"
        effects = ", ".join(self.effects)
        verdict = "survived" if self.survived else "LOST: " + "; ".join(self.problems or ("the books differ",))
        return self.mishap, ", ".join(self.saw), str(self.tries), effects, self.order.state.value, money, verdict


def live(mishap: Mishap) -> Told:
    """A checkout with this mishap, and what became of it."""
    clock = FixedClock()
    provider = Provider(clock=clock)
    kit = a_shop(products=1, stock=5, clock=clock, gateway=provider)
    provider.script(*mishap.provider)
    provider.away, provider.hasty_towards = mishap.away, kit if mishap.hasty else None

    order, saw, tries = check_out(kit, mishap)
    work(kit, minutes=40)
    if mishap.away:
        clock.tick(DAYS)
        provider.away = False
    tell(provider, kit)
    work(kit, minutes=5)
    if kit.view(order).state is OrderState.CONFIRMED:
        kit.ship(order)
    work(kit, minutes=5)

    problems = [str(breach) for breach in kit.shop.audit()]
    asked = Counter((what, request.key) for what, request in provider.effects)
    problems += [f"{what} happened {times} times" for (what, _), times in asked.items() if times > 1]
    return Told(
        mishap.name,
        tuple(saw),
        tries,
        tuple(what for what, _ in provider.effects),
        kit.view(order),
        kept_at(provider),
        tuple(problems),
    )


def check_out(kit: ShopKit, mishap: Mishap) -> tuple[OrderId, list[str], int]:
    """The buyer sends the same, under the same key, until there is an answer; declined, they take another card."""
    plan, saw, tries = mishap.plan(), list[str](), 0
    process = evolve(kit, gateway=faulty(kit.gateway, plan)).again(FaultyPersistence(kit.persistence, plan))
    command = kit.order_for(kit.cart(), token="a-card")  # noqa: S106 - what the provider knows it by
    order: OrderId | None = None
    while order is None or (mishap.twice and tries < 2):
        tries += 1
        try:
            order = process.member.handle(command, key="checkout")
            saw.append(f"order {kit.view(order).state.value}")
        except Crash:
            saw.append("no answer")
            process = kit.again()
        except Trouble:
            saw.append("an outage")
    if any(entry.kind is EntryKind.DECLINED for entry in kit.view(order).payments):
        saw.append("declined, took another card")
        kit.member.handle(RetryPayment(order, "another-card"), key="another card")
        tries += 1
    return order, saw, tries


def work(kit: ShopKit, *, minutes: int) -> None:
    """What a worker does: jobs and deliveries, minute by minute."""
    for _ in range(minutes):
        kit.clock.tick(MINUTE)
        for job in (ExpireUnpaid(), ReconcilePayments()):
            kit.system.handle(job)
        kit.shop.drain()


def tell(provider: Provider, kit: ShopKit) -> None:
    """The provider sends its webhooks, whether or not the shop knows it all already."""
    for payment in dict.fromkeys(request.payment for _, request in provider.effects):
        for webhook in provider.webhooks_of(payment, kit.clock.now()):
            kit.shop.handle(ReceiveWebhook(webhook.body, tuple(webhook.headers.items())), by=Anonymous())


def kept_at(provider: MemoryGateway) -> int:
    """What the provider has taken and not given back."""
    taken = sum(request.amount.minor for what, request in provider.effects if what == "capture")
    return taken - sum(request.amount.minor for what, request in provider.effects if what == "refund")


def table() -> Iterator[Told]:
    """All the rows."""
    for mishap in MISHAPS:
        yield live(mishap)


def main() -> None:
    logging.disable(logging.WARNING)
    rows = [COLUMNS, *(told.cells() for told in table())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
