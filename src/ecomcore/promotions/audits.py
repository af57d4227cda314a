"""The invariants of the promotions, as pure functions over what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from ecomcore.kernel.ids import AllowanceId
from ecomcore.promotions.allowance import Allowance
from ecomcore.promotions.group_buy import GroupBuy, GroupBuyState
from ecomcore.promotions.redemption import Redemption

__all__ = ["Finding", "breaches"]

Finding: TypeAlias = tuple[str, tuple[str, ...], str]
"""A rule that does not hold, the rows it does not hold for, and what they say."""


def breaches(
    *,
    allowances: Iterable[Allowance] = (),
    taken: Mapping[AllowanceId, int] | None = None,
    redemptions: Iterable[Redemption] = (),
    groups: Iterable[GroupBuy] = (),
) -> Iterator[Finding]:
    """What does not hold on these pages. ``taken`` is ``Redemptions.taken_sums`` of the allowances."""
    for allowance in allowances:
        yield from _allowance(allowance, (taken or {}).get(allowance.id, 0))
    for redemption in redemptions:
        yield from _redemption(redemption)
    for group in groups:
        yield from _group(group)


def _allowance(allowance: Allowance, held: int) -> Iterator[Finding]:
    row = (f"allowance {allowance.id}", f"{allowance.kind} of {allowance.subject}")
    if allowance.taken != held:
        yield "taken = sum of live redemptions", row, f"{allowance.taken} taken, redemptions hold {held}"
    if allowance.taken < 0 or (allowance.cap is not None and allowance.taken > allowance.cap):
        yield "0 <= taken <= cap", row, f"{allowance.taken} taken of {allowance.cap}"


def _redemption(redemption: Redemption) -> Iterator[Finding]:
    row = (f"redemption {redemption.id}",)
    if not redemption.lines:
        yield "a redemption takes something", row, "it has no lines"
    for number, line in enumerate(redemption.lines, 1):
        if line.units < 0 or line.amount.is_negative or any(each.count < 1 for each in line.allowances):
            yield "nobody takes less than nothing", (*row, f"line {number}"), f"{line.units} units, {line.amount}"


def _group(group: GroupBuy) -> Iterator[Finding]:
    row = (f"group buy {group.id}",)
    if group.state is GroupBuyState.OPEN and group.buyers >= group.buyers_needed:
        yield "a group that is complete has succeeded", row, f"{group.buyers} of {group.buyers_needed} buyers"
    if group.state is GroupBuyState.SUCCEEDED and group.buyers < group.buyers_needed:
        yield "a group that has succeeded is complete", row, f"{group.buyers} of {group.buyers_needed} buyers"
