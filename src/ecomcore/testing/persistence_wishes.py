"""The promises about wishes: they are found in order, summed by channel, and each person has one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecomcore.inventory import WishCount, Wishes, WishState, WishSum
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import VariantId, WishId
from ecomcore.kernel.work import Persistence
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.queues import a_wish
from ecomcore.testing.work import keep, reading, writing

__all__ = ["KeepsWishes"]

TEA, COFFEE, MILK = VariantId("tea"), VariantId("coffee"), VariantId("milk")
_SECOND = timedelta(seconds=1)


class KeepsWishes(PersistenceCase):
    """What wishes save is found."""

    def test_wishes_are_found_oldest_first_and_by_how_many_units_they_want(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_wish("w3", asked_at=NOON + 2 * _SECOND),
            a_wish("w1", asked_at=NOON, quantity=5),
            a_wish("w2", asked_at=NOON + _SECOND),
            a_wish("w0", state=WishState.TOLD),
            a_wish("w5", asked_at=NOON + 3 * _SECOND),
            a_wish("w4", asked_at=NOON + 3 * _SECOND),
            a_wish("coffee", variant="coffee"),
            a_wish("web", channel="web", asked_at=NOON + _SECOND),
        )

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            wishes.save(wishes.get(WishId("w2")).withdraw(), a_wish("w9", asked_at=NOON - _SECOND))
            found = [wish.id for wish in wishes.oldest(TEA, ("default",), 4, 9)]
            all_ = [wish.id for wish in wishes.oldest(TEA, ("default", "web"), 5, 9)]
            first = [wish.id for wish in wishes.oldest(TEA, ("default",), 5, 2)]

        assert found == ["w9", "w3", "w4", "w5"]
        assert all_ == ["w9", "w1", "web", "w3", "w4", "w5"]
        assert first == ["w9", "w1"]

    def test_what_is_wished_for_and_what_was_told_lately_is_summed_by_variant_and_channel(
        self, persistence: Persistence
    ) -> None:
        keep(
            persistence,
            a_wish("w1", quantity=5),
            a_wish("w2", quantity=2),
            a_wish("w3", quantity=3, channel="web"),
            a_wish("w4", variant="coffee", quantity=4),
            a_wish("w5", variant="milk"),
            a_wish("w6", state=WishState.WITHDRAWN),
            a_wish("t1", state=WishState.TOLD, asked_at=NOON + _SECOND, quantity=6),
            a_wish("t2", state=WishState.TOLD, asked_at=NOON + 2 * _SECOND, quantity=7, channel="web"),
            a_wish("t3", state=WishState.TOLD, asked_at=NOON, quantity=8),
            a_wish("t4", state=WishState.TOLD, variant="milk", asked_at=NOON + _SECOND),
        )
        a_default, web = "default", "web"

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            before = list(wishes.open_sums((TEA, COFFEE))), list(wishes.told_sums((TEA, COFFEE), NOON))
            wishes.save(wishes.get(WishId("w2")).tell(NOON + 3 * _SECOND), a_wish("w7", variant="coffee"))
            after = list(wishes.open_sums((TEA, COFFEE))), list(wishes.told_sums((TEA, COFFEE), NOON))

        with reading(self._again(persistence)) as work:
            kept: Wishes = work.repository(Wishes)
            saved = list(kept.open_sums((TEA, COFFEE))), list(kept.told_sums((TEA, COFFEE), NOON))
            nothing = list(kept.open_sums(())), list(kept.told_sums((MILK,), NOON + _SECOND))

        assert before == (
            [WishSum(COFFEE, a_default, 4, 4), WishSum(TEA, a_default, 7, 2), WishSum(TEA, web, 3, 3)],
            [WishSum(TEA, a_default, 6, 6), WishSum(TEA, web, 7, 7)],
        )
        assert after == saved
        assert saved == (
            [WishSum(COFFEE, a_default, 5, 1), WishSum(TEA, a_default, 5, 5), WishSum(TEA, web, 3, 3)],
            [WishSum(TEA, a_default, 8, 2), WishSum(TEA, web, 7, 7)],
        )
        assert nothing == ([], [])

    def test_the_wishes_of_a_person_are_found_and_the_open_one(self, persistence: Persistence) -> None:
        mine, person = "ada@example.org", a_wish(email="ada@example.org").person
        keep(
            persistence,
            a_wish("w1", email=mine, state=WishState.TOLD),
            a_wish("w2", email=mine),
            a_wish("w3", email=mine, variant="coffee"),
            a_wish("w4", email="bob@example.org"),
            a_wish("w5", member="ada"),
        )

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            mail = [wish.id for wish in wishes.of_person(person)]
            members = [wish.id for wish in wishes.of_person("member:ada")]
            open_ = wishes.open_of(TEA, person)
            wishes.save(wishes.get(WishId("w2")).withdraw(), wishes.get(WishId("w1")).erase())
            left = [wish.id for wish in wishes.of_person(person)]
            closed = wishes.open_of(TEA, person)

        assert (mail, members, left) == (["w1", "w2", "w3"], ["w5"], ["w2", "w3"])
        assert (open_ and open_.id, closed) == ("w2", None)

    def test_wishes_are_counted_by_variant_and_paged(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_wish("w1", quantity=2, asked_at=NOON + _SECOND),
            a_wish("w2", quantity=3),
            a_wish("w3", variant="coffee"),
            a_wish("w4", variant="milk", state=WishState.TOLD),
            a_wish("w5", variant="milk"),
        )

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            variants = wishes.variants()
            wishes.save(wishes.get(WishId("w5")).withdraw(), a_wish("w6", variant="coffee", quantity=4))
            everything = list(wishes.counts((), None, 9))
            pages = [[count.variant for count in wishes.counts((), after, 1)] for after in (None, COFFEE, TEA)]
            chosen = [count.variant for count in wishes.counts((MILK, TEA), None, 9)]

        assert variants == {TEA, COFFEE, MILK}
        assert everything == [WishCount(COFFEE, 2, 5, NOON), WishCount(TEA, 2, 5, NOON)]
        assert (pages, chosen) == ([[COFFEE], [TEA], []], [TEA])

    def test_a_person_has_one_open_wish_for_a_variant(self, persistence: Persistence) -> None:
        keep(persistence, a_wish("w1", email="ada@example.org"), a_wish("w2", member="ada"))

        for twice in (a_wish("w3", email=" ADA@example.org "), a_wish("w4", member="ada")):
            with pytest.raises(Duplicate):
                keep(persistence, twice)
        keep(persistence, a_wish("w5", email="ada@example.org", state=WishState.WITHDRAWN))

    def test_an_open_wish_is_somebodys_and_a_told_one_says_when(self, persistence: Persistence) -> None:
        for broken in (
            a_wish("w1").having(person=""),
            a_wish("w2").having(told_at=NOON),
            a_wish("w3", state=WishState.TOLD).having(told_at=None),
        ):
            with pytest.raises(InvariantViolated):
                keep(persistence, broken)
