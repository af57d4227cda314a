"""The promises of a payment gateway, as tests. An adapter proves itself by subclassing with one fixture:

    class TestMyGateway(PaymentGatewayConformance):
        declined_token = "card_declined"

        @pytest.fixture
        def gateway(self) -> PaymentGateway:
            return MyGateway(a_sandbox())

What a gateway did is seen by what it still allows: money taken twice cannot be taken a third time.
"""

from __future__ import annotations

import secrets
from typing import ClassVar, TypeAlias

from attrs import field, frozen

from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    PaymentGateway,
    PaymentRequest,
    Refunded,
    Refusal,
    Unknown,
    Voided,
)
from ecomcore.testing.threads import at_once

__all__ = ["PaymentGatewayConformance"]

Answer: TypeAlias = Authorised | Declined | ActionRequired | Captured | Voided | Refunded | Refusal | Unknown

_EUR = Currency("EUR")


@frozen
class _Payment:
    """One payment and the keys of its requests, which nobody used before: also not on a sandbox that remembers."""

    gateway: PaymentGateway
    token: str
    currency: Currency = _EUR
    name: str = field(factory=lambda: secrets.token_hex(8))

    def authorise(self, minor: int = 1_000, key: str = "authorise") -> Answer:
        return self.gateway.authorise(self._request(key, minor, token=self.token))

    def promised(self, minor: int = 1_000) -> str:
        """The reference of an authorisation."""
        answer = self.authorise(minor)
        assert isinstance(answer, Authorised), f"not authorised: {answer}"
        assert answer.reference
        return answer.reference

    def capture(self, reference: str, minor: int, key: str) -> Answer:
        return self.gateway.capture(self._request(key, minor, reference))

    def void(self, reference: str, minor: int, key: str) -> Answer:
        return self.gateway.void(self._request(key, minor, reference))

    def refund(self, reference: str, minor: int, key: str) -> Answer:
        return self.gateway.refund(self._request(key, minor, reference))

    def _request(self, key: str, minor: int, reference: str = "", token: str = "") -> PaymentRequest:
        return PaymentRequest(
            f"{self.name}-{key}",
            PaymentId(f"payment-{self.name}"),
            OrderId(f"order-{self.name}"),
            Money(minor, self.currency),
            token=token,
            reference=reference,
        )


