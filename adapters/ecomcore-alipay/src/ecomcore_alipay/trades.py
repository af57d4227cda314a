"""What Alipay knows of a trade, and of the refunds whose names are noted."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from attrs import frozen

from ecomcore.kernel.clock import Clock
from ecomcore.kernel.money import Money
from ecomcore.ordering import Fact, FactKind, Unknown
from ecomcore_alipay.client import Client, Said
from ecomcore_alipay.names import CNY, amount_of, is_refund
from ecomcore_alipay.notes import Notes

__all__ = ["CLOSED", "SAID", "State", "Trade", "Trades"]

CLOSED: Final = "the trade was closed before it was paid"
_NOTHING: Final = Money(0, CNY)
_CODE: Final = "code until "
_GRACE: Final = 300
"""Seconds that a buyer who scanned at the last moment may still need."""


class State(Enum):
    """How far a trade has come."""

    NONE = auto()
    WAITING = auto()
    PAID = auto()
    CLOSED = auto()
    VOIDED = auto()
    """Paid, and given back whole by ``void``."""
    UNSCANNED = auto()
    """Alipay has made a code, and a trade only begins when that is scanned."""


@frozen
class Trade:
    """A trade, and what it is about."""

    state: State
    total: Money = _NOTHING


SAID: Final = {
    State.NONE: "Alipay knows no such trade",
    State.WAITING: "the buyer has not paid yet",
    State.PAID: "the buyer has paid",
    State.CLOSED: CLOSED,
    State.VOIDED: "it was given back",
    State.UNSCANNED: "the buyer has not scanned the code, and until its time is over may do so",
}


class Trades:
    """Asks Alipay about trades, and changes none."""

    def __init__(self, client: Client, notes: Notes, clock: Clock, minutes: int) -> None:
        self._client, self._notes, self._clock, self._minutes = client, notes, clock, minutes

    def expect(self, name: str) -> None:
        """Note that a code will be made for the trade, before Alipay is asked for it."""
        ends = int(self._clock.now().timestamp()) + 60 * self._minutes
        self._notes.add(name, f"{_CODE}{ends}")

    def look(self, name: str, void: str) -> Trade | Unknown:
        """The trade; ``void`` is the name under which it would have been given back whole."""
        answer = self._client.ask("alipay.trade.query", {"out_trade_no": name})
        match answer:
            case Unknown():
                return answer
            case Said(code="ACQ.TRADE_NOT_EXIST"):
                return self._not_there(name)
            case Said() if not answer.yes:
                return Unknown(f"query: {answer.reason}")
            case _:
                pass
        total = amount_of(answer.text("total_amount"))
        if answer.text("out_trade_no") != name or total is None:
            return Unknown("query: the answer is about something else")
        match answer.text("trade_status"):
            case "WAIT_BUYER_PAY":
                return Trade(State.WAITING, total)
            case "TRADE_SUCCESS" | "TRADE_FINISHED":
                return Trade(State.PAID, total)
            case "TRADE_CLOSED" if not answer.text("send_pay_date"):
                return Trade(State.CLOSED, total)
            case "TRADE_CLOSED":  # paid, and given back whole: by `void`, or by refunds
                match self.given_back(name, void):
                    case Unknown() as unknown:
                        return unknown
                    case given:
                        return Trade(State.PAID if given is None else State.VOIDED, total)
            case status:
                return Unknown(f"query: the state {status!r}")

    def refunds(self, trade: str) -> list[Fact] | Unknown:
        """The refunds of a trade, of those whose names are noted."""
        facts = []
        for name in self._notes.of(trade):
            if not is_refund(name):
                continue
            match self.given_back(trade, name):
                case Unknown() as unknown:
                    return unknown
                case Money() as amount:
                    facts.append(Fact(FactKind.REFUNDED, amount, name))
                case None:  # it was refused, or its request got lost
                    pass
        return facts

    def given_back(self, trade: str, name: str) -> Money | Unknown | None:
        """What was given back under this name; ``None`` if nothing was."""
        content = {"out_trade_no": trade, "out_request_no": name}
        answer = self._client.ask("alipay.trade.fastpay.refund.query", content)
        match answer:
            case Unknown():
                return answer
            case Said(code="ACQ.TRADE_NOT_EXIST"):
                return None
            case Said(yes=False):
                return Unknown(f"refund query: {answer.reason}")
            case _ if answer.text("refund_status") != "REFUND_SUCCESS":
                return None
            case _ if answer.text("out_trade_no") != trade or answer.text("out_request_no") != name:
                return Unknown("refund query: the answer is about something else")
        return amount_of(answer.text("refund_amount")) or Unknown("refund query: no amount")

    def _not_there(self, name: str) -> Trade:
        """A trade that Alipay does not know: was there a code of which a trade may still come?"""
        now = self._clock.now().timestamp()
        ends = [int(note.removeprefix(_CODE)) for note in self._notes.of(name) if note.startswith(_CODE)]
        if not ends:
            return Trade(State.NONE)
        return Trade(State.UNSCANNED if now <= max(ends) + _GRACE else State.CLOSED)
