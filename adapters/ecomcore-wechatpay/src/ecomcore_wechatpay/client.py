"""The client library, and what can go wrong on the way: the one place that knows ``wechatpayv3``."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import requests
from attrs import frozen
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from wechatpayv3 import WeChatPay as Library  # type: ignore[import-untyped]  # it has no types
from wechatpayv3 import WeChatPayType

from ecomcore.kernel.errors import Invalid, PortUnavailable
from ecomcore.kernel.text import HIDDEN, printable
from ecomcore.ordering import Unknown

__all__ = ["GATEWAY", "SIGNED_WITH", "Client", "Said"]

GATEWAY: Final = "https://api.mch.weixin.qq.com"
SIGNED_WITH: Final = "WECHATPAY2-SHA256-RSA2048"

_NOT_SERVED: Final = frozenset((401, 429))
_WITHOUT_RIGHTS: Final = frozenset(("NO_AUTH", "SIGN_ERROR", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH"))
_NEVER_SENT: Final = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


@frozen
class Said:
    """An answer: yes with its fields, or no with the ``code`` and the reason of the refusal."""

    fields: Mapping[str, Any]
    code: str = ""
    reason: str = ""

    @property
    def yes(self) -> bool:
        """Whether it was done."""
        return not self.code


class Client:
    """Signed requests to WeChat Pay. Shows none of its keys."""

    def __init__(
        self,
        *,
        mch_id: str,
        app_id: str,
        private_key: str,
        serial_no: str,
        api_v3_key: str,
        public_key: str,
        public_key_id: str,
        notify_url: str,
        url: str,
        timeout: float,
    ) -> None:
        if len(str(api_v3_key).encode()) != 32:
            raise Invalid("api_v3_key", HIDDEN, "32 characters")
        try:
            self._library = Library(
                WeChatPayType.NATIVE,
                mch_id,
                private_key,
                serial_no,
                app_id,
                api_v3_key,
                notify_url=notify_url,
                timeout=(timeout, timeout),
                public_key=public_key,
                public_key_id=public_key_id,
            )
        except Exception as error:  # the library raises nothing more exact for a key that it cannot read
            raise Invalid("private_key, public_key", HIDDEN, "RSA keys, as PEM or as bare Base64") from error
        # Read by the library in all the forms in which the console gives it.
        self._public_key: RSAPublicKey = self._library._core._public_key
        self._seal = AESGCM(api_v3_key.encode())
        self._library._core._gate_way = url
        # What is signed with a key that nobody told us of is not believed. The library would go and fetch certificates.
        self._library._core._update_certificates = _fetch_nothing

    def order(self, trade: str, description: str, fen: int, attach: str) -> Said | Unknown:
        """Make an order that is paid by scanning its code, or find it again."""
        amount = {"total": fen, "currency": "CNY"}
        return self._ask("order", lambda: self._library.pay(description, trade, amount, attach=attach))

    def query(self, trade: str) -> Said | Unknown:
        """What is known of an order."""
        return self._ask("query", lambda: self._library.query(out_trade_no=trade))

    def close(self, trade: str) -> Said | Unknown:
        """Close an order that nobody has paid."""
        return self._ask("close", lambda: self._library.close(trade))

    def refund(self, trade: str, name: str, fen: int, total: int, reason: str) -> Said | Unknown:
        """Give back a part of what was paid, or find the refund of this name again."""
        amount = {"refund": fen, "total": total, "currency": "CNY"}
        return self._ask("refund", lambda: self._library.refund(name, amount, out_trade_no=trade, reason=reason))

    def refund_query(self, name: str) -> Said | Unknown:
        """What is known of a refund."""
        return self._ask("refund query", lambda: self._library.query_refund(name))

    def proves(self, sent: str, nonce: str, body: bytes, signature: str) -> bool:
        """Whether WeChat Pay has signed these bytes, with this moment and nonce."""
        text = b"".join((sent.encode(), b"\n", nonce.encode(errors="surrogatepass"), b"\n", body, b"\n"))
        try:
            self._public_key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def unsealed(self, resource: Mapping[str, Any]) -> bytes | None:
        """What is in a sealed resource; ``None`` if it was not sealed with the merchant's key.

        Raises ``LookupError``, ``TypeError`` or ``ValueError`` for what is no sealed resource.
        """
        nonce, related = resource["nonce"].encode(), resource.get("associated_data", "").encode()
        try:
            return self._seal.decrypt(nonce, base64.b64decode(resource["ciphertext"], validate=True), related)
        except InvalidTag:
            return None

    def _ask(self, what: str, call: Callable[[], tuple[int, Any]]) -> Said | Unknown:
        """What WeChat Pay says.

        Raises ``PortUnavailable`` if the request was not sent, or if the merchant is not served: nothing happened.
        """
        try:
            status, text = call()
        except requests.RequestException as error:
            if isinstance(error, requests.ConnectTimeout) or any(isinstance(e, _NEVER_SENT) for e in _causes(error)):
                raise PortUnavailable(f"WeChat Pay ({what})", error) from error
            return Unknown(f"{what}: {type(error).__name__}")
        except Exception as error:  # also a wrong signature has no class of its own
            return Unknown(f"{what}: {printable(str(error), 100)}")
        return _understood(what, status, text)


def _understood(what: str, status: int, text: object) -> Said | Unknown:
    try:
        fields = json.loads(text) if isinstance(text, str) and text else {}
    except (ValueError, RecursionError):
        return Unknown(f"{what}: an answer that nobody understands")
    if not isinstance(fields, dict):
        return Unknown(f"{what}: an answer that nobody understands")
    if status in (200, 204):
        return Said(fields)
    code = str(fields.get("code", ""))
    reason = printable(f"{code}: {fields.get('message', '')}", 200)
    if status in _NOT_SERVED or code in _WITHOUT_RIGHTS:
        raise PortUnavailable(f"WeChat Pay does not serve this merchant now ({what}): HTTP status {status} {reason}")
    if 400 <= status < 500 and code and code != "SYSTEM_ERROR":
        return Said(fields, code, reason)
    return Unknown(f"{what}: HTTP status {status} {reason}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _fetch_nothing() -> None:
    pass
