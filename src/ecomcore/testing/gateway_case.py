"""What all promises of a gateway share: what the adapter declares about itself, and one payment to try them on."""
# ruff: noqa: ARG002 - a hook is told what whoever overrides it needs

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, TypeAlias

from attrs import evolve, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    Fact,
    FactKind,
    Found,
    PaymentGateway,
    PaymentRequest,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
)

__all__ = ["Answer", "GatewayCase", "Payment", "same_answer"]

Answer: TypeAlias = Authorised | Declined | ActionRequired | Captured | Voided | Refunded | Refusal | Unknown


class GatewayCase:
    """What an adapter declares. Subclasses give the fixture ``gateway``; its ``capabilities`` are believed and tested.

    Nothing here skips a promise: where a provider has no such thing, the declaration says so, and then that is tested.
    """

    accepted_token: ClassVar[str] = "card_that_is_accepted"  # noqa: S105 - the name of a test card
    """A means of payment that the gateway authorises."""
    declined_token: ClassVar[str | None] = None
    """One that it declines; without it the promises about declines are kept by ``decline_next``."""
    action_token: ClassVar[str | None] = None
    """One whose buyer must act first. Without it, and without ``token_that_asks``, the buyer never has to."""
    currencies: ClassVar[tuple[str, ...]] = ("JPY", "EUR", "KWD")
    """Some that the gateway serves, with different numbers of decimals if it can."""
    wires_can_be_cut: ClassVar[bool] = True
    """Whether ``lose_next_request`` and ``lose_next_answer`` work. ``False``: it is a sandbox far away."""
    webhook_tolerance: ClassVar[timedelta | None] = timedelta(minutes=5)
    """How far from now a webhook may have been sent. ``None``: webhooks do not say when, and only their ids tell that
    one comes again."""
    signature_header: ClassVar[str | None] = None
    """The header that proves a webhook. ``None``: the proof is in the body."""
    signs_bytes: ClassVar[bool] = True
    """Whether every byte of the body is proved. ``False``: what the body says is, however it is written."""
    tells: ClassVar[frozenset[FactKind]] = frozenset(
        {FactKind.AUTHORISED, FactKind.CAPTURED, FactKind.VOIDED, FactKind.REFUNDED}
    )
    """What the provider sends webhooks about, of these four."""
    lives: ClassVar[int] = 10
    """How many payments are lived at random."""

    def decline_next(self, gateway: PaymentGateway) -> None:
        """Have the next authorisation declined, where a token cannot say so."""

    def token_that_asks(self, gateway: PaymentGateway) -> str | None:
        """The ``action_token``; override it where the gateway must be told that the next buyer has to act."""
        return self.action_token

    def buyer_acts(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        """The buyer does what was asked. A payment that no longer waits stays as it is, and nothing is raised."""
        raise AssertionError("this gateway asks the buyer to act: override buyer_acts")

    def buyer_refuses(self, gateway: PaymentGateway, request: PaymentRequest, asked: ActionRequired) -> None:
        """The buyer does not do what was asked, for good: the page is closed, the time is over."""
        raise AssertionError("this gateway asks the buyer to act: override buyer_refuses")

    def lose_next_request(self, gateway: PaymentGateway) -> None:
        """Cut the wire: the next request never reaches the provider."""
        raise AssertionError("override lose_next_request, or say wires_can_be_cut = False")

    def lose_next_answer(self, gateway: PaymentGateway) -> None:
        """Cut the wire: the next request is carried out, and its answer never arrives."""
        raise AssertionError("override lose_next_answer, or say wires_can_be_cut = False")

    def webhook_for(self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant) -> Webhook:
        """What the provider sends at that moment of the payment's last fact of this kind; only for what it ``tells``.

        ``request`` is that of the authorisation. Asked twice, it is the same message sent again, with the same id.
        """
        raise AssertionError("override webhook_for, or declare capabilities without webhooks")

    def signed(self, gateway: PaymentGateway, body: bytes, at: Instant) -> Webhook:
        """Any body, with a proof that is genuine at that moment. Not asked where ``signs_bytes`` is ``False``."""
        raise AssertionError("override signed, or declare capabilities without webhooks")

    def _payment(self, gateway: PaymentGateway, currency: str | None = None) -> Payment:
        return Payment(self, gateway, self.accepted_token, Currency(currency or self._usual_currency()))

    def _usual_currency(self) -> str:
        return "EUR" if "EUR" in self.currencies else self.currencies[0]


@frozen
class Payment:
    """One payment and the keys of its requests, which nobody used before: also not on a sandbox that remembers."""

    case: GatewayCase
    gateway: PaymentGateway
    token: str
    currency: Currency
    name: str = field(factory=lambda: secrets.token_hex(8))

    def with_token(self, token: str) -> Payment:
        """The same, paid by other means."""
        return evolve(self, token=token)

    def request(self, minor: int = 1_000) -> PaymentRequest:
        """The request of its authorisation."""
        return self._request("authorise", minor)

    def authorise(self, minor: int = 1_000, key: str = "authorise") -> Answer:
        return self.gateway.authorise(self._request(key, minor, token=self.token))

    def promised(self, minor: int = 1_000, key: str = "authorise") -> str:
        """Authorise, the buyer does what is asked, and this is the reference."""
        answer = self.authorise(minor, key)
        if isinstance(answer, ActionRequired):
            assert answer.url, "the buyer is asked to act, but not where"
            self.case.buyer_acts(self.gateway, self._request(key, minor, token=self.token), answer)
            reference = self.found(minor, key).reference
        else:
            assert isinstance(answer, Authorised), f"not authorised: {answer}"
            reference = answer.reference
        assert reference
        return reference

    def capture(self, reference: str, minor: int, key: str) -> Answer:
        return self.gateway.capture(self._request(key, minor, reference))

    def void(self, reference: str, minor: int, key: str) -> Answer:
        return self.gateway.void(self._request(key, minor, reference))

    def refund(self, reference: str, minor: int, key: str) -> Answer:
        return self.gateway.refund(self._request(key, minor, reference))

    def status(self, minor: int = 1_000, key: str = "authorise") -> StatusAnswer:
        return self.gateway.status(self._request(key, minor))

    def found(self, minor: int = 1_000, key: str = "authorise") -> Found:
        """What the provider knows of it; an answer that got lost is asked for again."""
        answer = self._settled(lambda: self.status(minor, key))
        assert isinstance(answer, Found), f"the payment is not found: {answer}"
        names = [(fact.kind, fact.reference) for fact in answer.facts]
        assert len(set(names)) == len(names), f"one fact is told twice: {names}"
        assert {fact.amount.currency for fact in answer.facts} <= {self.currency}
        return answer

    def facts(self, *kinds: FactKind, minor: int = 1_000) -> tuple[Fact, ...]:
        """What the provider knows of these kinds."""
        return tuple(fact for fact in self.found(minor).facts if fact.kind in kinds)

    def moved(self, *kinds: FactKind, minor: int = 1_000) -> int:
        """The minor units of all facts of these kinds."""
        return sum(fact.amount.minor for fact in self.facts(*kinds, minor=minor))

    def _settled(self, ask: Callable[[], StatusAnswer]) -> StatusAnswer:
        answer: StatusAnswer = Unknown()
        for _ in range(3):
            try:
                answer = ask()
            except PortUnavailable:
                continue
            if not isinstance(answer, Unknown):
                break
        return answer

    def _request(self, key: str, minor: int, reference: str = "", token: str = "") -> PaymentRequest:
        return PaymentRequest(
            f"{self.name}-{key}",
            PaymentId(f"payment-{self.name}"),
            OrderId(f"order-{self.name}"),
            Money(minor, self.currency),
            token=token,
            reference=reference,
        )


def same_answer(one: Answer | None, other: Answer | None) -> bool:
    """Whether these are one answer, given twice. A page may get a new address; that it is the same payment counts."""
    if isinstance(one, ActionRequired) and isinstance(other, ActionRequired):
        return one.reference == other.reference
    return one == other
