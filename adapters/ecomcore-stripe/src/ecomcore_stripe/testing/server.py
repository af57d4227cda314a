"""The HTTP side of the fake: forms in, JSON out, idempotency keys between, and wires that can be cut."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterable
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import RLock, Thread
from types import TracebackType
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

import stripe
from attrs import define, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import Webhook
from ecomcore_stripe.testing.books import Books, Thing, Wrong

__all__ = ["Cut", "FakeStripe"]

_KEY: Final = "sk_test_fake"
_in_brackets = re.compile(r"\[([^\]]*)\]").findall


class Cut(Enum):
    """Where the wire breaks."""

    REQUEST = auto()
    """The request never arrives."""
    ANSWER = auto()
    """It is carried out, and the answer never arrives."""


@frozen
class _Answer:
    status: int
    body: bytes


@define
class _Kept:
    """What was asked under a key, and what was answered; nothing yet while it is under way."""

    asked: tuple[str, str]
    answer: _Answer | None = None


class FakeStripe:
    """A Stripe on a free port of this machine, until it is stopped or its ``with`` block ends.

    ``books`` has all its objects, and the events it would send. ``calls`` lists the requests that arrived, as method
    and path.
    """

    def __init__(self) -> None:
        self.books = Books()
        self.calls: list[str] = []
        self.search: Literal["ready", "late", "absent"] = "ready"
        """``late``: it knows nothing yet, as on the real one in the first minute. ``absent``: this country has none."""
        self.slow = 0.0
        """Seconds that every change takes."""
        self._lock = RLock()
        self._kept: dict[str, _Kept] = {}
        self._cuts: list[Cut] = []
        self._errors: list[Wrong] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def start(self) -> FakeStripe:
        """Listen. Answers with itself; a ``with`` block starts and stops by itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> FakeStripe:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def client(self, timeout: float = 10.0) -> stripe.StripeClient:
        """The official client, connected to this fake; it waits so many seconds for an answer."""
        http = stripe.RequestsClient(timeout=timeout)
        return stripe.StripeClient(_KEY, base_addresses={"api": self.url}, http_client=http)

    def cut(self, *cuts: Cut) -> None:
        """Break the wire of the next changes, one each. Questions that change nothing are not among them."""
        with self._lock:
            self._cuts.extend(cuts)

    def fail(self, *errors: Wrong) -> None:
        """Answer the next changes with these errors, one each; they are not carried out, and keys do not count."""
        with self._lock:
            self._errors.extend(errors)

    def forget_keys(self) -> None:
        """A day has passed: idempotency keys are forgotten."""
        with self._lock:
            self._kept.clear()

    def buyer_acts(self, intent: str, *, confirms: bool = True) -> None:
        """The buyer confirms on the bank's page, or does not. A payment that does not wait stays as it is."""
        with self._lock:
            self.books.buyer_acts(intent, confirms=confirms)

    def dispute(self, intent: str) -> str:
        """The buyer's bank takes the money back; the id of the dispute."""
        with self._lock:
            return self.books.dispute(intent)

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """The bank has decided who keeps the money."""
        with self._lock:
            self.books.close_dispute(dispute, won=won)

    def events(self, *kinds: str) -> list[Thing]:
        """The events of these kinds, or all, in their order."""
        with self._lock:
            return [event for event in self.books.events if not kinds or event["type"] in kinds]

    @staticmethod
    def signed(body: bytes, secret: str, at: Instant) -> Webhook:
        """The body as a webhook that Stripe would have sent at this moment."""
        proof = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))
        return Webhook({"Stripe-Signature": proof, "Content-Type": "application/json; charset=utf-8"}, body)

    def webhook(self, event: Thing, secret: str, at: Instant) -> Webhook:
        """The event as Stripe sends it at this moment."""
        return self.signed(json.dumps(event, indent=2).encode(), secret, at)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(fake._ask(self.path))

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                self._reply(fake._change(self.path, form, self.headers.get("Idempotency-Key") or ""))

            def _reply(self, answer: _Answer | None) -> None:
                if answer is None:
                    return  # the connection closes without a word
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.body)))
                self.send_header("Request-Id", "req_fake")
                self.end_headers()
                with contextlib.suppress(OSError):  # whoever asked has stopped waiting
                    self.wfile.write(answer.body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is printed."""

        return Handler

    def _ask(self, path: str) -> _Answer:
        asked = urlsplit(path)
        with self._lock:
            self.calls.append(f"GET {asked.path}")
            return _answered(lambda: self._look_up(asked.path, dict(parse_qsl(asked.query))))

    def _look_up(self, path: str, asked: dict[str, str]) -> Thing:
        match path.split("/")[2:]:
            case ["payment_intents", "search"] if self.search == "absent":
                raise Wrong("Search is not available in your country.")
            case ["payment_intents", "search"]:
                found = [*self.books.found(asked["query"])] if self.search == "ready" else []
                return {"object": "search_result", "url": path, "data": found, "has_more": False, "next_page": None}
            case ["payment_intents"]:
                since = int(asked.get("created[gte]", "0"))
                return _listed(path, (i for i in self.books.intents.values() if i["created"] >= since), asked)
            case ["payment_intents", intent_id]:
                intent = self.books.intent(intent_id)
                charge = self.books.charges.get(intent["latest_charge"] or "")
                return intent | {"latest_charge": charge} if "latest_charge" in asked.values() else intent
            case ["refunds" | "disputes" as kind]:
                of = asked.get("payment_intent")
                things = self.books.refunds if kind == "refunds" else self.books.disputes
                return _listed(path, (t for t in things.values() if t["payment_intent"] == of), asked)
            case _:
                raise Wrong(f"Unrecognized request URL (GET: {path}).", 404)

    def _change(self, path: str, form: str, key: str) -> _Answer | None:
        with self._lock:
            self.calls.append(f"POST {path}")
            cut = self._cuts.pop(0) if self._cuts else None
            if cut is Cut.REQUEST:
                return None
            if self._errors:
                error = self._errors.pop(0)
                return _Answer(error.status, _json(error.body()))
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = _Kept((path, form))
            elif kept.asked != (path, form):
                return _wrong("Keys for idempotent requests can only be used with the same parameters.", 400)
            elif kept.answer is None:
                return _wrong("There is another request in progress with this key.", 409)
            else:
                return None if cut is Cut.ANSWER else kept.answer
        time.sleep(self.slow)  # meanwhile others may come under the same key
        with self._lock:
            kept.answer = _answered(lambda: self._carry_out(path, _tree(form)))
        return None if cut is Cut.ANSWER else kept.answer

    def _carry_out(self, path: str, asked: Thing) -> Thing:
        match path.split("/")[2:]:
            case ["payment_intents"]:
                return self.books.create(asked)
            case ["payment_intents", intent, "capture"]:
                return self.books.capture(intent, asked)
            case ["payment_intents", intent, "cancel"]:
                return self.books.cancel(intent, asked)
            case ["refunds"]:
                return self.books.refund(asked)
            case _:
                raise Wrong(f"Unrecognized request URL (POST: {path}).", 404)


class _Server(ThreadingTCPServer):
    """Each connection has its thread; none of them keeps the process alive, and no name is looked up."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 32


def _answered(ask: Callable[[], Thing]) -> _Answer:
    try:
        return _Answer(200, _json(ask()))
    except Wrong as no:
        return _Answer(no.status, _json(no.body()))


def _wrong(message: str, status: int) -> _Answer:
    kind = "idempotency_error" if status == 400 else "invalid_request_error"
    code = "" if status == 400 else "idempotency_key_in_use"
    return _Answer(status, _json(Wrong(message, status, code, kind).body()))


def _json(thing: Thing) -> bytes:
    return json.dumps(thing).encode()


def _listed(path: str, things: Iterable[Thing], asked: dict[str, str]) -> Thing:
    """A page of a list, the newest first."""
    newest = list(things)[::-1]
    after = asked.get("starting_after")
    start = 1 + [thing["id"] for thing in newest].index(after) if after else 0
    end = start + int(asked.get("limit", "10"))
    return {"object": "list", "url": path, "data": newest[start:end], "has_more": end < len(newest)}


def _tree(form: str) -> Thing:
    """The form with its brackets turned into objects and lists, one deep: this is all that is asked here."""
    tree: Thing = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        outer, inner = name.partition("[")[0], _in_brackets(name)
        if not inner:
            tree[outer] = value
        elif inner[0].isdecimal() or not inner[0]:
            tree.setdefault(outer, []).append(value)
        else:
            tree.setdefault(outer, {})[inner[0]] = value
    return tree
