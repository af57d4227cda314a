"""The use cases of what orders take and give back: load, decide, save.

Nothing is loaded in a loop. Group buys are locked before the redemptions that are part of them, for whoever closes one
goes from it to its orders; redemptions before allowances; and each of them in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Conflict, NotFound
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponId, PromotionId
from ecomcore.promotions.allowance import (
    Allowance,
    AllowanceKind,
    Counter,
    budget,
    counters,
    of_coupon,
    of_promotion,
)
from ecomcore.promotions.commands import CloseGroupBuys, ConfirmBenefits, HoldBenefits, ReleaseBenefits
from ecomcore.promotions.coupon import Code
from ecomcore.promotions.errors import RedemptionClosed
from ecomcore.promotions.group_buy import GroupBuy
from ecomcore.promotions.lookups import codes_of
from ecomcore.promotions.ports import (
    Allowances,
    Campaigns,
    CouponBatches,
    Coupons,
    GroupBuys,
    Promotions,
    Redemptions,
)
from ecomcore.promotions.redemption import Redemption, RedemptionState
from ecomcore.promotions.values import GiveBack, PromotionsPolicy, RedemptionLine, Taken
from ecomcore.quoting import GroupBuy as GroupTerms
from ecomcore.quoting import Limits, Take


def hold_benefits(
    command: HoldBenefits,
    redemptions: Redemptions,
    promotions: Promotions,
    coupons: Coupons,
    batches: CouponBatches,
    campaigns: Campaigns,
    allowances: Allowances,
    clock: Clock,
) -> None:
    known = redemptions.find(command.order)
    if known is not None:
        if not known.is_live:
            raise RedemptionClosed(known.id, known.state)
        return
    if not command.takes:
        return
    at = clock.now()
    limits = _promotion_limits(command.takes, promotions)
    codes = _codes(command, coupons, batches, at)
    _refuse_unknown_campaigns(command.takes, campaigns)

    wanted: dict[AllowanceId, _Wanted] = {}
    lines = tuple(_line(take, limits, codes, command.buyer, at, wanted) for take in command.takes)
    locked = allowances.many(sorted(wanted), lock=True)
    taken = [each.taken_of(locked.get(id_)) for id_, each in sorted(wanted.items())]
    allowances.save(*taken)
    redemptions.save(Redemption.hold(command.order, command.buyer or "", lines, at))


def confirm_benefits(
    command: ConfirmBenefits, redemptions: Redemptions, promotions: Promotions, groups: GroupBuys, clock: Clock
) -> None:
    peeked = redemptions.find(command.order)
    if peeked is None or peeked.state is RedemptionState.CONFIRMED:
        return
    at = clock.now()
    wanted = _group_terms(peeked, promotions)
    known = groups.many(sorted(wanted), lock=True) if wanted else {}
    redemption = redemptions.get(command.order, lock=True)
    if redemption.state is RedemptionState.CONFIRMED:
        return
    if not redemption.is_live:  # it was when the order decided to keep it: let the order look again
        raise Conflict("Redemption", redemption.id)
    redemptions.save(redemption.confirm())
    for id_, terms in sorted(wanted.items()):
        group = known.get(id_) or GroupBuy.open(id_, terms.buyers, terms.until)
        joined = group.join(redemption.id, redemption.buyer, at)
        if joined is not group:
            groups.save(joined)


def release_benefits(
    command: ReleaseBenefits,
    redemptions: Redemptions,
    groups: GroupBuys,
    allowances: Allowances,
    policy: PromotionsPolicy,
) -> None:
    peeked = redemptions.find(command.order)
    if peeked is None or not peeked.is_live:
        return
    joined = groups.many(sorted({line.promotion for line in peeked.lines}), lock=True)
    redemption = redemptions.get(command.order, lock=True)
    if not redemption.is_live:
        return
    if redemption.state is RedemptionState.CONFIRMED:
        _leave_groups(redemption, joined, groups)
    waiting = any(group.is_open for group in joined.values())  # its place is for somebody else
    if redemption.gives_back(GiveBack.ALWAYS if command.all or waiting else policy.give_back):
        redemptions.save(redemption.release())
        taken = redemption.taken()
        locked = allowances.many(sorted(taken), lock=True)
        allowances.save(*(locked[id_].give_back(count) for id_, count in sorted(taken.items())))


def close_group_buys(command: CloseGroupBuys, groups: GroupBuys, clock: Clock) -> int:
    now = clock.now()
    locked = groups.many([group.id for group in groups.overdue(now, command.limit)], lock=True)
    due = [group for group in locked.values() if group.is_open and group.until <= now]
    groups.save(*(group.fail() for group in due))
    return len(due)


class _Wanted:
    """What one order takes of one allowance."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._count = 0

    def more(self, count: int) -> int:
        """So much more; of orders, never more than this one. Answers with how much is new."""
        kind = self._counter.kind
        if not kind.counts_units and kind is not AllowanceKind.BUDGET:
            count = 0 if self._count else 1
        self._count += count
        return count

    def taken_of(self, known: Allowance | None) -> Allowance:
        """The allowance after it. Raises ``Conflict`` when it does not fit."""
        counter = self._counter
        if known is None:
            return Allowance.of(counter).take(self._count)
        # The cap of a budget is the allowance's own: who changes the budget sets it, under the same lock.
        capped = known if counter.kind is AllowanceKind.BUDGET else known.capped(counter.cap)
        return capped.take(self._count)


