"""The use cases of wishes: load, decide, save."""

from __future__ import annotations

from ecomcore.inventory.ports import StockItems
from ecomcore.inventory.queue_commands import AskForStock, EraseWishes, TellWishes, WithdrawWish
from ecomcore.inventory.queue_errors import NothingToWaitFor
from ecomcore.inventory.queue_ports import QueueLines, Wishes
from ecomcore.inventory.queue_queries import ListWishes, WishCount
from ecomcore.inventory.queue_values import WishPolicy, person_of
from ecomcore.inventory.wish import Wish, to_be_told
from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import Invalid, PermissionDenied
from ecomcore.kernel.ids import Ids, MemberId, WishId
from ecomcore.kernel.messages import Envelope, Member
from ecomcore.kernel.text import Personal

__all__ = ["ask_for_stock", "erase_wishes", "list_wishes", "only_ones_own_wish", "tell_wishes", "withdraw_wish"]


def ask_for_stock(
    command: AskForStock, wishes: Wishes, stock_items: StockItems, clock: Clock, ids: Ids, envelope: Envelope
) -> None:
    member, email = _person(command, envelope)
    now, channel = clock.now(), command.channel or envelope.channel
    available = sum(max(item.offered(now), 0) for item in stock_items.of_variants((command.variant,)))
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
    command: TellWishes,
    wishes: Wishes,
    lines: QueueLines,
    stock_items: StockItems,
    policy: WishPolicy,
    clock: Clock,
) -> int:
    if command.variant not in wishes.variants():
        return 0
    if command.variant in lines.waiting():  # what is there is theirs who wait in line
        return 0
    now = clock.now()
    left = sum(max(item.offered(now), 0) for item in stock_items.of_variants((command.variant,)))
    available = min(command.available, left)  # somebody may have had some of it already
    if not available:
        return 0
    oldest = wishes.oldest(command.variant, available, min(command.limit, available * policy.per_unit))
    told = [wish.tell(now) for wish in to_be_told(oldest, available, policy)]
    wishes.save(*told)
    return len(told)


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
