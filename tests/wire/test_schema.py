"""The JSON Schema of a message says what is read, neither more nor less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import AddProducts
from ecomcore.counting import StartCount
from ecomcore.inventory import BookStock, EraseWishes, ReserveStock
from ecomcore.ordering import ReceiveWebhook, RecordRefusal, RefundOrder
from ecomcore.wire import Wire
from tests.edges.world import EXAMPLES, MESSAGES, a_world, named
from tests.wire.schemas import matches

WIRE = Wire(ROOMS)
_WORLD = a_world()


def objects_in(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from objects_in(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from objects_in(each)


def references_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for each in schema.values():
            yield from references_in(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from references_in(each)


@pytest.mark.parametrize("message", WIRE.messages.values(), ids=named)
def test_a_schema_names_the_fields_and_allows_no_others(message: type[Any]) -> None:
    schema = WIRE.schema(message)
    fields = attrs.fields(message)

    assert list(schema["properties"]) == [field.name for field in fields]
    assert schema["required"] == [field.name for field in fields if field.default is attrs.NOTHING]
    assert all(each["additionalProperties"] is False for each in objects_in(schema))
    assert all(set(each["required"]) <= set(each["properties"]) for each in objects_in(schema))
    assert (schema["title"], bool(schema["description"])) == (message.__name__, True)


@pytest.mark.parametrize("message", WIRE.messages.values(), ids=named)
def test_a_schema_is_complete_in_itself_and_plain_json(message: type[Any]) -> None:
    schema = WIRE.schema(message)

    defined = {f"#/$defs/{name}" for name in schema.get("$defs", {})}
    assert set(references_in(schema)) == defined
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("message", MESSAGES, ids=named)
def test_a_message_matches_its_schema_and_what_does_not_is_not_read(message: type[Any]) -> None:
    schema, plain = WIRE.schema(message), WIRE.unstructure(EXAMPLES[message](_WORLD))

    assert matches(schema, plain)
    assert not matches(schema, plain | {"unknown": 1})
    for field in schema["required"]:
        assert not matches(schema, {name: value for name, value in plain.items() if name != field})


@pytest.mark.parametrize("message", MESSAGES, ids=named)
def test_what_has_a_default_may_be_left_out(message: type[Any]) -> None:
    schema, plain = WIRE.schema(message), WIRE.unstructure(EXAMPLES[message](_WORLD))
    needed = (*schema["required"], *ONE_OF_SEVERAL.get(message, ()))
    shortest = {name: plain[name] for name in needed}

    loaded = WIRE.load(message.__name__, json.dumps(shortest))

    for field in attrs.fields(message):
        if field.name not in needed:
            assert getattr(loaded, field.name) == default_of(field)


ONE_OF_SEVERAL: dict[type[Any], tuple[str, ...]] = {
    BookStock: ("reason",),
    RefundOrder: ("lines",),
    StartCount: ("variants",),
    EraseWishes: ("member",),
}
"""Where one of several fields has to be there: the one that is."""


def default_of(field: Any) -> Any:
    return field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]


def test_a_schema_speaks_of_nested_things_choices_and_moments() -> None:
    assert WIRE.schema(AddProducts)["$defs"].keys() == {"AddProduct", "NewVariant", "Price", "Money"}
    assert WIRE.schema(RecordRefusal)["properties"]["step"] == {"enum": ["capture", "void", "refund"]}
    assert WIRE.schema(ReceiveWebhook)["properties"]["body"] == {"type": "string", "contentEncoding": "base64"}
    assert WIRE.schema(ReserveStock)["properties"]["expires_at"] == {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]
    }
