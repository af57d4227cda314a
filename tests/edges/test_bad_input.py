"""Whatever is put into whichever field of whichever message: it is refused by name, or it is carried out rightly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import Any, get_type_hints

import attrs
import pytest

from ecomcore.bootstrap import ROOMS
from ecomcore.carts import CompleteCart
from ecomcore.choices import Deliveries, Job, Retries, Subscriber
from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.address import Address
from ecomcore.kernel.errors import DomainError, Invalid
from ecomcore.kernel.ids import MemberId, VariantId
from ecomcore.kernel.messages import Anonymous, Envelope, Guest, Member, Staff, System
from ecomcore.kernel.text import Personal
from ecomcore.ordering import (
    AssignFulfilment,
    AuthorisePayment,
    CompleteOrder,
    MarkOrderShipped,
    Offer,
    OrderingPolicy,
    OrderPlaced,
    PlaceOrder,
    RecordRefund,
    RecordVoid,
    RefundPayment,
    RetryPayment,
    VoidPayment,
)
from ecomcore.quoting import Take
from ecomcore.shipping import CancelShipments, PrepareShipment
from ecomcore.testing import a_price
from ecomcore.wallet import RefundCredit, ReleaseCredit
from ecomcore.wire import Wire
from tests.edges.bad_values import BAD, BAD_JSON, kinds_in, plausible
from tests.edges.world import EXAMPLES, MESSAGES, World, a_world, named, send
from tests.wire.schemas import matches

WIRE = Wire(ROOMS)
_WORLD = a_world()
_CANARY = "canary-4242"
_NEVER_ACCEPTED = {"a megabyte", "a long list"}

VALUES: dict[type[Any], Any] = {
    type(value): value
    for example in (
        *(make(_WORLD) for make in EXAMPLES.values()),
        Address(
            recipient=Personal("Ada"),
            lines=(Personal("1 Main Street"),),
            city=Personal("London"),
            postcode=Personal("N1"),
            country="GB",
            region="London",
            phone=Personal("+44"),
        ),
        Envelope(actor=Anonymous()),
        Member(MemberId("ada")),
        Guest("a-secret-of-a-guest"),
        Staff("sam", {"catalog.edit"}),
        Offer(VariantId("tea"), "TEA", "Tea", a_price()),
        OrderingPolicy(),
        Retries(),
        Deliveries(),
        Job(ExpireReservations(), timedelta(minutes=1)),
    )
    for value in kinds_in(example)
    if not isinstance(value, Take)  # the shop makes it itself and unchecked; the command it comes in with looks at it
}
"""One of every kind of message, of every value in one, and of all that a host says when it sets up its shop."""


FILES = {"csv"}
"""What is parsed, and kept nowhere, may say anything."""


@pytest.mark.parametrize("kind", VALUES, ids=named)
def test_a_field_takes_what_its_type_allows_and_refuses_all_else_by_its_name(kind: Any) -> None:
    hints = get_type_hints(kind)
    for field in attrs.fields(kind):
        for what, bad in BAD.items():
            given = {each.name: getattr(VALUES[kind], each.name) for each in attrs.fields(kind)} | {field.name: bad}

            made = tried(partial(kind, **given))

            if isinstance(made, Invalid):
                assert of(field.name, made.field), (field.name, what)
                assert short(made), (field.name, what)
            else:
                kept = getattr(made, field.name)  # in the form of its type: lists are tuples, instants are in UTC
                of_a_file = field.name in FILES and isinstance(kept, str)
                assert of_a_file or plausible(hints[field.name], kept), (field.name, what)
                assert not isinstance(kept, list), (field.name, what)


@pytest.mark.parametrize("message", MESSAGES, ids=named)
def test_what_json_says_in_a_field_is_taken_or_refused_by_its_path(message: type[Any]) -> None:
    plain, schema = WIRE.unstructure(VALUES[message]), WIRE.schema(message)
    for path, replaced in places(plain):
        for what, bad in BAD_JSON.items():
            text = json.dumps(replaced(bad))

            made = tried(partial(WIRE.load, message.__name__, text))

            if isinstance(made, Invalid):
                assert of(path, made.field) or of(made.field, path), (path, what, made.field)
                assert short(made), (path, what)
            else:
                assert matches(schema, replaced(bad)), (path, what)


@pytest.mark.parametrize("message", MESSAGES, ids=named)
def test_a_stocked_shop_refuses_or_obeys_and_its_books_still_balance(message: type[Any]) -> None:
    world = a_world()
    for odd in odd_ones(message, world):
        answer = tried(partial(send, world, odd))

        if isinstance(answer, DomainError):
            assert short(answer)
        else:
            breaches = {breach.rule for breach in world.kit.shop.audit()}
            assert breaches <= ALONE.get(message, set()), odd
            world = a_world()


# What only policies and providers say, said out of the blue: the other half of the story is missing from the books.
ALONE: dict[type[Any], set[str]] = {
    PrepareShipment: {
        "every shipment has its order",
        "shipped units = ordered units",
        "packed units = units still to leave",
        "the order follows the shipment",
    },
    CancelShipments: {"a confirmed order has its shipment"},
    AssignFulfilment: {
        "an order knows where its goods are",
        "packed units = units still to leave",
        "shipped units = ordered units",
    },
    MarkOrderShipped: {
        "the order follows the shipment",
        "the reservation follows the order",
        "shipped units <= ordered units",
        "what has left has its shipment",
    },
    CompleteCart: {"a completed cart has its order"},
    CompleteOrder: {"the order follows the shipment"},
    VoidPayment: {"a confirmed order is covered"},
    RefundPayment: {"a confirmed order is covered"},
    RecordVoid: {"a confirmed order is covered"},
    RecordRefund: {"a confirmed order is covered"},
    ReleaseCredit: {"a confirmed order is covered"},
    RefundCredit: {"a confirmed order is covered"},
}


def odd_ones(message: type[Any], world: World) -> list[Any]:
    """The example with each bad value in each field, where it can be made, in words of Python and of JSON."""
    example = EXAMPLES[message](world)
    plain = WIRE.unstructure(example)
    in_python = [
        tried(partial(attrs.evolve, example, **{field.name: bad}))
        for field in attrs.fields(message)
        for bad in BAD.values()
    ]
    in_json = [
        tried(partial(WIRE.load, message.__name__, json.dumps(replaced(bad))))
        for _, replaced in places(plain)
        for what, bad in BAD_JSON.items()
        if what not in _NEVER_ACCEPTED
    ]
    return list(dict.fromkeys(odd for odd in in_python + in_json if not isinstance(odd, DomainError)))


def tried(make: Callable[[], Any]) -> Any:
    """What is made, or the refusal to make it; anything else that is raised fails the test."""
    try:
        return make()
    except DomainError as refusal:
        return refusal


def places(plain: Any, path: str = "") -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Every place in a JSON value: its path, and a function that answers with a copy that has another value there."""
    if path:
        yield path, lambda bad: bad
    inner = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list | tuple) else ()
    for key, value in inner:
        here = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".lstrip(".")
        for below, replaced in places(value, here):
            yield below, partial(_replaced, plain, key, replaced)


