"""The use cases of wishes: load, decide, save."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from attrs import frozen

from ecomcore.inventory.channel import ChannelSupply
from ecomcore.inventory.queue_commands import AskForStock, EraseWishes, TellWishes, WithdrawWish
from ecomcore.inventory.queue_errors import NothingToWaitFor
from ecomcore.inventory.queue_ports import QueueLines, Wishes
from ecomcore.inventory.queue_queries import ListWishes, WishCount
from ecomcore.inventory.queue_values import WishPolicy, person_of
from ecomcore.inventory.reserving import Shelves, Wanted
from ecomcore.inventory.wish import Shares, Wish, to_be_told
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid, PermissionDenied
from ecomcore.kernel.ids import Ids, LocationId, MemberId, VariantId, WishId
from ecomcore.kernel.messages import Envelope, Member
from ecomcore.kernel.text import Personal

__all__ = ["ask_for_stock", "erase_wishes", "list_wishes", "only_ones_own_wish", "tell_wishes", "withdraw_wish"]


PAGE: Final = 200
"""Variants that are looked at together."""


def ask_for_stock(
    command: AskForStock, wishes: Wishes, shelves: Shelves, clock: Clock, ids: Ids, envelope: Envelope
) -> None:
    member, email = _person(command, envelope)
    now, channel = clock.now(), command.channel or envelope.channel
    wanted = Wanted(units={command.variant: command.quantity}, channel=channel)
    available = shelves.look(wanted, now, also_overdue=True, choose=False).available(command.variant)
    if available >= command.quantity:
        raise NothingToWaitFor(command.variant, available)
    known = wishes.open_of(command.variant, person_of(member, email))
    if known is None:
        owner = Member(member).owner if member is not None else envelope.actor.owner or ""
        wishes.save(Wish.ask(WishId(ids.new()), command.variant, owner, member, email, channel, command.quantity, now))
    elif (changed := known.change(command.quantity, channel)) is not known:
        wishes.save(changed)


def withdraw_wish(command: WithdrawWish, wishes: Wishes, envelope: Envelope) -> None:
    member, email = _person(command, envelope)
    wish, owner = wishes.open_of(command.variant, person_of(member, email)), envelope.actor.owner
    if wish is not None and (owner is None or wish.is_of(owner)):
        wishes.save(wish.withdraw())


def tell_wishes(
    command: TellWishes, wishes: Wishes, lines: QueueLines, shelves: Shelves, policy: WishPolicy, clock: Clock
) -> int:
    wished, now = wishes.variants(), clock.now()
    wanted = sorted(wished if command.variant is None else wished.intersection((command.variant,)))
    told = 0
    for start in range(0, len(wanted), PAGE):
        there = _there(wanted[start : start + PAGE], lines, shelves, now)
        found = [wish.tell(now) for wish in _fitting(command, there, wishes, shelves, policy, now)]
        wishes.save(*found)
        told += len(found)
    return told


_Place: TypeAlias = Mapping[VariantId, int]
"""How much there is of each part at a location."""


@frozen
class _There:
    """What there is of a variant: of its parts at each location, and how many ``each`` takes."""

    each: _Place
    places: Mapping[LocationId, _Place]

    def can_have(self, supply: ChannelSupply | None) -> dict[LocationId, int]:
        """How many a channel can have from each location."""
        found = {}
        for location, parts in self.places.items():
            served = supply.of(location) if supply is not None else None
            if supply is None or served is not None:
                kept = served.buffer if served is not None else 0
                found[location] = min(max(parts.get(part, 0) - kept, 0) // units for part, units in self.each.items())
        return {location: units for location, units in found.items() if units}


def _there(variants: Sequence[VariantId], lines: QueueLines, shelves: Shelves, now: Instant) -> dict[VariantId, _There]:
    """Of each variant what anybody can have; without those for which people wait in line: what is there is theirs."""
    view = shelves.look(Wanted(units=dict.fromkeys(variants, 1)), now, also_overdue=True, choose=False)
    places: dict[VariantId, dict[LocationId, dict[VariantId, int]]] = {}
    of_part: dict[VariantId, list[VariantId]] = defaultdict(list)
    queued = lines.waiting()
    for variant in variants:
        parts = view.components.get(variant) or (variant,)
        if queued.isdisjoint(parts):
            places[variant] = defaultdict(dict)
            for part in parts:
                of_part[part].append(variant)
    for item in view.items:
        for variant in of_part[item.variant]:
            places[variant][item.location][item.variant] = view.spare[item.id]
    found = {variant: _There(view.components.get(variant) or {variant: 1}, at) for variant, at in places.items()}
    return {variant: there for variant, there in found.items() if there.can_have(None)}


def _fitting(
    command: TellWishes,
    there: Mapping[VariantId, _There],
    wishes: Wishes,
    shelves: Shelves,
    policy: WishPolicy,
    now: Instant,
) -> Iterator[Wish]:
    """Who is told. Beyond a few questions about all of them, the wishes are read of variants only that somebody can
    have in a channel in which somebody waits.
    """
    if not there:
        return
    waiting, told = wishes.open_sums(there), wishes.told_sums(there, now - policy.time_to_come)
    supplies = shelves.channels.many(sorted({each.channel for each in (*waiting, *told)}))
    can: dict[VariantId, dict[str, dict[LocationId, int]]] = defaultdict(dict)
    for each in (*waiting, *told):
        can[each.variant][each.channel] = there[each.variant].can_have(supplies.get(each.channel))
    shares = {variant: Shares(channels, policy.per_unit) for variant, channels in can.items()}
    for each in told:
        shares[each.variant].take(each.channel, each.units)
    fitting: dict[VariantId, list[str]] = defaultdict(list)
    for each in waiting:
        share = shares[each.variant]
        if command.location is not None:
            share.forget(command.location)
        if each.least <= min(share.available(each.channel), share.left(each.channel)):
            fitting[each.variant].append(each.channel)
    for variant, channels in sorted(fitting.items()):
        yield from to_be_told(_oldest(command, variant, channels, shares[variant], wishes), shares[variant])


def _oldest(
    command: TellWishes, variant: VariantId, channels: Sequence[str], share: Shares, wishes: Wishes
) -> Sequence[Wish]:
    """The oldest wishes that can be told, however many older ones want too much; channels alike are one question."""
    alike: dict[int, list[str]] = defaultdict(list)
    for channel in channels:
        alike[min(share.available(channel), share.left(channel))].append(channel)
    limit = min(command.limit, sum(share.left(channel) for channel in channels))
    found = [wish for most, some in alike.items() for wish in wishes.oldest(variant, some, most, limit)]
    return sorted(found, key=lambda wish: (wish.asked_at, wish.id))[:limit]


def erase_wishes(command: EraseWishes, wishes: Wishes) -> int:
    found = wishes.of_person(person_of(command.member, command.email))
    wishes.save(*(wish.erase() for wish in found))
    return len(found)


def list_wishes(query: ListWishes, wishes: Wishes) -> tuple[WishCount, ...]:
    return tuple(wishes.counts(frozenset(query.variants), query.after, query.limit))


def only_ones_own_wish(message: AskForStock | WithdrawWish, envelope: Envelope) -> None:
    """Members wish for themselves, guests for an address; nobody but staff for another member."""
    owner = envelope.actor.owner
    if owner is None or (message.member is not None and Member(message.member).owner != owner):
        raise PermissionDenied(message.permission.name, type(envelope.actor).__name__.lower())


def _person(command: AskForStock | WithdrawWish, envelope: Envelope) -> tuple[MemberId | None, Personal | None]:
    """Who is told: members themselves, all others at an address."""
    if isinstance(envelope.actor, Member):
        if command.email is not None:
            raise Invalid("email", command.email, "nothing: members are told themselves")
        return envelope.actor.id, None
    if command.member is None and command.email is None:
        raise Invalid("email", None, "an e-mail address")
    return command.member, command.email
