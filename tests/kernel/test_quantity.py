import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.quantity import (
    LONGEST_PAGE,
    MAX_QUANTITY,
    a_change,
    a_count,
    a_page,
    a_quantity,
    a_rank,
    quantity,
)


@frozen
class Line:
    units: int = field(default=1, validator=a_quantity)
    returned: int = field(default=0, validator=a_count)


@given(st.integers(1, MAX_QUANTITY))
def test_a_whole_number_of_units_is_kept_as_it_is(units: int) -> None:
    assert quantity(units) == units == Line(units=units).units == Line(returned=units).returned


@pytest.mark.parametrize("bad", [-1, MAX_QUANTITY + 1, True, 1.0, "1", None, float("nan")])
def test_what_is_no_number_of_units_is_refused_by_name(bad: object) -> None:
    with pytest.raises(Invalid, match=r"^amount: .* 1 to 1000000000") as asked:
        quantity(bad, "amount")
    with pytest.raises(Invalid, match=r"^units: "):
        Line(units=bad)  # type: ignore[arg-type] # what the outside sends
    with pytest.raises(Invalid, match=r"^returned: "):
        Line(returned=bad)  # type: ignore[arg-type] # what the outside sends

    assert asked.value.value is bad


def test_only_a_count_may_be_none_at_all() -> None:
    assert Line(returned=0).returned == 0
    with pytest.raises(Invalid):
        Line(units=0)


@frozen
class Shelf:
    moved: int = field(default=1, validator=a_change)
    rank: int = field(default=0, validator=a_rank)
    page: int = field(default=1, validator=a_page)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("moved", [-MAX_QUANTITY, -1, 1, MAX_QUANTITY], [0, MAX_QUANTITY + 1, -MAX_QUANTITY - 1]),
        ("rank", [0, 1_000_000], [-1, 1_000_001]),
        ("page", [1, LONGEST_PAGE], [0, -1, LONGEST_PAGE + 1]),
    ],
)
def test_changes_ranks_and_pages_have_their_own_bounds(name: str, good: list[int], bad: list[object]) -> None:
    for value in good:
        assert getattr(Shelf(**{name: value}), name) == value
    for wrong in (*bad, True, 1.0, "1", None):
        with pytest.raises(Invalid, match=f"^{name}: "):
            Shelf(**{name: wrong})  # type: ignore[arg-type] # what the outside sends
