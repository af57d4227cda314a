"""What units are worth, and how many an amount takes."""

from __future__ import annotations

from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.wallet.errors import PointsNotAccepted
from ecomcore.wallet.values import AccountKind, WalletPolicy

__all__ = ["earned_for", "units_for", "worth_of"]


def units_for(kind: AccountKind, amount: Money, policy: WalletPolicy) -> int:
    """How many units an amount takes; of points as many as cover it. Raises ``PointsNotAccepted``."""
    if kind is not AccountKind.POINTS:
        return amount.minor
    worth = _point_worth(amount.currency, policy)
    return -(-amount.minor * worth.per // worth.amount.minor)


def worth_of(kind: AccountKind, units: int, currency: Currency, policy: WalletPolicy) -> Money:
    """What so many units pay for, never more than they are worth. Raises ``PointsNotAccepted``."""
    if kind is not AccountKind.POINTS:
        return Money(units, currency)
    worth = _point_worth(currency, policy)
    return Money(min(units * worth.amount.minor // worth.per, MAX_MINOR), currency)


def earned_for(amount: Money, times: int, policy: WalletPolicy) -> int:
    """The points that whoever has spent an amount earns: whole ones, so many ``times``, and none without a rule."""
    price = policy.points_for
    if price is None or price.amount.currency != amount.currency:
        return 0
    return min(amount.minor * price.per // price.amount.minor * times, MAX_QUANTITY)


def _point_worth(currency: Currency, policy: WalletPolicy) -> Price:
    worth = policy.point_worth
    if worth is None or worth.amount.currency != currency:
        raise PointsNotAccepted(currency)
    return worth
