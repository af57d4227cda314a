"""``PaymentGateway`` on Stripe: the port's words on one side, PaymentIntents on the other.

An authorisation is a PaymentIntent that is made and confirmed in one request and captured by hand; its id is the
reference. Stripe remembers an idempotency key for a day or so. What must hold longer is kept at Stripe as metadata:
before anything is taken or given back, the adapter looks whether this very key has done so already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Final

import stripe
from stripe.params import PaymentIntentCreateParams

from ecomcore.kernel.clock import Clock, Instant, SystemClock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import currency as a_currency
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capabilities,
    Captured,
    Declined,
    Found,
    NotFoundThere,
    PaymentGateway,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
    WebhookAnswer,
)
from ecomcore_stripe import facts
from ecomcore_stripe.amounts import EXACT, to_money, to_units, why_unsaid
from ecomcore_stripe.asking import Data, Lost, No, ask
from ecomcore_stripe.finding import all_of, intent_by_key
from ecomcore_stripe.webhooks import Secrets, notices, proved

__all__ = ["Stripe"]

AUTHORISED_BY: Final = "ecomcore_authorise"
CAPTURED_BY: Final = "ecomcore_capture"
REFUNDED_BY: Final = "ecomcore_refund"

_a_method = re.compile(r"pm_\w{1,200}", re.ASCII).fullmatch
_an_intent = re.compile(r"pi_\w{1,200}", re.ASCII).fullmatch
_OVER: Final = ("succeeded", "canceled")
_CANCELLABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")


class Stripe(PaymentGateway):
    """Card payments through Stripe.

    ``client`` has the key, the time it waits and whatever else is Stripe's; it is used from many threads.
    ``return_url`` is where the buyer's bank sends them after 3-D Secure; ``{order}`` and ``{payment}`` in it become
    the ids. ``webhook_secrets`` are those of the endpoint, two while one replaces the other; without any, no webhook
    is believed. ``currencies`` are those of the account; without them, all of which every amount can be said to
    Stripe. ``tolerance`` is how old a webhook may be. ``clock`` says how late Stripe's search may be.

    A token is the id of a PaymentMethod, ``pm_...``; anything else is declined and never sent. Raises ``Invalid`` for
    a return address that is none.
    """

    def __init__(
        self,
        client: stripe.StripeClient,
        *,
        return_url: str,
        webhook_secrets: Iterable[str] = (),
        currencies: Iterable[str] | None = None,
        tolerance: timedelta = timedelta(minutes=5),
        clock: Clock | None = None,
    ) -> None:
        if not re.match(r"https?://", return_url):
            raise Invalid("return_url", return_url, "an address that begins with https:// or http://")
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._disputes = client.v1.disputes
        self._return_url = return_url
        self._clock = clock or SystemClock()
        self._secrets = Secrets(tuple(webhook_secrets), tolerance)
        served = EXACT if currencies is None else frozenset(a_currency(c, "currencies") for c in currencies)
        self._capabilities = Capabilities(several_captures=False, webhooks=bool(self._secrets.known), currencies=served)

    @property
    def capabilities(self) -> Capabilities:
        """One capture for each authorisation, and as many refunds as the money lasts for."""
        return self._capabilities

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        if not _a_method(request.token):
            return Declined("the token is not the id of a PaymentMethod of Stripe's")
        units = self._units(request)
        if isinstance(units, Refusal):
            return Declined(units.reason)
        wanted: PaymentIntentCreateParams = {
            "amount": units,
            "currency": request.amount.currency.lower(),
            "payment_method": request.token,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "return_url": self._return_url.replace("{order}", request.order).replace("{payment}", request.payment),
            "metadata": {**_names(request), AUTHORISED_BY: _digest(request.key)},
        }
        match ask(lambda: self._intents.create(wanted, _once("authorise", request))):
            case No(reason, intent):
                return Declined(reason, facts.decline_of(intent) if intent else "")
            case Lost(detail):
                return Unknown(detail)
            case {"status": "processing", "id": str() as intent}:
                # Stripe would repeat this answer under this key for a day, so it is asked by its id how it went on.
                return _authorised(ask(lambda: self._intents.retrieve(intent)))
            case answer:
                return _authorised(answer)

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        intent, units = self._intent(request), self._units(request)
        if isinstance(intent, Refusal | Unknown):
            return intent
        if isinstance(units, Refusal):
            return units
        by = _digest(request.key)
        if intent["status"] == "succeeded" and intent["metadata"].get(CAPTURED_BY) == by:
            return Captured(facts.charge_of(intent))
        if intent["status"] in _OVER:
            return Refusal(f"the payment is {intent['status']} already")
        match ask(
            lambda: self._intents.capture(
                request.reference,
                {"amount_to_capture": units, "metadata": {CAPTURED_BY: by}},
                _once("capture", request),
            )
        ):
            case No(reason):
                return Refusal(reason)
            case Lost() as lost:
                return _unclear(lost)
            case answer if answer["status"] == "succeeded":
                return Captured(facts.charge_of(answer))
            case answer:
                return _unclear(answer)

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        """Stripe lets go of a promise whole, or of all that a smaller capture left: a part alone is refused."""
        intent = self._intent(request)
        if isinstance(intent, Refusal | Unknown):
            return intent
        if intent["status"] not in ("requires_capture", *_CANCELLABLE):
            # The capture, or the end of the authorisation, has let it go: there is nothing left to ask for.
            gone = [fact for fact in facts.let_go(intent) if fact.amount == request.amount]
            return Voided(gone[0].reference) if gone else Refusal(f"it is {intent['status']}, and no such rest is left")
        if to_money(intent["amount"], intent["currency"]) != request.amount:
            return Refusal("Stripe lets go of the whole promise, or of the rest when less is captured")
        match ask(lambda: self._intents.cancel(request.reference, {}, _once("void", request))):
            case No(reason):
                return Refusal(reason)
            case {"status": "canceled"}:
                return Voided(facts.void_of(request.reference))
            case answer:
                return _unclear(answer)

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        intent, units = self._intent(request), self._units(request)
        if isinstance(intent, Refusal | Unknown):
            return intent
        if isinstance(units, Refusal):
            return units
        if intent["status"] != "succeeded":
            return Refusal("nothing was taken")
        by = _digest(request.key)
        before = all_of(self._refunds.list, {"payment_intent": request.reference})
        if not isinstance(before, list):
            return _refused(before)
        for refund in before:
            if (refund.get("metadata") or {}).get(REFUNDED_BY) == by:
                return _refunded(refund)
        return _refunded(
            ask(
                lambda: self._refunds.create(
                    {
                        "payment_intent": request.reference,
                        "amount": units,
                        "metadata": {**_names(request), REFUNDED_BY: by},
                    },
                    _once("refund", request),
                )
            )
        )

    def status(self, request: PaymentRequest) -> StatusAnswer:
        """Asked with a reference, it is looked up; without, found by its key: see ``finding`` for how far that goes."""
        reference = request.reference or self._found(request.key)
        if isinstance(reference, NotFoundThere | Unknown):
            return reference
        if not _an_intent(reference):
            return NotFoundThere()
        match ask(lambda: self._intents.retrieve(reference, {"expand": ["latest_charge"]})):
            case No():
                return NotFoundThere()
            case Lost(detail):
                return Unknown(detail)
            case intent:
                return self._story(intent)

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        return proved(webhook, self._secrets, at) or notices(webhook.body)

    def _found(self, key: str) -> str | NotFoundThere | Unknown:
        return intent_by_key(self._intents, AUTHORISED_BY, _digest(key), self._clock.now())

    def _story(self, intent: Data) -> Found | Declined | Pending | Unknown:
        if intent["status"] == "requires_action":
            return Pending(_where_to_act(intent) or "")
        if intent["status"] in ("processing", "requires_confirmation"):
            return Pending()
        if not facts.was_promised(intent):
            return Declined(facts.reason_of(intent), facts.decline_of(intent["id"]))
        of_this = {"payment_intent": str(intent["id"])}
        refunds = all_of(self._refunds.list, of_this)
        disputed = bool((intent["latest_charge"] or {}).get("disputed"))
        disputes = all_of(self._disputes.list, of_this) if disputed else []
        if not isinstance(refunds, list) or not isinstance(disputes, list):
            return Unknown("Stripe did not tell what became of the payment")
        return Found(intent["id"], facts.history(intent, refunds, disputes))

    def _intent(self, request: PaymentRequest) -> Data | Refusal | Unknown:
        """The PaymentIntent that the request refers to, if it is one of the request's currency."""
        if not _an_intent(request.reference):
            return Refusal("the reference is not the id of a PaymentIntent of Stripe's")
        match ask(lambda: self._intents.retrieve(request.reference)):
            case No(reason):
                return Refusal(reason)
            case Lost(detail):
                return Unknown(detail)
            case intent:
                other = intent["currency"] != request.amount.currency.lower()
                return Refusal(f"the payment is in {intent['currency'].upper()}") if other else intent

    def _units(self, request: PaymentRequest) -> int | Refusal:
        if not self._capabilities.serves(request.amount.currency):
            return Refusal(f"{request.amount.currency} is not among the currencies of this gateway")
        if request.amount.minor <= 0:
            return Refusal("the amount is not positive")
        units = to_units(request.amount)
        return Refusal(why_unsaid(request.amount)) if units is None else units