def _replaced(plain: Any, key: Any, replaced: Callable[[Any], Any], bad: Any) -> Any:
    copy = deepcopy(plain) if isinstance(plain, dict) else list(plain)
    copy[key] = replaced(bad)
    return copy


def of(path: str, field: str) -> bool:
    """Whether the refused field is the one at the path, or lies in it."""
    return field == path or field.startswith((f"{path}.", f"{path}["))


def short(refusal: DomainError) -> bool:
    return len(str(refusal)) < 400 and len(repr(refusal)) < 800


def test_what_a_host_says_of_a_subscriber_is_checked() -> None:
    with pytest.raises(Invalid, match=r"^name: "):
        Subscriber("", (OrderPlaced,), print)
    for events in ((), OrderPlaced, (int,), ("OrderPlaced",), None):
        with pytest.raises(Invalid, match=r"^events: "):
            Subscriber("mail", events, print)
    with pytest.raises(Invalid, match=r"^call: "):
        Subscriber("mail", (OrderPlaced,), None)  # type: ignore[arg-type]  # the point of it


@pytest.mark.parametrize("token", [f"{_CANARY}\0", f"{_CANARY}\n", _CANARY * 100, [_CANARY], {"pan": _CANARY}])
@pytest.mark.parametrize("message", [PlaceOrder, RetryPayment, AuthorisePayment], ids=named)
def test_a_token_never_shows_in_a_refusal_or_a_message(message: type[Any], token: Any) -> None:
    given = VALUES[message]
    plain = json.dumps(WIRE.unstructure(given) | {"token": token})

    for make in (partial(attrs.evolve, given, token=token), partial(WIRE.load, message.__name__, plain)):
        with pytest.raises(Invalid) as refusal:
            make()

        assert refusal.value.field == "token"
        assert _CANARY not in str(refusal.value) + repr(refusal.value) + repr(refusal.value.__dict__)
    assert _CANARY not in repr(attrs.evolve(given, token=_CANARY))


@pytest.mark.parametrize(
    "sent", [f'{{"token": "{_CANARY}"', f'["{_CANARY}"]', f'"{_CANARY}"', f'{{"lines": ["{_CANARY}"]}}']
)
def test_json_of_the_wrong_shape_is_not_shown(sent: str) -> None:
    with pytest.raises(Invalid) as refusal:
        WIRE.load("PlaceOrder", sent)

    assert _CANARY not in str(refusal.value) + repr(refusal.value)


def test_personal_data_of_the_wrong_kind_is_not_shown() -> None:
    address = WIRE.unstructure(VALUES[Address])
    for part in ("recipient", "city", "postcode", "phone"):
        for bad in ([_CANARY], {"value": _CANARY}, f"{_CANARY}\0", _CANARY * 1_000):
            with pytest.raises(Invalid) as refusal:
                WIRE.structure(address | {part: bad}, Address)

            assert refusal.value.field == part
            assert _CANARY not in str(refusal.value) + repr(refusal.value)


@pytest.mark.parametrize("actor", [None, "admin", 1, System, Staff], ids=repr)
def test_only_an_actor_can_ask(actor: Any) -> None:
    shop = a_world().kit.shop

    with pytest.raises(Invalid, match=r"^actor: "):
        shop.handle(ExpireReservations(), by=actor)


@pytest.mark.parametrize("key", ["", " \n", "x" * 201, "schl\u00fcssel", 1, b"key"], ids=repr)
def test_a_key_that_no_store_can_keep_is_refused(key: Any) -> None:
    with pytest.raises(Invalid, match=r"^key: "):
        a_world().kit.system.handle(ExpireReservations(), key=key)
