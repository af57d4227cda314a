"""A gateway moves no more money than it should: not twice, not too much, not in the wrong currency."""

from __future__ import annotations

from ecomcore.kernel.money import Currency
from ecomcore.ordering import Authorised, Captured, FactKind, PaymentGateway, Refunded, Refusal, Voided
from ecomcore.testing.gateway_case import GatewayCase, same_answer

__all__ = ["MovesMoneyOnce"]

_OTHERS = ("JPY", "EUR", "KWD", "USD", "CNY")


class MovesMoneyOnce(GatewayCase):
    """Keys, amounts and currencies."""

    def test_every_authorisation_has_a_reference_of_its_own(self, gateway: PaymentGateway) -> None:
        references = {self._payment(gateway).promised() for _ in range(5)}

        assert len(references) == 5

    def test_an_authorisation_asked_for_again_under_its_key_is_the_same_one(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)

        first, second, third = payment.authorise(), payment.authorise(), payment.authorise()

        assert same_answer(first, second)
        assert same_answer(second, third)

    def test_an_authorisation_asked_for_again_later_is_still_the_same_one(self, gateway: PaymentGateway) -> None:
        """Where the buyer had to act first, what they did may be the answer from then on."""
        payment = self._payment(gateway)
        first = payment.authorise()
        reference = payment.promised()
        payment.capture(reference, 1_000, "capture")

        again = payment.authorise()

        assert same_answer(again, first) or again == Authorised(reference, gateway.capabilities.takes_at_once)
        assert payment.moved(FactKind.AUTHORISED) == 1_000

    def test_a_capture_asked_for_again_under_its_key_takes_once(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        first = payment.capture(reference, 1_000, "capture")

        assert isinstance(first, Captured)
        assert payment.capture(reference, 1_000, "capture") == first
        assert payment.moved(FactKind.CAPTURED) == 1_000

    def test_a_void_asked_for_again_under_its_key_is_the_same_one(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        first = payment.void(reference, 1_000, "void")

        assert isinstance(first, Voided)
        assert payment.void(reference, 1_000, "void") == first

    def test_a_refund_asked_for_again_under_its_key_gives_back_once(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")
        part = 400 if gateway.capabilities.partial_refund else 1_000

        first = payment.refund(reference, part, "refund")

        assert isinstance(first, Refunded)
        assert payment.refund(reference, part, "refund") == first
        assert payment.moved(FactKind.REFUNDED) == part

    def test_a_key_means_its_operation_only(self, gateway: PaymentGateway) -> None:
        """Whoever keeps keys for all operations together must tell them apart."""
        payment, other = self._payment(gateway), self._payment(gateway)
        reference = payment.promised(1_000, key="one key")
        let_go = other.promised(1_000, key="one key")

        assert isinstance(payment.capture(reference, 1_000, "one key"), Captured)
        assert isinstance(payment.refund(reference, 1_000, "one key"), Refunded)
        assert isinstance(other.void(let_go, 1_000, "one key"), Voided)

    def test_a_key_with_another_amount_captures_no_more_than_the_first(self, gateway: PaymentGateway) -> None:
        part = 400 if gateway.capabilities.partial_capture else 1_000
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        first = payment.capture(reference, part, "capture")

        for minor in (part - 100, part + 100):
            again = payment.capture(reference, minor, "capture")
            assert again == first or isinstance(again, Refusal), f"one key was used for two amounts: {again}"

        assert payment.moved(FactKind.CAPTURED) == part

    def test_a_key_with_another_amount_refunds_no_more_than_the_first(self, gateway: PaymentGateway) -> None:
        part = 400 if gateway.capabilities.partial_refund else 1_000
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")
        first = payment.refund(reference, part, "refund")

        for minor in (part - 100, part + 100):
            again = payment.refund(reference, minor, "refund")
            assert again == first or isinstance(again, Refusal), f"one key was used for two amounts: {again}"

        assert payment.moved(FactKind.REFUNDED) == part

    def test_a_key_with_another_amount_promises_no_more_than_the_first(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        payment.authorise(9_000)

        assert payment.moved(FactKind.AUTHORISED) == 1_000
        assert isinstance(payment.capture(reference, 9_000, "too much"), Refusal)

    def test_no_more_is_captured_than_is_promised(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        assert isinstance(payment.capture(reference, 1_001, "too much"), Refusal)
        assert isinstance(payment.capture(reference, 1_000, "all"), Captured)
        assert isinstance(payment.capture(reference, 1, "more"), Refusal)
        assert payment.moved(FactKind.CAPTURED) == 1_000

    def test_no_more_is_refunded_than_was_captured(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        if not gateway.capabilities.takes_at_once:
            assert isinstance(payment.refund(reference, 1_000, "too early"), Refusal)
        payment.capture(reference, 1_000, "capture")

        assert isinstance(payment.refund(reference, 1_001, "too much"), Refusal)
        assert isinstance(payment.refund(reference, 1_000, "all"), Refunded)
        assert isinstance(payment.refund(reference, 1, "more"), Refusal)
        assert isinstance(payment.refund(reference, 1_000, "all again"), Refusal)
        assert payment.moved(FactKind.REFUNDED) == 1_000

    def test_what_is_voided_cannot_be_captured(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        assert isinstance(payment.void(reference, 1_000, "void"), Voided)

        assert isinstance(payment.capture(reference, 1, "capture"), Refusal)
        assert isinstance(payment.capture(reference, 1_000, "all"), Refusal)
        assert isinstance(payment.refund(reference, 1_000, "refund"), Refusal)

    def test_what_is_captured_cannot_be_voided_unless_it_was_taken_at_once(self, gateway: PaymentGateway) -> None:
        """One that takes at once has nothing else to let go: it gives the whole back, and then nothing is left."""
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")

        voided = payment.void(reference, 1_000, "void")
        refunded = payment.refund(reference, 1_000, "refund")

        taken = gateway.capabilities.takes_at_once
        assert isinstance(voided, Voided if taken else Refusal)
        assert isinstance(refunded, Refusal if taken else Refunded)

    def test_a_part_is_voided_as_asked_or_not_at_all(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        answer = payment.void(reference, 400, "void a part")

        left = 600 if isinstance(answer, Voided) else 1_000
        assert isinstance(answer, Voided | Refusal)
        assert isinstance(payment.capture(reference, left + 1, "too much"), Refusal)
        assert isinstance(payment.capture(reference, left, "all that is left"), Captured)

    def test_nothing_and_less_than_nothing_is_not_moved(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        for minor in (0, -1):
            assert isinstance(payment.capture(reference, minor, f"capture {minor}"), Refusal)
            assert isinstance(payment.void(reference, minor, f"void {minor}"), Refusal)
        payment.capture(reference, 1_000, "all")
        for minor in (0, -1):
            assert isinstance(payment.refund(reference, minor, f"refund {minor}"), Refusal)

        assert isinstance(payment.refund(reference, 1_001, "too much"), Refusal)

    def test_amounts_are_in_minor_units_of_any_currency(self, gateway: PaymentGateway) -> None:
        """No decimals, two, three: exact to the last unit."""
        for currency in self.currencies:
            payment = self._payment(gateway, currency)
            reference = payment.promised(12_345)

            assert isinstance(payment.capture(reference, 12_346, "too much"), Refusal)
            assert isinstance(payment.capture(reference, 12_345, "all"), Captured)
            assert isinstance(payment.refund(reference, 12_346, "too much"), Refusal)
            assert isinstance(payment.refund(reference, 12_345, "all"), Refunded)
            assert payment.moved(FactKind.CAPTURED, minor=12_345) == 12_345
            assert payment.moved(FactKind.REFUNDED, minor=12_345) == 12_345

    def test_what_was_promised_in_one_currency_is_not_captured_in_another(self, gateway: PaymentGateway) -> None:
        for promised in self.currencies:
            payment = self._payment(gateway, promised)
            reference = payment.promised(1_000)
            other = next(code for code in (*self.currencies, *_OTHERS) if code != promised)

            answer = self._payment(gateway, other).capture(reference, 1_000, "capture")

            assert isinstance(answer, Refusal)
            assert Currency(other) not in {fact.amount.currency for fact in payment.found().facts}

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