def _authorised(answer: Data | No | Lost) -> Authorised | Declined | ActionRequired | Unknown:
    match answer:
        case No(reason):
            return Declined(reason)
        case Lost(detail):
            return Unknown(detail)
        case {"status": "requires_capture", "id": str() as intent}:
            return Authorised(intent)
        case {"status": "requires_action", "id": str() as intent}:
            url = _where_to_act(answer)
            no_page = Declined("the bank wants the buyer to act, and names no page", facts.decline_of(intent))
            return ActionRequired(url, intent) if url else no_page
        case {"status": "requires_payment_method" | "canceled", "id": str() as intent}:
            return Declined(facts.reason_of(answer), facts.decline_of(intent))
        case _:
            return Unknown(f"Stripe says that the payment is {answer.get('status')}")


def _where_to_act(intent: Data) -> str | None:
    match intent:
        case {"next_action": {"redirect_to_url": {"url": str() as url}}}:
            return url
        case _:
            return None


def _refunded(answer: Data | No | Lost) -> Refunded | Refusal | Unknown:
    if isinstance(answer, No | Lost):
        return _refused(answer)
    if answer["status"] in ("failed", "canceled"):
        return Refusal(str(answer.get("failure_reason") or "the refund failed"))
    return Refunded(str(answer["id"]))


def _refused(answer: No | Lost) -> Refusal | Unknown:
    return Refusal(answer.reason) if isinstance(answer, No) else _unclear(answer)


def _unclear(answer: Data | Lost) -> Unknown:
    return Unknown(answer.detail if isinstance(answer, Lost) else f"Stripe answered with status {answer.get('status')}")


def _names(request: PaymentRequest) -> dict[str, str]:
    return {facts.PAYMENT: request.payment, facts.ORDER: request.order}


def _digest(key: str) -> str:
    """The key as metadata: short enough for it, and without quotes that a search would trip over."""
    return sha256(key.encode()).hexdigest()


def _once(operation: str, request: PaymentRequest) -> stripe.RequestOptions:
    """Stripe keeps one list of keys for all it does, so the operation is a part of the key.

    The client does not repeat by itself: after a repetition nobody could tell that nothing was ever sent.
    """
    return {"idempotency_key": f"{operation}-{_digest(request.key)}", "max_network_retries": 0}
