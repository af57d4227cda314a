"""A counterpart on this machine: it speaks HTTP as WeChat Pay does, and does what a test tells it. It moves no money.

with WeChatPaySandbox() as wechat:
    gateway = WeChatPay(**wechat.settings, notify_url="https://shop.example/wechat")
    ...
    wechat.pay(reference)                       # the buyer scans the code and pays
    webhook = wechat.notification(reference)    # what WeChat Pay then sends, signed and sealed

It checks the signature of every request and signs every answer.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from attrs import define, field
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ecomcore.kernel.clock import Clock, Instant, SystemClock
from ecomcore.ordering import Webhook
from ecomcore_wechatpay.client import SIGNED_WITH
from ecomcore_wechatpay.counterpart import Answer, Counterpart, Keys

__all__ = ["Keys", "WeChatPaySandbox"]

_ORDER = re.compile(r"/v3/pay/transactions/out-trade-no/([^/?]+)(/close)?(?:\?mchid=(\w+))?").fullmatch
_REFUND = re.compile(r"/v3/refund/domestic/refunds/([^/?]+)").fullmatch
_AUTHORIZATION = re.compile(
    rf'{SIGNED_WITH} mchid="(\w+)",nonce_str="(\w+)",signature="([^"]+)",timestamp="(\d+)",serial_no="(\w+)"'
).fullmatch


@define
class _Order:
    asked: Mapping[str, Any]
    number: str
    state: str = "NOTPAY"
    paid_at: str = ""
    refunds: dict[str, dict[str, Any]] = field(factory=dict)

    @property
    def total(self) -> int:
        return int(self.asked["amount"]["total"])

    @property
    def left(self) -> int:
        return self.total - sum(int(refund["amount"]["refund"]) for refund in self.refunds.values())


class WeChatPaySandbox(Counterpart):
    """Orders by ``out_trade_no``. ``asked`` counts the requests by what they ask, ``unsigned`` those wrongly signed.

    ``refunds_are`` is the state of new refunds: ``SUCCESS``, or ``PROCESSING``, ``ABNORMAL``, ``CLOSED``.
    """

    mch_id: Final = "1900000001"
    app_id: Final = "wx00000000000000aa"
    serial_no: Final = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
    public_key_id: Final = "PUB_KEY_ID_0119000000012030061200000000000001"

    def __init__(self, keys: Keys | None = None, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.keys = keys or Keys.make()
        self.asked: Counter[str] = Counter()
        self.unsigned = 0
        self.refunds_are = "SUCCESS"
        self._clock = clock or SystemClock()
        self._orders: dict[str, _Order] = {}

    @property
    def settings(self) -> dict[str, str]:
        """What ``WeChatPay`` has to be told to find it: merchant, app, keys and address."""
        private = self.keys.merchant.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = self.keys.wechat.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {
            "mch_id": self.mch_id,
            "app_id": self.app_id,
            "private_key": private.decode(),
            "serial_no": self.serial_no,
            "api_v3_key": self.keys.api_v3,
            "public_key": public.decode(),
            "public_key_id": self.public_key_id,
            "url": self.url,
        }

    def trades(self) -> tuple[str, ...]:
        """The names of the orders, as they were made."""
        return tuple(self._orders)

    def description(self, trade: str) -> str:
        """What the buyer reads."""
        return str(self._orders[trade].asked["description"])

    def pay(self, trade: str) -> None:
        """The buyer scans the code and pays."""
        order = self._orders[trade]
        if order.state == "NOTPAY":
            order.state, order.paid_at = "SUCCESS", self._clock.now().isoformat()

    def leave(self, trade: str) -> None:
        """The buyer never pays: the time is over and the order is closed."""
        self._orders[trade].state = "CLOSED"

    def notification(self, trade: str, at: Instant | None = None, **changes: Any) -> Webhook:
        """What WeChat Pay sends about a paid order. ``changes`` are made before it is sealed and signed."""
        order = self._orders[trade]
        told = {**self._view(trade, order), "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}, **changes}
        return self.envelope(f"EV-{order.number}", "TRANSACTION.SUCCESS", "transaction", told, at)

    def refund_notification(self, trade: str, name: str, at: Instant | None = None, **changes: Any) -> Webhook:
        """What WeChat Pay sends about a refund that is done."""
        order = self._orders[trade]
        refund = order.refunds[name]
        told = {
            "mchid": self.mch_id,
            "out_trade_no": trade,
            "transaction_id": order.number,
            "out_refund_no": name,
            "refund_id": refund["refund_id"],
            "refund_status": refund["status"],
            "success_time": order.paid_at,
            "amount": refund["amount"],
            **changes,
        }
        return self.envelope(f"EV-{refund['refund_id']}", f"REFUND.{refund['status']}", "refund", told, at)

    def envelope(
        self, name: str, event: str, original_type: str, told: Mapping[str, Any], at: Instant | None = None
    ) -> Webhook:
        """Anything, sealed with the merchant's secret and signed by WeChat Pay."""
        nonce = secrets.token_hex(6)
        sealed = AESGCM(self.keys.api_v3.encode()).encrypt(
            nonce.encode(), json.dumps(told, ensure_ascii=False).encode(), original_type.encode()
        )
        body = json.dumps(
            {
                "id": name,
                "create_time": self._clock.now().isoformat(),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "支付成功",
                "resource": {
                    "original_type": original_type,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": original_type,
                    "nonce": nonce,
                },
            },
            ensure_ascii=False,
        )
        return self.signed(body.encode(), at)

    def signed(self, body: bytes, at: Instant | None = None) -> Webhook:
        """Any bytes, signed by WeChat Pay."""
        return Webhook(self._signed(body, at or self._clock.now()), body)

    def given_back(self, trade: str) -> int:
        """How many fen of an order were given back."""
        return self._orders[trade].total - self._orders[trade].left

    def refunds(self, trade: str) -> tuple[str, ...]:
        """The names of the refunds of an order."""
        return tuple(self._orders[trade].refunds)

    # What WeChat Pay does with each request.

    def answer(self, method: str, path: str, authorization: str, body: str) -> Answer:
        """Status and body of the answer to one request."""
        if not self._signed_by_the_merchant(method, path, authorization, body):
            self.unsigned += 1
            return _no(401, "SIGN_ERROR", "签名错误")
        asked = json.loads(body) if body else {}
        with self._lock:
            match method, path:
                case "POST", "/v3/pay/transactions/native":
                    return self._native(asked)
                case "POST", "/v3/refund/domestic/refunds":
                    return self._refund(asked)
                case _:
                    pass
            if found := _ORDER(path):
                return self._close(found[1]) if found[2] else self._query(found[1])
            if found := _REFUND(path):
                return self._refund_query(found[1])
        self.asked["NOT_FOUND"] += 1
        return _no(404, "NOT_FOUND", path)

    def _native(self, asked: Mapping[str, Any]) -> Answer:
        self.asked["order"] += 1
        trade = asked["out_trade_no"]
        order = self._orders.setdefault(trade, _Order(asked, f"4200{len(self._orders) + 1:024}"))
        if order.state == "CLOSED":
            return _no(400, "ORDER_CLOSED", "订单已关闭")
        if order.state != "NOTPAY":
            return _no(400, "ORDERPAID", "该订单已支付")
        if order.asked != asked:
            return _no(400, "INVALID_REQUEST", "201 商户订单号重复")
        return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={order.number}"}

    def _query(self, trade: str) -> Answer:
        self.asked["query"] += 1
        order = self._orders.get(trade)
        return (200, self._view(trade, order)) if order else _no(404, "ORDER_NOT_EXIST", "订单不存在")

    def _close(self, trade: str) -> Answer:
        self.asked["close"] += 1
        order = self._orders.get(trade)
        if order is None:
            return _no(404, "ORDER_NOT_EXIST", "订单不存在")
        if order.state != "NOTPAY":
            return _no(400, "ORDER_CLOSED" if order.state == "CLOSED" else "ORDERPAID", "订单状态不正确")
        order.state = "CLOSED"
        return 204, None

    def _refund(self, asked: Mapping[str, Any]) -> Answer:
        self.asked["refund"] += 1
        trade, name, fen = asked["out_trade_no"], asked["out_refund_no"], asked["amount"]["refund"]
        order = self._orders.get(trade)
        if order is None or order.state not in ("SUCCESS", "REFUND"):
            return _no(404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付")
        if name in order.refunds:
            same = order.refunds[name]["amount"]["refund"] == fen
            return (200, order.refunds[name]) if same else _no(400, "INVALID_REQUEST", "退款金额与之前请求不一致")
        if asked["amount"]["total"] != order.total or not 0 < fen <= order.left:
            return _no(400, "INVALID_REQUEST", "申请退款金额大于可退金额")
        order.refunds[name] = {
            "refund_id": f"5030{order.number[4:]}{len(order.refunds) + 1}",
            "out_refund_no": name,
            "out_trade_no": trade,
            "transaction_id": order.number,
            "status": self.refunds_are,
            "amount": {"total": order.total, "refund": fen, "currency": "CNY"},
        }
        order.state = "REFUND"
        return 200, order.refunds[name]

    def _refund_query(self, name: str) -> Answer:
        self.asked["refund query"] += 1
        for order in self._orders.values():
            if name in order.refunds:
                return 200, order.refunds[name]
        return _no(404, "RESOURCE_NOT_EXISTS", "退款单不存在")

    def _view(self, trade: str, order: _Order) -> dict[str, Any]:
        view = {
            "appid": self.app_id,
            "mchid": self.mch_id,
            "out_trade_no": trade,
            "trade_state": order.state,
            "attach": order.asked.get("attach", ""),
        }
        if not order.paid_at:
            return view
        amount = {"total": order.total, "payer_total": order.total, "currency": "CNY", "payer_currency": "CNY"}
        return view | {"transaction_id": order.number, "success_time": order.paid_at, "amount": amount}

    # HTTP and signatures.

    def _signed_by_the_merchant(self, method: str, path: str, authorization: str, body: str) -> bool:
        found = _AUTHORIZATION(authorization)
        if found is None or (found[1], found[5]) != (self.mch_id, self.serial_no):
            return False
        text = f"{method}\n{path}\n{found[4]}\n{found[2]}\n{body}\n"
        with suppress(InvalidSignature, ValueError):
            key = self.keys.merchant.public_key()
            key.verify(base64.b64decode(found[3]), text.encode(), PKCS1v15(), SHA256())
            return True
        return False

    def headers(self, body: bytes) -> dict[str, str]:
        """The proof of an answer with this body."""
        return self._signed(body, self._clock.now())

    def _signed(self, body: bytes, at: Instant) -> dict[str, str]:
        sent, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        signature = self.keys.wechat.sign(f"{sent}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": sent,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.public_key_id,
            "Wechatpay-Signature-Type": SIGNED_WITH,
        }


def _no(status: int, code: str, message: str) -> Answer:
    return status, {"code": code, "message": message}
