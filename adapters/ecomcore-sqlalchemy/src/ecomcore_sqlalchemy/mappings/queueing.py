"""Queues and wishes as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from ecomcore.inventory import QueueLine, QueueTicket, TicketState, Wish, WishState
from ecomcore.kernel.ids import LocationId, MemberId, QueueTicketId, VariantId, WishId
from ecomcore.kernel.text import Personal
from ecomcore_sqlalchemy import queue_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

_SECOND: Final = timedelta(seconds=1)


def _line(row: Row, _: Sequence[Sequence[Row]], __: Dialect) -> QueueLine:
    id_, version, told, last, waiting = row
    return QueueLine(id=VariantId(id_), version=version, told=told, last=last, waiting=waiting)


def _ticket_values(ticket: QueueTicket, dialect: Dialect) -> Row:
    return (
        ticket.state.value,
        None if ticket.offered_until is None else dialect.instant(ticket.offered_until),
        ticket.owner,
        ticket.source,
        ticket.variant,
        ticket.quantity,
        ticket.channel,
        ticket.location,
        ticket.hold_for // _SECOND,
        ticket.number,
        dialect.instant(ticket.joined_at),
    )


def _ticket(row: Row, _: Sequence[Sequence[Row]], dialect: Dialect) -> QueueTicket:
    id_, version, told, state, offered_until, owner, source, variant, quantity, channel, *rest = row
    location, hold_for, number, joined_at = rest
    return QueueTicket(
        id=QueueTicketId(id_),
        version=version,
        told=told,
        state=TicketState(state),
        offered_until=None if offered_until is None else dialect.moment(offered_until),
        owner=owner,
        source=source,
        variant=VariantId(variant),
        quantity=quantity,
        channel=channel,
        location=None if location is None else LocationId(location),
        hold_for=timedelta(seconds=hold_for),
        number=number,
        joined_at=dialect.moment(joined_at),
    )


def _wish_values(wish: Wish, dialect: Dialect) -> Row:
    return (
        wish.state.value,
        wish.quantity,
        wish.channel,
        wish.owner,
        wish.person,
        wish.member,
        None if wish.email is None else wish.email.value,
        None if wish.told_at is None else dialect.instant(wish.told_at),
        wish.variant,
        dialect.instant(wish.asked_at),
    )


def _wish(row: Row, _: Sequence[Sequence[Row]], dialect: Dialect) -> Wish:
    id_, version, told, state, quantity, channel, owner, person, member, email, told_at, variant, asked_at = row
    return Wish(
        id=WishId(id_),
        version=version,
        told=told,
        state=WishState(state),
        quantity=quantity,
        channel=channel,
        owner=owner,
        person=person,
        member=None if member is None else MemberId(member),
        email=None if email is None else Personal(email),
        told_at=None if told_at is None else dialect.moment(told_at),
        variant=VariantId(variant),
        asked_at=dialect.moment(asked_at),
    )


_TICKET = (
    "owner",
    "source",
    "variant",
    "quantity",
    "channel",
    "location",
    "hold_for",
    "number",
    "joined_at",
)
_WISH = ("state", "quantity", "channel", "owner", "person", "member", "email", "told_at")

MAPPED: Mapping[type, Mapped[Any]] = {
    QueueLine: Mapped(
        QueueLine, tables.queue_lines, ("last", "waiting"), (), lambda line, _: (line.last, line.waiting), _line
    ),
    QueueTicket: Mapped(
        QueueTicket, tables.queue_tickets, ("state", "offered_until"), _TICKET, _ticket_values, _ticket
    ),
    Wish: Mapped(Wish, tables.wishes, _WISH, ("variant", "asked_at"), _wish_values, _wish),
}
