"""The HTTP of the sandbox: keys, a server in a thread, and what may go wrong on the wire."""

from __future__ import annotations

import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["Answer", "Counterpart", "Keys"]

Answer = tuple[int, dict[str, Any] | None]
"""Status and body."""


@frozen(repr=False)
class Keys:
    """The two pairs of keys, and the secret that seals notifications."""

    merchant: rsa.RSAPrivateKey
    wechat: rsa.RSAPrivateKey
    api_v3: str = field(factory=lambda: secrets.token_hex(16))

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
        return f"http://127.0.0.1:{self._server.server_port}"

    def lose_next_request(self) -> None:
        """Hang up on the next request, and do nothing."""
        self._mishaps.append(("hang up", ""))

    def lose_next_answer(self, path: str = "") -> None:
        """Do the next thing that is asked, or the next with this in its path, and hang up without an answer."""
        self._mishaps.append(("lose", path))

    def fail_next(self) -> None:
        """Answer the next request with HTTP status 500, and do nothing."""
        self._mishaps.append(("fail", ""))

    def tamper_next(self) -> None:
        """Somebody on the way changes the next answer."""
        self._mishaps.append(("tamper", ""))

    def mishap(self, path: str) -> str:
        """What goes wrong with this request."""
        with self._lock:
            for number, (what, part) in enumerate(self._mishaps):
                if part in path:
                    del self._mishaps[number]
                    return what
        return ""

    @abstractmethod
    def answer(self, method: str, path: str, authorization: str, body: str) -> Answer:
        """Status and body of the answer to one request."""

    @abstractmethod
    def headers(self, body: bytes) -> Mapping[str, str]:
        """The proof of an answer with this body."""


def _handler(counterpart: Counterpart) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            mishap = counterpart.mishap(self.path)
            if mishap == "hang up":
                return
            status: int
            content: dict[str, Any] | None
            if mishap == "fail":
                status, content = 500, {"code": "SYSTEM_ERROR", "message": "系统错误"}
            else:
                authorization = self.headers.get("Authorization", "")
                status, content = counterpart.answer(self.command, self.path, authorization, asked)
            if mishap == "lose":
                return
            body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
            proof = counterpart.headers(body)
            if mishap == "tamper":
                body = body.replace(b"{", b'{"evil": 1, ', 1) or b" "
            self.send_response(status)
            for name, value in proof.items():
                self.send_header(name, value)
            if content is not None:
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name is the standard library's

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
