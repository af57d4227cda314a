"""The promises about promotions: they come back, codes and allowances are found, and nothing is taken twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from ecomcore.choices import Retries
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import AllowanceId, CouponId, MemberId, OrderId, PromotionId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money
from ecomcore.kernel.work import Persistence
from ecomcore.promotions import (
    Allowance,
    Allowances,
    Coupon,
    CouponBatch,
    CouponBatches,
    GroupBuy,
    GroupBuys,
    GroupBuyState,
    GroupEntry,
    MarkKind,
    Promotion,
    PromotionState,
    Redemptions,
    RedemptionState,
    Taken,
)
from ecomcore.testing import promotion_strategies as drawn
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.promotions import (
    a_campaign,
    a_coupon,
    a_coupon_batch,
    a_group_buy,
    a_line_of,
    a_promotion,
    a_redemption,
    an_allowance,
    terms_of,
)
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsPromotions"]

_HOUR = timedelta(hours=1)
_PROMO = PromotionId("promo")


class KeepsPromotions(PersistenceCase):
    """What promotions save comes back, is found, and keeps its caps whatever the code does."""

    def _is_saved(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_every_promotion_comes_back_with_its_versions_and_spans(self, persistence: Persistence) -> None:
        for_all(drawn.promotions, lambda each: self._is_saved(persistence, each))

    def test_every_campaign_comes_back_with_its_budget(self, persistence: Persistence) -> None:
        for number, budget in enumerate((None, Money(0, Currency("JPY")), Money(MAX_MINOR, Currency("KWD")))):
            self._is_saved(persistence, a_campaign(f"campaign-{number}", budget=budget))

    def test_every_coupon_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion())

        for_all(lambda prefix: drawn.coupons(_PROMO, prefix), lambda each: self._is_saved(persistence, each))

    def test_every_batch_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion())

        for_all(lambda prefix: drawn.coupon_batches(_PROMO, prefix), lambda each: self._is_saved(persistence, each))

    def test_every_redemption_comes_back_with_all_that_it_took(self, persistence: Persistence) -> None:
        allowances = tuple(an_allowance(f"promotion:{name}", cap=None) for name in ("a", "b", "c"))
        keep(persistence, a_promotion(), *allowances)

        for_all(
            lambda prefix: drawn.redemptions(_PROMO, allowances, prefix),
            lambda each: self._is_saved(persistence, each),
        )

    def test_every_group_buy_comes_back_with_who_came_and_went(self, persistence: Persistence) -> None:
        def check(group: GroupBuy) -> None:
            keep(persistence, a_promotion(group.id))
            self._is_saved(persistence, group)

        for_all(lambda prefix: drawn.group_buys(PromotionId(f"{prefix}p")), check)

    def test_a_large_allowance_is_exact(self, persistence: Persistence) -> None:
        for number, taken in enumerate((0, 2**53 + 1, MAX_MINOR)):
            self._is_saved(persistence, an_allowance(f"campaign:{number}", cap=MAX_MINOR, taken=taken))

    def test_a_promotion_that_changes_keeps_what_was_in_force(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion(state=PromotionState.DRAFT))

        for number, step in enumerate(
            (
                lambda promotion, at: promotion.approve(1, at),
                lambda promotion, at: promotion.change(terms_of(name="Other"), at),
                lambda promotion, at: promotion.approve(2, at),
                Promotion.pause,
                Promotion.resume,
                lambda promotion, at: promotion.change(terms_of(name="Third"), at).approve(3, at).pause(at).resume(at),
                Promotion.archive,
            )
        ):
            self._is_saved(persistence, step(fetch(persistence, Promotion, "promo"), NOON + number * _HOUR))

        spans = fetch(self._again(persistence), Promotion, "promo").spans
        assert [span.version for span in spans] == [1, 2, 2, 3, 3]
        assert [(span.until or NOON) - span.since for span in spans] == [2 * _HOUR, _HOUR, _HOUR, 0 * _HOUR, _HOUR]

    def test_batches_are_found_by_their_prefixes_in_one_go(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion())
        keep(persistence, a_coupon_batch("one", prefix="Oil"), a_coupon_batch("two", prefix="TEA"))

        with writing(persistence) as work:
            batches: CouponBatches = work.repository(CouponBatches)
            batches.save(a_coupon_batch("three", prefix="new"))
            found = batches.by_prefixes(["011", "tea", "new", "TEA", "none", ""])

        assert {root: batch.id for root, batch in found.items()} == {"011": "one", "tea": "two", "new": "three"}

    def test_a_prefix_belongs_to_one_batch(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion(), a_coupon_batch("one", prefix="OIL"))

        with pytest.raises(Duplicate):
            keep(persistence, a_coupon_batch("two", prefix="0ii"))

    def test_marks_of_codes_are_kept_and_found(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion(), a_coupon_batch())

        batch = fetch(persistence, CouponBatch, "batch")
        keep(persistence, batch.assign(1, MemberId("ada"), NOON).withdraw(7, NOON))
        again = fetch(persistence, CouponBatch, "batch")
        assert (again.assigned, again.fresh) == (1, ())

        with writing(persistence) as work:
            batches: CouponBatches = work.repository(CouponBatches)
            batches.save(batches.get(again.id).withdraw(1, NOON).assign(2, MemberId("bob"), NOON))
            marks = batches.marks([again.coupon(n) for n in (1, 2, 3, 7)])
        with reading(self._again(persistence)) as work:
            kept = work.repository(CouponBatches).marks([again.coupon(n) for n in (1, 2, 3, 7)])

        assert {id_: list(each) for id_, each in kept.items() if each} == {id_: list(m) for id_, m in marks.items()}
        assert {id_: [(m.kind, m.member, m.number) for m in each] for id_, each in kept.items() if each} == {
            again.coupon(1): [(MarkKind.ASSIGNED, "ada", 1), (MarkKind.WITHDRAWN, None, 1)],
            again.coupon(2): [(MarkKind.ASSIGNED, "bob", 2)],
            again.coupon(7): [(MarkKind.WITHDRAWN, None, 7)],
        }

    def test_a_code_is_assigned_once_whatever_the_code_does(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion(), a_coupon_batch())
        keep(persistence, fetch(persistence, CouponBatch, "batch").assign(1, MemberId("ada"), NOON))

        with pytest.raises(Duplicate):
            keep(persistence, fetch(persistence, CouponBatch, "batch").assign(1, MemberId("bob"), NOON))

    def test_what_live_redemptions_hold_is_summed(self, persistence: Persistence) -> None:
        many, other = an_allowance("promotion:a"), an_allowance("promotion:b")
        keep(persistence, a_promotion(), many, other)
        two, three = a_line_of("promo", Taken(many.id, 2)), a_line_of("promo", Taken(many.id, 3), Taken(other.id, 1))
        keep(
            persistence,
            a_redemption("held", lines=[two, three]),
            a_redemption("confirmed", lines=[two], state=RedemptionState.CONFIRMED),
            a_redemption("released", lines=[three], state=RedemptionState.RELEASED),
        )

        with writing(persistence) as work:
            redemptions: Redemptions = work.repository(Redemptions)
            stored = dict(redemptions.taken_sums([many.id, other.id, AllowanceId("none")]))
            redemptions.save(redemptions.get(OrderId("held")).release(), a_redemption("new", lines=[two]))
            after = dict(redemptions.taken_sums([many.id, other.id]))

        assert (stored[many.id], stored[other.id], stored.get(AllowanceId("none"), 0)) == (7, 1, 0)
        assert (after[many.id], after.get(other.id, 0)) == (4, 0)

    def test_group_buys_whose_time_is_over_are_found_longest_ago_first(self, persistence: Persistence) -> None:
        due = {"now": NOON, "long-ago": NOON - 9 * _HOUR, "B": NOON - _HOUR, "a": NOON - _HOUR}
        groups = [a_group_buy(id_, until=until) for id_, until in due.items()]
        groups += [a_group_buy(f"over-{state}", state=state) for state in GroupBuyState if state != "open"]
        groups.append(a_group_buy("later", until=NOON + timedelta(microseconds=1)))
        keep(persistence, *(a_promotion(group.id) for group in groups))
        keep(persistence, *groups)

        with reading(persistence) as work:
            found: GroupBuys = work.repository(GroupBuys)
            assert [group.id for group in found.overdue(NOON, 100)] == ["long-ago", "B", "a", "now"]
            assert [group.id for group in found.overdue(NOON, 2)] == ["long-ago", "B"]

    @pytest.mark.parametrize(("cap", "taken"), [(3, 4), (0, 1), (None, -1)])
    def test_an_allowance_that_cannot_be_is_refused_by_the_store_itself(
        self, persistence: Persistence, cap: int | None, taken: int
    ) -> None:
        keep(persistence, an_allowance(cap=cap))

        broken = fetch(persistence, Allowance, an_allowance().id).having(taken=taken)
        with pytest.raises(InvariantViolated):
            keep(persistence, broken)

        assert fetch(persistence, Allowance, broken.id).taken == 0

    def test_coupons_and_redemptions_of_no_promotion_are_refused(self, persistence: Persistence) -> None:
        for orphan in (a_coupon(), a_coupon_batch(), a_redemption()):
            with pytest.raises(InvariantViolated):
                keep(persistence, orphan)

    def test_a_redemption_of_no_allowance_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion())

        with pytest.raises(InvariantViolated):
            keep(persistence, a_redemption(lines=[a_line_of("promo", Taken(AllowanceId("none"), 1))]))

    def test_an_order_redeems_once(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion(), a_redemption())

        with pytest.raises(Duplicate):
            keep(persistence, a_redemption())

    def test_codes_that_look_alike_are_one_coupon(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion(), a_coupon("OIL-10"))

        with pytest.raises(Duplicate):
            keep(persistence, a_coupon("o1l 1o"))

    def test_stale_promotions_coupons_and_allowances_are_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_promotion())
        keep(persistence, a_coupon(), an_allowance(), a_group_buy())
        promotion, coupon = fetch(persistence, Promotion, "promo"), fetch(persistence, Coupon, a_coupon().id)
        allowance, group = fetch(persistence, Allowance, an_allowance().id), fetch(persistence, GroupBuy, "promo")

        for one, other in (
            (promotion.pause(NOON), promotion.archive(NOON)),
            (coupon.withdraw(), coupon.withdraw()),
            (allowance.take(1), allowance.take(2)),
            (group.having(entries=(GroupEntry(OrderId("o"), "ada", joined=True),)), group.fail()),
        ):
            keep(persistence, one)
            with pytest.raises(Conflict):
                keep(persistence, other)

    def test_allowances_are_locked_and_read_as_they_are_then(self, persistence: Persistence) -> None:
        ids = sorted(an_allowance(f"promotion:{n}").id for n in range(3))
        keep(persistence, *(an_allowance(f"promotion:{n}") for n in range(3)))

        for _ in range(2):
            with writing(persistence) as work:
                allowances: Allowances = work.repository(Allowances)
                locked = allowances.many([*ids, AllowanceId("none")], lock=True)
                allowances.save(*(allowance.take(2) for allowance in locked.values()))

        with reading(self._again(persistence)) as work:
            assert [each.taken for each in work.repository(Allowances).many(ids).values()] == [4, 4, 4]

    def test_of_many_who_want_the_last_ones_only_so_many_get_one(self, persistence: Persistence) -> None:
        """Two that create the counter at once, and all who wait for it: each runs again as a shop would."""

        def take(handle: Persistence) -> bool:
            def once(_: int) -> None:
                with writing(handle) as work:
                    allowances: Allowances = work.repository(Allowances)
                    known = allowances.find(an_allowance().id, lock=True)
                    allowances.save((known or an_allowance(cap=3)).take(1))

            try:
                Retries(tries=20, most=0.02).until_it_works(once)
            except Conflict:
                return False
            return True

        handles = [persistence, self._again(persistence)] * 4
        outcomes = at_once([partial(take, handle) for handle in handles])

        assert sum(outcome.value for outcome in outcomes) == 3
        assert fetch(persistence, Allowance, an_allowance().id).taken == 3

    def test_unknown_coupons_and_redemptions_are_not_found(self, persistence: Persistence) -> None:
        with reading(persistence) as work:
            assert work.repository(CouponBatches).by_prefixes([]) == {}
            assert not work.repository(CouponBatches).marks([CouponId("b.none.1")])
            assert work.repository(Redemptions).find(OrderId("none")) is None
