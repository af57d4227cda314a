"""A notice is kept as it was heard: what a provider told by webhook, and what became of it. What did not fit is
looked at again when the provider repeats it; what was applied is final.
"""

from __future__ import annotations

import hashlib
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import NoticeId, OrderId, PaymentId
from ecomcore.kernel.money import Money
from ecomcore.ordering.gateway import FactKind, Notice
from ecomcore.ordering.values import WebhookOutcome

__all__ = ["HeardNotice", "notice_id"]


def notice_id(method: str, notice: Notice) -> NoticeId:
    """The name of one fact in a provider's message, the same at every repetition; a message may tell several."""
    told = f"{method}\n{notice.id}\n{notice.fact.kind}\n{notice.fact.reference}"
    return NoticeId(hashlib.sha256(told.encode()).hexdigest()[:48])


@frozen(kw_only=True)
class HeardNotice(Aggregate):
    """One message of a provider. ``order`` is nothing where the payment is unknown; ``reason`` says what did not
    fit.
    """

    id: NoticeId
    method: str
    name: str
    kind: FactKind
    payment: PaymentId | None
    order: OrderId | None
    amount: Money
    reference: str
    outcome: WebhookOutcome
    reason: str
    heard_at: Instant

    @property
    def is_final(self) -> bool:
        """Whether it needs no second look when the provider repeats it."""
        return self.outcome in (WebhookOutcome.APPLIED, WebhookOutcome.KNOWN)

    def again(self, order: OrderId | None, outcome: WebhookOutcome, reason: str) -> Self:
        """It was told again, and this is what has become of it now."""
        return self.having(order=order, outcome=outcome, reason=reason)

    @classmethod
    def hear(
        cls, method: str, notice: Notice, order: OrderId | None, outcome: WebhookOutcome, reason: str, at: Instant
    ) -> Self:
        """A provider has told this."""
        return cls(
            id=notice_id(method, notice),
            method=method,
            name=notice.id,
            kind=notice.fact.kind,
            payment=notice.payment,
            order=order,
            amount=notice.fact.amount,
            reference=notice.fact.reference,
            outcome=outcome,
            reason=reason,
            heard_at=at,
        )
