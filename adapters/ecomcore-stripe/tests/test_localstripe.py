"""The same flows against a counterpart that others wrote: localstripe, in a process of its own.

It has PaymentIntents, refunds and signed webhooks, and keeps these promises of Stripe's: what is promised is captured
once, whole or in part; what is let go is not captured; declines and unknown ids are refused; other currencies too. It
does not know idempotency keys, the search, lists by age or amounts received, lets any amount be refunded, and refuses
parameters newer than itself: so the promises about those are tried on our own counterpart only.
"""

from __future__ import annotations

import json
import queue
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import stripe

from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    Authorised,
    Captured,
    Declined,
    FactKind,
    Forged,
    Notice,
    PaymentRequest,
    Refunded,
    Refusal,
    Voided,
    Webhook,
)
from ecomcore_stripe import Stripe

PAYS, CANNOT_BE_CHARGED = "pm_card_visa", "pm_card_chargeCustomerFail"
NEWER_THAN_IT = ("allowed_payment_method_types", "return_url")
PATIENCE = 20.0
# As its own command does, without books from before, but not on every address of the machine, IPv6 included.
ON_THIS_MACHINE_ONLY = """
import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class WithoutWhatIsNew(stripe.RequestsClient):
    """Leaves out the documented parameters that this counterpart is too old for, and nothing else."""

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any) -> Any:
        if isinstance(post_data, str):
            capture = url.endswith("/capture")
            left = [
                (name, value)
                for name, value in parse_qsl(post_data)
                if name.partition("[")[0] not in NEWER_THAN_IT and not (capture and name.startswith("metadata"))
            ]
            post_data = urlencode(left)
        return super().request(method, url, headers, post_data, **more)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", ON_THIS_MACHINE_ONLY, str(port)]
    log = tmp_path_factory.mktemp("localstripe") / "log"
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            _wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"localstripe does not listen: {log.read_text()}")


@pytest.fixture
def gateway(url: str, secret: str) -> Stripe:
    client = stripe.StripeClient("sk_test_local", base_addresses={"api": url}, http_client=WithoutWhatIsNew())
    return Stripe(client, return_url="https://shop.example", webhook_secrets=[secret])


def a_request(minor: int = 1_000, currency: str = "EUR", *, token: str = "", reference: str = "") -> PaymentRequest:
    key = secrets.token_hex(8)
    payment, order, amount = PaymentId(f"payment-{key}"), OrderId(f"order-{key}"), Money(minor, Currency(currency))
    return PaymentRequest(key, payment, order, amount, token=token, reference=reference)


def promised(gateway: Stripe, minor: int = 1_000, currency: str = "EUR") -> str:
    answer = gateway.authorise(a_request(minor, currency, token=PAYS))
    assert isinstance(answer, Authorised), answer
    return answer.reference


def test_what_is_promised_is_captured_once_and_refunded_in_parts(gateway: Stripe) -> None:
    reference = promised(gateway)

    captured = gateway.capture(a_request(reference=reference))
    more = gateway.capture(a_request(1, reference=reference))
    refunds = [gateway.refund(a_request(minor, reference=reference)) for minor in (300, 700)]

    assert isinstance(captured, Captured)
    assert captured.reference.startswith("ch_")
    assert isinstance(more, Refusal)
    assert [type(refund) for refund in refunds] == [Refunded, Refunded]
    assert len(set(refunds)) == 2


def test_less_is_captured_than_was_promised_and_never_more(gateway: Stripe) -> None:
    reference = promised(gateway)

    assert isinstance(gateway.capture(a_request(1_001, reference=reference)), Refusal)
    assert isinstance(gateway.capture(a_request(400, reference=reference)), Captured)
    assert isinstance(gateway.capture(a_request(600, reference=reference)), Refusal)


def test_what_is_let_go_is_not_captured(gateway: Stripe) -> None:
    reference = promised(gateway)

    assert gateway.void(a_request(reference=reference)) == Voided(f"{reference}:void")
    assert isinstance(gateway.capture(a_request(reference=reference)), Refusal)
    assert isinstance(gateway.refund(a_request(reference=reference)), Refusal)


def test_a_card_that_cannot_be_charged_is_declined(gateway: Stripe) -> None:
    answer = gateway.authorise(a_request(token=CANNOT_BE_CHARGED))

    assert isinstance(answer, Declined)
    assert answer.reason == "Your card was declined."


def test_what_it_has_never_heard_of_is_refused(gateway: Stripe) -> None:
    nobodys = a_request(reference="pi_of_nobody")

    assert isinstance(gateway.authorise(a_request(token="pm_of_nobody")), Declined)
    assert [type(ask(nobodys)) for ask in (gateway.capture, gateway.void, gateway.refund)] == [Refusal] * 3


@pytest.mark.parametrize(("promise", "other"), [("JPY", "EUR"), ("EUR", "JPY")])
def test_one_currency_is_not_captured_in_another(gateway: Stripe, promise: str, other: str) -> None:
    reference = promised(gateway, 1_000, promise)

    assert isinstance(gateway.capture(a_request(1_000, other, reference=reference)), Refusal)
    assert isinstance(gateway.capture(a_request(1_000, promise, reference=reference)), Captured)


@pytest.fixture
def received(url: str, secret: str) -> Iterator[queue.Queue[Webhook]]:
    """The webhooks that it sends to an endpoint of ours, just as they come."""
    came: queue.Queue[Webhook] = queue.Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put(Webhook(dict(self.headers.items()), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    with TCPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        endpoint = {"url": f"http://127.0.0.1:{server.server_address[1]}/stripe", "secret": secret}
        _post(f"{url}/_config/webhooks/ours", endpoint)
        yield came
        _post(f"{url}/_config/webhooks/ours", endpoint | {"events": ["none.at.all"]})
        server.shutdown()
        thread.join()


def _post(url: str, data: dict[str, Any]) -> None:
    asked = urllib.request.Request(url, json.dumps(data).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - it is on this machine
        assert answer.status == 200


def about(name: str, received: queue.Queue[Webhook]) -> Webhook:
    """The webhook that names this: it sends them a second later, so those of earlier tests may come first."""
    while True:
        webhook = received.get(timeout=PATIENCE)
        if name.encode() in webhook.body:
            return webhook


def test_its_signed_webhook_is_believed_and_tells_the_decline(gateway: Stripe, received: queue.Queue[Webhook]) -> None:
    request = a_request(token=CANNOT_BE_CHARGED)
    gateway.authorise(request)

    webhook = about(request.payment, received)

    now = datetime.now(UTC)
    (notice,) = gateway.read(webhook, now)  # type: ignore[misc]  # Forged fails as well
    assert isinstance(notice, Notice)
    assert (notice.payment, notice.fact.kind) == (request.payment, FactKind.DECLINED)
    assert notice.fact.reference == f"{notice.reference}:declined"
    assert notice.fact.reason == "Your card was declined."
    assert isinstance(gateway.read(Webhook(webhook.headers, webhook.body.replace(b"1000", b"9999")), now), Forged)


def test_its_signed_webhook_about_a_capture_is_believed_and_its_amount_not_guessed(
    gateway: Stripe, received: queue.Queue[Webhook]
) -> None:
    """It does not say how much was received, as Stripe does: so nothing is told."""
    reference = promised(gateway)
    gateway.capture(a_request(reference=reference))

    webhook = about(reference, received)

    assert b'"payment_intent.succeeded"' in webhook.body
    assert gateway.read(webhook, datetime.now(UTC)) == ()
