"""How orders are paid in the life of a shop: from carts, with gift cards and credit, and whatever providers tell."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ecomcore.carts import CartView, GetCart, PutInCart, StartCart
from ecomcore.kernel.ids import AccountId, PaymentId
from ecomcore.kernel.messages import System
from ecomcore.kernel.money import Currency
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CartLine,
    PlaceOrder,
    ReceiveWebhook,
    ReconcilePayments,
    Tender,
    TenderKind,
)
from ecomcore.testing.builders import euros
from ecomcore.testing.machine_life import BUYERS, TwoShops, anyone, faults, tried
from ecomcore.testing.shops import ShopKit
from ecomcore.wallet import IssueCredit, IssueGiftCard, ShowGiftCard

__all__ = ["MovesMoney"]

_EUR = Currency("EUR")
_OUTSIDE = (
    "act",
    "walk_away",
    "capture_outside",
    "void_outside",
    "refund_outside",
    "chargeback",
    "chargeback_won",
    "fee",
)


class MovesMoney(TwoShops):
    """Buyers pay, and providers tell."""

    # -- carts ---------------------------------------------------------------------------------------------------

    @rule(who=anyone, which=anyone, units=st.integers(1, 7), new=st.booleans())
    def put_in_a_cart(self, who: int, which: int, units: int, new: bool) -> None:
        if new or not self.carts:
            buyer = BUYERS[who % len(BUYERS)]
            started = self.do(StartCart(_EUR), buyer)
            self.carts.append((started, buyer))
        cart, buyer = self.carts[which % len(self.carts)]
        self.do(PutInCart(cart, self.variant(which), units), buyer)

    @precondition(lambda self: self.carts)
    @rule(which=anyone, stale=st.sampled_from([0, 0, 0, 1]), faults=faults)
    def order_what_is_in_a_cart(self, which: int, stale: int, faults: list[Fault | None]) -> None:
        cart, buyer = self.carts[which % len(self.carts)]
        view: CartView = self.same(lambda kit: kit.shop.ask(GetCart(cart), by=buyer))
        accepted = view.quote.total if view.quote else euros(1)
        self.script(faults)
        seen = max(1, view.version - stale)
        self.placed(self.do(PlaceOrder((), accepted, "card", cart=cart, cart_version=seen), buyer), buyer)

    def placed(self, order: Any, buyer: Any) -> None:
        """An order that was placed, once."""
        if order is not None and order not in {known for known, _ in self.orders}:
            self.orders.append((order, buyer))

    # -- gift cards and credit -----------------------------------------------------------------------------------

    @rule(amount=st.integers(1, 9_000), who=anyone, card=st.booleans())
    def give_credit(self, amount: int, who: int, card: bool) -> None:
        if card:
            self.cards.append(self.do(IssueGiftCard(euros(amount), id=AccountId(f"card-{len(self.cards)}"))))
        else:
            self.do(IssueCredit(euros(amount), "sorry", owner=BUYERS[who % 2].owner))

    @rule(
        who=anyone,
        which=anyone,
        units=st.integers(1, 4),
        amount=st.none() | st.integers(1, 3_000),
        tenders=st.lists(st.sampled_from(["card", "credit"]), min_size=1, max_size=2, unique=True),
        later=st.booleans(),
        faults=faults,
    )
    def buy_with_credit(
        self,
        who: int,
        which: int,
        units: int,
        amount: int | None,
        tenders: list[str],
        later: bool,
        faults: list[Fault | None],
    ) -> None:
        buyer = BUYERS[who % len(BUYERS)]
        lines = (CartLine(self.variant(which), units),)
        quoted = self.same(lambda kit: tried(lambda: kit.order_for(lines)))
        command = quoted if isinstance(quoted, PlaceOrder) else PlaceOrder(lines, euros(1))
        most = None if amount is None else euros(amount)

        def made(kit: ShopKit) -> PlaceOrder:
            offered = [
                Tender(TenderKind.STORE_CREDIT, amount=most)
                if each == "credit"
                else Tender(TenderKind.GIFT_CARD, self._code(kit, which), most)
                for each in tenders
            ]
            return evolve(command, tenders=tuple(offered), pay_later=later)

        self.script(faults)
        self.placed(self.do_each(made, buyer), buyer)

    def _code(self, kit: ShopKit, which: int) -> str:
        """Each shop has a key of its own for its gift cards."""
        if not self.cards:
            return "0000-0000-0000-0000"
        return kit.staff.ask(ShowGiftCard(self.cards[which % len(self.cards)])).code

    # -- providers -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.orders)
    @rule(which=anyone, what=st.sampled_from(_OUTSIDE), part=st.sampled_from([None, None, 1, 7]), tells=st.booleans())
    def something_happens_at_the_provider(self, which: int, what: str, part: int | None, tells: bool) -> None:
        payment = self._payment(which)
        if payment is None:
            return
        arguments = [] if what in ("act", "walk_away") or part is None else [euros(part)]
        if what == "fee":
            arguments = [euros(part or 3)]
        self.same(lambda kit: tried(lambda: getattr(kit.gateway, what)(payment, *arguments)))
        if tells:
            self.webhook_arrives(which, -1)

    @precondition(lambda self: self.orders)
    @rule(which=anyone, number=anyone)
    def webhook_arrives(self, which: int, number: int) -> None:
        payment = self._payment(which)
        if payment is None:
            return
        sent = self.same(lambda kit: tried(lambda: kit.gateway.webhooks_of(payment, kit.clock.now())))
        if isinstance(sent, tuple) and sent and not isinstance(sent[0], str):
            told = sent[number % len(sent)]
            self.do(ReceiveWebhook(told.body, tuple(told.headers.items())), BUYERS[which % len(BUYERS)])

    @rule(limit=st.integers(1, 3), faults=faults)
    def ask_for_what_has_no_answer(self, limit: int, faults: list[Fault | None]) -> None:
        self.do(ReconcilePayments(limit), System())
        self.script(faults)
        self.drain()

    def _payment(self, which: int) -> PaymentId | None:
        """One of the payments of an order that go through the gateway."""
        entries = [entry for entry in self.viewed(which).payments if entry.method == ""]
        return entries[which % len(entries)].payment if entries else None
