"""The HTTP of the sandbox: keys, a server in a thread, and what may go wrong on the wire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["Counterpart", "Keys"]


@frozen(repr=False)
class Keys:
    """The two pairs of keys: the app signs with one, Alipay with the other."""

    app: rsa.RSAPrivateKey
    alipay: rsa.RSAPrivateKey

    @classmethod
    def make(cls) -> Keys:
        """New pairs, of 2048 bits each."""
        return cls(rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048))


class Counterpart(ABC):
    """A server on a free port of this machine, which a test can have misbehave."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._mishaps: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/gateway.do"

    def lose_next_request(self) -> None:
        """Hang up on the next request, and do nothing."""
        self._mishaps.append(("hang up", ""))

    def lose_next_answer(self, method: str = "") -> None:
        """Do the next thing that is asked, or the next of this method, and hang up without an answer."""
        self._mishaps.append(("lose", method))

    def fail_next(self) -> None:
        """Answer the next request with HTTP status 500, and do nothing."""
        self._mishaps.append(("fail", ""))

    def tamper_next(self) -> None:
        """Somebody on the way changes the next answer."""
        self._mishaps.append(("tamper", ""))

    def mishap(self, query: str) -> str:
        """What goes wrong with this request."""
        with self._lock:
            for number, (what, method) in enumerate(self._mishaps):
                if method in query:
                    del self._mishaps[number]
                    return what
        return ""

    @abstractmethod
    def answer(self, query: str) -> bytes:
        """The signed answer to one request."""


def _handler(counterpart: Counterpart) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urlsplit(self.path).query
            mishap = counterpart.mishap(query)
            if mishap == "hang up":
                return
            if mishap == "fail":
                self.send_error(500)
                return
            body = counterpart.answer(query)
            if mishap == "lose":
                return
            if mishap == "tamper":
                body = body.replace(b'"code"', b'"sub_code":"","code"', 1)
            self.send_response(200)
            self.send_header("Content-Type", "text/html;charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
