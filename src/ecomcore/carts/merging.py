"""How the items of two carts become the items of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import evolve

from ecomcore.carts.values import CartItem, MergePolicy, Offered
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY

__all__ = ["merged"]


def merged(
    own: Sequence[CartItem], brought: Iterable[CartItem], policy: MergePolicy, offered: Offered, last: int
) -> tuple[CartItem, ...]:
    """The cart's own items, with those that were brought; new ones are numbered on after ``last``.

    No item is lost, and none makes a variant exceed what one order may have of it: units beyond that are not taken
    over, and an item of which not one unit fits is saved for later. What is not for sale now stays as it is.
    """
    items = {item.key: item for item in own}
    units: Counter[VariantId] = Counter()
    for item in own:
        units[item.variant] += 0 if item.later else item.quantity
    for item in brought:
        known = items.get(item.key)
        wanted = _wanted(policy, known, item)
        if not item.later:
            had = known.quantity if known else 0
            others = units[item.variant] - had
            wanted = min(wanted, max(had, (offered.get(item.variant) or MAX_QUANTITY) - others))
            units[item.variant] += max(wanted, 0) - had
        if wanted < 1:
            item = evolve(item, later=True)
            known = items.get(item.key)
            wanted = _wanted(policy, known, item)
        last += 0 if known else 1
        items[item.key] = evolve(item, number=known.number if known else last, quantity=wanted)
    return tuple(items.values())


def _wanted(policy: MergePolicy, known: CartItem | None, brought: CartItem) -> int:
    """How many units the policy wants of what both hold."""
    if known is None:
        return brought.quantity
    match policy:
        case MergePolicy.ADD_UP:
            return min(known.quantity + brought.quantity, MAX_QUANTITY)
        case MergePolicy.LARGER:
            return max(known.quantity, brought.quantity)
        case MergePolicy.MEMBERS:
            return known.quantity
        case MergePolicy.GUESTS:
            return brought.quantity
