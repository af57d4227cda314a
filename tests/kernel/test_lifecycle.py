from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.lifecycle import Lifecycle, Move, move


class Door(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    LOCKED = "locked"
    GONE = "gone"


class Lamp(StrEnum):
    OFF = "off"


DOOR = Lifecycle(
    "door",
    Door.CLOSED,
    {
        "open": move(Door.CLOSED, to=Door.OPEN),
        "close": move(Door.OPEN, to=Door.CLOSED),
        "lock": move(Door.CLOSED, Door.LOCKED, to=Door.LOCKED),
        "unlock": move(Door.LOCKED, to=Door.CLOSED),
        "remove": move(Door.CLOSED, Door.OPEN, to=Door.GONE),
    },
)


def test_a_verb_leads_to_the_state_of_its_row() -> None:
    assert DOOR.after("open", Door.CLOSED) is Door.OPEN
    assert DOOR.after("lock", Door.LOCKED) is Door.LOCKED


def test_a_verb_the_state_does_not_know_is_refused_with_all_there_is_to_know() -> None:
    with pytest.raises(IllegalTransition) as refusal:
        DOOR.after("remove", Door.LOCKED)

    assert (refusal.value.kind, refusal.value.verb, refusal.value.state) == ("door", "remove", "locked")
    assert refusal.value.allowed_from == ("closed", "open")
    assert str(refusal.value) == "cannot remove the door: it is locked, not closed or open"


def test_an_unknown_verb_is_a_slip_of_the_programmer() -> None:
    for ask in (DOOR.after, DOOR.allows):
        with pytest.raises(LookupError, match="door has no verb 'paint'; it has open, close") as slip:
            ask("paint", Door.OPEN)
        assert not isinstance(slip.value, KeyError)


def test_the_cells_are_every_verb_in_every_state() -> None:
    cells = list(DOOR.cells())

    assert len(cells) == len(set(cells)) == len(DOOR.verbs) * len(Door)
    assert [(verb, state) for verb, state, target in cells if target is Door.GONE] == [
        ("remove", Door.CLOSED),
        ("remove", Door.OPEN),
    ]
    for verb, state, target in cells:
        assert DOOR.allows(verb, state) is (target is not None)
        if target is not None:
            assert DOOR.after(verb, state) is target
        else:
            with pytest.raises(IllegalTransition):
                DOOR.after(verb, state)


def test_nothing_leads_out_of_a_terminal_state() -> None:
    assert DOOR.terminal() == {Door.GONE}
    assert Lifecycle("lamp", Lamp.OFF, {"shade": move(Lamp.OFF, to=Lamp.OFF)}).terminal() == {Lamp.OFF}


def test_a_table_with_states_that_no_verb_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^door: no verb leads to gone, locked$"):
        Lifecycle("door", Door.CLOSED, {"open": move(Door.CLOSED, to=Door.OPEN)})
    with pytest.raises(ValueError, match="no verb leads to gone, locked"):  # an island is not reached either
        Lifecycle(
            "door",
            Door.CLOSED,
            {"open": move(Door.CLOSED, to=Door.OPEN), "hop": move(Door.LOCKED, Door.GONE, to=Door.GONE)},
        )


def test_a_verb_allowed_nowhere_or_of_other_states_is_refused() -> None:
    with pytest.raises(ValueError, match="'glow' is allowed in no state"):
        Lifecycle("lamp", Lamp.OFF, {"glow": move(to=Lamp.OFF)})
    with pytest.raises(ValueError, match=r"'glow' names .*OPEN.*, no Lamp"):
        Lifecycle("lamp", Lamp.OFF, {"glow": Move((Lamp.OFF,), Door.OPEN)})


def test_a_table_does_not_change_with_the_dict_it_was_made_of() -> None:
    rows = {"shade": move(Lamp.OFF, to=Lamp.OFF)}
    lamp = Lifecycle("lamp", Lamp.OFF, rows)

    rows["glow"] = rows.pop("shade")

    assert lamp.verbs == ("shade",)
    with pytest.raises(TypeError):
        lamp.moves["glow"] = rows["glow"]  # type: ignore[index] # that is the point


@given(st.lists(st.tuples(st.lists(st.sampled_from(Door), min_size=1), st.sampled_from(Door)), max_size=6))
def test_a_table_is_made_exactly_when_walking_it_reaches_every_state(
    rows: list[tuple[list[Door], Door]],
) -> None:
    table = {f"verb{n}": move(*sources, to=to) for n, (sources, to) in enumerate(rows)}
    reached = {Door.CLOSED}
    for _ in Door:
        reached |= {row.to for row in table.values() for source in row.sources if source in reached}

    try:
        made = Lifecycle("door", Door.CLOSED, table)
    except ValueError:
        assert reached != set(Door)
    else:
        assert reached == set(Door)
        assert made.unreachable() == frozenset()


def test_the_diagram_shows_the_beginning_every_move_and_the_ends() -> None:
    assert DOOR.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> closed",
        "    closed --> open: open",
        "    open --> closed: close",
        "    closed --> locked: lock",
        "    locked --> locked: lock",
        "    locked --> closed: unlock",
        "    closed --> gone: remove",
        "    open --> gone: remove",
        "    gone --> [*]",
    ]
