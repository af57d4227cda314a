"""A gateway believes the provider and nobody else, and hears from it what it would have been told directly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import FactKind, Forged, Notice, PaymentGateway, PaymentRequest, Webhook
from ecomcore.testing.clock import NOON
from ecomcore.testing.gateway_case import GatewayCase, Payment

__all__ = ["ReadsWebhooks"]

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)

_quickly = settings(
    max_examples=50,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
_headers = st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=4)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
_DEEP = b"[" * 100_000
"""Valid as far as it goes, and deeper than a parser may go."""


class ReadsWebhooks(GatewayCase):
    """What is genuine is read, and what is not is ``Forged`` without a look inside."""

    def test_what_a_webhook_tells_is_what_the_provider_knows(self, gateway: PaymentGateway) -> None:
        """The same fact has one name, however it is heard: directly, by asking, or from a webhook."""
        for kind, payment in self._told(gateway):
            notices = self._genuine(gateway, payment.request(), kind)

            assert kind in {notice.fact.kind for notice in notices}
            assert {notice.fact for notice in notices} <= set(payment.found().facts)

    def test_a_webhook_says_which_payment_it_is_about(self, gateway: PaymentGateway) -> None:
        for kind, payment in self._told(gateway):
            for notice in self._genuine(gateway, payment.request(), kind):
                assert notice.payment or notice.reference
                assert notice.payment in (None, payment.request().payment)
                assert notice.reference in ("", payment.found().reference)
                assert notice.taken <= gateway.capabilities.takes_at_once

    def test_a_webhook_that_comes_again_is_the_same_notice(self, gateway: PaymentGateway) -> None:
        """It is sent again an hour later, with a proof of its own."""
        for kind, payment in self._told(gateway):
            later = NOON + timedelta(hours=1)

            first = self._genuine(gateway, payment.request(), kind)
            again = self._genuine(gateway, payment.request(), kind, later)

            assert [(notice.id, notice.fact) for notice in first] == [(notice.id, notice.fact) for notice in again]

    def test_different_messages_have_different_ids(self, gateway: PaymentGateway) -> None:
        told: set[str] = set()
        for kind, payment in self._told(gateway):
            ids = {notice.id for notice in self._genuine(gateway, payment.request(), kind)}

            assert not ids & told, f"the id of {kind} was that of another message"
            told |= ids

    def test_reading_a_webhook_changes_nothing(self, gateway: PaymentGateway) -> None:
        for kind, payment in self._told(gateway):
            webhook, before = self.webhook_for(gateway, payment.request(), kind, NOON), payment.found()

            first, second = gateway.read(webhook, NOON), gateway.read(webhook, NOON)

            assert first == second
            assert payment.found() == before

    def test_names_of_headers_may_be_written_in_any_case(self, gateway: PaymentGateway) -> None:
        for webhook in self._webhooks(gateway):
            genuine = gateway.read(webhook, NOON)
            for write in (str.upper, str.lower, str.title):
                written = evolve(webhook, headers={write(name): text for name, text in webhook.headers.items()})

                assert gateway.read(written, NOON) == genuine

    def test_a_webhook_without_its_proof_is_forged(self, gateway: PaymentGateway) -> None:
        for webhook in self._webhooks(gateway):
            if self.signature_header is not None:
                assert webhook.header(self.signature_header), "the genuine one has no such header"
                self._is_forged(gateway, self._with_signature(webhook, None))
                self._is_forged(gateway, self._with_signature(webhook, ""))
                self._is_forged(gateway, Webhook({}, webhook.body))
            self._is_forged(gateway, evolve(webhook, body=b""))

    def test_a_proof_with_one_wrong_character_is_forged(self, gateway: PaymentGateway) -> None:
        """At any place of it: also who compares only the beginning, or only the end, is found."""
        for webhook in self._webhooks(gateway):
            proof = webhook.header(self.signature_header or "")
            for place, letter in enumerate(proof):
                if letter.isalnum():
                    wrong = proof[:place] + _another(letter) + proof[place + 1 :]
                    self._is_forged(gateway, self._with_signature(webhook, wrong), f"proof changed at {place}")
            if self.signature_header is not None:
                for wrong in (proof[: len(proof) // 2], proof[:-3], "\u00e9" * 10, "\udce9", "=", "t=,v1=", "0." * 50):
                    self._is_forged(gateway, self._with_signature(webhook, wrong), f"proof {wrong!r}")

    def test_other_headers_prove_nothing_when_they_are_changed(self, gateway: PaymentGateway) -> None:
        """Each is a part of the proof, or says nothing."""
        for webhook in self._webhooks(gateway):
            genuine = gateway.read(webhook, NOON)
            for name, text in webhook.headers.items():
                for wrong in ("", "0", text + "0", "\u00e9", text[::-1]):
                    answer = _read(gateway, evolve(webhook, headers={**webhook.headers, name: wrong}))
                    assert isinstance(answer, Forged) or answer == genuine, f"{name} = {wrong!r} tells {answer}"

    def test_the_proof_of_another_body_proves_nothing(self, gateway: PaymentGateway) -> None:
        one, other = self._webhooks(gateway), self._webhooks(gateway)
        for mine, yours in zip(one, other, strict=True):
            if self.signature_header is not None:
                assert mine.body != yours.body
                self._is_forged(gateway, Webhook(mine.headers, yours.body))

    def test_a_body_with_one_wrong_byte_tells_nothing(self, gateway: PaymentGateway) -> None:
        for webhook in self._webhooks(gateway):
            self._is_tampered_with(gateway, webhook)

    def test_an_old_webhook_is_forged_and_so_is_one_of_the_future(self, gateway: PaymentGateway) -> None:
        """Where webhooks do not say when they were sent, an old one is only told again, under the same id."""
        tolerance = self.webhook_tolerance
        for webhook in self._webhooks(gateway):
            genuine = gateway.read(webhook, NOON)
            if tolerance is None:
                assert gateway.read(webhook, NOON + timedelta(days=365)) == genuine
            else:
                for away in (tolerance - _SECOND, tolerance / 2):
                    assert gateway.read(webhook, NOON + away) == genuine, f"after {away}"
                for away in (tolerance + _MINUTE, -tolerance - _MINUTE, timedelta(days=365)):
                    assert isinstance(gateway.read(webhook, NOON + away), Forged), f"after {away}"

    def test_garbage_from_strangers_is_never_believed_and_never_raises(self, gateway: PaymentGateway) -> None:
        names = [name for webhook in self._webhooks(gateway)[:1] for name in webhook.headers]
        known = st.fixed_dictionaries({}, optional={name: st.text(max_size=60) for name in names})

        @_quickly
        @example({}, b"")
        @example({}, _DEEP)
        @given(_headers | known, st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
        def nothing_is_told(headers: dict[str, str], body: bytes) -> None:
            answer = _read(gateway, Webhook(headers, body))
            assert isinstance(answer, Forged) or (answer == () and not gateway.capabilities.webhooks)

        nothing_is_told()

    def test_what_the_provider_says_and_nobody_understands_is_of_no_interest(self, gateway: PaymentGateway) -> None:
        """A message of a new kind, or of another form: genuine, and nothing to be told of it. It never raises."""
        if not gateway.capabilities.webhooks or not self.signs_bytes:
            assert not self._notices(gateway.read(Webhook({}, b"{}"), NOON))
            return

        def told(body: bytes) -> None:
            assert _read(gateway, self.signed(gateway, body, NOON)) == ()

        self._bodies(told)

    def _is_tampered_with(self, gateway: PaymentGateway, webhook: Webhook) -> None:
        genuine, body = gateway.read(webhook, NOON), webhook.body

        @_quickly
        @given(st.integers(0, len(body) - 1), st.integers(1, 255), st.sampled_from(["change", "cut", "add"]))
        def never_believed(place: int, by: int, how: str) -> None:
            middle = {"change": bytes([body[place] ^ by]), "cut": b"", "add": bytes([body[place], by])}[how]
            changed = body[:place] + middle + body[place + 1 :]

            answer = _read(gateway, evolve(webhook, body=changed))

            told_the_same = not self.signs_bytes and answer == genuine
            assert isinstance(answer, Forged) or told_the_same, f"{changed!r} tells {answer}"

        never_believed()

    def _bodies(self, told: Callable[[bytes], None]) -> None:
        @_quickly
        @example(b"")
        @example(_DEEP)
        @example(b"\xff\xfe")
        @example(b'{"id": 1, "type": null, "data": []}')
        @given(st.binary(max_size=200) | _json.map(_as_json))
        def of_no_interest(body: bytes) -> None:
            told(body)

        of_no_interest()

    def _told(self, gateway: PaymentGateway) -> list[tuple[FactKind, Payment]]:
        """A payment for each kind of fact that webhooks tell; none where there are no webhooks."""
        if not gateway.capabilities.webhooks:
            payment = self._payment(gateway)
            payment.promised()
            assert not self._notices(gateway.read(Webhook({}, b"{}"), NOON)), "it says that it reads no webhooks"
            return []
        assert self.tells, "webhooks that tell nothing: declare capabilities without webhooks"
        return [(kind, self._with(gateway, kind)) for kind in sorted(self.tells)]

    def _with(self, gateway: PaymentGateway, kind: FactKind) -> Payment:
        payment = self._payment(gateway)
        reference = payment.promised(1_000)
        if kind is FactKind.VOIDED:
            payment.void(reference, 1_000, "void")
        if kind in (FactKind.CAPTURED, FactKind.REFUNDED):
            payment.capture(reference, 1_000, "capture")
        if kind is FactKind.REFUNDED:
            payment.refund(reference, 1_000, "refund")
        return payment

    def _webhooks(self, gateway: PaymentGateway) -> list[Webhook]:
        return [self.webhook_for(gateway, payment.request(), kind, NOON) for kind, payment in self._told(gateway)[:1]]

    def _genuine(
        self, gateway: PaymentGateway, request: PaymentRequest, kind: FactKind, at: Instant = NOON
    ) -> tuple[Notice, ...]:
        answer = gateway.read(self.webhook_for(gateway, request, kind, at), at)
        assert not isinstance(answer, Forged), f"a genuine webhook is not believed: {answer.reason}"
        assert answer, "a genuine webhook tells nothing"
        return answer

    def _notices(self, answer: tuple[Notice, ...] | Forged) -> tuple[Notice, ...]:
        return () if isinstance(answer, Forged) else answer

    def _is_forged(self, gateway: PaymentGateway, webhook: Webhook, what: str = "") -> None:
        answer = _read(gateway, webhook)
        assert isinstance(answer, Forged), f"{what} tells {answer}"

    def _with_signature(self, webhook: Webhook, proof: str | None) -> Webhook:
        name = (self.signature_header or "").lower()
        headers = {key: text for key, text in webhook.headers.items() if key.lower() != name}
        return evolve(webhook, headers=headers if proof is None else {**headers, name: proof})


def _read(gateway: PaymentGateway, webhook: Webhook) -> tuple[Notice, ...] | Forged:
    """Whatever a stranger sends, reading it raises nothing."""
    try:
        return gateway.read(webhook, NOON)
    except Exception as error:
        pytest.fail(f"reading {webhook.headers} {webhook.body[:200]!r} raised {error!r}")


def _another(letter: str) -> str:
    """One that differs in any case, and, read as base64, also in the bits that the last one before ``=`` has."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    here = alphabet.find(letter) // 16
    return next(other for other in "Agw7" if other.lower() != letter.lower() and alphabet.index(other) // 16 != here)


def _as_json(value: object) -> bytes:
    return json.dumps(value).encode()
