"""Gateways with one defect each, made from the one in memory, and the promise that each of them breaks."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from ecomcore.kernel.money import exponent
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import Authorised, Captured, PaymentRequest, Refunded, Refusal


class ForgetsKeys(MemoryGateway):
    """A retry takes the money again."""

    def capture(self, request: PaymentRequest) -> Any:
        self._answers.clear()
        return super().capture(request)


class RefundsAgain(MemoryGateway):
    def refund(self, request: PaymentRequest) -> Any:
        self._answers.clear()
        return super().refund(request)


class TakesMoreThanPromised(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        answer = super().capture(request)
        return Captured("capture-anyway") if isinstance(answer, Refusal) and request.reference else answer


class TakesAllAtOnce(MemoryGateway):
    """A part captured ends the authorisation."""

    def capture(self, request: PaymentRequest) -> Any:
        answer = super().capture(request)
        if isinstance(answer, Captured):
            self._promises[request.reference].voided = 10**9
        return answer


class CapturesWhatWasVoided(MemoryGateway):
    def void(self, request: PaymentRequest) -> Any:
        answer = super().void(request)
        if request.reference in self._promises:
            self._promises[request.reference].voided = 0
        return answer


class GivesBackMoreThanWasTaken(MemoryGateway):
    def refund(self, request: PaymentRequest) -> Any:
        answer = super().refund(request)
        known = self._promises.get(request.reference)
        return Refunded("refund-anyway") if isinstance(answer, Refusal) and known and known.captured else answer


class CountsInEuros(MemoryGateway):
    """Two decimals for every currency."""

    def _euros(self, request: PaymentRequest) -> PaymentRequest:
        minor = request.amount.minor * 100 // 10 ** exponent(request.amount.currency)
        return evolve(request, amount=evolve(request.amount, minor=minor))

    def authorise(self, request: PaymentRequest) -> Any:
        return super().authorise(self._euros(request))

    def capture(self, request: PaymentRequest) -> Any:
        return super().capture(self._euros(request))

    def refund(self, request: PaymentRequest) -> Any:
        return super().refund(self._euros(request))


class IgnoresTheCurrency(MemoryGateway):
    def _promised(self, request: PaymentRequest) -> Any:
        return self._promises.get(request.reference)


class KnowsEveryReference(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        known = request.reference in self._promises
        return super().capture(request) if known else Captured("capture-of-nothing")


class MixesUpOperations(MemoryGateway):
    """One book of keys for everything."""

    def _once(self, operation: str, request: PaymentRequest, effect: Any, **answers: Any) -> Any:
        known = next((answer for (_, key), answer in self._answers.items() if key == request.key), None)
        return known or super()._once(operation, request, effect, **answers)


class RepeatsReferences(MemoryGateway):
    def authorise(self, request: PaymentRequest) -> Any:
        answer = super().authorise(request)
        return Authorised("auth-1") if isinstance(answer, Authorised) else answer


class ForgetsADecline(MemoryGateway):
    def authorise(self, request: PaymentRequest) -> Any:
        self._answers.clear()
        return super().authorise(request)


@frozen
class Broken:
    """A defect, and the promise that is there to find it."""

    name: str
    make: type[MemoryGateway]
    promise: str

    def __str__(self) -> str:
        return self.name


GATEWAYS = (
    Broken("forgets keys", ForgetsKeys, "a_capture_asked_for_again_under_its_key_takes_once"),
    Broken("forgets keys of twins", ForgetsKeys, "twins_sent_at_once_have_one_effect_and_get_one_answer"),
    Broken("refunds again", RefundsAgain, "a_refund_asked_for_again_under_its_key_gives_back_once"),
    Broken("takes more than promised", TakesMoreThanPromised, "no_more_is_captured_than_is_promised"),
    Broken("takes all at once", TakesAllAtOnce, "what_is_promised_can_be_captured_in_parts"),
    Broken("captures what was voided", CapturesWhatWasVoided, "what_is_voided_cannot_be_captured"),
    Broken("gives back more than was taken", GivesBackMoreThanWasTaken, "no_more_is_refunded_than_was_captured"),
    Broken("counts in euros", CountsInEuros, "amounts_are_in_minor_units_of_any_currency"),
    Broken("ignores the currency", IgnoresTheCurrency, "what_was_promised_in_one_currency_is_not_captured_in_another"),
    Broken("knows every reference", KnowsEveryReference, "an_unknown_reference_is_refused"),
    Broken("mixes up operations", MixesUpOperations, "a_key_means_its_operation_only"),
    Broken("repeats references", RepeatsReferences, "every_authorisation_has_a_reference_of_its_own"),
    Broken("forgets a decline", ForgetsADecline, "a_decline_is_an_answer_and_stays_the_same"),
)
