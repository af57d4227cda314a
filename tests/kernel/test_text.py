import pickle
from typing import Any

import pytest
from attrs import field, frozen, make_class
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import (
    LONGEST_ID,
    LONGEST_PERSONAL,
    Personal,
    Validator,
    a_code,
    a_list_of,
    a_text,
    an_id,
    an_optional_id,
    as_tuple,
    empty_or_text,
    instance_of,
    optional,
)


def accepts(validator: Validator, value: object) -> bool:
    thing: Any = make_class("Thing", {"name": field(validator=validator)})
    try:
        return bool(thing(value).name is value)
    except Invalid as refusal:
        return refusal.field != "name"  # a refusal that names another field is none


@pytest.mark.parametrize("good", ["a", "Grüße", "日本語", "👩‍👩‍👧", "x" * 200, " padded "])
def test_text_of_any_script_is_accepted(good: str) -> None:
    assert accepts(a_text(), good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        " ",
        "\u3000",
        "x" * 201,
        "a\0b",
        "a\x1bb",
        "a\x7f",
        "a\x85b",
        "\ud800",
        "a\nb",
        "a\tb",
        b"a",
        None,
        1,
    ],
)
def test_text_that_no_store_or_label_can_carry_is_refused(bad: object) -> None:
    assert not accepts(a_text(), bad)


def test_text_in_lines_may_have_tabs_and_line_breaks_of_any_system() -> None:
    assert accepts(a_text(lines=True), "one\n\ttwo\r\nthree")
    assert not accepts(a_text(lines=True), "one\x0btwo")


def test_text_that_may_be_empty_may_also_be_blank() -> None:
    assert accepts(a_text(empty=True), "")
    assert accepts(a_text(empty=True), "  ")
    assert not accepts(a_text(empty=True), None)


@pytest.mark.parametrize("good", ["", "L1", "  L 1"])
def test_text_that_is_empty_or_says_something_is_accepted(good: str) -> None:
    assert accepts(empty_or_text(10), good)


@pytest.mark.parametrize("bad", [" ", "\u3000", "a" * 11, "a\n", None, 5])
def test_text_that_is_only_blank_does_not_count_as_empty(bad: object) -> None:
    assert not accepts(empty_or_text(10), bad)


def test_a_refusal_says_how_long_the_text_was() -> None:
    with pytest.raises(Invalid, match="1 to 5 characters, not 6"):
        a_text(5)(None, field_named("name"), "sesame")


def field_named(name: str) -> Any:
    return next(iter(make_class("Thing", {name: field()}).__attrs_attrs__))  # type: ignore[attr-defined] # attrs adds it


@given(st.text("abcXYZ019._:@/+-", min_size=1, max_size=LONGEST_ID))
def test_ids_and_codes_are_of_one_alphabet(good: str) -> None:
    assert accepts(an_id, good)
    assert accepts(an_optional_id, good)
    assert accepts(a_code(), good)


@pytest.mark.parametrize("bad", ["", "a b", "é", "a\n", "\u0661", "x" * 65, "a;b", "a'b", "a\0", 1, b"a", ["a"]])
def test_what_is_no_id_is_refused(bad: object) -> None:
    assert not accepts(an_id, bad)
    assert not accepts(an_optional_id, bad)


def test_only_an_optional_id_may_be_missing() -> None:
    assert accepts(an_optional_id, None)
    assert not accepts(an_id, None)


def test_a_code_may_be_shorter_than_an_id() -> None:
    assert accepts(a_code(8), "SUMMER26")
    assert not accepts(a_code(8), "SUMMER2026")


@frozen
class Basket:
    skus: tuple[str, ...] = field(converter=as_tuple, validator=a_list_of(str, longest=3))


def test_a_list_becomes_a_tuple() -> None:
    assert Basket(["a", "b"]).skus == ("a", "b")


@pytest.mark.parametrize("bad", [[], ["a"] * 4, "abc", None, {"a"}, {"a": 1}])
def test_what_is_no_list_of_that_length_is_refused(bad: Any) -> None:
    with pytest.raises(Invalid, match=r"^skus: .*a list of 1 to 3 str"):
        Basket(bad)


def test_a_wrong_item_is_refused_by_its_place() -> None:
    with pytest.raises(Invalid, match=r"^skus\[1\]: 2 .*a str"):
        Basket(("a", 2))


def test_a_list_may_be_allowed_to_be_empty() -> None:
    assert accepts(a_list_of(str, longest=1, shortest=0), ())


def test_an_instance_is_told_from_other_things() -> None:
    assert accepts(instance_of(int), 1)
    assert not accepts(instance_of(int), True)
    assert accepts(instance_of(bool), True)
    assert not accepts(instance_of(int), "1")
    assert not accepts(instance_of(int), None)
    assert accepts(optional(instance_of(int)), None)
    assert not accepts(optional(instance_of(int)), "1")


@given(st.text("secret", min_size=6, max_size=20))
def test_personal_data_never_shows_itself(secret: str) -> None:
    personal = Personal(secret)

    shows = f"{personal} {personal!r} {personal!s} {[personal]} {Basket.__name__, personal}"

    assert secret not in shows
    assert "Personal(…)" in shows
    assert personal.value == secret


def test_personal_data_is_a_value() -> None:
    assert Personal("Ada") == Personal("Ada") != Personal("Bob")
    assert len({Personal("Ada"), Personal("Ada")}) == 1
    assert pickle.loads(pickle.dumps(Personal("Ada"))) == Personal("Ada")  # noqa: S301 our own bytes


@pytest.mark.parametrize("bad", ["", " ", "hush\0", "hush" * LONGEST_PERSONAL, 1, None])
def test_bad_personal_data_is_refused_without_being_shown(bad: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        Personal(bad)

    assert refusal.value.field == "value"
    assert "hush" not in f"{refusal.value} {refusal.value!r}"
