"""What WeChat Pay tells by itself: a signed envelope around sealed data, sent until the host answers 200 or 204."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ecomcore.kernel.clock import Instant, utc
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Money
from ecomcore.ordering import Fact, FactKind, Forged, Notice, Webhook, WebhookAnswer
from ecomcore_wechatpay.client import SIGNED_WITH, Client
from ecomcore_wechatpay.names import CNY, attached, is_void, trade_name

__all__ = ["Notifications"]

_LONGEST_ID: Final = 150


class Notifications:
    """Reads notifications of one merchant and app."""

    def __init__(self, client: Client, mch_id: str, app_id: str, public_key_id: str, tolerance: timedelta) -> None:
        self._client, self._mch_id, self._app_id = client, mch_id, app_id
        self._public_key_id, self._tolerance = public_key_id, tolerance

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        """The facts of a genuine notification; ``Forged`` if its signature, time, seal, merchant or amount is wrong."""
        sent = webhook.header("Wechatpay-Timestamp")
        if webhook.header("Wechatpay-Serial") != self._public_key_id:
            return Forged("it is signed with a key that is not WeChat Pay's")
        if not (sent.isascii() and sent.isdecimal() and len(sent) < 12):
            return Forged("it has no moment")
        if abs(at.timestamp() - int(sent)) > self._tolerance.total_seconds():
            return Forged("it is too old, or from the future")
        if webhook.header("Wechatpay-Signature-Type") not in ("", SIGNED_WITH):
            return Forged("it is signed in another way")
        nonce, signature = webhook.header("Wechatpay-Nonce"), webhook.header("Wechatpay-Signature")
        if not self._client.proves(sent, nonce, webhook.body, signature):
            return Forged("the signature is wrong")
        try:
            return self._opened(json.loads(webhook.body))
        except (Invalid, LookupError, TypeError, ValueError, AttributeError, RecursionError):
            return ()  # it is WeChat Pay's, and of a form that nobody here knows

    def _opened(self, told: Mapping[str, Any]) -> WebhookAnswer:
        name, event, sealed = str(told["id"])[:_LONGEST_ID], told["event_type"], told["resource"]
        if sealed["algorithm"] != "AEAD_AES_256_GCM":
            return ()
        text = self._client.unsealed(sealed)
        if text is None:
            return Forged("it is not sealed with the merchant's key")
        resource = json.loads(text)
        if resource["mchid"] != self._mch_id:
            return Forged("it is for another merchant")
        match event, resource:
            case "TRANSACTION.SUCCESS", {"appid": str(app_id), "trade_state": "SUCCESS", "amount": dict(amount)}:
                return _paid(name, resource, amount) if app_id == self._app_id else Forged("it is for another app")
            case "REFUND.SUCCESS", {"refund_status": "SUCCESS", "amount": {"refund": int(fen)}}:
                return (_given_back(name, resource, fen),)
            case _:
                return ()


def _paid(name: str, resource: Mapping[str, Any], amount: Mapping[str, Any]) -> WebhookAnswer:
    fen, trade = amount.get("total"), str(resource["out_trade_no"])
    if type(fen) is not int or fen <= 0 or amount.get("currency", CNY) != CNY:
        return Forged("the amount cannot be read")
    payment: PaymentId | None = None
    if asked := attached(resource.get("attach")):
        minor, payment = asked
        if minor != fen or trade_name(payment) != trade:
            return Forged("it tells another amount or payment than was asked for")
    at, total = _moment(resource.get("success_time")), Money(fen, CNY)
    return (
        Notice(f"{name} authorised", Fact(FactKind.AUTHORISED, total, trade), trade, payment, taken=True, at=at),
        Notice(f"{name} captured", Fact(FactKind.CAPTURED, total, trade), trade, payment, at=at),
    )


def _given_back(name: str, resource: Mapping[str, Any], fen: int) -> Notice:
    """A refund that was asked for by ``void`` is told as what it is, so that it is not counted twice."""
    refund = str(resource["out_refund_no"])
    kind = FactKind.VOIDED if is_void(refund) else FactKind.REFUNDED
    at = _moment(resource.get("success_time"))
    return Notice(name, Fact(kind, Money(fen, CNY), refund), str(resource["out_trade_no"]), at=at)


def _moment(text: object) -> Instant | None:
    try:
        return utc(datetime.fromisoformat(text)) if isinstance(text, str) else None
    except (ValueError, Invalid):
        return None
