"""What WeChat Pay knows of an order, and of the refunds whose names are noted."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from attrs import frozen

from ecomcore.kernel.money import Money
from ecomcore.ordering import Fact, FactKind, Unknown
from ecomcore_wechatpay.client import Client, Said
from ecomcore_wechatpay.names import CNY
from ecomcore_wechatpay.notes import Notes

__all__ = ["CLOSED", "SAID", "State", "Trade", "Trades"]

CLOSED: Final = "the order was closed before it was paid"


class State(Enum):
    """How far an order has come."""

    NONE = auto()
    WAITING = auto()
    PAID = auto()
    CLOSED = auto()
    VOIDED = auto()
    """Paid, and given back whole by ``void``."""


@frozen
class Trade:
    """An order, and what was paid."""

    state: State
    total: Money | None = None
    """What was paid; ``None`` before that."""
    refunded: bool = False
    """Something was given back, perhaps all."""


SAID: Final = {
    State.NONE: "WeChat Pay knows no such order",
    State.WAITING: "the buyer has not paid yet",
    State.PAID: "the buyer has paid",
    State.CLOSED: CLOSED,
    State.VOIDED: "it was given back",
}


class Trades:
    """Asks WeChat Pay about orders, and changes none."""

    def __init__(self, client: Client, notes: Notes, mch_id: str) -> None:
        self._client, self._notes, self._mch_id = client, notes, mch_id

    def settled(self, name: str, void: str) -> Trade | Unknown:
        """The order; of one that was given back, also whether that was whole and under the name ``void``."""
        trade = self.look(name)
        if isinstance(trade, Unknown) or not trade.refunded:
            return trade
        match self._client.refund_query(void):
            case Unknown() as unknown:
                return unknown
            case Said(code="RESOURCE_NOT_EXISTS" | "REFUND_NOT_EXISTS"):
                return trade
            case Said(yes=False, reason=reason):
                return Unknown(f"refund query: {reason}")
            case Said(fields={"status": "SUCCESS" | "PROCESSING" | "ABNORMAL"}):
                return Trade(State.VOIDED, trade.total, refunded=True)
            case _:
                return trade

    def look(self, name: str) -> Trade | Unknown:
        """The order, as far as one question tells."""
        match self._client.query(name):
            case Unknown() as unknown:
                return unknown
            case Said(code="ORDER_NOT_EXIST" | "ORDERNOTEXIST" | "RESOURCE_NOT_EXISTS"):
                return Trade(State.NONE)
            case Said(yes=False, reason=reason):
                return Unknown(f"query: {reason}")
            case Said(fields={"out_trade_no": said, "mchid": self._mch_id, "trade_state": state, **rest}) if (
                said == name
            ):
                return _trade_of(state, rest.get("amount"))
            case _:
                return Unknown("query: the answer is about something else")

    def refunds(self, trade: str) -> list[Fact] | Unknown:
        """The refunds of an order, of those whose names are noted."""
        facts = []
        for name in self._notes.of(trade):
            match self._client.refund_query(name):
                case Unknown() as unknown:
                    return unknown
                case Said(fields={"status": "SUCCESS" | "PROCESSING", "amount": {"refund": int(fen)}}):
                    facts.append(Fact(FactKind.REFUNDED, Money(fen, CNY), name))
                case _:  # it was refused, or its request got lost
                    pass
        return facts


def _trade_of(state: object, amount: object) -> Trade | Unknown:
    match state, amount:
        case (("SUCCESS" | "REFUND"), {"total": int(total), **rest}) if rest.get("currency", CNY) == CNY:
            return Trade(State.PAID, Money(total, CNY), refunded=state == "REFUND")
        case (("NOTPAY" | "USERPAYING" | "ACCEPT"), _):
            return Trade(State.WAITING)
        case (("CLOSED" | "REVOKED"), _):
            return Trade(State.CLOSED)
        case _:
            return Unknown(f"query: the state {state!r}")
