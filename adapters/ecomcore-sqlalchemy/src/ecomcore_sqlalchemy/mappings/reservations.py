"""Reservations as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomcore.inventory import Purpose, Reservation, ReservationEntry, ReservationEntryKind, ReservationState
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, VariantId
from ecomcore_sqlalchemy import stock_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED", "instant_of", "moment_of", "names"]

Parts = Sequence[Sequence[Row]]


def instant_of(at: Instant | None, dialect: Dialect) -> Any:
    """An instant as a column value, or nothing."""
    return None if at is None else dialect.instant(at)


def moment_of(value: Any, dialect: Dialect) -> Instant | None:
    """A column value as an instant, or nothing."""
    return None if value is None else dialect.moment(value)


def names(columns: str) -> tuple[str, ...]:
    """The names of columns, from a list with blanks between them."""
    return tuple(columns.split())


def _reservation_values(reservation: Reservation, dialect: Dialect) -> Row:
    expires_at = instant_of(reservation.expires_at, dialect)
    promised_at = instant_of(reservation.promised_at, dialect)
    return reservation.state.value, expires_at, reservation.purpose.value, reservation.channel, promised_at


def _reservation(row: Row, parts: Parts, dialect: Dialect) -> Reservation:
    id_, version, told, state, expires_at, purpose, channel, promised_at = row
    return Reservation(
        id=ReservationId(id_),
        version=version,
        told=told,
        state=ReservationState(state),
        expires_at=moment_of(expires_at, dialect),
        entries=tuple(
            ReservationEntry(
                number,
                ReservationEntryKind(kind),
                VariantId(variant),
                LocationId(location),
                quantity,
                balance,
                reference,
                VariantId(bundle) if bundle else None,
                each,
            )
            for _, number, kind, _, variant, location, quantity, balance, reference, bundle, each in parts[0]
        ),
        purpose=Purpose(purpose),
        channel=channel,
        promised_at=moment_of(promised_at, dialect),
    )


def _fresh_reservation_lines(before: Reservation | None, now: Reservation, _: Dialect) -> Iterable[Row]:
    known = len(before.entries) if before else 0
    for entry in now.entries[known:]:
        yield (
            now.id,
            entry.number,
            entry.kind.value,
            entry.item,
            entry.variant,
            entry.location,
            entry.quantity,
            entry.balance,
            entry.reference,
            entry.bundle or "",
            entry.each,
        )


MAPPED: Mapping[type, Mapped[Any]] = {
    Reservation: Mapped(
        Reservation,
        tables.reservations,
        ("state", "expires_at", "purpose", "channel", "promised_at"),
        (),
        _reservation_values,
        _reservation,
        (
            Part(
                tables.reservation_lines,
                names("reservation number kind item variant location quantity balance reference bundle each"),
                "number",
                _fresh_reservation_lines,
            ),
        ),
    ),
}
