"""What is not acceptable is refused by its path, and nothing is coerced."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import ChangePrice
from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.messages import Event
from ecomcore.kernel.room import Room
from ecomcore.kernel.text import HIDDEN
from ecomcore.ordering import PlaceOrder, ReceiveWebhook
from ecomcore.wire import LONGEST_TEXT, Wire
from tests.edges.world import named

WIRE = Wire(ROOMS)

WEBHOOK: dict[str, Any] = {"body": "AP8=", "headers": [["Signature", "1.2"]]}
ORDER: dict[str, Any] = {
    "lines": [{"variant": variant, "quantity": 1} for variant in ("tea", "milk", "jam")],
    "accepted": {"minor": 1, "currency": "EUR"},
}
RESERVATION: dict[str, Any] = {"source": "cart", "lines": [{"variant": "tea", "quantity": 1}]}
REFUSAL: dict[str, Any] = {
    "order": "o",
    "payment": "p",
    "step": "capture",
    "amount": {"minor": 1, "currency": "EUR"},
    "reason": "no",
    "reference": "r",
}
PRODUCT: dict[str, Any] = {
    "name": "Tea",
    "variants": [{"sku": "TEA", "price": {"amount": {"minor": 1, "currency": "EUR"}, "per": 1}}],
}
PRODUCTS: dict[str, Any] = {"products": [PRODUCT, PRODUCT]}


def refusal_of(name: str, text: str) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        WIRE.load(name, text)
    return refusal.value


def changed(plain: Any, place: tuple[Any, ...], value: Any) -> str:
    """The JSON text with another value at the place; with ``...`` the place is taken out."""
    copy = inner = json.loads(json.dumps(plain))
    for step in place[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return json.dumps(copy)


@pytest.mark.parametrize(
    ("name", "plain", "place", "value", "field"),
    [
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), "2", "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), 2.0, "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), True, "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), None, "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), -1, "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), 0, "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), 1_000_000_001, "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), float("nan"), "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), float("-inf"), "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 2, "quantity"), ..., "lines[2].quantity"),
        ("PlaceOrder", ORDER, ("lines", 1, "price"), 1, "lines[1].price"),
        ("PlaceOrder", ORDER, ("lines", 1, "variant"), 1, "lines[1].variant"),
        ("PlaceOrder", ORDER, ("lines", 1, "variant"), "x" * 1_000_000, "lines[1].variant"),
        ("PlaceOrder", ORDER, ("lines", 0), 1, "lines[0]"),
        ("PlaceOrder", ORDER, ("lines", 0), [], "lines[0]"),
        ("PlaceOrder", ORDER, ("lines", 0), None, "lines[0]"),
        ("PlaceOrder", ORDER, ("lines",), {}, "lines"),
        ("PlaceOrder", ORDER, ("lines",), "tea", "lines"),
        ("PlaceOrder", ORDER, ("lines",), [], "lines"),
        ("PlaceOrder", ORDER, ("lines",), ..., "lines"),
        ("PlaceOrder", ORDER, ("accepted",), 1, "accepted"),
        ("PlaceOrder", ORDER, ("accepted",), "1.00 EUR", "accepted"),
        ("PlaceOrder", ORDER, ("accepted", "minor"), 1.5, "accepted.minor"),
        ("PlaceOrder", ORDER, ("accepted", "minor"), 2**63, "accepted.minor"),
        ("PlaceOrder", ORDER, ("accepted", "currency"), "eur", "accepted.currency"),
        ("PlaceOrder", ORDER, ("accepted", "currency"), ..., "accepted.currency"),
        ("PlaceOrder", ORDER, ("discount",), 1, "discount"),
        ("PlaceOrder", ORDER, ("with space\n",), 1, r"'with space\n'"),
        ("ReserveStock", RESERVATION, ("expires_at",), "2030-06-12T12:00:00", "expires_at"),
        ("ReserveStock", RESERVATION, ("expires_at",), "2030-06-12", "expires_at"),
        ("ReserveStock", RESERVATION, ("expires_at",), "tomorrow", "expires_at"),
        ("ReserveStock", RESERVATION, ("expires_at",), 1_900_000_000, "expires_at"),
        ("ReserveStock", RESERVATION, ("expires_at",), "9999-12-31T23:59:59-23:00", "expires_at"),
        ("ReserveStock", RESERVATION, ("expires_at",), "2030-06-12T24:61:00Z", "expires_at"),
        ("RecordRefusal", REFUSAL, ("step",), "steal", "step"),
        ("RecordRefusal", REFUSAL, ("step",), "CAPTURE", "step"),
        ("RecordRefusal", REFUSAL, ("step",), None, "step"),
        ("RecordRefusal", REFUSAL, ("step",), ["capture"], "step"),
        ("ReceiveWebhook", WEBHOOK, ("body",), "AP8", "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), "AP9=", "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), "AP\n8=", "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), "_-8=", "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), '{"id": 1}', "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), "\u00e4\u00e4\u00e4=", "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), [0, 255], "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), None, "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), "AAAA" * 333_334, "body"),
        ("ReceiveWebhook", WEBHOOK, ("body",), ..., "body"),
        ("ReceiveWebhook", WEBHOOK, ("headers",), {"Signature": "1.2"}, "headers"),
        ("ReceiveWebhook", WEBHOOK, ("headers", 0), ["Signature"], "headers[0]"),
        ("ReceiveWebhook", WEBHOOK, ("headers", 0, 1), 1, "headers[0][1]"),
        ("ReceiveWebhook", WEBHOOK, ("headers",), [["a", "b"]] * 101, "headers"),
        ("AddProduct", PRODUCT, ("publish",), 1, "publish"),
        ("AddProduct", PRODUCT, ("publish",), "true", "publish"),
        ("AddProducts", PRODUCTS, ("products", 1, "variants", 0, "sku"), "", "products[1].variants[0].sku"),
        ("AddProducts", PRODUCTS, ("products", 1, "variants", 0, "price"), 1, "products[1].variants[0].price"),
        (
            "AddProducts",
            PRODUCTS,
            ("products", 0, "variants", 0, "price", "amount", "minor"),
            "1",
            "products[0].variants[0].price.amount.minor",
        ),
        (
            "AddProducts",
            PRODUCTS,
            ("products", 1, "variants", 0, "price", "per"),
            0,
            "products[1].variants[0].price.per",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_field_is_refused_by_its_path(
    name: str, plain: dict[str, Any], place: tuple[Any, ...], value: Any, field: str
) -> None:
    refusal = refusal_of(name, changed(plain, place, value))

    assert refusal.field == field
    assert len(str(refusal)) < 300


@pytest.mark.parametrize(
    "name", ["PlaceOrder", "ReserveStock", "RecordRefusal", "ReceiveWebhook", "AddProduct", "AddProducts"]
)
def test_the_examples_themselves_are_acceptable(name: str) -> None:
    plain = {
        "PlaceOrder": ORDER,
        "ReserveStock": RESERVATION | {"expires_at": "2030-06-12T14:00:00+02:00"},
        "RecordRefusal": REFUSAL,
        "ReceiveWebhook": WEBHOOK,
        "AddProduct": PRODUCT,
        "AddProducts": PRODUCTS,
    }

    assert type(WIRE.load(name, json.dumps(plain[name]))).__name__ == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "nonsense",
        "{'lines': []}",
        '{"lines": [}',
        "null null",
        "[" * 100_000,
        '{"lines":' * 50_000,
        '{"lines": ' + "9" * 5_000 + "}",
        "\ufeff{}",
        "x" * (LONGEST_TEXT + 1),
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_json_is_refused_in_few_words(text: str) -> None:
    refusal = refusal_of("PlaceOrder", text)

    assert refusal.field == "message"
    assert "JSON" in str(refusal)
    assert len(str(refusal)) < 300


@pytest.mark.parametrize("text", ["null", "true", "1", '"lines"', "[]", '["lines","accepted"]', "NaN"])
def test_what_is_no_object_is_no_message(text: str) -> None:
    refusal = refusal_of("PlaceOrder", text)

    assert refusal.field == "message"
    assert "an object with lines, accepted" in refusal.accepted


def test_a_value_nested_deep_is_refused_and_shown_short() -> None:
    refusal = refusal_of(
        "PlaceOrder", '{"accepted":{"minor":1,"currency":"EUR"},"lines":' + "[" * 900 + "]" * 900 + "}"
    )

    assert refusal.field == "lines[0]"
    assert len(str(refusal)) < 300


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"lines":[{"variant":"a","quantity":1,"quantity":2}],"accepted":{"minor":1,"currency":"EUR"}}', "quantity"),
        ('{"lines":[{"variant":"a","variant":"a","quantity":1}],"accepted":{"minor":1,"currency":"EUR"}}', "variant"),
    ],
)
def test_a_field_given_twice_is_refused_for_nobody_knows_which_was_meant(text: str, field: str) -> None:
    refusal = refusal_of("PlaceOrder", text)

    assert refusal.field == f"lines[0].{field}"
    assert "given 2 times" in str(refusal)


def test_optional_fields_and_lists_given_twice_are_refused_too() -> None:
    order = json.dumps(ORDER)[1:-1]

    assert refusal_of("PlaceOrder", f'{{{order},"member":null,"member":"ada"}}').field == "member"
    assert refusal_of("PlaceOrder", f"{{{order},{order}}}").field == "lines"


@pytest.mark.parametrize("name", ["", "Nonsense", "placeorder", "Money", "__class__", "x" * 1_000_000, None, 1, []])
def test_what_is_not_the_name_of_a_message_is_refused(name: Any) -> None:
    refusal = refusal_of(name, "{}")

    assert refusal.field == "message"
    assert len(str(refusal)) < 300


def test_a_refusal_says_what_would_be_accepted() -> None:
    assert str(refusal_of("PlaceOrder", changed(ORDER, ("lines", 1, "prise"), 1))) == (
        "lines[1].prise: 'prise' is not acceptable; expected only variant, quantity"
    )
    assert str(refusal_of("RecordRefusal", changed(REFUSAL, ("step",), "steal"))) == (
        "step: 'steal' is not acceptable; expected one of capture, void, refund"
    )
    assert str(refusal_of("PlaceOrder", changed(ORDER, ("lines", 1, "quantity"), ...))) == (
        "lines[1].quantity: None is not acceptable; expected a value; it is missing"
    )


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (ChangePrice, "1"),
        (ChangePrice, '"x"'),
        (ExpireReservations, '"1"'),
        (ExpireReservations, "true"),
        (PlaceOrder, "1"),
    ],
    ids=str,
)
def test_a_stored_answer_of_another_type_is_refused(command: type[Any], text: str) -> None:
    with pytest.raises(Invalid):
        WIRE.load_answer(command.__name__, text)


def test_equal_messages_are_equal_text_whatever_order_their_fields_came_in() -> None:
    backwards = json.dumps(dict(reversed(list(REFUSAL.items()))), indent=2)

    assert WIRE.dump(WIRE.load("RecordRefusal", backwards)) == WIRE.dump(
        WIRE.load("RecordRefusal", json.dumps(REFUSAL))
    )


@given(st.binary(max_size=300), st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=3))
def test_the_bytes_of_a_webhook_arrive_as_they_were_signed(body: bytes, headers: list[tuple[str, str]]) -> None:
    name, text = WIRE.dump(ReceiveWebhook(body, headers))

    assert WIRE.load(name, text) == ReceiveWebhook(body, tuple(headers))
    assert json.loads(text)["body"] == b64encode(body).decode()


def test_the_body_of_a_webhook_is_not_shown_when_it_is_refused() -> None:
    refusal = refusal_of("ReceiveWebhook", json.dumps(WEBHOOK | {"body": "a-card-number"}))

    assert refusal.value == HIDDEN
    assert "in base64" in refusal.accepted


def test_text_of_every_script_stays_what_it_is() -> None:
    refusal = attrs.evolve(
        WIRE.load("RecordRefusal", json.dumps(REFUSAL)), reason="キャンセル — Ärger 👩‍👩‍👧 \u202eabc"
    )

    assert WIRE.load(*WIRE.dump(refusal)) == refusal


def test_two_messages_of_one_name_are_refused_at_once() -> None:
    impostor = type("PlaceOrder", (Event,), {})

    with pytest.raises(ValueError, match="two messages are called PlaceOrder"):
        Wire((*ROOMS, Room(name="shadow", events=(impostor,))))


def test_every_message_has_a_name_of_its_own() -> None:
    kinds = [kind for room in ROOMS for kind in (*room.deciders, *room.couriers, *room.answers, *room.events)]

    assert sorted(map(named, kinds)) == sorted(WIRE.messages)
