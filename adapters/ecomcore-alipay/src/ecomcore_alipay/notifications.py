"""What Alipay tells by itself: a signed form, sent until the host answers ``success``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from ecomcore.kernel.clock import Instant, utc
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Money
from ecomcore.ordering import Fact, FactKind, Forged, Notice, Webhook, WebhookAnswer
from ecomcore_alipay.client import CHINA, TIME, Client
from ecomcore_alipay.names import amount_of, payment_of, told_by, trade_name

__all__ = ["Notifications"]

_AHEAD: Final = timedelta(minutes=5)
"""How far Alipay's clock may be ahead of ours."""
_MOST_FIELDS: Final = 200


class Notifications:
    """Reads notifications of one app."""

    def __init__(self, client: Client, app_id: str, seller_id: str, tolerance: timedelta) -> None:
        self._client, self._app_id, self._seller_id, self._tolerance = client, app_id, seller_id, tolerance

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        """The facts of a genuine notification; ``Forged`` if its signature, time, app, seller or amount is wrong."""
        told = _form(webhook.body)
        if told is None:
            return Forged("it is no form in UTF-8 with each name once")
        signature = told.pop("sign", "")
        if told.get("charset", "utf-8").lower() not in ("utf-8", "utf8") or told.get("sign_type", "RSA2") != "RSA2":
            return Forged("it is not in UTF-8, or not signed with RSA2")
        if not self._client.proves(told, signature):
            return Forged("the signature is wrong")
        sent = _moment(told.get("notify_time", ""))
        if sent is None or not at - self._tolerance <= sent <= at + _AHEAD:
            return Forged("it is too old, or from the future")
        if told.get("app_id") != self._app_id:
            return Forged("it is for another app")
        if self._seller_id and told.get("seller_id") != self._seller_id:
            return Forged("it is for another seller")
        return _notices(told)


def _notices(told: Mapping[str, str]) -> WebhookAnswer:
    trade, status = told.get("out_trade_no", ""), told.get("trade_status", "")
    if told.get("notify_type", "trade_status_sync") != "trade_status_sync" or not trade:
        return ()
    # A refund is told with the sum of all refunds and not its own amount. Its direct answer is the better witness.
    if told.get("gmt_refund") or told.get("refund_fee"):
        return ()
    total = amount_of(told.get("total_amount", ""))
    if total is None or total.minor <= 0:
        return Forged("the amount cannot be read")
    payment = payment_of(trade)
    if asked := told_by(told.get("passback_params", "")):
        minor, payment = asked
        if minor != total.minor or trade_name(payment) != trade:
            return Forged("it tells another amount or payment than was asked for")
    facts = _facts(status, total, trade)
    name = told.get("notify_id") or f"{trade} {status}"
    at = _moment(told.get("gmt_payment") or told.get("gmt_close") or "")
    try:
        return tuple(
            Notice(f"{name} {fact.kind}", fact, trade, payment, taken=fact.kind is FactKind.AUTHORISED, at=at)
            for fact in facts
        )
    except Invalid as refusal:
        return Forged(f"it cannot be kept: {refusal}")


def _facts(status: str, total: Money, trade: str) -> tuple[Fact, ...]:
    match status:
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return (Fact(FactKind.AUTHORISED, total, trade), Fact(FactKind.CAPTURED, total, trade))
        case "TRADE_CLOSED":
            return (Fact(FactKind.DECLINED, total, trade, "the trade was closed before it was paid"),)
        case _:
            return ()


def _form(body: bytes) -> dict[str, str] | None:
    try:
        fields = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return None
    told = dict(fields)
    return told if len(told) == len(fields) else None


def _moment(text: str) -> Instant | None:
    try:
        return utc(datetime.strptime(text, TIME).replace(tzinfo=CHINA))
    except (ValueError, Invalid):
        return None
