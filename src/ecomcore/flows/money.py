"""How an order's money moves: through gateways by errands after the commit, through the wallet within the unit of work.

Both answer with the same commands, so that the order knows one way of being paid. Pure functions: event in, commands
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecomcore.kernel.ids import AccountId
from ecomcore.kernel.messages import Command
from ecomcore.ordering import (
    CREDIT,
    MANUAL,
    AuthorisePayment,
    CapturePayment,
    CheckPayment,
    HoldReleased,
    Means,
    OrderAmended,
    OrderCancelled,
    OrderPartlyShipped,
    OrderRefunded,
    OrderShipped,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentRequested,
    PaymentsDue,
    PaymentUnsettled,
    RecordAuthorisation,
    RecordCapture,
    RecordRefund,
    RecordVoid,
    RefundPayment,
    ScreeningRequested,
    ScreenOrder,
    VoidPayment,
)
from ecomcore.wallet import (
    CreditHeld,
    CreditRefunded,
    CreditReleased,
    CreditSpent,
    HoldCredit,
    IssueCredit,
    RefundCredit,
    ReleaseCredit,
    SpendCredit,
)

__all__ = [
    "ask_what_became_of_the_payment",
    "capture_at_once",
    "capture_what_was_promised",
    "give_credit_instead",
    "give_the_money_back",
    "record_that_credit_is_held",
    "record_that_credit_is_refunded",
    "record_that_credit_is_released",
    "record_that_credit_is_spent",
    "request_the_payment",
    "screen_the_order",
]

Commands = Iterator[Command[Any]]


def request_the_payment(event: PaymentRequested) -> Commands:
    """The gateway is asked to promise the amount, or it is held on the buyer's account."""
    if event.account is not None:
        yield HoldCredit(event.account, event.payment, event.order, event.amount)
    else:
        yield AuthorisePayment(event.order, event.payment, event.amount, event.token, event.method)


def screen_the_order(event: ScreeningRequested) -> Commands:
    """Somebody is asked whether the order can be trusted."""
    yield ScreenOrder(event.order, event.question, event.token, event.method, event.pays)


def capture_at_once(event: PaymentAuthorised) -> Commands:
    """Where the shop takes its money at once, it is taken."""
    if event.capture is None:
        return
    order, payment, amount = event.order, event.payment, event.capture
    if event.method == CREDIT:
        yield SpendCredit(AccountId(event.reference), payment, order, amount, event.request)
    else:
        yield CapturePayment(order, payment, amount, event.reference, event.method, event.request)


def capture_what_was_promised(event: OrderShipped | OrderPartlyShipped | HoldReleased | PaymentsDue) -> Commands:
    """What was promised is taken now: the goods have left, or nothing keeps them any more, or staff say so."""
    for each in event.captures:
        if each.method == CREDIT:
            account = AccountId(each.reference)
            yield SpendCredit(account, each.payment, event.order, each.amount, each.request)
        else:
            yield CapturePayment(event.order, each.payment, each.amount, each.reference, each.method, each.request)


def give_the_money_back(event: OrderCancelled | PaymentArrivedLate | OrderAmended | OrderRefunded) -> Commands:
    """What was promised is let go, what was taken is given back, the way it came. Cash is given back by staff."""
    for each in event.reversals:
        order, account = event.order, AccountId(each.reference)
        if each.method == CREDIT:
            back = RefundCredit if each.refund else ReleaseCredit
            yield back(account, each.payment, order, each.amount, each.request)
        elif each.method != MANUAL:
            errand = RefundPayment if each.refund else VoidPayment
            yield errand(order, each.payment, each.amount, each.reference, each.method, each.request)


def give_credit_instead(event: OrderRefunded) -> Commands:
    """What the shop does not give back to where it came from becomes the member's store credit."""
    if event.means is Means.STORE_CREDIT:
        reference = f"{event.order}:{event.reference}"
        yield IssueCredit(event.amount, event.reason, owner=event.buyer, reference=reference)


def ask_what_became_of_the_payment(event: PaymentUnsettled) -> Commands:
    """The provider is asked what it has not told."""
    yield CheckPayment(event.order, event.payment, event.amount, event.reference, event.method)


def record_that_credit_is_held(event: CreditHeld) -> Commands:
    """What is held is as good as promised."""
    yield RecordAuthorisation(event.order, event.payment, event.amount, event.account)


def record_that_credit_is_spent(event: CreditSpent) -> Commands:
    """What is spent is taken."""
    yield RecordCapture(event.order, event.payment, event.amount, event.reference, event.reference)


def record_that_credit_is_released(event: CreditReleased) -> Commands:
    """What is released is let go."""
    yield RecordVoid(event.order, event.payment, event.amount, event.reference, event.reference)


def record_that_credit_is_refunded(event: CreditRefunded) -> Commands:
    """What is back on the account is given back."""
    yield RecordRefund(event.order, event.payment, event.amount, event.reference, event.reference)
