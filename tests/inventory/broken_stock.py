"""Stock with one defect each, and the test that is there to find it.

A defect is one line of the code read otherwise: the place, what stands there, and what stands there instead.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FunctionType
from typing import Any

from attrs import frozen

__all__ = ["BROKEN", "MODEL", "Broken"]

MODEL = "the model"
"""Lives of a shop and the model, as in ``test_stock_model``."""


@frozen
class Broken:
    """A defect: in this function (``module:name``) something stands otherwise. ``finds`` names a test, or the model."""

    name: str
    where: str
    old: str
    new: str
    finds: str

    def __str__(self) -> str:
        return self.name

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The defect is there, wherever the function is known."""
        function = _function(self.where)
        before = function.__code__
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(self.old) == 1, f"{self.where} reads otherwise now: look for {self.old!r}"
        function.__code__ = _code(function, source.replace(self.old, self.new))
        try:
            yield
        finally:
            function.__code__ = before


def _function(where: str) -> FunctionType:
    module, _, name = where.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    assert isinstance(found, FunctionType)
    return found


def _code(function: FunctionType, source: str) -> Any:
    """The code of the same function, written otherwise."""
    flags = __future__.annotations.compiler_flag
    names: dict[str, Any] = {}
    exec(compile(source, function.__code__.co_filename, "exec", flags), function.__globals__, names)  # noqa: S102 - our own lines
    return names[function.__name__].__code__


ITEM, RULES, LOTS, TIME = "test_stock_item", "test_stock_item_rules", "test_lots", "test_time_and_stock"
STOCK, BOOKS = "ecomcore.inventory.stock_item:StockItem", "ecomcore.inventory.stock_books:StockBooks"
SHELVES, STRIPES = "ecomcore.inventory.reserving:Shelves", "ecomcore_sqlalchemy.stock_stripes"
PROMISES, DAYS = "ecomcore.inventory.promising", "test_promises:what_is_promised_for_a_day_can_leave_on_that_day"
SHARE = "test_wishes:the_told_want_no_more_than_the_share_of_each_unit_and_nobody_is_passed_over_who_fits"
SHARES = "ecomcore_sqlalchemy.stock_shares:SharingRepository"

