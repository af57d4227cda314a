"""A counterpart on this machine: it speaks HTTP as Alipay does, and does what a test tells it. It moves no money.

with AlipaySandbox() as alipay:
    gateway = Alipay(**alipay.settings, notify_url="https://shop.example/alipay")
    ...
    alipay.pay(reference)                      # the buyer scans the code and pays
    webhook = alipay.notification(reference)   # what Alipay then sends, signed

It checks the signature of every request and signs every answer. Needs ``ecomcore-alipay[sandbox]``.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from attrs import define, field
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ecomcore.kernel.clock import Clock, Instant, SystemClock
from ecomcore.ordering import Webhook
from ecomcore_alipay.client import CHINA, TIME
from ecomcore_alipay.counterpart import Counterpart, Keys
from ecomcore_alipay.names import amount_of

__all__ = ["AlipaySandbox", "Keys"]

Answer = dict[str, Any]


@define
class _Trade:
    total: int
    subject: str
    passback: str
    number: str
    status: str = "WAIT_BUYER_PAY"
    paid_at: str = ""
    closed_at: str = ""
    refunds: dict[str, int] = field(factory=dict)

    @property
    def left(self) -> int:
        return self.total - sum(self.refunds.values())


class AlipaySandbox(Counterpart):
    """Trades by ``out_trade_no``. As at Alipay, a trade begins when its code is scanned; ``precreate`` makes the code.

    ``asked`` counts the requests by method, ``unsigned`` those whose signature was wrong.
    """

    app_id: Final = "2021000000000001"
    seller_id: Final = "2088000000000002"

    def __init__(self, keys: Keys | None = None, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.keys = keys or Keys.make()
        self.asked: Counter[str] = Counter()
        self.unsigned = 0
        self._clock = clock or SystemClock()
        self._codes: dict[str, Mapping[str, str]] = {}
        self._trades: dict[str, _Trade] = {}

    @property
    def settings(self) -> dict[str, str]:
        """What ``Alipay`` has to be told to find it: app, keys and address."""
        private = self.keys.app.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = self.keys.alipay.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {
            "app_id": self.app_id,
            "private_key": private.decode(),
            "alipay_public_key": public.decode(),
            "url": self.url,
        }

    def trades(self) -> tuple[str, ...]:
        """The names of the trades for which there are codes, in their order."""
        return tuple(self._codes)

    def scan(self, trade: str) -> None:
        """The buyer scans the code: now there is a trade."""
        code = self._codes[trade]
        number = f"20300612{len(self._trades) + 1:020}"
        total = _fen(code["total_amount"])
        self._trades.setdefault(trade, _Trade(total, code["subject"], code.get("passback_params", ""), number))

    def pay(self, trade: str) -> None:
        """The buyer scans the code, unless that is done, and pays."""
        self.scan(trade)
        known = self._trades[trade]
        if known.status == "WAIT_BUYER_PAY":
            known.status, known.paid_at = "TRADE_SUCCESS", self._now()

    def leave(self, trade: str) -> None:
        """The buyer scans the code and never pays: the time is over and the trade is closed."""
        self.scan(trade)
        self._trades[trade].status, self._trades[trade].closed_at = "TRADE_CLOSED", self._now()

    def notification(self, trade: str, at: Instant | None = None, **changes: str) -> Webhook:
        """What Alipay sends about the trade now, signed. ``changes`` are made before it is signed."""
        known = self._trades[trade]
        told = {
            "app_id": self.app_id,
            "charset": "utf-8",
            "notify_id": f"notify{known.number}{known.status}",
            "notify_time": (at or self._clock.now()).astimezone(CHINA).strftime(TIME),
            "notify_type": "trade_status_sync",
            "out_trade_no": trade,
            "passback_params": known.passback,
            "seller_id": self.seller_id,
            "subject": known.subject,
            "total_amount": _yuan(known.total),
            "trade_no": known.number,
            "trade_status": known.status,
            "version": "1.0",
            **({"gmt_payment": known.paid_at} if known.paid_at else {}),
            **({"gmt_close": known.closed_at} if known.closed_at else {}),
            **changes,
        }
        return Webhook({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, self.sign_form(told))

    def sign_form(self, told: Mapping[str, str]) -> bytes:
        """Any fields, signed by Alipay, as the body of a form."""
        signed = {**told, "sign_type": "RSA2", "sign": self._sign(_joined(told))}
        return urlencode(signed).encode()

    @staticmethod
    def read_form(body: bytes) -> dict[str, str]:
        """The fields of such a body."""
        return dict(parse_qsl(body.decode(), keep_blank_values=True))

    def given_back(self, trade: str) -> int:
        """How many fen of a trade were given back."""
        return sum(self._trades[trade].refunds.values())

    # What Alipay does with each request.

    def _precreate(self, content: Mapping[str, str]) -> Answer:
        trade = content["out_trade_no"]
        known = self._trades.get(trade)
        if known and known.paid_at:
            return _no("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
        if known and known.status == "TRADE_CLOSED":
            return _no("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
        if trade in self._codes and self._codes[trade] != content:
            return _no("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        self._codes[trade] = content
        return {"out_trade_no": trade, "qr_code": f"https://qr.alipay.com/bax{trade}"}

    def _query(self, content: Mapping[str, str]) -> Answer:
        known = self._trades.get(content["out_trade_no"])
        if known is None:
            return _no("ACQ.TRADE_NOT_EXIST", "交易不存在")
        return {
            "out_trade_no": content["out_trade_no"],
            "trade_no": known.number,
            "trade_status": known.status,
            "total_amount": _yuan(known.total),
            "subject": known.subject,
            **({"send_pay_date": known.paid_at} if known.paid_at else {}),
        }

    def _refund(self, content: Mapping[str, str]) -> Answer:
        trade, name, amount = content["out_trade_no"], content["out_request_no"], _fen(content["refund_amount"])
        known = self._trades.get(trade)
        if known is None:
            return _no("ACQ.TRADE_NOT_EXIST", "交易不存在")
        again = name in known.refunds
        if again and known.refunds[name] != amount:
            return _no("ACQ.DISCORDANT_REPEAT_REQUEST", "同一笔退款单号退款金额不一致")
        if not again:
            if known.status != "TRADE_SUCCESS":
                return _no("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
            if not 0 < amount <= known.left:
                return _no("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
            known.refunds[name] = amount
            if known.left == 0:
                known.status, known.closed_at = "TRADE_CLOSED", self._now()
        return {
            "out_trade_no": trade,
            "trade_no": known.number,
            "fund_change": "N" if again else "Y",
            "refund_fee": _yuan(known.total - known.left),
        }

    def _refund_query(self, content: Mapping[str, str]) -> Answer:
        trade, name = content["out_trade_no"], content["out_request_no"]
        known = self._trades.get(trade)
        if known is None or name not in known.refunds:
            return {}  # success with nothing in it: that is how Alipay says that there is no such refund
        return {
            "out_trade_no": trade,
            "out_request_no": name,
            "refund_amount": _yuan(known.refunds[name]),
            "refund_status": "REFUND_SUCCESS",
            "total_amount": _yuan(known.total),
        }

    def _close(self, content: Mapping[str, str]) -> Answer:
        trade = content["out_trade_no"]
        known = self._trades.get(trade)
        if known is None:
            return _no("ACQ.TRADE_NOT_EXIST", "交易不存在")
        if known.status != "WAIT_BUYER_PAY":
            return _no("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        known.status, known.closed_at = "TRADE_CLOSED", self._now()
        return {"out_trade_no": trade, "trade_no": known.number}

    # HTTP and signatures.

    def answer(self, query: str) -> bytes:
        """The signed answer to one request."""
        asked = dict(parse_qsl(query, keep_blank_values=True))
        method, signature = asked["method"], asked.pop("sign", "")
        with self._lock:
            self.asked[method] += 1
            if asked["app_id"] != self.app_id or not self._signed_by_the_app(_joined(asked), signature):
                self.unsigned += 1
                said = _no("isv.invalid-signature", "验签出错", code="40002")
            else:
                said = self._methods()[method](json.loads(asked["biz_content"]))
        content = json.dumps({"code": "10000", "msg": "Success"} | said, ensure_ascii=False, separators=(",", ":"))
        content = content.replace("/", "\\/")
        signed = f'{{"{method.replace(".", "_")}_response":{content},"sign":"{self._sign(content)}"}}'
        return signed.encode()

    def _methods(self) -> dict[str, Callable[[Mapping[str, str]], Answer]]:
        return {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
            "alipay.trade.close": self._close,
        }

    def _signed_by_the_app(self, text: str, signature: str) -> bool:
        with suppress(InvalidSignature, ValueError):
            self.keys.app.public_key().verify(base64.b64decode(signature), text.encode(), PKCS1v15(), SHA256())
            return True
        return False

    def _sign(self, text: str) -> str:
        return base64.b64encode(self.keys.alipay.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    def _now(self) -> str:
        return self._clock.now().astimezone(CHINA).strftime(TIME)


def _no(sub_code: str, sub_msg: str, code: str = "40004") -> Answer:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_msg}


def _joined(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))


def _fen(text: str) -> int:
    amount = amount_of(text)
    assert amount is not None, text  # noqa: S101 - a counterpart may stumble over what its own shop sends
    return amount.minor


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
