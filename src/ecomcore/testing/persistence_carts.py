"""The promises about carts: they come back whole, are found by owner and by silence, and become one order each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from ecomcore.carts import Cart, Carts, CartState
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import CartId, OrderId
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import Persistence
from ecomcore.testing import carts as drawn
from ecomcore.testing.carts import a_cart, an_item
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsCarts"]

_DAY = timedelta(days=1)
_ADA = "member:ada"
_TICK = timedelta(microseconds=1)


class KeepsCarts(PersistenceCase):
    """What carts save comes back and is found."""

    def _cart_is_saved(self, persistence: Persistence, cart: Aggregate) -> None:
        keep(persistence, cart)
        kept = fetch(self._again(persistence), type(cart), cart.id)
        assert_same(kept, as_kept(cart), f"cart {cart.id}")

    def test_every_cart_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        for_all(drawn.carts, lambda cart: self._cart_is_saved(persistence, cart))

    def test_a_cart_that_changes_comes_back_changed(self, persistence: Persistence) -> None:
        keep(persistence, a_cart())
        offered = {an_item().variant: None}

        steps: tuple[Callable[[Cart], Cart], ...] = (
            lambda cart: cart.put(an_item().variant, 2, "e\u0301 \U0001f381", NOON, offered=offered, most_items=9),
            lambda cart: cart.save_for_later(1, NOON + _DAY),
            lambda cart: cart.enter_coupon("WELCOME", NOON).leave_email(Personal("ada@example.org"), NOON),
            Cart.remind,
            lambda cart: cart.remove(2, NOON).remove(1, NOON).enter_coupon("AGAIN", NOON),
            lambda cart: cart.complete(OrderId("order")),
        )
        for step in steps:
            self._cart_is_saved(persistence, step(fetch(persistence, Cart, "cart")))

        kept = fetch(self._again(persistence), Cart, "cart")
        assert (kept.items, kept.last_item, kept.state) == ((), 2, CartState.COMPLETED)

    def test_a_cart_of_a_thousand_items_comes_back_whole_and_in_order(self, persistence: Persistence) -> None:
        items = [an_item(number, variant=f"v{number}", note=f"note {number}") for number in range(1_000, 0, -1)]

        self._cart_is_saved(persistence, a_cart(items=items))

    def test_carts_of_an_owner_are_found_latest_first_and_paged(self, persistence: Persistence) -> None:
        keep(persistence, *(a_cart(f"c{n}", draft=n == 2) for n in range(5)), a_cart("c9", owner="member:bob"))

        with writing(persistence) as work:
            carts: Carts = work.repository(Carts)
            carts.save(a_cart("c5"), a_cart("c6", owner="member:bob"), carts.get(CartId("c4")).expire())
            found = [
                [cart.id for cart in carts.of_owner(_ADA, None, 9, drafts=True)],
                [cart.id for cart in carts.of_owner(_ADA, None, 9, drafts=False)],
                [cart.id for cart in carts.of_owner(_ADA, CartId("c4"), 2, drafts=True)],
                [cart.id for cart in carts.of_owner(_ADA, CartId("c4"), 2, drafts=False)],
                [cart.id for cart in carts.of_owner("member:carl", None, 9, drafts=True)],
            ]

        assert found == [
            ["c5", "c4", "c3", "c2", "c1", "c0"],
            ["c5", "c4", "c3", "c1", "c0"],
            ["c3", "c2"],
            ["c3", "c1"],
            [],
        ]

    def test_open_carts_are_found_by_owner_and_currency(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_cart("c0"),
            a_cart("c1", currency="USD"),
            a_cart("c2", draft=True),
            a_cart("c3", state=CartState.EXPIRED),
            a_cart("c4", owner="member:bob"),
            a_cart("c5"),
            a_cart("c6"),
        )

        with writing(persistence) as work:
            carts: Carts = work.repository(Carts)
            carts.save(carts.get(CartId("c6")).merge(CartId("c5")), a_cart("c7"))
            everywhere = [cart.id for cart in carts.open_of(_ADA, None, 9)]
            in_euros = [cart.id for cart in carts.open_of(_ADA, Currency("EUR"), 9)]
            first = [cart.id for cart in carts.open_of(_ADA, Currency("EUR"), 1)]

        assert (everywhere, in_euros, first) == (["c7", "c5", "c1", "c0"], ["c7", "c5", "c0"], ["c7"])

    def test_silent_carts_are_found_from_the_very_moment_longest_first(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_cart("at", touched_at=NOON),
            a_cart("after", touched_at=NOON + _TICK),
            a_cart("long", touched_at=NOON - _DAY, draft=True, items=()),
            a_cart("over", touched_at=NOON - _DAY, state=CartState.COMPLETED),
            a_cart("left", touched_at=NOON - 2 * _DAY),
        )

        with writing(persistence) as work:
            carts: Carts = work.repository(Carts)
            carts.save(carts.get(CartId("left")).write_note("back again", NOON + _DAY))
            carts.save(a_cart("new", touched_at=NOON - 3 * _DAY))
            found = [cart.id for cart in carts.silent(NOON, 9)]
            first = [cart.id for cart in carts.silent(NOON, 2)]

        assert (found, first) == (["new", "long", "at"], ["new", "long"])

    def test_carts_that_wait_for_their_owner_are_found(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_cart("at", touched_at=NOON),
            a_cart("after", touched_at=NOON + _TICK),
            a_cart("draft", draft=True),
            a_cart("empty", items=()),
            a_cart("later", items=[an_item(later=True)]),
            a_cart("reminded", reminded=True),
            a_cart("over", state=CartState.EXPIRED),
            a_cart("long", touched_at=NOON - _DAY),
            a_cart("told", touched_at=NOON - _DAY),
        )

        with writing(persistence) as work:
            carts: Carts = work.repository(Carts)
            carts.save(carts.get(CartId("told")).remind())
            found = [cart.id for cart in carts.waiting(NOON, 9)]
        with reading(self._again(persistence)) as work:
            again = [cart.id for cart in work.repository(Carts).waiting(NOON, 9)]

        assert found == again == ["long", "at"]

    def test_a_cart_is_completed_with_its_order_or_not_at_all(self, persistence: Persistence) -> None:
        for broken in (
            a_cart("c1", order="o1"),
            a_cart("c2", state=CartState.COMPLETED).having(order=None),
        ):
            with pytest.raises(InvariantViolated):
                keep(persistence, broken)

    def test_an_order_comes_of_one_cart(self, persistence: Persistence) -> None:
        keep(persistence, a_cart("c1", state=CartState.COMPLETED, order="order"))

        with pytest.raises(Duplicate):
            keep(persistence, a_cart("c2", state=CartState.COMPLETED, order="order"))
        with pytest.raises(Duplicate):
            keep(persistence, *(a_cart(id_, state=CartState.COMPLETED, order="o2") for id_ in ("c3", "c4")))

    def test_a_stale_cart_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_cart())
        cart = fetch(persistence, Cart, "cart")

        keep(persistence, cart.write_note("first", NOON))
        with pytest.raises(Conflict):
            keep(persistence, cart.write_note("second", NOON))

    def test_a_cart_is_locked_by_one_unit_of_work_at_a_time(self, persistence: Persistence) -> None:
        keep(persistence, a_cart())

        def end(handle: Persistence) -> bool:
            try:
                with writing(handle) as work:
                    carts: Carts = work.repository(Carts)
                    cart = carts.get(CartId("cart"), lock=True)
                    if cart.is_open:
                        carts.save(cart.expire())
                    return cart.is_open
            except Conflict:
                return False

        outcomes = at_once([partial(end, handle) for handle in [persistence, self._again(persistence)] * 3])

        assert sum(outcome.value for outcome in outcomes) == 1
