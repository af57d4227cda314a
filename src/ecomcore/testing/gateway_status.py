"""A gateway knows what happened, and tells it under the names that its direct answers gave."""

from __future__ import annotations

from ecomcore.ordering import (
    Captured,
    Fact,
    FactKind,
    NotFoundThere,
    PaymentGateway,
    Refunded,
    Refusal,
    Voided,
)
from ecomcore.testing.gateway_case import GatewayCase, Payment

__all__ = ["KnowsWhatHappened"]


class KnowsWhatHappened(GatewayCase):
    """What ``status`` answers: every fact, once, with its amount and its name. And that asking changes nothing."""

    def test_a_payment_nobody_asked_for_is_not_found(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)

        assert payment.status() == NotFoundThere()
        assert payment.status() == NotFoundThere(), "the first question has made a payment"

    def test_asking_for_a_payment_does_not_stand_in_its_way(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        payment.status()

        reference = payment.promised(1_000)

        assert isinstance(payment.capture(reference, 1_000, "capture"), Captured)

    def test_the_promise_is_found_under_the_name_that_was_told(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        found = payment.found()

        assert found.reference == reference
        assert found.facts[0] == Fact(FactKind.AUTHORISED, payment.request().amount, reference, found.facts[0].reason)

    def test_a_capture_is_found_under_the_name_that_was_told(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        part = 400 if gateway.capabilities.partial_capture else 1_000

        answer = payment.capture(reference, part, "capture")

        assert isinstance(answer, Captured)
        self._is_told(payment, answer.reference, part, FactKind.CAPTURED)

    def test_what_was_let_go_is_found_under_the_name_that_was_told(self, gateway: PaymentGateway) -> None:
        """One that takes at once gives it back, and may tell that."""
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        answer = payment.void(reference, 1_000, "void")

        assert isinstance(answer, Voided)
        given_back = (FactKind.REFUNDED,) if gateway.capabilities.takes_at_once else ()
        self._is_told(payment, answer.reference, 1_000, FactKind.VOIDED, *given_back)

    def test_each_refund_is_found_under_the_name_that_was_told(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")
        parts = (300, 700) if gateway.capabilities.partial_refund else (1_000,)

        answers = [payment.refund(reference, minor, f"refund {minor}") for minor in parts]

        for answer, minor in zip(answers, parts, strict=True):
            assert isinstance(answer, Refunded)
            self._is_told(payment, answer.reference, minor, FactKind.REFUNDED)

    def test_what_was_refused_is_not_told_as_done(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        before = payment.found()

        assert isinstance(payment.capture(reference, 1_001, "too much"), Refusal)
        assert isinstance(payment.void(reference, 1_001, "too much"), Refusal)
        assert isinstance(payment.refund(reference, 1_001, "too much"), Refusal)

        assert payment.found() == before

    def test_facts_are_told_in_the_currency_of_the_payment(self, gateway: PaymentGateway) -> None:
        """No decimals, two, three: the amounts are those that were asked."""
        for currency in self.currencies:
            payment = self._payment(gateway, currency)
            reference = payment.promised(12_345)
            payment.capture(reference, 12_345, "capture")

            found = payment.found(12_345)

            asked = payment.request(12_345).amount
            kinds = [FactKind.AUTHORISED, FactKind.CAPTURED]
            assert [(fact.kind, fact.amount) for fact in found.facts] == [(kind, asked) for kind in kinds]

    def test_asking_changes_nothing(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        answers = [payment.found() for _ in range(3)]
        captured = payment.capture(reference, 1_000, "capture")
        later = [payment.found() for _ in range(3)]

        assert answers == answers[:1] * 3
        assert isinstance(captured, Captured)
        assert later == later[:1] * 3
        assert isinstance(payment.refund(reference, 1_000, "refund"), Refunded)

    def test_one_payment_is_not_told_as_another(self, gateway: PaymentGateway) -> None:
        one, other = self._payment(gateway), self._payment(gateway)
        first, second = one.promised(1_000), other.promised(1_000)

        one.capture(first, 1_000, "capture")

        assert (one.found().reference, other.found().reference) == (first, second)
        assert not {fact.reference for fact in one.found().facts} & {fact.reference for fact in other.found().facts}

    def _is_told(self, payment: Payment, reference: str, minor: int, *kinds: FactKind) -> None:
        told = [fact for fact in payment.facts(*kinds) if fact.reference == reference]
        assert [fact.amount.minor for fact in told] == [minor], f"{payment.found()} does not tell {minor} {reference}"
