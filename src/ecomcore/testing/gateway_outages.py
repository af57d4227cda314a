"""A gateway bears what happens to wires and to threads: nothing is lost, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecomcore.kernel.errors import PortUnavailable
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Captured,
    FactKind,
    NotFoundThere,
    PaymentGateway,
    Refunded,
    Refusal,
    Unknown,
    Voided,
)
from ecomcore.testing.gateway_case import Answer, GatewayCase, Payment, same_answer
from ecomcore.testing.threads import at_once

__all__ = ["SurvivesOutages"]

_steps = st.lists(
    st.tuples(
        st.sampled_from(["capture", "void", "refund"]),
        st.sampled_from([1, 300, 400, 700, 1_000]),
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=8,
)
_HAPPENED = (Captured, Voided, Refunded)


class SurvivesOutages(GatewayCase):
    """Lost requests and answers, twins and rivals, and lives at random."""

    def test_an_authorisation_whose_answer_got_lost_is_settled_by_asking_again(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)

        first = self._lost(self.lose_next_answer, gateway, payment.authorise)
        second = payment.authorise()

        assert isinstance(second, Authorised | ActionRequired)
        assert first is None or same_answer(first, second), f"nobody knew, and the answer was {first}"
        payment.promised()
        assert payment.moved(FactKind.AUTHORISED) == 1_000

    def test_a_capture_whose_answer_got_lost_is_settled_by_asking_again(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        self._is_settled(gateway, lambda: payment.capture(reference, 1_000, "capture"), Captured)

        assert payment.moved(FactKind.CAPTURED) == 1_000

    def test_a_void_whose_answer_got_lost_is_settled_by_asking_again(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        self._is_settled(gateway, lambda: payment.void(reference, 1_000, "void"), Voided)

        assert isinstance(payment.capture(reference, 1_000, "capture"), Refusal)

    def test_a_refund_whose_answer_got_lost_is_settled_by_asking_again(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")
        part = 400 if gateway.capabilities.partial_refund else 1_000

        self._is_settled(gateway, lambda: payment.refund(reference, part, "refund"), Refunded)

        assert payment.moved(FactKind.REFUNDED) == part

    def test_what_happened_behind_a_lost_answer_is_found_by_asking_for_the_status(
        self, gateway: PaymentGateway
    ) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        self._lost(self.lose_next_answer, gateway, lambda: payment.capture(reference, 1_000, "capture"))
        told = payment.facts(FactKind.CAPTURED)
        answer = payment.capture(reference, 1_000, "capture")

        assert isinstance(answer, Captured)
        captured = payment.facts(FactKind.CAPTURED)
        assert [fact.reference for fact in captured] == [answer.reference]
        assert told in ((), captured)

    def test_a_request_that_got_lost_is_neither_a_no_nor_a_success(self, gateway: PaymentGateway) -> None:
        """An outage, or nobody knows. Only who needs no wire for it may answer, and then it is so."""
        payment = self._payment(gateway)

        first = self._lost(self.lose_next_request, gateway, payment.authorise)
        second = payment.authorise()

        assert isinstance(second, Authorised | ActionRequired), f"the outage is over, and the answer is {second}"
        assert first is None or same_answer(first, second), f"the wire was cut, and the answer was {first}"
        payment.promised()

    def test_a_request_that_got_lost_moves_nothing(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")

        first = self._lost(self.lose_next_request, gateway, lambda: payment.refund(reference, 1_000, "refund"))
        before = payment.moved(FactKind.REFUNDED)
        second = payment.refund(reference, 1_000, "refund")

        assert before == (0 if first is None else 1_000)
        assert isinstance(second, Refunded)
        assert payment.moved(FactKind.REFUNDED) == 1_000

    def test_a_status_that_got_lost_does_not_say_that_there_is_nothing(self, gateway: PaymentGateway) -> None:
        """Who takes silence for ``NotFoundThere`` lets the buyer pay twice."""
        payment = self._payment(gateway)
        payment.promised(1_000)
        known = payment.found()

        if self.wires_can_be_cut:
            self.lose_next_request(gateway)
        try:
            answer = payment.status()
        except PortUnavailable:
            return

        assert not isinstance(answer, NotFoundThere)
        assert answer == known or isinstance(answer, Unknown)

    def test_twins_sent_at_once_have_one_effect_and_get_one_answer(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        self._are_twins(lambda: payment.capture(reference, 1_000, "twin"), Captured)

        assert payment.moved(FactKind.CAPTURED) == 1_000

    def test_twins_of_an_authorisation_are_one_payment(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)

        answers = [outcome.value for outcome in at_once([payment.authorise] * 4)]

        first = payment.authorise()
        assert isinstance(first, Authorised | ActionRequired)
        assert all(same_answer(answer, first) for answer in answers)

    def test_twins_of_a_refund_give_back_once(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")
        part = 400 if gateway.capabilities.partial_refund else 1_000

        self._are_twins(lambda: payment.refund(reference, part, "twin"), Refunded)

        assert payment.moved(FactKind.REFUNDED) == part

    def test_twins_of_a_void_let_go_once(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        self._are_twins(lambda: payment.void(reference, 1_000, "twin"), Voided)

        assert isinstance(payment.capture(reference, 1_000, "capture"), Refusal)

    def test_rivals_never_give_back_more_than_was_taken(self, gateway: PaymentGateway) -> None:
        """Each has a key of its own, and there is enough for one of them only."""
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        payment.capture(reference, 1_000, "capture")
        part = 700 if gateway.capabilities.partial_refund else 1_000

        def give_back(rival: int) -> Callable[[], Answer]:
            return lambda: payment.refund(reference, part, f"rival {rival}")

        answers = [outcome.value for outcome in at_once([give_back(rival) for rival in range(4)])]

        assert sorted(type(answer).__name__ for answer in answers) == ["Refunded", *["Refusal"] * 3]
        assert payment.moved(FactKind.REFUNDED) == part

    def test_a_capture_and_a_void_at_once_do_not_both_have_it(self, gateway: PaymentGateway) -> None:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)

        outcomes = at_once(
            [
                lambda: payment.capture(reference, 1_000, "capture"),
                lambda: payment.void(reference, 1_000, "void"),
            ]
        )

        captured, voided = (outcome.value for outcome in outcomes)
        assert isinstance(captured, Captured) or isinstance(voided, Voided)
        if not gateway.capabilities.takes_at_once:
            assert isinstance(captured, Refusal) or isinstance(voided, Refusal)

    def test_a_payment_lived_at_random_adds_up(self, gateway: PaymentGateway) -> None:
        """In any order, with keys that come again: a success stays a success, each is told once, and sums hold."""

        @settings(
            max_examples=self.lives,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(_steps)
        def adds_up(steps: list[tuple[str, int, str]]) -> None:
            self._live(self._payment(gateway), steps)

        adds_up()

    def _live(self, payment: Payment, steps: list[tuple[str, int, str]]) -> None:
        reference = payment.promised(1_000)
        done: dict[tuple[str, str], Answer] = {}
        for operation, minor, key in steps:
            answer: Answer = getattr(payment, operation)(reference, minor, f"{operation} {key}")
            before = done.get((operation, key))
            assert isinstance(answer, (*_HAPPENED, Refusal)), f"{operation}: {answer}"
            assert before is None or answer == before or isinstance(answer, Refusal)
            if isinstance(answer, _HAPPENED):
                done.setdefault((operation, key), answer)
        told = {fact.reference for fact in payment.found().facts}
        assert {answer.reference for answer in done.values() if isinstance(answer, _HAPPENED)} <= told
        captured = payment.moved(FactKind.CAPTURED)
        assert captured + payment.moved(FactKind.VOIDED) <= 1_000 or payment.found().taken
        assert payment.moved(FactKind.REFUNDED) <= captured <= 1_000

    def _is_settled(self, gateway: PaymentGateway, ask: Callable[[], Answer], happened: type[Answer]) -> None:
        first = self._lost(self.lose_next_answer, gateway, ask)
        second = ask()
        third = ask()

        assert isinstance(second, happened), f"asked again, the answer is {second}"
        assert first is None or first == second, f"nobody knew, and the answer was {first}"
        assert third == second

    def _lost(
        self, lose: Callable[[PaymentGateway], None], gateway: PaymentGateway, ask: Callable[[], Answer]
    ) -> Answer | None:
        """The answer of a call whose wire was cut; none if it says that nobody knows, or that it is an outage."""
        if self.wires_can_be_cut:
            lose(gateway)
        try:
            answer = ask()
        except PortUnavailable:
            assert lose == self.lose_next_request, "it may have happened: an outage says that it has not"
            return None
        return None if isinstance(answer, Unknown) else answer

    def _are_twins(self, ask: Callable[[], Answer], happened: type[Answer]) -> None:
        answers = {outcome.value for outcome in at_once([ask] * 4)}

        assert {type(answer) for answer in answers} == {happened}
        assert len(answers) == 1
        assert ask() in answers