BROKEN = (
    # Setting aside --------------------------------------------------------------------------------------------------
    Broken(
        "nobody looks whether there is enough",
        f"{STOCK}.reserve",
        "if quantity > available:",
        "if False:",
        f"{ITEM}:as_many_can_be_reserved_as_are_available_and_not_one_more",
    ),
    Broken(
        "setting aside breaks promises as if it were a fact",
        f"{BOOKS}._settled",
        "short = min(short, before.short_at(at))",
        "short = short + (before.short_at(at) == 0 and self.reserved > 3)",
        f"{ITEM}:never_more_is_reserved_than_is_on_hand_or_promised",
    ),
    Broken(
        "the store does not look at what is reserved",
        "ecomcore.memory.stock_checks:_check_item",
        "if not 0 <= item.reserved <= item.on_hand + item.cap + item.short:",
        "if False:",
        "stock_that_cannot_be_is_refused_by_the_store_itself",
    ),
    Broken(
        "the buffer is forgotten",
        "ecomcore.inventory.planning:spare",
        "item.offered(now) if only is None else item.available(now)",
        "item.available(now)",
        MODEL,
    ),
    Broken(
        "the buffer of the channel is forgotten",
        "ecomcore.inventory.planning:spare",
        "served.buffer if served is not None else 0",
        "0",
        MODEL,
    ),
    Broken(
        "every location serves every channel",
        "ecomcore.inventory.reserving:_serves",
        "return supply is None or supply.of(location) is not None",
        "return True",
        MODEL,
    ),
    Broken(
        "the cap is ignored",
        f"{BOOKS}.available",
        "self.usable(at) + cap - self.reserved",
        "self.usable(at) - self.reserved",
        f"{RULES}:as_many_as_the_cap_may_be_promised_and_do_not_leave_before_they_are_there",
    ),
    Broken(
        "a quota covers promises for ever",
        f"{BOOKS}.cap_at",
        "return 0 if",
        "return self.cap if",
        f"{TIME}:a_quota_covers_promises_until_the_release_and_not_after_it",
    ),
    Broken(
        "a cap goes below what is promised",
        f"{STOCK}.with_rules",
        "if changed.short_at(at) > short:",
        "if False:",
        f"{RULES}:as_many_as_the_cap_may_be_promised_and_do_not_leave_before_they_are_there",
    ),
    Broken(
        "the components of a bundle lie at different locations",
        "ecomcore.inventory.shelf_view:View.whole",
        "sum(min(there.get(part, 0) // units for part, units in each.items()) for there in left.values())",
        "min(sum(there.get(part, 0) for there in left.values()) // units for part, units in each.items())",
        MODEL,
    ),
    Broken(
        "what has run out is not had by others",
        f"{SHELVES}._end_overdue",
        "if not any(units > 0 for units in late.values()):",
        "if True:",
        MODEL,
    ),
    Broken(
        "whoever asks for more loses what has run out",
        f"{SHELVES}._end_overdue",
        "if each.id != wanted.source]",
        "]",
        MODEL,
    ),
    Broken(
        "what may be promised is taken before what lies there",
        "ecomcore.inventory.planning:Sources._stages",
        "if not beyond or len(everything) == 1:",
        "if True:",
        MODEL,
    ),
    Broken(
        "single components are asked for before bundles",
        "ecomcore.inventory.planning:_turns",
        "yield [*({variant: wanted[variant]} for variant in (first, *others)), *([single] if single else ())]",
        "yield [*([single] if single else ()), *({variant: wanted[variant]} for variant in (first, *others))]",
        MODEL,
    ),
    Broken(
        "one bundle only is tried as the first",
        "ecomcore.inventory.planning:Sources.plan",
        "_turns(wanted, self.components), _TURNS)",
        "_turns(wanted, self.components), 1)",
        "test_planning:two_bundles_with_a_common_component_are_had_whichever_of_them_has_to_be_asked_first",
    ),
    Broken(
        "what may be promised to customers is moved",
        "ecomcore.inventory.planning:spare",
        "return item.lying(now) - kept",
        "return item.available(now) - kept",
        MODEL,
    ),
    Broken(
        "whoever comes late for an offer comes first",
        "ecomcore.inventory.setting_aside:_released",
        "and not late else ()",
        "else ()",
        "test_queue:whoever_comes_too_late_for_an_offer_does_not_come_before_others_though_no_job_has_run",
    ),
    # Giving back and leaving ----------------------------------------------------------------------------------------
    Broken(
        "what is released twice is free twice",
        "ecomcore.inventory.setting_aside:release_stock",
        "if reservation is None or not reservation.is_open:",
        "if reservation is None:",
        MODEL,
    ),
    Broken(
        "what has left under a reference leaves under it again",
        "ecomcore.inventory.setting_aside:consume_stock",
        "if reservation.has_consumed(command.reference):",
        "if False:",
        MODEL,
    ),
    Broken(
        "the first units are given back first",
        "ecomcore.inventory.reservation:Reservation.release_part",
        "in reversed(dict.fromkeys(",
        "in tuple(dict.fromkeys(",
        "test_reservation:the_last_units_are_given_back_first",
    ),
    Broken(
        "a component leaves from a bundle",
        "ecomcore.inventory.reservation:Reservation.leaving",
        "places = places or [(variant, location, None)]",
        "places = places or [place for place in held if place[0] == variant]",
        "test_reserved_bundles:a_component_that_is_sold_by_itself_does_not_leave_from_a_bundle",
    ),
    Broken(
        "what is sold ahead leaves early",
        f"{STOCK}.consume",
        "if is_sold and isinstance(self.beyond, PreOrders) and at < self.beyond.release_at:",
        "if False:",
        f"{RULES}:what_is_sold_ahead_is_counted_by_its_quota_and_leaves_at_the_release",
    ),
    Broken(
        "what has expired counts as there",
        f"{STOCK}.consume",
        "if quantity > self.usable(at):",
        "if quantity > self.on_hand:",
        f"{LOTS}:what_has_expired_is_on_hand_and_neither_available_nor_to_be_sent",
    ),
    # Lots -----------------------------------------------------------------------------------------------------------
    Broken(
        "nothing ever expires",
        "ecomcore.inventory.lots:Lot.is_expired",
        "return self.expires_at is not None and self.expires_at <= at",
        "return False",
        f"{LOTS}:a_lot_is_good_until_before_its_end",
    ),
    Broken(
        "a lot is good at its end",
        "ecomcore.inventory.lots:Lot.is_expired",
        "self.expires_at <= at",
        "self.expires_at < at",
        f"{LOTS}:a_lot_is_good_until_before_its_end",
    ),
    Broken(
        "expired lots leave",
        "ecomcore.inventory.lots:first_expired",
        "(also_expired or not lot.is_expired(at))",
        "True",
        f"{LOTS}:what_has_expired_is_on_hand_and_neither_available_nor_to_be_sent",
    ),
    Broken(
        "what expires last leaves first",
        "ecomcore.inventory.lots:_first",
        "end.timestamp() if end else 0.0",
        "-end.timestamp() if end else 0.0",
        f"{LOTS}:what_expires_first_leaves_first_and_what_never_expires_last",
    ),
    Broken(
        "what is added to a lot makes it young",
        "ecomcore.inventory.lots:_more_of",
        "new.quantity > 0 and not lot.quantity",
        "new.quantity > 0",
        f"{LOTS}:a_lot_is_as_old_as_its_first_units_whatever_is_added_to_it",
    ),
    Broken(
        "promises of what has expired count as kept",
        f"{BOOKS}.short_at",
        "self.reserved - self.usable(at)",
        "self.reserved - self.on_hand",
        MODEL,
    ),
    Broken(
        "nobody looks at a release",
        f"{BOOKS}._due_after",
        "return min(self.beyond.release_at, end or self.beyond.release_at)",
        "return end",
        f"{TIME}:an_item_knows_when_time_will_change_it_next",
    ),
    Broken(
        "more is named than leaves",
        "ecomcore.inventory.lots:first_expired",
        "if rest < 0:",
        "if False:",
        f"{LOTS}:no_more_is_named_than_leaves",
    ),
    Broken(
        "a serial number comes twice",
        f"{STOCK}.receive",
        "if self.tracking is Tracking.SERIALS and twice is not None:",
        "if False:",
        f"{LOTS}:a_serial_number_is_one_unit",
    ),
    Broken(
        "a serial number is at two places",
        "ecomcore.memory.stock_checks:_check_serials",
        "if (item.variant, lot.code) in seen:",
        "if False:",
        "a_serial_number_is_at_one_place_whatever_the_code_does",
    ),
    # Books ----------------------------------------------------------------------------------------------------------
    Broken(
        "units arrive that have not left",
        "ecomcore.flows.supplying:send_what_moves",
        "yield ConsumeStock(event.transfer, event.transfer, picks=picks, kind=MovementKind.TRANSFER_OUT)",
        "yield ReleaseStock(event.transfer)",
        MODEL,
    ),
    Broken(
        "more arrives than has left",
        "ecomcore.transfers.transfer:Transfer._taken",
        "if good + damaged > moving.get(variant, 0):",
        "if False:",
        MODEL,
    ),
    Broken(
        "a count is booked by the books of the booking",
        "ecomcore.inventory.booking:book_count",
        "item.count(line.difference,",
        "item.count(line.expected + line.difference - item.on_hand or 1,",
        MODEL,
    ),
    Broken(
        "a row that is refused stops the others",
        "ecomcore.inventory.booking:book_stock",
        "except (NotFound, Refused) as refused:",
        "except KeyError as refused:",
        MODEL,
    ),
    Broken(
        "a bundle gets stock of its own by its rules",
        "ecomcore.inventory.booking:set_stock_rules",
        "refuse_stock_of_bundles((command.variant,), bundles)",
        "pass",
        MODEL,
    ),
    Broken(
        "damaged units can be mended that never were damaged",
        f"{BOOKS}._entered",
        "if balance < 0:",
        "if False:",
        f"{ITEM}:damaged_units_are_there_and_can_be_mended",
    ),
    Broken(
        "a correction takes what is promised",
        f"{STOCK}.correct",
        "if not even_if_reserved and",
        "if False and",
        f"{ITEM}:a_correction_does_not_take_what_is_reserved",
    ),
    # PostgreSQL -----------------------------------------------------------------------------------------------------
    Broken(
        "nobody locks what is set aside",
        f"{STRIPES}:StripedRepository._lock_plain",
        ".with_for_update(key_share=True)",
        "",
        "test_shares_of_stock:units_that_somebody_sets_aside_are_not_looked_at_by_others",
    ),
    Broken(
        "items are locked in the other order",
        f"{STRIPES}:StripedRepository._lock_plain",
        ".order_by(stock_items.c.id)",
        ".order_by(stock_items.c.id.desc())",
        "test_shares_of_stock:items_are_locked_in_the_order_of_their_ids_whoever_asks_in_whatever_order",
    ),
    Broken(
        "what was taken of a stripe is forgotten once the whole is locked",
        f"{SHARES}._folded",
        "reserved=item.reserved + share.pending",
        "reserved=item.reserved",
        "test_shares_of_stock:what_was_taken_of_a_stripe_is_taken_of_the_whole",
    ),
    Broken(
        "stripes are left behind by an item that has none any more",
        f"{STRIPES}:_stripe_writes",
        "if gone:",
        "if False:",
        "test_shares_of_stock:an_item_that_is_striped_no_more_has_all_of_its_units",
    ),
    Broken(
        "units are taken of what is not plenty any more",
        f"{SHARES}._plain_writes",
        "_PLENTY, rows",
        "'{least} IS NOT NULL', rows",
        "test_plenty_of_stock:what_is_not_plenty_any_more_is_refused_by_the_row",
    ),
    Broken(
        "what was taken without a lock is never written",
        f"{SHARES}._plain_writes",
        "if share.stripe is None and share.pending",
        "if False",
        "test_plenty_of_stock:nobody_waits_for_who_takes_of_plenty",
    ),
    Broken(
        "what was taken without a lock is written twice",
        f"{SHARES}._plain_writes",
        "written=share.taken",
        "written=0",
        "test_plenty_of_stock:what_was_taken_of_plenty_is_locked_before_anything_else",
    ),
    Broken(
        "others are locked before what was taken without a lock",
        "ecomcore_sqlalchemy.session:Session.fetch",
        "if statement.locks and",
        "if False and",
        "test_plenty_of_stock:what_was_taken_of_plenty_is_locked_before_anything_else",
    ),
    Broken(
        "who has not seen what was taken writes over it",
        "ecomcore_sqlalchemy.mapping:writes_of",
        "getattr(change.before, name)",
        "getattr(change.now, name) + 2 * (name == 'reserved')",
        "test_plenty_of_stock:who_has_not_seen_what_was_taken_does_not_write_over_it",
    ),
    Broken(
        "what is to be kept may be taken in a rush",
        f"{SHELVES}._take",
        "shares(units, keep)",
        "shares(units)",
        "test_plenty_of_stock:a_rush_does_not_bite_into_the_buffer_of_a_channel",
    ),
    # Promises and wishes --------------------------------------------------------------------------------------------
    Broken(
        "pre-orders are promised before their release",
        f"{PROMISES}:_Left.at",
        "at < self.released_at",
        "False",
        DAYS,
    ),
    Broken("what expires is promised for ever", f"{PROMISES}:_note", "-lot.quantity", "0", DAYS),
    Broken("what is late is promised", f"{PROMISES}:promises", "arrival.expected_at > view.now", "True", DAYS),
    Broken("what is set aside is promised again", f"{PROMISES}:_left", " - item.reserved", "", DAYS),
    Broken(
        "what comes to an empty place is not promised",
        "ecomcore.inventory.looking:get_promise",
        "if new:",
        "if 0:",
        DAYS,
    ),
    Broken(
        "what comes where nothing ships is promised",
        f"{PROMISES}:with_empty",
        "locations[location].ships and ",
        "",
        MODEL,
    ),
    Broken(
        "all channels are told of the same unit",
        "ecomcore.inventory.wish:Shares.take",
        "self.taken[location] += part",
        "pass",
        SHARE,
    ),
    Broken(
        "somebody is told of more than there is",
        "ecomcore.inventory.wish:to_be_told",
        "min(shares.available(wish.channel), shares.left(wish.channel))",
        "shares.left(wish.channel)",
        SHARE,
    ),
)
