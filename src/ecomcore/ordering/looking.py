"""The answers of ordering: what carts cost, and what became of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from attrs import AttrsInstance, evolve, fields

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.messages import Actor, Envelope, Event, Member
from ecomcore.kernel.money import Money
from ecomcore.kernel.quantity import LONGEST_PAGE
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import Outbox
from ecomcore.ordering.notices import HeardNotice
from ecomcore.ordering.order import Order
from ecomcore.ordering.placing import buyer_of, cart_of, contact_of, linked, shopper_of
from ecomcore.ordering.ports import Entered, HeardNotices, Offers, OrderFilter, Orders, Pricing
from ecomcore.ordering.queries import (
    ComparePayout,
    EditPreview,
    GetLinkedOrder,
    GetOrder,
    GetTimeline,
    LinesToReorder,
    LinkedOrder,
    ListHeardNotices,
    ListOrders,
    NoticeView,
    OrderView,
    PreviewEdit,
    QuoteCart,
    QuoteCartAt,
    SearchOrders,
    ShowPrices,
    TimelineEntry,
)
from ecomcore.ordering.settlement import AROUND, PayoutReport, compare
from ecomcore.ordering.usecases import added_lines, changes_of, who
from ecomcore.ordering.values import MANUAL, EntryKind, Shopper, ShownPrice
from ecomcore.quoting import CartLine, Quote


def quote_cart(query: QuoteCart, pricing: Pricing, clock: Clock, envelope: Envelope) -> Quote:
    shopper = shopper_of(query, envelope.actor.owner, envelope.channel)
    return pricing.quote(cart_of(query, query.currency), shopper, clock.now())


def quote_cart_at(query: QuoteCartAt, pricing: Pricing, envelope: Envelope) -> Quote:
    owner = Member(query.member).owner if query.member is not None else None
    shopper = shopper_of(query.cart, owner, envelope.channel)
    return pricing.quote(cart_of(query.cart, query.cart.currency), shopper, query.at)


def show_prices(query: ShowPrices, pricing: Pricing, clock: Clock, envelope: Envelope) -> tuple[ShownPrice, ...]:
    shopper = Shopper(owner=envelope.actor.owner, channel=envelope.channel)
    shown = pricing.shown(query.variants, query.currency, shopper, clock.now())
    return tuple(shown[variant] for variant in dict.fromkeys(query.variants) if variant in shown)


def get_order(query: GetOrder, orders: Orders, envelope: Envelope) -> OrderView:
    return _seen_by(envelope.actor, orders.get(query.order))


def get_linked_order(query: GetLinkedOrder, orders: Orders, clock: Clock) -> LinkedOrder:
    now = clock.now()
    order = linked(orders.find(query.order), query, now)
    return LinkedOrder(
        order.id,
        order.number,
        order.total,
        max(order.due_at(now), Money.zero(order.total.currency)),
        order.link.until if order.link else now,
    )


def list_orders(query: ListOrders, orders: Orders, envelope: Envelope) -> tuple[OrderView, ...]:
    buyer = buyer_of(query, envelope)
    if buyer is None:
        raise Invalid("member", None, "the member whose orders staff want to see")
    if query.state is None:
        return tuple(_seen_by(envelope.actor, each) for each in orders.of_buyer(buyer, query.before, query.limit))
    wanted = OrderFilter(buyer=buyer, state=query.state)
    return tuple(_seen_by(envelope.actor, each) for each in orders.search(wanted, query.before, query.limit))


def search_orders(query: SearchOrders, orders: Orders) -> tuple[OrderView, ...]:
    wanted = OrderFilter(
        query.number,
        Member(query.member).owner if query.member is not None else None,
        contact_of(query.email) if query.email is not None else None,
        query.state,
        query.since,
        query.until,
    )
    return tuple(_view(order) for order in orders.search(wanted, query.before, query.limit))


def preview_edit(query: PreviewEdit, orders: Orders, pricing: Pricing, clock: Clock, envelope: Envelope) -> EditPreview:
    now, order = clock.now(), orders.get(query.order)
    added = added_lines(order, query, pricing, now)
    edited = order.edit(changes_of(order, query), added, "preview", who(envelope), now)
    new = edited.amendments[len(order.amendments) :]
    tax = sum(tax.amount.minor for each in new for tax in each.taxes)
    return EditPreview(
        order.total,
        edited.total,
        edited.total - order.total,
        Money(tax, order.total.currency),
        edited.lines[len(order.lines) :],
        new,
    )


def get_timeline(query: GetTimeline, orders: Orders, outbox: Outbox) -> tuple[TimelineEntry, ...]:
    orders.get(query.order)
    told = outbox.history("Order", query.order, after=query.after, limit=query.limit)
    return tuple(
        TimelineEntry(
            each.sequence,
            each.at,
            type(each.event).__name__,
            each.envelope.origin or "system",
            _details(each.event),
        )
        for each in told
    )


def lines_to_reorder(query: LinesToReorder, orders: Orders, offers: Offers, clock: Clock) -> tuple[CartLine, ...]:
    order = orders.get(query.order)
    units = {line.variant: 0 for line in order.lines if line.gift is None}
    for line in order.lines:
        if line.gift is None:
            units[line.variant] += line.quantity
    sold = offers.of(units, order.channel, clock.now())
    return tuple(CartLine(variant, quantity) for variant, quantity in units.items() if variant in sold)


def list_heard_notices(query: ListHeardNotices, notices: HeardNotices) -> tuple[NoticeView, ...]:
    return tuple(_notice(heard) for heard in notices.page(query.after, query.limit))


def _notice(heard: HeardNotice) -> NoticeView:
    return NoticeView(
        heard.id,
        heard.method,
        heard.name,
        heard.kind,
        heard.payment,
        heard.order,
        heard.amount,
        heard.reference,
        heard.outcome,
        heard.reason,
        heard.heard_at,
    )


def compare_payout(query: ComparePayout, orders: Orders) -> PayoutReport:
    if query.until <= query.since:
        raise Invalid("until", query.until, f"a moment after {query.since}")
    since, until = _around(query.since, -AROUND), _around(query.until, AROUND)
    found: list[Entered] = []
    page: Sequence[Entered] = ()
    while not found or len(page) == LONGEST_PAGE:
        after = (found[-1].order, found[-1].entry.number) if found else None
        page = orders.entries(since, until, after, LONGEST_PAGE)
        found.extend(page)
        if not page:
            break
    own = (each for each in found if each.entry.method == query.method)
    return compare(query.csv, query.columns, own, query.since, query.until, fees=query.fees)


def _around(at: Instant, by: timedelta) -> Instant:
    try:
        return at + by
    except OverflowError:  # the first days of year 1, or the last of year 9999
        return at


def _details(event: Event) -> tuple[tuple[str, str], ...]:
    """The event's fields as text; what leads to a person, and what is not kept, stays out."""
    return tuple(
        (each.name, _text(value))
        for each in fields(type(_attrs(event)))
        if each.repr and each.name != "order" and (value := getattr(event, each.name)) not in (None, "", ())
    )


