"""What a gateway says it can do is the truth: what it claims it does, and what it denies it refuses."""

from __future__ import annotations

from collections.abc import Callable

from ecomcore.kernel.money import Currency
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Captured,
    Declined,
    FactKind,
    Found,
    PaymentGateway,
    Pending,
    Refunded,
    Refusal,
    Voided,
)
from ecomcore.testing.gateway_case import GatewayCase, Payment

__all__ = ["SaysWhatItCanDo"]

_OTHERS = ("EUR", "USD", "JPY", "KWD", "CNY", "CHF")


class SaysWhatItCanDo(GatewayCase):
    """Each capability, claimed or denied; and the buyer who has to act, or is declined."""

    def test_its_capabilities_fit_together(self, gateway: PaymentGateway) -> None:
        can = gateway.capabilities

        assert can.partial_capture or not can.several_captures, "several captures are captures of parts"
        assert not (can.takes_at_once and can.partial_capture), "what takes all at once cannot take a part"
        assert can == gateway.capabilities, "they stay as they are"
        assert all(can.serves(Currency(code)) for code in self.currencies)

    def test_a_part_of_what_is_promised_is_captured_if_it_says_so(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        answer = payment.capture(reference, 400, "a part")

        if gateway.capabilities.partial_capture:
            assert isinstance(answer, Captured)
            assert payment.moved(FactKind.CAPTURED) == 400
        else:
            assert isinstance(answer, Refusal)
            assert isinstance(payment.capture(reference, 1_000, "all"), Captured)

    def test_what_is_promised_is_captured_in_parts_if_it_says_so(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        can = gateway.capabilities
        first = payment.capture(reference, 1 if can.partial_capture else 1_000, "part 1")

        others = [payment.capture(reference, minor, f"part {minor}") for minor in (299, 700)]

        assert isinstance(first, Captured)
        if can.several_captures:
            assert [type(part) for part in others] == [Captured] * 2
            assert len({first, *others}) == 3
            assert isinstance(payment.capture(reference, 1, "more"), Refusal)
        else:
            assert [type(part) for part in others] == [Refusal] * 2
            assert payment.moved(FactKind.CAPTURED) == (1 if can.partial_capture else 1_000)

    def test_the_part_that_is_not_captured_can_be_let_go(self, gateway: PaymentGateway) -> None:
        """Also where the provider has let it go by itself: the shop asks, and hears that it is so."""
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        part = 400 if gateway.capabilities.partial_capture else 1_000
        payment.capture(reference, part, "capture")

        if gateway.capabilities.partial_capture:
            assert isinstance(payment.void(reference, 601, "too much"), Refusal)
            assert isinstance(payment.void(reference, 600, "void"), Voided)
        assert isinstance(payment.capture(reference, 1, "more"), Refusal)
        assert isinstance(payment.refund(reference, part, "refund"), Refunded)

    def test_what_was_captured_is_refunded_in_parts_if_it_says_so(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")

        parts = [payment.refund(reference, minor, f"part {minor}") for minor in (1, 299, 700)]

        if gateway.capabilities.partial_refund:
            assert [type(part) for part in parts] == [Refunded] * 3
            assert len(set(parts)) == 3
            assert isinstance(payment.refund(reference, 1, "more"), Refusal)
        else:
            assert [type(part) for part in parts] == [Refusal] * 3
            assert isinstance(payment.refund(reference, 1_000, "all"), Refunded)

    def test_what_is_paid_is_taken_at_once_only_if_it_says_so(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        taken = gateway.capabilities.takes_at_once

        answer, _ = payment.authorise(1_000), payment.promised(1_000)

        assert not isinstance(answer, Authorised) or answer.taken is taken
        assert payment.found().taken is taken
        assert payment.moved(FactKind.CAPTURED) == (1_000 if taken else 0)

    def test_one_that_takes_at_once_answers_a_capture_with_what_it_has_taken(self, gateway: PaymentGateway) -> None:
        """Any other answers with what it takes now. Either way it is taken once, under the name that is told."""
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        before = payment.facts(FactKind.CAPTURED)

        answer = payment.capture(reference, 1_000, "capture")
        again = payment.capture(reference, 1_000, "another key")

        captured = payment.facts(FactKind.CAPTURED)
        assert [answer] == [Captured(fact.reference) for fact in captured]
        if gateway.capabilities.takes_at_once:
            assert before == captured
            assert again == answer or isinstance(again, Refusal)
        else:
            assert before == ()
            assert isinstance(again, Refusal)

    def test_the_buyer_always_has_to_act_if_it_says_so(self, gateway: PaymentGateway) -> None:
        answer = self._payment(gateway).authorise()

        assert isinstance(answer, ActionRequired if gateway.capabilities.redirects else Authorised)

    def test_currencies_it_does_not_serve_are_declined(self, gateway: PaymentGateway) -> None:
        codes = [code for code in _OTHERS if not gateway.capabilities.serves(Currency(code))]

        answers = [self._payment(gateway, code).authorise() for code in codes]

        assert [type(answer) for answer in answers] == [Declined] * len(codes)
        assert all(self._payment(gateway, code).promised() for code in self.currencies)

    def test_it_waits_for_a_buyer_who_has_to_act(self, gateway: PaymentGateway) -> None:
        payment, asked = self._asked(gateway)
        if asked is None:
            return self._never_asks(payment)

        waiting = payment.status()
        taken = payment.capture(asked.reference, 1_000, "too early")
        self.buyer_acts(gateway, payment.request(), asked)
        reference = payment.found().reference

        assert isinstance(waiting, Pending)
        assert isinstance(taken, Refusal)
        assert isinstance(payment.capture(reference, 1_000, "capture"), Captured)
        return None

    def test_a_buyer_who_does_not_act_has_declined(self, gateway: PaymentGateway) -> None:
        payment, asked = self._asked(gateway)
        if asked is None:
            return self._never_asks(payment)

        self.buyer_refuses(gateway, payment.request(), asked)

        assert isinstance(payment.status(), Declined)
        assert payment.status() == payment.status()
        assert isinstance(payment.capture(asked.reference, 1_000, "capture"), Refusal)
        return None

    def test_what_is_let_go_before_the_buyer_acts_is_never_taken(self, gateway: PaymentGateway) -> None:
        """If the gateway cannot close the page it refuses, and goes on waiting."""
        payment, asked = self._asked(gateway)
        if asked is None:
            return self._never_asks(payment)

        answer = payment.void(asked.reference, 1_000, "void")
        self.buyer_acts(gateway, payment.request(), asked)

        assert isinstance(answer, Voided | Refusal)
        after = payment.status()
        assert isinstance(after, Found) == isinstance(answer, Refusal), f"after {answer} it is {after}"
        return None

    def test_a_decline_is_an_answer_and_stays_the_same(self, gateway: PaymentGateway) -> None:
        payment = self._declined(gateway)
        ask: Callable[[], object] = payment.authorise
        if gateway.capabilities.redirects:
            asked = payment.authorise()
            assert isinstance(asked, ActionRequired)
            self.buyer_refuses(gateway, payment.request(), asked)
            ask = payment.status

        first, again, told = ask(), ask(), payment.status()

        assert isinstance(first, Declined), "declare a declined_token, or override decline_next"
        assert first.reason
        assert again == first
        assert isinstance(told, Declined), "a decline is remembered"
        assert told.reference == first.reference

    def _declined(self, gateway: PaymentGateway) -> Payment:
        payment = self._payment(gateway)
        if self.declined_token is not None:
            return payment.with_token(self.declined_token)
        if not gateway.capabilities.redirects:
            self.decline_next(gateway)
        return payment

    def _asked(self, gateway: PaymentGateway) -> tuple[Payment, ActionRequired | None]:
        """A payment whose buyer must act; no question where this provider never asks."""
        payment = self._payment(gateway)
        if not gateway.capabilities.redirects:
            token = self.token_that_asks(gateway)
            if token is None:
                return payment, None
            payment = payment.with_token(token)
        asked = payment.authorise()
        assert isinstance(asked, ActionRequired), f"the buyer is not asked to act: {asked}"
        return payment, asked

    def _never_asks(self, payment: Payment) -> None:
        """Whoever declares no buyer that must act authorises without asking."""
        assert isinstance(payment.authorise(), Authorised), "the buyer is asked: declare an action_token"