def _line(
    take: Take,
    limits: Mapping[PromotionId, Limits],
    codes: Mapping[CouponId, Code],
    buyer: str | None,
    at: Instant,
    wanted: dict[AllowanceId, _Wanted],
) -> RedemptionLine:
    """The line of a take; what it takes of each allowance is added to what is wanted."""
    asked = [*counters(limits[take.promotion], of_promotion(take.promotion), buyer, at)]
    if take.coupon is not None:
        asked += counters(codes[take.coupon].limits, of_coupon(take.coupon), buyer, at)
    if take.campaign is not None:
        asked.append(budget(take.campaign, take.amount.currency))
    taken = []
    for counter in asked:
        each = wanted.get(counter.id) or _Wanted(counter)
        count = each.more(take.amount.minor if counter.kind is AllowanceKind.BUDGET else take.units)
        if count:
            wanted[counter.id] = each
            taken.append(Taken(counter.id, count))
    return RedemptionLine(take.promotion, take.coupon, take.campaign, take.units, take.amount, tuple(taken))


def _promotion_limits(takes: Sequence[Take], promotions: Promotions) -> Mapping[PromotionId, Limits]:
    """The limits in force. Raises ``Conflict`` for a promotion that no longer is."""
    wanted = sorted({take.promotion for take in takes})
    known = promotions.many(wanted)
    limits = {}
    for id_ in wanted:
        if id_ not in known:
            raise NotFound("Promotion", id_)
        terms = known[id_].in_force
        if terms is None:
            raise Conflict("Promotion", id_)
        limits[id_] = terms.limits
    return limits


def _codes(command: HoldBenefits, coupons: Coupons, batches: CouponBatches, at: Instant) -> Mapping[CouponId, Code]:
    """What the coupons are worth. Raises ``Conflict`` for one that is no longer worth anything."""
    wanted = {take.coupon: take.promotion for take in command.takes if take.coupon is not None}
    codes = codes_of(wanted, coupons, batches)
    for id_, promotion in sorted(wanted.items()):
        if id_ not in codes:
            raise NotFound("Coupon", id_)
        if codes[id_].promotion != promotion or codes[id_].problem(command.buyer, at):
            raise Conflict("Coupon", id_)
    return codes


def _refuse_unknown_campaigns(takes: Iterable[Take], campaigns: Campaigns) -> None:
    wanted: list[CampaignId] = sorted({take.campaign for take in takes if take.campaign is not None})
    known = campaigns.many(wanted) if wanted else {}
    for id_ in wanted:
        if id_ not in known:
            raise NotFound("Campaign", id_)


def _group_terms(redemption: Redemption, promotions: Promotions) -> Mapping[PromotionId, GroupTerms]:
    """The group buys that the order is part of, by the terms that were in force when it was placed."""
    ids = sorted({line.promotion for line in redemption.lines})
    then = {id_: promotion.terms_at(redemption.at) for id_, promotion in promotions.many(ids).items()}
    return {id_: terms.group_buy for id_, terms in then.items() if terms and terms.group_buy}


def _leave_groups(redemption: Redemption, joined: Mapping[PromotionId, GroupBuy], groups: GroupBuys) -> None:
    for group in joined.values():
        left = group.leave(redemption.id)
        if left is not group:
            groups.save(left)