def _attrs(event: Event) -> AttrsInstance:
    return event  # type: ignore[return-value]  # every event is an attrs class


def _text(value: Any) -> str:
    if isinstance(value, Personal):
        return repr(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value)
    return str(value)


def _seen_by(actor: Actor, order: Order) -> OrderView:
    """Buyers see what was changed, but not who of the shop did it and why, nor how staff name what they received."""
    view, owner = _view(order), actor.owner
    if owner is None:
        return view
    amendments = tuple(each if each.by == owner else evolve(each, by="", reason="") for each in view.amendments)
    payments = tuple(each if each.method != MANUAL else evolve(each, reference="") for each in view.payments)
    return evolve(view, amendments=amendments, payments=payments)


def _view(order: Order) -> OrderView:
    ledger = order.ledger
    return OrderView(
        order.id,
        order.number,
        order.buyer,
        order.channel,
        order.state,
        order.lines,
        order.shipping,
        order.total,
        max(order.due, Money.zero(order.total.currency)),
        ledger.sum(EntryKind.AUTHORISED),
        ledger.sum(EntryKind.CAPTURED),
        ledger.sum(EntryKind.REFUNDED),
        order.placed_at,
        ledger.entries,
        order.instalments,
        order.earns,
        order.amendments,
        tuple(CartLine(variant, units) for variant, units in order.remaining().items()),
        order.shipped,
        order.groups,
        tuple(hold.kind for hold in order.holds),
        order.pay_by,
        order.ship_to,
        order.bill_to,
        order.terms,
        order.cart,
    )
