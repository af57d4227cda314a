"""The rules of the house hold everywhere, and each of them would notice if it were broken."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs
import pytest

from ecomcore.bootstrap import ROOMS as ROOMS_OF_THE_SHOP
from ecomcore.kernel.messages import Permission
from tests.architecture import rules
from tests.architecture.rules import Module

HOUSE = Path(__file__).parents[2]
CORE = HOUSE / "src/ecomcore"
ROOMS = tuple(sorted(file.parent.name for file in CORE.glob("*/commands.py")))

Rule = Callable[[Module], Iterable[tuple[int, str]]]


def the_core(module: Module) -> Iterator[tuple[int, str]]:
    """Besides the standard library, the core imports attrs, returns and the few that have their room."""
    few = {"ecomcore", "attrs", "returns", "punq", "cattrs", "pendulum"}
    if CORE / "testing" in module.file.parents:
        few |= {"hypothesis", "pytest"}
    return rules.foreign_libraries(module, sys.stdlib_module_names | few)


# The two databases speak different dialects, migrations make triggers, and tests empty all tables.
SQL_IS_PUT_TOGETHER_IN = tuple(
    f"ecomcore-sqlalchemy/src/ecomcore_sqlalchemy/{file}"
    for file in ("postgres.py", "sqlite.py", "testing.py", "migrations/append_only.py", "migrations/versions/*.py")
)

# ReportLab keeps its fonts once for the process and reads them one at a time: so many shops, one lock.
FONTS_OF_THE_PROCESS = "ecomcore_documents/paper.py"

# Each rule, where it holds, and the few files it does not speak about.
RULES: list[tuple[Rule, tuple[str, ...], tuple[str, ...]]] = [
    (rules.ambient_time, ("src", "adapters/*/src"), ("ecomcore/kernel/clock.py", "ecomcore/kernel/ids.py")),
    (
        rules.ambient_chance,
        tuple(f"src/ecomcore/{place}" for place in (*ROOMS, "flows", "kernel", "quoting")),
        ("ecomcore/kernel/ids.py",),
    ),
    (rules.secrets_compared_in_the_open, ("src", "adapters/*/src"), ()),
    (rules.unfinished, ("src", "adapters/*/src"), ()),
    (rules.undescribed, ("src", "adapters/*/src"), ()),
    (rules.too_long, ("src", "adapters/*/src"), ()),
    (rules.global_state, ("src", "adapters/*/src"), (FONTS_OF_THE_PROCESS,)),
    (rules.sql_from_pieces, ("adapters/*/src",), SQL_IS_PUT_TOGETHER_IN),
    (rules.sql_from_more_than_names, tuple(f"adapters/{file}" for file in SQL_IS_PUT_TOGETHER_IN), ()),
    (the_core, ("src",), ()),
]


def modules(places: Iterable[str], but: Iterable[str] = ()) -> Iterator[Module]:
    for place in places:
        for root in sorted(HOUSE.glob(place)):
            for file in [root] if root.is_file() else sorted(root.rglob("*.py")):
                if not any(file.match(pattern) for pattern in but):
                    yield Module(file, file.read_text())


@pytest.mark.parametrize(("rule", "places", "but"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_house_keeps_the_rule(rule: Rule, places: tuple[str, ...], but: tuple[str, ...]) -> None:
    found = [
        f"{module.file.relative_to(HOUSE)}:{line}: {what}"
        for module in modules(places, but)
        for line, what in rule(module)
    ]

    assert not found, f"{rule.__doc__}\n" + "\n".join(found)


def test_the_rules_look_at_every_room() -> None:
    assert {"catalog", "inventory", "pricing", "promotions", "ordering", "shipping"} <= set(ROOMS)
    assert len(list(modules(["src", "adapters/*/src"]))) > 40


BROKEN: list[tuple[Rule, str]] = [
    (rules.ambient_time, "from datetime import datetime, UTC\nnow = datetime.now(UTC)"),
    (rules.ambient_time, "import datetime as dt\ndef f(): return dt.datetime.utcnow()"),
    (rules.ambient_time, "from datetime import date as d\ntoday = d.today"),
    (rules.ambient_time, "from time import time as now\nnow()"),
    (rules.ambient_time, "import time\nclock = time.time_ns"),
    (rules.ambient_time, "from sqlalchemy import func\nfunc.now()"),
    (rules.ambient_chance, "from uuid import uuid4"),
    (rules.ambient_chance, "def f():\n    import random"),
    (rules.ambient_chance, "import os\nos.urandom(8)"),
    (rules.secrets_compared_in_the_open, "if given == guest_token: ..."),
    (rules.secrets_compared_in_the_open, "if self.signature != sign(body): ..."),
    (rules.secrets_compared_in_the_open, "ok = headers['X-Signature'] == expected"),
    (rules.unfinished, "def f(): raise NotImplementedError"),
    (rules.unfinished, "def f(): raise NotImplementedError('later')"),
    (rules.undescribed, "x = 1"),
    (rules.too_long, "\n" * (rules.LONGEST_FILE + 1)),
    (rules.global_state, "shops = {}"),
    (rules.global_state, "class Shop:\n    seen = []"),
    (rules.global_state, "from collections import defaultdict as many\nseen: dict[str, list[str]] = many()"),
    (rules.global_state, "import threading\nif True:\n    lock = threading.Lock()"),
    (rules.global_state, "kinds = {'a': 1}\ndef register(): kinds['b'] = 2"),
    (rules.global_state, "kinds = ['a']\ndef register(): kinds.append('b')"),
    (rules.global_state, "current = None\ndef use(shop):\n    global current\n    current = shop"),
    (rules.sql_from_pieces, "connection.execute(f'SELECT 1 FROM orders WHERE id = {id}')"),
    (rules.sql_from_pieces, "query = 'DELETE FROM orders WHERE id = %s' % id"),
    (rules.sql_from_pieces, "query = 'select * from orders where id = ' + id"),
    (rules.sql_from_pieces, "query = 'UPDATE orders SET state = {}'.format(state)"),
    (rules.sql_from_pieces, "sa.text(where + ' ORDER BY id')"),
    (rules.sql_from_more_than_names, "query = f'UPDATE {table.name} SET state = {order.state}'"),
    (rules.sql_from_more_than_names, "query = f'DELETE FROM orders WHERE id = {row[0]}'"),
    (rules.sql_from_more_than_names, "connection.execute('DROP TABLE %s' % name)"),
    (rules.sql_from_more_than_names, "query = f\"SELECT 1 WHERE id IN ({', '.join(o.id for o in orders)})\""),
    (the_core, "import requests"),
    (the_core, "from sqlalchemy.orm import Session"),
    (the_core, "import pytest"),
]

FINE: list[tuple[Rule, str]] = [
    (rules.ambient_time, "def f(clock): return clock.now()"),
    (rules.ambient_time, "import time\ntime.sleep(0.1)"),
    (rules.ambient_chance, "def f(ids): return ids.new()"),
    (rules.secrets_compared_in_the_open, "import hmac\nok = hmac.compare_digest(token, given)"),
    (rules.secrets_compared_in_the_open, "if self.token is None: ..."),
    (rules.unfinished, "def __eq__(self, other): return NotImplemented"),
    (rules.undescribed, '"""What it is for."""'),
    (rules.global_state, "__all__ = ['a']\nstates = {'a': 1}\ndef f(): return states['a']"),
    (rules.global_state, "def f():\n    seen = []\n    seen.append(1)"),
    (rules.global_state, "from typing import NewType\nOrderId = NewType('OrderId', str)"),
    (rules.sql_from_pieces, "sa.text('SELECT 1 FROM orders WHERE id = :id')"),
    (rules.sql_from_more_than_names, "query = f'DELETE FROM {table.name} WHERE {key} = ?'"),
    (rules.sql_from_more_than_names, "query = f\"TRUNCATE {', '.join(t.name for t in tables)}\""),
    (rules.sql_from_pieces, "connection.execute(table.select().where(table.c.id == id))"),
    (the_core, "from decimal import Decimal\nfrom attrs import frozen\nimport ecomcore.kernel"),
]


@pytest.mark.parametrize(("rule", "code"), BROKEN)
def test_a_broken_rule_is_noticed(rule: Rule, code: str) -> None:
    assert list(rule(Module(CORE / "example.py", code)))


@pytest.mark.parametrize(("rule", "code"), FINE)
def test_what_is_fine_is_left_alone(rule: Rule, code: str) -> None:
    assert not list(rule(Module(CORE / "example.py", code)))


NAMES = "from a import (\n" + "    name,\n" * rules.LONGEST_FILE + ")\n"
LISTED = "__all__ = [\n" + '    "name",\n' * rules.LONGEST_FILE + "]\n"
CODE = "name = 1\n" * (rules.LONGEST_FILE - 10)


def test_a_front_door_may_list_many_names_and_still_hold_no_more_code_than_other_files() -> None:
    front_door, another = CORE / "example" / "__init__.py", CORE / "example.py"

    assert not list(rules.too_long(Module(front_door, NAMES + LISTED + CODE)))
    assert list(rules.too_long(Module(front_door, NAMES + LISTED + CODE + "name = 1\n" * 10)))
    assert list(rules.too_long(Module(front_door, "from a import one, two\n" * (rules.LONGEST_FILE + 1))))
    assert list(rules.too_long(Module(front_door, "from a import (\n" + "    one, two,\n" * 351 + ")\n")))
    assert list(rules.too_long(Module(front_door, "TABLE = [\n" + '    "name",\n' * rules.LONGEST_FILE + "]\n")))
    assert list(rules.too_long(Module(another, NAMES)))


def test_every_rule_has_been_seen_to_notice() -> None:
    assert {rule for rule, _, _ in RULES} == {rule for rule, _ in BROKEN}


def test_every_message_names_its_permission() -> None:
    for room in ROOMS_OF_THE_SHOP:
        for message in (*room.deciders, *room.couriers, *room.answers):
            permission = vars(message).get("permission")
            assert isinstance(permission, Permission), f"{message.__name__} inherits its permission or has none"
            assert permission.name.startswith(f"{room.name}."), message.__name__


def test_messages_and_aggregates_are_frozen() -> None:
    for room in ROOMS_OF_THE_SHOP:
        aggregates = [repository.kind for repository in room.repositories]
        for frozen in (*room.deciders, *room.couriers, *room.answers, *room.events, *aggregates):
            assert attrs.inspect(frozen).is_frozen, frozen.__name__


def fresh_interpreter(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize(
    "heavy",
    ["alembic", "cattrs", "hypothesis", "pendulum", "psycopg", "pytest", "sqlalchemy", "ecomcore.testing"],
)
def test_importing_ecomcore_is_light(heavy: str) -> None:
    assert fresh_interpreter(f"import sys, ecomcore; print({heavy!r} in sys.modules)") == "False\n"


def test_importing_every_module_starts_nothing() -> None:
    said = fresh_interpreter(
        "import importlib, pkgutil, threading, ecomcore\n"
        "for module in pkgutil.walk_packages(ecomcore.__path__, 'ecomcore.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(threading.active_count())"
    )

    assert said == "1\n"


def files_of_the_project() -> list[Path]:
    """What git tracks or would track: everything that is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [file for name in listed.split("\0") if name and (file := HOUSE / name).is_file()]


