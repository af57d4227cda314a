"""Stores with one defect each, made from the memory, and the promise that each of them breaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta, timezone
from threading import RLock
from typing import Any, ClassVar, cast

from attrs import evolve, frozen

from ecomcore.inventory import Reservation, StockItem
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate
from ecomcore.kernel.ids import DeliveryId
from ecomcore.kernel.work import Changed, Delivery, Recorded, Reply, UnitOfWork
from ecomcore.memory.outbox import MemoryOutbox, MemoryReplies
from ecomcore.memory.persistence import MemoryPersistence, _MemoryWork
from ecomcore.memory.repositories import MemoryRepository
from ecomcore.memory.tables import Tables
from ecomcore.ordering import Order
from ecomcore.shipping import Shipment


class Spoilt(MemoryPersistence):
    """The memory, with parts to be exchanged. With none exchanged it is as honest as ever."""

    works: ClassVar[type[_MemoryWork]] = _MemoryWork
    tables: ClassVar[type[Tables]] = Tables
    outbox: ClassVar[type[MemoryOutbox]] = MemoryOutbox
    replies: ClassVar[type[MemoryReplies]] = MemoryReplies
    one_at_a_time: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._tables = self.tables()

    def begin(self, *, write: bool = True) -> UnitOfWork:
        work = self.works(self._tables, self._lock if self.one_at_a_time else RLock(), write=write)
        work.outbox, work.replies = self.outbox(self._tables), self.replies(self._tables)
        return work


# -- stores that do not keep what they are given -----------------------------------------------------------------


def rows_spoilt_by(spoil: Callable[[Any], Any]) -> type[Spoilt]:
    """A store that does this to every row it writes."""

    class SpoiltTables(Tables):
        def apply(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
            super().apply(changed)
            for kind, changes in changed.items():
                for change in changes:
                    self.rows[kind][change.now.id] = spoil(self.rows[kind][change.now.id])

    class SpoiltStore(Spoilt):
        tables = SpoiltTables

    return SpoiltStore


def in_orders(spoil: Callable[[Order], Order]) -> type[Spoilt]:
    return rows_spoilt_by(lambda row: spoil(row) if isinstance(row, Order) else row)


def as_float(order: Order) -> Order:
    return order.having(total=evolve(order.total, minor=int(float(order.total.minor)) % 2**63))


def tidied(row: Any) -> Any:
    return row.having(name=unicodedata.normalize("NFC", row.name).strip()) if hasattr(row, "name") else row


def with_ids_swapped(row: Any) -> Any:
    if not isinstance(row, Reservation):
        return row
    return row.having(
        entries=tuple(evolve(entry, variant=entry.location, location=entry.variant) for entry in row.entries)
    )


def without_what_is_empty(row: Any) -> Any:
    return row.having(tracking=row.tracking or None) if isinstance(row, Shipment) else row


class DropsAMovement(Spoilt):
    class tables(Tables):  # noqa: N801 - takes the place of the class attribute
        def apply(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
            super().apply(changed)
            for change in changed.get(StockItem, ()):
                if len(self.movements[change.now.id]) > 1:
                    del self.movements[change.now.id][0]


class IgnoresCase(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository: MemoryRepository[Any, Any] = super().repository(port)
            rows = self._tables.rows[repository.kind]
            repository._rows = cast("dict[str, Any]", _Caseless(rows))
            return repository


class _Caseless(dict[str, Any]):
    def get(self, key: str, default: Any = None) -> Any:
        return next((row for id_, row in self.items() if id_.lower() == key.lower()), default)


class SortsLikeADictionary(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            repository._in_order = lambda rows, after, limit: sorted(
                (row for row in rows if after is None or row.id.lower() > after.lower()), key=lambda row: row.id.lower()
            )[:limit]
            return repository


class ForgetsWhatIsSearchedFor(Spoilt):
    """It looks at the first of what is asked for only."""

    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            if repository.kind is Order:
                search = repository.search
                repository.search = lambda wanted, before, limit: search(evolve(wanted, contact=None), before, limit)
            return repository


class ReadsAPeriodToItsEnd(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            if repository.kind is Order:
                entries = repository.entries
                repository.entries = lambda since, until, after, limit: entries(
                    since, until + timedelta(microseconds=1), after, limit
                )
            return repository


class TakesAnyReferenceForAPromise(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            if repository.kind is Order:
                repository.of_payment = lambda payment, reference: next(
                    (order for order in repository._all() if _names(order, payment, reference)), None
                )
            return repository


def _names(order: Order, payment: str | None, reference: str) -> bool:
    entries = order.ledger.entries
    return any(entry.payment == payment or entry.reference == (reference or None) for entry in entries)


class AllowsANumberTwice(Spoilt):
    class tables(Tables):  # noqa: N801
        def _check_orders(self, orders: Sequence[Any]) -> None:
            """Nobody looks."""


# -- stores that mix up units of work ----------------------------------------------------------------------------


class _NoVersions(Tables):
    def check(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
        try:
            super().check(changed)
        except Conflict as conflict:
            if isinstance(conflict, Duplicate):
                raise


class LosesUpdates(Spoilt):
    """Two read the same, and the second writes over the first."""

    one_at_a_time = False
    tables = _NoVersions


class IgnoresTheVersion(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            save = repository.save

            def save_anyway(*aggregates: Aggregate) -> None:
                for aggregate in aggregates:
                    current = repository.find(aggregate.id)
                    save(aggregate.having(version=current.version if current else 0))

            if "save" not in vars(repository):
                repository.save = save_anyway
            return repository


class IgnoresLocks(Spoilt):
    """Stale commits are still refused, but nobody is held up: who locks is told too late."""

    one_at_a_time = False


class ShowsTwoMoments(Spoilt):
    """Whoever reads is overtaken by whoever writes."""

    one_at_a_time = False


class LeaksOnRollback(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def rollback(self) -> None:
            if not self._ended and self._write:
                self.outbox.apply()
            super().rollback()


class WritesBeforeItChecks(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def commit(self) -> None:
            self.outbox.apply()
            self.replies.apply()
            super().commit()


class BlindToItsOwnWrites(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            repository._all = lambda: list(repository._rows.values())
            return repository


class WritesTheLedgerAtEachSave(Spoilt):
    class works(_MemoryWork):  # noqa: N801
        def repository(self, port: type) -> Any:
            repository = super().repository(port)
            save = repository.save

            def save_and_append(*aggregates: Aggregate) -> None:
                for aggregate in aggregates:
                    if isinstance(aggregate, StockItem) and aggregate.version:
                        self._tables.movements[aggregate.id].extend(aggregate.fresh)
                save(*aggregates)

            if "save" not in vars(repository):
                repository.save = save_and_append
            return repository


class NumbersNewsAnew(Spoilt):
    class tables(Tables):  # noqa: N801
        def apply(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
            super().apply(changed)
            for kind, changes in changed.items():
                for change in changes:
                    self.rows[kind][change.now.id] = self.rows[kind][change.now.id].having(told=0)


class TrustsTheCode(Spoilt):
    """No constraint of its own."""

    class tables(Tables):  # noqa: N801
        def check(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
            for kind, changes in changed.items():
                super().check({kind: [Changed(c.before, _harmless(c.now)) for c in changes]})


def _harmless(row: Any) -> Any:
    return row.having(on_hand=1, reserved=0) if isinstance(row, StockItem) else row


class AllowsASkuTwice(Spoilt):
    class tables(Tables):  # noqa: N801
        def _check_products(self, products: Sequence[Any]) -> None:
            """Nobody looks."""


# -- stores whose outbox leaks, loses, repeats or overtakes -------------------------------------------------------


class PublishesBeforeTheCommit(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def record(self, events: Sequence[Recorded]) -> None:
            self._tables.events.extend(events)
            for event in events:
                self._tables.histories[event.kind, event.aggregate].append(event)


class ForgetsAnEvent(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def record(self, events: Sequence[Recorded]) -> None:
            super().record(events[:-1] if len(events) > 1 else events)


class ReordersEvents(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def history(self, kind: str, aggregate: str, *, after: int = 0, limit: int = 100) -> Sequence[Recorded]:
            return list(reversed(super().history(kind, aggregate, after=after, limit=limit)))


class ForgetsTheOrigin(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def post(self, deliveries: Sequence[Delivery]) -> None:
            super().post([evolve(d, envelope=evolve(d.envelope, origin=None)) for d in deliveries])


class HandsOneDeliveryToTwo(Spoilt):
    """Looking and taking are two steps, and somebody else fits between them."""

    one_at_a_time = False


class ForgetsTheLease(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def claim(self, now: Any, until: Any, limit: int) -> Sequence[Delivery]:
            return super().claim(now, now, limit)


class NeverGivesBack(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def claim(self, now: Any, until: Any, limit: int) -> Sequence[Delivery]:
            return super().claim(now, until + timedelta(days=1), limit)


class LetsStreamsOvertake(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def post(self, deliveries: Sequence[Delivery]) -> None:
            super().post([evolve(delivery, stream=None) for delivery in deliveries])


class FinishesQuietly(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def finish(self, id: DeliveryId) -> None:
            if self.delivery(id):
                super().finish(id)


class RevivesTheFinished(Spoilt):
    class outbox(MemoryOutbox):  # noqa: N801
        def postpone(self, delivery: Delivery) -> None:
            self.post([delivery])


class LosesTheReply(Spoilt):
    class replies(MemoryReplies):  # noqa: N801
        def keep(self, reply: Reply) -> None:
            """It will not be asked for."""


class ForgetsTheScope(Spoilt):
    class replies(MemoryReplies):  # noqa: N801
        def find(self, scope: str, key: str) -> Reply | None:
            return next((reply for (_, known), reply in self._tables.replies.items() if known == key), None)


class LetsTheLastTwinWin(Spoilt):
    class replies(MemoryReplies):  # noqa: N801
        def check(self) -> None:
            """Whoever comes last is right."""


# -- which promise each of them breaks ---------------------------------------------------------------------------


@frozen
class Broken:
    """A defect, and the promise that is there to find it."""

    name: str
    make: type[Spoilt]
    promise: str

    def __str__(self) -> str:
        return self.name


def _east(order: Order) -> Order:
    return order.having(placed_at=order.placed_at.astimezone(timezone(timedelta(hours=2))))


STORES = (
    Broken("counts money in floats", in_orders(as_float), "amounts_are_exact_in_every_currency"),
    Broken(
        "cuts microseconds",
        in_orders(lambda order: order.having(placed_at=order.placed_at.replace(microsecond=0))),
        "moments_keep_their_microseconds",
    ),
    Broken(
        "answers in local time",
        in_orders(_east),
        "a_moment_given_in_another_zone_comes_back_as_the_same_moment_in_utc",
    ),
    Broken(
        "returns lines in another order",
        in_orders(lambda order: order.having(lines=tuple(sorted(order.lines, key=lambda line: line.variant)))),
        "a_thousand_lines_keep_their_order",
    ),
    Broken("tidies texts", rows_spoilt_by(tidied), "text_comes_back_letter_by_letter"),
    Broken("swaps two ids", rows_spoilt_by(with_ids_swapped), "every_reservation_comes_back_as_it_was_saved"),
    Broken("takes empty for none", rows_spoilt_by(without_what_is_empty), "empty_text_is_not_the_same_as_none"),
    Broken(
        "loses an amendment",
        in_orders(lambda order: order.having(amendments=order.amendments[:1])),
        "an_edit_adds_lines_with_their_charges_and_says_what_it_did",
    ),
    Broken(
        "loses a hold",
        in_orders(lambda order: order.having(holds=order.holds[:1])),
        "an_order_comes_back_with_everything_on_it",
    ),
    Broken(
        "keeps what is over",
        in_orders(lambda order: order.having(ask_at=order.ask_at or order.placed_at)),
        "what_an_order_no_longer_has_does_not_come_back",
    ),
    Broken("drops a movement", DropsAMovement, "movements_are_added_to_the_ledger_and_none_is_lost"),
    Broken("ignores case", IgnoresCase, "ids_that_differ_only_by_case_are_different"),
    Broken("sorts like a dictionary", SortsLikeADictionary, "pages_follow_the_code_points_of_the_ids"),
    Broken("loses updates", LosesUpdates, "of_two_who_change_the_same_thing_one_is_told_or_waits"),
    Broken("ignores the version", IgnoresTheVersion, "a_stale_aggregate_is_refused"),
    Broken("ignores locks", IgnoresLocks, "what_is_loaded_locked_is_nobody_elses_until_the_end"),
    Broken("shows two moments", ShowsTwoMoments, "whoever_reads_sees_one_moment"),
    Broken("shows what is not committed", PublishesBeforeTheCommit, "what_is_not_committed_is_seen_by_nobody_else"),
    Broken("leaks on rollback", LeaksOnRollback, "what_is_rolled_back_leaves_nothing"),
    Broken("writes before it checks", WritesBeforeItChecks, "what_one_row_refuses_leaves_nothing_of_the_others"),
    Broken("is blind to its own writes", BlindToItsOwnWrites, "a_unit_of_work_finds_what_it_has_saved_itself"),
    Broken(
        "is blind to its own orders",
        BlindToItsOwnWrites,
        "a_unit_of_work_finds_the_orders_that_it_has_changed_as_they_are_now",
    ),
    Broken(
        "forgets what is searched for",
        ForgetsWhatIsSearchedFor,
        "orders_are_searched_by_all_that_is_given_together",
    ),
    Broken("reads a period to its end", ReadsAPeriodToItsEnd, "ledger_entries_of_a_time_are_read_on_from_any_of_them"),
    Broken(
        "takes any reference for a promise",
        TakesAnyReferenceForAPromise,
        "an_order_is_found_by_a_payment_and_by_what_the_provider_calls_its_promise",
    ),
    Broken("allows a number twice", AllowsANumberTwice, "no_two_orders_have_one_number_and_any_may_have_none"),
    Broken(
        "gives back more than was taken",
        AllowsANumberTwice,
        "more_given_back_than_was_taken_is_refused_by_the_store_itself",
    ),
    Broken("ignores the version of orders", IgnoresTheVersion, "an_edit_of_an_order_that_has_changed_is_refused"),
    Broken(
        "writes the ledger at each save",
        WritesTheLedgerAtEachSave,
        "saving_twice_in_one_unit_of_work_counts_on_and_writes_once",
    ),
    Broken("numbers news anew", NumbersNewsAnew, "the_numbers_of_an_aggregates_news_go_on_where_they_ended"),
    Broken("trusts the code", TrustsTheCode, "stock_that_cannot_be_is_refused_by_the_store_itself"),
    Broken("allows a SKU twice", AllowsASkuTwice, "a_sku_belongs_to_one_variant_of_the_whole_shop"),
    Broken("publishes before the commit", PublishesBeforeTheCommit, "what_is_rolled_back_leaves_nothing"),
    Broken("forgets an event", ForgetsAnEvent, "an_order_lives_from_its_placing_to_its_delivery"),
    Broken("reorders events", ReordersEvents, "the_events_of_an_aggregate_are_read_in_their_order"),
    Broken("forgets the origin", ForgetsTheOrigin, "every_errand_comes_back_with_all_that_was_said_about_it"),
    Broken("hands one delivery to two", HandsOneDeliveryToTwo, "two_workers_drain_one_outbox_and_never_take_the_same"),
    Broken("forgets the lease", ForgetsTheLease, "what_is_taken_comes_back_when_its_lease_has_run_out"),
    Broken("never gives back", NeverGivesBack, "what_is_taken_comes_back_when_its_lease_has_run_out"),
    Broken("lets streams overtake", LetsStreamsOvertake, "what_belongs_to_one_stream_is_taken_one_after_the_other"),
    Broken("finishes quietly", FinishesQuietly, "what_is_finished_cannot_be_finished_again"),
    Broken("revives the finished", RevivesTheFinished, "to_postpone_what_is_finished_is_ignored"),
    Broken("loses the reply", LosesTheReply, "the_same_command_under_the_same_key_happens_once"),
    Broken("forgets the scope", ForgetsTheScope, "a_key_is_known_in_its_scope_only"),
    Broken("lets the last twin win", LetsTheLastTwinWin, "a_key_is_used_once"),
    Broken(
        "loses the reply after a crash",
        LosesTheReply,
        "a_crash_between_any_two_calls_loses_nothing_and_repeats_nothing",
    ),
    Broken("loses the reply of a shop at random", LosesTheReply, "a_shop_lives_at_random_as_it_would_in_memory"),
)