class PaymentGatewayConformance:
    """All promises of a payment gateway. Subclasses give the fixture ``gateway``."""

    accepted_token: ClassVar[str] = "card_that_is_accepted"  # noqa: S105 - the name of a test card
    """A means of payment that the gateway authorises."""
    declined_token: ClassVar[str | None] = None
    """One that it declines; without it the promises about declines are kept by ``decline_next``."""
    currencies: ClassVar[tuple[str, ...]] = ("JPY", "EUR", "KWD")
    """Those the gateway serves, with different numbers of decimals."""

    def decline_next(self, gateway: PaymentGateway) -> None:
        """Have the next authorisation declined, where a token cannot say so."""

    def _payment(self, gateway: PaymentGateway, currency: str = "EUR") -> _Payment:
        return _Payment(gateway, self.accepted_token, Currency(currency))

    def test_every_authorisation_has_a_reference_of_its_own(self, gateway: PaymentGateway) -> None:
        references = {self._payment(gateway).promised() for _ in range(5)}

        assert len(references) == 5

    def test_an_authorisation_asked_for_again_under_its_key_is_the_same_one(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)

        assert payment.authorise() == payment.authorise() == payment.authorise()

    def test_a_capture_asked_for_again_under_its_key_takes_once(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        first = payment.capture(reference, 400, "capture")

        assert isinstance(first, Captured)
        assert payment.capture(reference, 400, "capture") == first
        assert isinstance(payment.capture(reference, 600, "the rest"), Captured)

    def test_no_more_is_captured_than_is_promised(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        assert isinstance(payment.capture(reference, 1_001, "too much"), Refusal)
        assert isinstance(payment.capture(reference, 1_000, "all"), Captured)
        assert isinstance(payment.capture(reference, 1, "more"), Refusal)

    def test_what_is_promised_can_be_captured_in_parts(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        parts = [payment.capture(reference, minor, f"part {minor}") for minor in (1, 299, 700)]

        assert [type(part) for part in parts] == [Captured] * 3
        assert len({part.reference for part in parts if isinstance(part, Captured)}) == 3
        assert isinstance(payment.capture(reference, 1, "more"), Refusal)

    def test_what_is_voided_cannot_be_captured(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        first = payment.void(reference, 1_000, "void")

        assert isinstance(first, Voided)
        assert payment.void(reference, 1_000, "void") == first
        assert isinstance(payment.capture(reference, 1, "capture"), Refusal)

    def test_what_is_captured_cannot_be_voided(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")

        assert isinstance(payment.void(reference, 1_000, "void"), Refusal)
        assert isinstance(payment.refund(reference, 1_000, "refund"), Refunded)

    def test_the_part_that_is_not_captured_can_be_voided(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 400, "capture")

        assert isinstance(payment.void(reference, 600, "void"), Voided)
        assert isinstance(payment.capture(reference, 1, "more"), Refusal)
        assert isinstance(payment.refund(reference, 400, "refund"), Refunded)

    def test_no_more_is_refunded_than_was_captured(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        assert isinstance(payment.refund(reference, 1, "too early"), Refusal)
        payment.capture(reference, 700, "capture")
        assert isinstance(payment.refund(reference, 701, "too much"), Refusal)
        assert isinstance(payment.refund(reference, 700, "all"), Refunded)
        assert isinstance(payment.refund(reference, 1, "more"), Refusal)

    def test_a_refund_asked_for_again_under_its_key_gives_back_once(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")

        first = payment.refund(reference, 400, "refund")

        assert isinstance(first, Refunded)
        assert payment.refund(reference, 400, "refund") == first
        assert isinstance(payment.refund(reference, 600, "the rest"), Refunded)

    def test_a_key_means_its_operation_only(self, gateway: PaymentGateway) -> None:
        """Whoever keeps keys for all operations together must tell them apart."""
        payment = self._payment(gateway)
        authorised = payment.authorise(1_000, key="one key")
        assert isinstance(authorised, Authorised)

        assert isinstance(payment.capture(authorised.reference, 400, "one key"), Captured)
        assert isinstance(payment.void(authorised.reference, 600, "one key"), Voided)
        assert isinstance(payment.refund(authorised.reference, 400, "one key"), Refunded)

    def test_amounts_are_in_minor_units_of_any_currency(self, gateway: PaymentGateway) -> None:
        """No decimals, two, three: exact to the last unit."""
        for currency in self.currencies:
            payment = self._payment(gateway, currency)
            reference = payment.promised(12_345)

            assert isinstance(payment.capture(reference, 12_346, "too much"), Refusal)
            assert isinstance(payment.capture(reference, 12_345, "all"), Captured)
            assert isinstance(payment.refund(reference, 12_344, "nearly all"), Refunded)
            assert isinstance(payment.refund(reference, 2, "too much"), Refusal)

    def test_what_was_promised_in_one_currency_is_not_captured_in_another(self, gateway: PaymentGateway) -> None:
        for promised, asked in zip(self.currencies, self.currencies[1:], strict=False):
            reference = self._payment(gateway, promised).promised(1_000)

            assert isinstance(self._payment(gateway, asked).capture(reference, 1_000, "capture"), Refusal)

    def test_an_unknown_reference_is_refused(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)

        assert isinstance(payment.capture("no-such-reference", 1, "capture"), Refusal)
        assert isinstance(payment.void("no-such-reference", 1, "void"), Refusal)
        assert isinstance(payment.refund("no-such-reference", 1, "refund"), Refusal)

    def test_one_payment_does_not_touch_another(self, gateway: PaymentGateway) -> None:
        one, other = self._payment(gateway), self._payment(gateway)
        first, second = one.promised(1_000), other.promised(1_000)

        one.void(first, 1_000, "void")

        assert isinstance(other.capture(second, 1_000, "capture"), Captured)

    def test_a_decline_is_an_answer_and_stays_the_same(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        if self.declined_token is None:
            self.decline_next(gateway)
        else:
            payment = _Payment(gateway, self.declined_token)

        first = payment.authorise()

        assert isinstance(first, Declined), "declare a declined_token, or override decline_next"
        assert payment.authorise() == first

    def test_twins_sent_at_once_have_one_effect_and_get_one_answer(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        answers = {outcome.value for outcome in at_once([lambda: payment.capture(reference, 500, "twin")] * 4)}

        assert {type(answer) for answer in answers} == {Captured}
        assert len(answers) == 1
        assert isinstance(payment.capture(reference, 500, "the rest"), Captured)