# A bracket in each keeps this file from finding itself.
_PLACES = re.compile(r"(?<![\w.~])/(?:hom[e]|User[s]|roo[t])/|\b[A-Z]:\\User[s]\\")
_REGISTRIES = re.compile(r"py[p]i\.(?:org|io)|python[h]osted\.org|registry\.npm[j]s\.org|conda\.an[a]conda\.org")


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    here = [str(place) for place in (HOUSE, Path.home(), Path(sys.prefix)) if len(place.parts) > 2]
    found = []
    for file in files_of_the_project():
        text = file.read_bytes().decode("utf-8", "replace")
        found += [f"{file.relative_to(HOUSE)}: {place}" for place in here if place in text]
        found += [
            f"{file.relative_to(HOUSE)}: {match.group()}"
            for pattern in (_PLACES, _REGISTRIES)
            for match in pattern.finditer(text)
        ]

    assert not found


def test_no_lock_file_is_part_of_the_project() -> None:
    assert not [file for file in files_of_the_project() if file.name in {"uv.lock", "poetry.lock", "pylock.toml"}]


def test_every_python_block_of_the_documentation_is_one_that_runs() -> None:
    """The runner looks for ``python`` and nothing else: it would pass over ``py`` or ``python title=…``."""
    found = [
        f"{file.relative_to(HOUSE)}: {opening}"
        for file in files_of_the_project()
        if file.suffix == ".md"
        for opening in re.findall(r"^\s*(?:```|~~~)\s*(\{?\.?py.*)$", file.read_text(), re.MULTILINE)
        if opening != "python"
    ]

    assert not found
