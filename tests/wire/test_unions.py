"""A field that holds things of several classes says of each which it is; sets, days and fixed lists travel as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from typing import Any, NewType, TypeAlias

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.bootstrap import assemble
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.messages import Command, Event
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.room import Room
from ecomcore.kernel.text import HIDDEN, Personal
from ecomcore.wire import LONGEST_TEXT, Wire
from ecomcore.wire.unions import DEEPEST_UNION
from tests.wire.schemas import matches

Tag = NewType("Tag", str)


@frozen
class Quantity:
    least: int


@frozen
class Total:
    least: Money


@frozen
class Always:
    pass


@frozen
class Not:
    condition: Condition


@frozen
class AllOf:
    conditions: tuple[Condition, ...]


Condition: TypeAlias = AllOf | Not | Quantity | Total | Always


def _at_most_100(_: object, attribute: Any, value: int) -> None:
    if value > 100:
        raise Invalid(attribute.name, value, "at most 100")


@frozen
class PercentOff:
    percent: int = field(validator=_at_most_100)
    only_if: Condition | None = None


@frozen
class AmountOff:
    amount: Money
    tags: frozenset[Tag] = frozenset()


Effect: TypeAlias = PercentOff | AmountOff


@frozen
class DealMade(Event):
    """A deal was made."""

    effects: tuple[Effect, ...]
    condition: Condition
    fallback: Effect | None = None
    tried: tuple[Effect | None, ...] = ()
    plain: PercentOff | None = None
    password: Effect | None = field(default=None, repr=False)


@frozen
class MakeDeal(Command[tuple[Effect, ...]]):
    """Make a deal."""


@frozen
class Hours:
    """When and where."""

    weekly: tuple[tuple[int, time, time], ...] = ()
    closed: frozenset[date] = frozenset()
    names: frozenset[str] = frozenset()
    tags: frozenset[Tag] = frozenset()
    notice: timedelta = timedelta(0)
    since: date | None = None
    opens: time | None = None
    at: datetime | None = None


WIRE = Wire((Room(name="deals", deciders={MakeDeal: lambda _: ()}, events=(DealMade,)),))

ONE_EURO = Money(1_00, Currency("EUR"))
DEAL = DealMade(
    effects=(PercentOff(10, only_if=Quantity(3)), AmountOff(ONE_EURO)),
    condition=AllOf((Not(Total(ONE_EURO)), Always())),
)


def conditions() -> st.SearchStrategy[Condition]:
    leaves = st.builds(Quantity, st.integers(0, 9)) | st.just(Total(ONE_EURO)) | st.just(Always())
    return st.recursive(
        leaves,
        lambda inner: st.builds(Not, inner) | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        max_leaves=8,
    )


def effects() -> st.SearchStrategy[Effect]:
    tags = st.frozensets(st.text(max_size=5).map(Tag), max_size=4)
    return st.builds(PercentOff, st.integers(0, 100), st.none() | conditions()) | st.builds(
        AmountOff, st.just(ONE_EURO), tags
    )


def deals() -> st.SearchStrategy[DealMade]:
    many = st.lists(effects(), max_size=3).map(tuple)
    tried = st.lists(st.none() | effects(), max_size=3).map(tuple)
    plain = st.none() | st.builds(PercentOff, st.integers(0, 100))
    return st.builds(DealMade, many, conditions(), st.none() | effects(), tried, plain)


def hours() -> st.SearchStrategy[Hours]:
    times, texts = st.times(), st.text(max_size=5)
    return st.builds(
        Hours,
        weekly=st.lists(st.tuples(st.integers(0, 6), times, times), max_size=3).map(tuple),
        closed=st.frozensets(st.dates(), max_size=4),
        names=st.frozensets(texts, max_size=4),
        tags=st.frozensets(texts.map(Tag), max_size=4),
        notice=st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds)),
        since=st.none() | st.dates(),
        opens=st.none() | times,
        at=st.none() | st.datetimes(timezones=st.just(UTC)),
    )


def changed(plain: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The plain values with another one at the place; with ``...`` the place is taken out."""
    copy = inner = json.loads(json.dumps(plain))
    for step in place[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return copy


def refusal_of(do: Callable[..., object], *arguments: Any) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        do(*arguments)
    return refusal.value


# Unions -------------------------------------------------------------------------------------------------------


@given(deals())
def test_things_of_several_classes_come_back_as_they_went(deal: DealMade) -> None:
    name, text = WIRE.dump(deal)

    assert WIRE.load(name, text) == deal
    assert WIRE.dump(WIRE.load(name, text)) == (name, text)
    assert matches(WIRE.schema(DealMade), json.loads(text))


def test_each_is_tagged_with_the_name_of_its_class() -> None:
    plain = WIRE.unstructure(DEAL)

    money = {"minor": 100, "currency": "EUR"}
    assert plain["effects"] == [
        {"kind": "PercentOff", "percent": 10, "only_if": {"kind": "Quantity", "least": 3}},
        {"kind": "AmountOff", "amount": money, "tags": []},
    ]
    assert plain["condition"] == {
        "kind": "AllOf",
        "conditions": [
            {"kind": "Not", "condition": {"kind": "Total", "least": money}},
            {"kind": "Always"},
        ],
    }


def test_where_only_one_class_is_possible_there_is_no_tag() -> None:
    plain = WIRE.unstructure(evolve(DEAL, plain=PercentOff(5)))

    assert plain["plain"] == {"percent": 5, "only_if": None}
    assert refusal_of(WIRE.structure, changed(plain, ("plain", "kind"), "PercentOff"), DealMade).field == "plain.kind"


def test_the_tag_may_come_in_any_place_and_what_has_a_default_may_be_left_out() -> None:
    text = '[{"percent":5,"kind":"PercentOff"}]'

    assert WIRE.load_value(tuple[Effect, ...], text) == (PercentOff(5),)


def test_what_was_read_is_left_as_it_was() -> None:
    plain = {"kind": "PercentOff", "percent": 5}

    WIRE.structure((plain, plain), tuple[Effect, ...])

    assert plain == {"kind": "PercentOff", "percent": 5}


EFFECT = {"kind": "PercentOff", "percent": 5}
KINDS = "one of PercentOff, AmountOff"


@pytest.mark.parametrize(
    ("place", "value", "path", "accepted"),
    [
        (("effects", 0, "kind"), "Gift", "effects[0].kind", KINDS),
        (("effects", 0, "kind"), "percentoff", "effects[0].kind", KINDS),
        (("effects", 0, "kind"), "Quantity", "effects[0].kind", KINDS),
        (("effects", 0, "kind"), "", "effects[0].kind", KINDS),
        (("effects", 0, "kind"), None, "effects[0].kind", KINDS),
        (("effects", 0, "kind"), ["PercentOff"], "effects[0].kind", KINDS),
        (("effects", 0, "kind"), {"PercentOff": 1}, "effects[0].kind", KINDS),
        (("effects", 0, "kind"), ..., "effects[0].kind", f"{KINDS}; it is missing"),
        (("effects", 0), None, "effects[0]", f"an object whose kind is {KINDS}"),
        (("effects", 0), "PercentOff", "effects[0]", f"an object whose kind is {KINDS}"),
        (("effects", 0), [EFFECT], "effects[0]", f"an object whose kind is {KINDS}"),
        (("effects",), EFFECT, "effects", "a list"),
        (("effects", 0, "price"), 1, "effects[0].price", "only percent, only_if"),
        (("effects", 1, "percent"), 1, "effects[1].percent", "only amount, tags"),
        (("effects", 0, "percent"), "10", "effects[0].percent", "a whole number"),
        (("effects", 0, "percent"), 101, "effects[0].percent", "at most 100"),
        (("effects", 0, "percent"), ..., "effects[0].percent", "a value; it is missing"),
        (("effects", 0, "only_if", "least"), 1.0, "effects[0].only_if.least", "a whole number"),
        (("effects", 0, "only_if", "kind"), "Gift", "effects[0].only_if.kind", "one of AllOf, Not, Quantity"),
        (("effects", 1, "tags"), ["a", "b", "a"], "effects[1].tags[2]", "each value once"),
        (("fallback",), {}, "fallback.kind", f"{KINDS}; it is missing"),
        (("tried",), [None, EFFECT, {"kind": "Gift"}], "tried[2].kind", KINDS),
        (("condition",), None, "condition", "an object whose kind is one of AllOf"),
        (("condition", "conditions", 0, "condition", "kind"), 1, "condition.conditions[0].condition.kind", "one of"),
        (("condition", "conditions", 1, "least"), 1, "condition.conditions[1].least", "only no fields"),
        (
            ("condition", "conditions", 0, "condition", "least", "minor"),
            "1",
            "condition.conditions[0].condition.least.minor",
            "a whole number",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_in_a_union_is_refused_by_its_path(
    place: tuple[Any, ...], value: Any, path: str, accepted: str
) -> None:
    plain = changed(WIRE.unstructure(DEAL), place, value)

    refusal = refusal_of(WIRE.load, "DealMade", json.dumps(plain))

    assert refusal.field == path
    assert refusal.accepted.startswith(accepted)
    assert len(str(refusal)) < 300


def test_a_tag_given_twice_is_refused_for_nobody_knows_which_was_meant() -> None:
    text = '[{"kind":"PercentOff","percent":5,"kind":"AmountOff"}]'

    refusal = refusal_of(WIRE.load_value, tuple[Effect, ...], text)

    assert (refusal.field, repr(refusal.value)) == ("[0].kind", "a name given 2 times")


def test_a_secret_is_not_shown_from_within_a_union() -> None:
    plain = changed(WIRE.unstructure(DEAL), ("password",), {"kind": "hunter2"})

    refusal = refusal_of(WIRE.structure, plain, DealMade)

    assert (refusal.field, refusal.value) == ("password.kind", HIDDEN)


def nested(levels: int) -> Condition:
    condition: Condition = Always()
    for _ in range(levels - 1):
        condition = Not(condition)
    return condition


def test_conditions_inside_of_each_other_are_read_and_written_down_to_a_limit() -> None:
    deepest = WIRE.dump_value(nested(DEEPEST_UNION), Condition)

    assert WIRE.load_value(Condition, deepest) == nested(DEEPEST_UNION)
    refusal = refusal_of(WIRE.load_value, Condition, f'{{"kind":"Not","condition":{deepest}}}')
    assert refusal.field == ".".join(["condition"] * DEEPEST_UNION)
    assert str(DEEPEST_UNION) in refusal.accepted
    assert str(DEEPEST_UNION) in refusal_of(WIRE.dump_value, nested(DEEPEST_UNION + 1), Condition).accepted
    assert WIRE.load_value(Condition, deepest) == nested(DEEPEST_UNION), "a refusal leaves nothing behind"


def test_how_deep_one_thread_is_does_not_concern_another() -> None:
    deepest = WIRE.dump_value(nested(DEEPEST_UNION), Condition)
    seen: list[Condition] = []

    def read_in_another_thread(_: object, __: object, value: int) -> None:
        if not seen:
            thread = Thread(target=lambda: seen.append(WIRE.load_value(Condition, deepest)))
            thread.start()
            thread.join()

    @frozen
    class Slow:
        least: int = field(validator=read_in_another_thread)

    assert WIRE.load_value(Slow | Quantity, '{"kind":"Slow","least":1}') == Slow(1)
    assert seen == [nested(DEEPEST_UNION)]


def test_thousands_of_levels_are_refused_in_few_steps() -> None:
    plain: Any = {"kind": "Always"}
    for _ in range(50_000):
        plain = {"kind": "Not", "condition": plain}

    refusal = refusal_of(WIRE.structure, plain, Condition)

    assert refusal.field == ".".join(["condition"] * DEEPEST_UNION)


def test_a_thing_that_is_not_of_the_union_is_not_written() -> None:
    @frozen
    class Better(PercentOff):
        pass

    namesake = type("PercentOff", (), {})

    for stranger in (Better(5), namesake(), Always(), None, "PercentOff"):
        refusal = refusal_of(WIRE.dump_value, stranger, Effect)
        assert refusal.accepted == KINDS


@frozen
class HasKind:
    kind: str


def _another_quantity() -> type:
    @frozen
    class Quantity:
        most: int

    return Quantity


@pytest.mark.parametrize(
    "union",
    [HasKind | Quantity, Quantity | _another_quantity(), Quantity | Not | int, Quantity | Personal],
    ids=["a field called kind", "two of one name", "a number", "text"],
)
def test_a_union_that_tags_could_not_tell_apart_is_a_mistake_that_shows_at_once(union: Any) -> None:
    for use in (lambda: WIRE.load_value(union, "{}"), lambda: WIRE.dump_value(Quantity(1), union)):
        with pytest.raises(TypeError, match="union"):
            use()


def test_an_answer_may_be_of_several_classes() -> None:
    answer = (PercentOff(1), AmountOff(ONE_EURO))

    name, text = WIRE.dump_answer(MakeDeal, answer)

    assert WIRE.load_answer(name, text) == (MakeDeal, answer)
    assert WIRE.unstructure(answer, tuple[Effect, ...]) == json.loads(text)


# Values that a store keeps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", [WIRE, assemble().codec], ids=["the wire", "the shop's codec"])
def test_a_value_is_kept_as_its_type_says(codec: Any) -> None:
    for value, kind in (
        (PercentOff(5), PercentOff),
        (PercentOff(5), Effect),
        ((PercentOff(5), AmountOff(ONE_EURO)), tuple[Effect, ...]),
        ((), tuple[Effect, ...]),
        (None, Effect | None),
        (frozenset({"b", "a"}), frozenset[str]),
        (Hours(opens=time(9, 30)), Hours),
    ):
        text = codec.dump_value(value, kind)

        assert codec.load_value(kind, text) == value
        assert text.isascii()
    assert codec.dump_value(PercentOff(5), PercentOff) == '{"percent":5,"only_if":null}'


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '"' + "x" * LONGEST_TEXT + '"'], ids=lambda text: text[:9])
def test_what_is_no_json_is_no_value(text: str) -> None:
    assert "JSON" in refusal_of(WIRE.load_value, tuple[Effect, ...], text).accepted


def test_a_value_too_long_to_be_read_again_is_not_kept() -> None:
    assert str(LONGEST_TEXT) in refusal_of(WIRE.dump_value, "x" * LONGEST_TEXT, str).accepted


# Sets, days, times, durations and lists of one length ----------------------------------------------------------


@given(hours())
def test_sets_days_times_and_durations_come_back_as_they_went(value: Hours) -> None:
    text = WIRE.dump_value(value, Hours)

    assert WIRE.load_value(Hours, text) == value
    assert WIRE.dump_value(WIRE.load_value(Hours, text), Hours) == text
    assert matches(WIRE.schema(Hours), json.loads(text))


def test_they_are_plain_json() -> None:
    value = Hours(
        weekly=((0, time(9, 30), time(0, 0)),),
        closed=frozenset({date(2030, 12, 26), date(2030, 12, 25)}),
        names=frozenset({"b", "c", "a"}),
        notice=timedelta(hours=1),
        since=date(2030, 1, 2),
        opens=time(9, 30, 0, 5),
    )

    assert json.loads(WIRE.dump_value(value, Hours)) == {
        "weekly": [[0, "09:30:00", "00:00:00"]],
        "closed": ["2030-12-25", "2030-12-26"],
        "names": ["a", "b", "c"],
        "tags": [],
        "notice": 3600,
        "since": "2030-01-02",
        "opens": "09:30:00.000005",
        "at": None,
    }


@pytest.mark.parametrize(
    ("plain", "path"),
    [
        ({"weekly": [[0, "09:00:00"]]}, "weekly[0]"),
        ({"weekly": [[0, "09:00:00", "10:00:00", "11:00:00"]]}, "weekly[0]"),
        ({"weekly": [{}]}, "weekly[0]"),
        ({"weekly": [[0, "09:00:00", 10]]}, "weekly[0][2]"),
        ({"weekly": [[0, "09:00:00", "10:00:00"], ["1", "09:00:00", "10:00:00"]]}, "weekly[1][0]"),
        ({"names": ["a", "a"]}, "names[1]"),
        ({"names": ["b", 1]}, "names[1]"),
        ({"names": "ab"}, "names"),
        ({"names": {"a": 1}}, "names"),
        ({"names": [["a"]]}, "names[0]"),
        ({"tags": ["x", "y", "x"]}, "tags[2]"),
        ({"tags": [None]}, "tags[0]"),
        ({"closed": ["2030-12-25", "2030-12-25"]}, "closed[1]"),
        ({"since": "2030-01-02T00:00:00"}, "since"),
        ({"since": "2030-01-02T00:00:00Z"}, "since"),
        ({"since": "20300102"}, "since"),
        ({"since": "2030-W01-3"}, "since"),
        ({"since": "2030-02-30"}, "since"),
        ({"since": 20300102}, "since"),
        ({"opens": "9:30"}, "opens"),
        ({"opens": "09"}, "opens"),
        ({"opens": "24:00:00"}, "opens"),
        ({"opens": "09:60:00"}, "opens"),
        ({"opens": "09:30:00Z"}, "opens"),
        ({"opens": "09:30:00+02:00"}, "opens"),
        ({"opens": "T09:30:00"}, "opens"),
        ({"opens": "09:30:00\n"}, "opens"),
        ({"opens": "٠٩:30:00"}, "opens"),
        ({"opens": 930}, "opens"),
        ({"at": "2030-01-02"}, "at"),
        ({"notice": 1.0}, "notice"),
        ({"notice": True}, "notice"),
        ({"notice": "3600"}, "notice"),
        ({"notice": "1:00:00"}, "notice"),
        ({"notice": 10**15}, "notice"),
        ({"notice": -(10**400)}, "notice"),
    ],
    ids=str,
)
def test_what_is_no_set_day_time_or_duration_is_refused_by_its_path(plain: dict[str, Any], path: str) -> None:
    refusal = refusal_of(WIRE.load_value, Hours, json.dumps(plain))

    assert refusal.field == path
    assert len(str(refusal)) < 300


def test_a_duration_beyond_all_calendars_is_refused_in_words() -> None:
    refusal = refusal_of(WIRE.load_value, timedelta, str(10**15))

    assert refusal.accepted == "a whole number of seconds, less than 999,999,999 days"


def test_the_order_of_a_set_does_not_matter_and_seconds_may_be_left_out() -> None:
    value = WIRE.load_value(Hours, '{"names":["b","a"],"opens":"09:30","weekly":[[1,"09:30:00.5","10:00"]]}')

    assert value.names == {"a", "b"}
    assert value.opens == time(9, 30)
    assert value.weekly == ((1, time(9, 30, 0, 500_000), time(10)),)


@pytest.mark.parametrize(
    "value",
    [
        Hours(since=datetime(2030, 1, 2, tzinfo=UTC)),
        Hours(opens=time(9, 30, tzinfo=UTC)),
        Hours(notice=timedelta(milliseconds=1_500)),
    ],
    ids=["a moment as a day", "a time with an offset", "half a second"],
)
def test_what_would_not_come_back_as_it_went_is_not_written(value: Hours) -> None:
    refusal_of(WIRE.dump_value, value, Hours)


# Schemas ------------------------------------------------------------------------------------------------------


def test_the_schema_tells_the_tags_and_refers_to_what_is_inside_of_itself() -> None:
    schema = WIRE.schema(DealMade)

    conditions = [{"$ref": f"#/$defs/{name}.tagged"} for name in ("AllOf", "Not", "Quantity", "Total", "Always")]
    assert schema["properties"]["condition"] == {"anyOf": conditions}
    assert schema["properties"]["fallback"]["anyOf"][-1] == {"type": "null"}
    assert schema["$defs"]["Not.tagged"] == {
        "type": "object",
        "properties": {"kind": {"const": "Not"}, "condition": {"anyOf": conditions}},
        "required": ["kind", "condition"],
        "additionalProperties": False,
    }
    assert "kind" not in schema["$defs"]["PercentOff"]["properties"], "the field plain holds nothing else"
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("effects", 0, "kind"), "Gift"),
        (("effects", 0, "kind"), "AmountOff"),
        (("effects", 0, "kind"), ...),
        (("effects", 0, "price"), 1),
        (("effects", 0), None),
        (("effects", 1, "tags"), ["a", "a"]),
        (("condition", "conditions", 0, "condition", "kind"), "Gift"),
        (("plain",), {"kind": "PercentOff", "percent": 1}),
    ],
    ids=str,
)
def test_what_is_not_read_does_not_match_the_schema(place: tuple[Any, ...], value: Any) -> None:
    plain = WIRE.unstructure(DEAL)
    other = changed(plain, place, value)

    assert matches(WIRE.schema(DealMade), plain)
    assert not matches(WIRE.schema(DealMade), other)
    refusal_of(WIRE.structure, other, DealMade)


def test_the_schema_tells_of_sets_days_times_durations_and_lists_of_one_length() -> None:
    told = WIRE.schema(Hours)["properties"]

    time_of_day = told["opens"]["anyOf"][0]
    assert told["names"] == {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    assert told["closed"]["items"] == {"type": "string", "format": "date"}
    assert told["notice"] == {"type": "integer", "description": "seconds"}
    assert told["weekly"]["items"] == {
        "type": "array",
        "prefixItems": [{"type": "integer"}, time_of_day, time_of_day],
        "items": False,
        "minItems": 3,
        "maxItems": 3,
    }
    for plain in ({"weekly": [[0, "09:00"]]}, {"opens": "9:30"}, {"names": ["a", "a"]}, {"notice": "1"}):
        assert not matches(WIRE.schema(Hours), plain)
