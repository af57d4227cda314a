"""Writes the reference pages from the code: the host, messages by room, values, ports, lifecycles, errors, flows.

    uv run docs/generate_reference.py

The pages are committed, and a test fails when they are stale. The same code always gives the same text.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

import ecomcore
from ecomcore import (
    audit,
    bootstrap,
    carts,
    catalog,
    choices,
    counting,
    deliveries,
    documents,
    inventory,
    ordering,
    pricing,
    promotions,
    quoting,
    shipping,
    supply,
    transfers,
    wallet,
)
from ecomcore.flows import POLICIES
from ecomcore.kernel import clock, errors, ids, work
from ecomcore.kernel.errors import DomainError, Invalid, Trouble
from ecomcore.kernel.lifecycle import Lifecycle
from ecomcore.kernel.messages import Anonymous, Command, Guest, Member, Staff, System, Who
from ecomcore.kernel.room import Room
from ecomcore.wire import Wire, answer_type

ROOMS = bootstrap.ROOMS
CHOICES = (
    choices.Deliveries,
    choices.Retries,
    choices.Subscriber,
    choices.Job,
    ordering.OrderingPolicy,
    ordering.Capture,
    quoting.PricingPolicy,
    quoting.Stacking,
    quoting.TaxBasis,
    quoting.Conversion,
    promotions.PromotionsPolicy,
    promotions.GiveBack,
)
ACTORS = (Member, Guest, Staff, System, Anonymous)
HOST = (*CHOICES, *ACTORS, audit.Breach)
"""The values that are told on the page of the host."""

MODULES = {
    "catalog": catalog,
    "inventory": inventory,
    "supply": supply,
    "transfers": transfers,
    "counting": counting,
    "pricing": pricing,
    "promotions": promotions,
    "wallet": wallet,
    "carts": carts,
    "ordering": ordering,
    "shipping": shipping,
    "documents": documents,
    "deliveries": deliveries,
}

UNIONS = {"Condition": quoting.Condition, "Effect": quoting.Effect}
"""The unions that have a name of their own among the values."""

KERNEL_PORTS = (
    work.Persistence,
    work.UnitOfWork,
    work.Repository,
    work.Outbox,
    work.Replies,
    work.Codec,
    clock.Clock,
    ids.Ids,
)

WHO = {
    Who.ANYONE: "anyone, the anonymous actor included",
    Who.OWNER: "the member or guest whose thing it is; staff who hold it",
    Who.STAFF: "staff who hold it",
    Who.SYSTEM: "the shop itself only: policies, couriers and jobs",
}

NOTE = "<!-- Written by docs/generate_reference.py. Change the code and run it again. -->\n\n"


def pages() -> dict[str, str]:
    """Every page of the reference, by its path below docs/reference/."""
    made = {f"{room.name}.md": _room_page(room) for room in ROOMS}
    made["host.md"] = _host_page()
    made["values.md"] = _values_page()
    made["ports.md"] = _ports_page()
    made["lifecycles.md"] = _lifecycles_page()
    made["errors.md"] = _errors_page()
    made["flows.md"] = _flows_page()
    made["index.md"] = _index_page()
    with_note = {path: NOTE + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n" for path, text in made.items()}
    return {**with_note, "messages.schema.json": _schemas()}


def _index_page() -> str:
    rooms = "\n".join(
        f"| [{room.name}]({room.name}.md) | {len(room.deciders)} | {len(room.couriers)} | {len(room.answers)} "
        f"| {len(room.events)} | {_sentence(MODULES[room.name])} |"
        for room in ROOMS
    )
    return f"""# Reference

These pages are generated from the code.

- [Host](host.md): assembling a shop, asking it, and what you may choose.

| room | commands | errands | queries | events | about |
|---|---|---|---|---|---|
{rooms}

- [Flows](flows.md): what follows from what.
- [Lifecycles](lifecycles.md): the states of things and the verbs that move them.
- [Values](values.md): what messages and answers are made of.
- [Ports](ports.md): what an adapter implements.
- [Errors](errors.md): every way to say no.
- [messages.schema.json](messages.schema.json): the JSON Schema (2020-12) of every message, each under `$defs`.
"""


# -- host ----------------------------------------------------------------------------------------------------------


def _host_page() -> str:
    front = ", ".join(f"`{name}`" for name in ecomcore.__all__ if not name.startswith("_"))
    chosen = "\n".join(_chosen(kind) for kind in CHOICES)
    actors = "\n".join(_chosen(kind) for kind in ACTORS)
    return f"""# Host

Assembling a shop, asking it, and what you may choose. The front door is `ecomcore` itself. It exports
{front}.

`Money` and `Price` are told in [values](values.md), the two errors and their kin in [errors](errors.md).

## assemble

`ecomcore.assemble`. {_doc(bootstrap.assemble)}

```text
{_call("assemble", bootstrap.assemble)}
```

The [ports](ports.md) say what an adapter implements; the choices are told below.

## Shop

`ecomcore.Shop`. {_doc(bootstrap.Shop)}

{_calls(bootstrap.Shop)}

`Result` is that of the package `returns`: `Success` holds the answer, `Failure` the refusal.

`shop.codec` turns messages and answers into text and back; see [Codec](ports.md#codec).

## Desk

`ecomcore.Desk`. {_doc(bootstrap.Desk)}

{_calls(bootstrap.Desk)}

## Choices

{chosen}
## Actors

Who asks. Every call names one.

{actors}
## What an audit finds

{_chosen(audit.Breach)}"""


def _chosen(kind: type) -> str:
    return f"### {kind.__name__}\n\n`{_front_door(kind)}.{kind.__name__}`. {_doc(kind)}\n\n{_value(kind)}\n"


def _front_door(thing: type) -> str:
    return "ecomcore" if thing.__name__ in ecomcore.__all__ else _module_of(thing)


def _calls(kind: type) -> str:
    return "\n".join(f"- `{_signature(name, method)}`: {_in_line(method)}" for name, method in _methods(kind))


def _call(name: str, function: Callable[..., Any]) -> str:
    """The signature, one parameter a line."""
    lines = "".join(f"    {parameter},\n" for parameter in _parameters(function))
    return f"{name}(\n{lines}) -> {inspect.signature(function).return_annotation}"


def _parameters(function: Callable[..., Any]) -> Iterator[str]:
    """The parameters as they stand in the source; a star before those that must be named."""
    starred = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            yield "*"
        starred = starred or bool(star) or parameter.kind is parameter.KEYWORD_ONLY
        shown = "POLICIES" if parameter.default is POLICIES else repr(parameter.default)
        default = "" if parameter.default is parameter.empty else f" = {shown}"
        annotation = str(parameter.annotation).replace("Flag", "threading.Event")
        yield f"{star}{parameter.name}: {annotation}{default}"


# -- messages ------------------------------------------------------------------------------------------------------


def _room_page(room: Room) -> str:
    sections = [
        ("Commands", "What it can be asked to do.", room.deciders),
        ("Errands", "What its couriers carry out after the commit.", room.couriers),
        ("Queries", "What it can be asked to show.", room.answers),
        ("Events", "What it tells.", room.events),
    ]
    body = "".join(
        f"\n## {title}\n\n{about}\n\n" + "\n".join(_message(message, room) for message in messages)
        for title, about, messages in sections
        if messages
    )
    return f"# {room.name.capitalize()}\n\n{_sentence(MODULES[room.name])}\n\n{_import_line(room)}\n{body}"


def _import_line(room: Room) -> str:
    anchors = (life.kind.replace(" ", "-") for life in room.lifecycles)
    more = "".join(f" Its life is drawn in [lifecycles](lifecycles.md#{anchor})." for anchor in anchors)
    return f"Import its messages from `ecomcore.{room.name}`.{more}\n"


def _message(message: type, room: Room) -> str:
    facts = []
    permission = getattr(message, "permission", None)
    if permission is not None:
        facts.append(f"- Permission: `{permission.name}`, for {WHO[permission.who]}.")
    if message in room.answers or (issubclass(message, Command) and message not in room.couriers):
        facts.append(f"- Answer: {_type(answer_type(message))}.")
    facts.append(f"- JSON Schema: `messages.schema.json#/$defs/{message.__name__}`.")
    fields = _fields(message)
    return f"### {message.__name__}\n\n{_doc(message)}\n\n" + "\n".join(facts) + f"\n\n{fields}\n"


def _fields(kind: type) -> str:
    hints = get_type_hints(kind)
    fields = [field for field in attrs.fields(kind) if not field.name.startswith("_")]
    if not fields:
        return "It has no fields."
    accepted = {field.name: _accepted(field) for field in fields}
    if not any(accepted.values()):
        rows = [f"| `{field.name}` | {_type(hints[field.name])} |" for field in fields]
        return "| field | type |\n|---|---|\n" + "\n".join(rows)
    rows = [
        f"| `{field.name}` | {_type(hints[field.name])} | {_default(field)} | {accepted[field.name]} |"
        for field in fields
    ]
    return "| field | type | default | accepted |\n|---|---|---|---|\n" + "\n".join(rows)


def _accepted(field: attrs.Attribute[Any]) -> str:
    """What the field accepts, in its own words: it is offered something that nobody accepts."""
    for check in (_converted, _validated):
        try:
            check(field, object())
        except Invalid as refusal:
            return _cell(refusal.accepted)
        except TypeError:
            continue
    return ""


def _converted(field: attrs.Attribute[Any], value: object) -> None:
    if callable(field.converter):
        field.converter(value)


def _validated(field: attrs.Attribute[Any], value: object) -> None:
    if field.validator is not None:
        field.validator(value, field, value)


def _default(field: attrs.Attribute[Any]) -> str:
    if field.default is attrs.NOTHING:
        return "required"
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]  # a function to mypy, a class at run time
        if field.default.takes_self:
            return "from the others"
        return f"`{field.default.factory()!r}`"
    if isinstance(field.default, timedelta):
        return _duration(field.default)
    if isinstance(field.default, Enum):
        return f"`{field.default.value}`"
    if attrs.has(type(field.default)):
        return f"`{_briefly(field.default)}`"
    return "none" if field.default is None else f"`{field.default!r}`"


def _briefly(value: Any) -> str:
    """The value without what it has by default: ``Items()``."""
    given = [field for field in attrs.fields(type(value)) if getattr(value, field.name) != field.default]
    return f"{type(value).__name__}({', '.join(f'{field.name}={getattr(value, field.name)!r}' for field in given)})"


def _duration(length: timedelta) -> str:
    """The length in the greatest unit of which it is a whole number."""
    for name in ("hour", "minute", "second"):
        unit = timedelta(**{f"{name}s": 1})
        if length and not length % unit:
            return f"{length // unit} {name}{'s' if length > unit else ''}"
    return f"{length.total_seconds():g} seconds"


def _schemas() -> str:
    """One JSON Schema with every message, and every value they are made of, under ``$defs``."""
    wire = Wire(ROOMS)
    messages = {name: wire.schema(message) for name, message in wire.messages.items()}
    defs: dict[str, Any] = {}
    for schema in messages.values():
        del schema["$schema"]
        for name, inner in schema.pop("$defs", {}).items():
            if defs.setdefault(name, inner) != inner:
                raise ValueError(f"two different things are called {name}")
    defs.update(messages)
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The messages of ecomcore",
        "description": "Names and types of fields, and which are required. What else a field accepts, such as lengths "
        'and limits, stands in the column "accepted" of the reference, and is checked when the message is made.',
        "$defs": dict(sorted(defs.items())),
    }
    return json.dumps(whole, indent=2) + "\n"


# -- values --------------------------------------------------------------------------------------------------------


def _values_page() -> str:
    told = {value.__name__: f"{_doc(value)}\n\n{_value(value)}" for value in _values()} | {
        name: _union(union) for name, union in UNIONS.items()
    }
    body = "\n".join(f"## {name}\n\n{text}\n" for name, text in sorted(told.items()))
    ids_ = sorted(name for name in vars(ids) if name.endswith("Id"))
    names = ", ".join(f"`{name}`" for name in ids_)
    return f"""# Values

What messages, answers and ports are made of; actors and choices are told under [host](host.md). An `Instant` is an
aware `datetime` in UTC. Ids are text of 1 to 64 characters; each kind has its own type, and any text
of that form will do at run time:

{names}.

{body}"""


def _union(union: Any) -> str:
    options = "\n".join(f"- {_type(kind)}: {_in_line(kind).split('. ')[0].rstrip('.')}." for kind in get_args(union))
    return f"One of these. In JSON its `kind` is the name.\n\n{options}"


def _value(value: type) -> str:
    if not issubclass(value, Enum):
        return _fields(value)
    comments = _comments_of_members(value)
    rows = "\n".join(f"| `{member.value}` | {_cell(comments.get(member.name, ''))} |" for member in value)
    return f"| value | meaning |\n|---|---|\n{rows}"


def _comments_of_members(kind: type[Enum]) -> Mapping[str, str]:
    """The text that stands below a member in the source."""
    found = re.findall(r'^    (\w+) = [^\n]*\n    """(.*?)"""', inspect.getsource(kind), re.MULTILINE | re.DOTALL)
    return dict(found)


def _values() -> Sequence[type]:
    """Every class of values that a message, an answer or a port mentions, by name."""
    messages = [m for room in ROOMS for m in (*room.deciders, *room.couriers, *room.answers, *room.events)]
    found: dict[str, type] = {}
    asked: list[Any] = [hint for message in messages for hint in (*_hints_of(message), answer_type(message))]
    asked += [hint for kind in CHOICES if attrs.has(kind) for hint in _hints_of(kind)]
    asked += [hint for port in _ports() for _, method in _methods(port) for hint in _hints_of(method)]
    while asked:
        hint = asked.pop()
        asked.extend(get_args(hint))
        if not _is_value(hint) or hint in (*messages, *HOST) or found.get(hint.__name__) is hint:
            continue
        found[hint.__name__] = hint
        asked.extend(_hints_of(hint) if attrs.has(hint) else ())
    return [found[name] for name in sorted(found)]


def _hints_of(thing: Any) -> Iterator[Any]:
    try:
        yield from get_type_hints(thing).values()
    except NameError:
        return


def _is_value(hint: Any) -> bool:
    if not isinstance(hint, type) or not hint.__module__.startswith("ecomcore."):
        return False
    aggregate = any(base.__name__ == "Aggregate" for base in hint.__mro__)
    return issubclass(hint, Enum) or (attrs.has(hint) and not aggregate)


# -- ports ---------------------------------------------------------------------------------------------------------


def _ports_page() -> str:
    outside = "\n".join(_port(port) for room in ROOMS for port in room.ports)
    kept = "\n".join(_port(port) for room in ROOMS for port in room.repositories)
    kernel = "\n".join(_port(port) for port in KERNEL_PORTS)
    return f"""# Ports

What the core needs from outside. An adapter subclasses the port: what it leaves out cannot be made.

## To the outside

{outside}
## Of a store

A persistence adapter implements these and, for each room, its repositories below. `Clock` and `Ids` come with the core.

{kernel}
## Repositories

Each is a `Repository` of one kind of aggregate, with finders of its own.

{kept}"""


def _port(port: type) -> str:
    abstract: list[str] = []
    given: list[str] = []
    for name, method in _methods(port):
        line = f"- `{_signature(name, method)}`: {_in_line(method)}"
        (abstract if getattr(method, "__isabstractmethod__", False) else given).append(line)
    if "__enter__" in vars(port):
        given.append(f"- `with … as …`: {_in_line(vars(port)['__enter__'])}")
    parts = [_attributes(port), "\n".join(abstract), "The port brings along:" if given else ""]
    own = "\n\n".join(part for part in (*parts, "\n".join(given)) if part) or "It adds nothing to `Repository`."
    return f"### {port.__name__}\n\n`{_module_of(port)}.{port.__name__}`. {_doc(port)}\n\n{own}\n"


def _attributes(port: type) -> str:
    """The attributes that the port declares; those it sets itself are none of the adapter's business."""
    hints = inspect.get_annotations(port)
    declared = [name for name in hints if not name.startswith("_") and name not in vars(port)]
    if not declared:
        return ""
    whose = "set by the port of each room" if port is work.Repository else "set by the adapter in `__init__`"
    return f"Attributes, {whose}: " + ", ".join(f"`{name}: {hints[name]}`" for name in declared) + "."


def _ports() -> Iterator[type]:
    yield from KERNEL_PORTS
    for room in ROOMS:
        yield from (*room.repositories, *room.ports)


def _methods(port: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, method in vars(port).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            yield name, method


def _signature(name: str, method: Callable[..., Any]) -> str:
    answer = inspect.signature(method).return_annotation
    return f"{name}({', '.join(_parameters(method))}) -> {answer}".replace("|", "or")


def _module_of(thing: type) -> str:
    """Where to import it from: a room's front door, or its own module."""
    parts = thing.__module__.split(".")
    return ".".join(parts[:2]) if parts[1] in (*MODULES, "quoting", "audit") else thing.__module__


# -- lifecycles ----------------------------------------------------------------------------------------------------


def _lifecycles_page() -> str:
    body = "\n".join(_lifecycle(life, room) for room in ROOMS for life in room.lifecycles)
    return f"""# Lifecycles

Each is a table in the code, keyed by verb. A verb in a state that has no cell for it is refused with
`IllegalTransition`. Conditions beyond the state are named by the errors of the message.

{body}"""


def _lifecycle(life: Lifecycle[Any], room: Room) -> str:
    states = list(type(life.initial))
    head = "| verb | " + " | ".join(f"{state}" for state in states) + " |\n|---|" + "---|" * len(states)
    cells: dict[str, list[str]] = {}
    for verb, _, to in life.cells():
        cells.setdefault(verb, []).append(str(to) if to is not None else "")
    rows = "\n".join(f"| `{verb}` | " + " | ".join(row) + " |" for verb, row in cells.items())
    return f"""## {life.kind.capitalize()}

In [{room.name}]({room.name}.md). It begins {life.initial}. The cell says where the verb leads from the state above it.

```mermaid
{life.mermaid().rstrip()}
```

{head}
{rows}
"""


# -- errors --------------------------------------------------------------------------------------------------------


def _errors_page() -> str:
    tree = "\n\n".join("\n".join(_tree(root)) for root in (DomainError, Trouble))
    listed = [kind for root in (DomainError, Trouble) for kind in _descendants(root)]
    rows = "\n".join(_error(kind) for kind in listed)
    return f"""# Errors

A `DomainError` is an answer: no, and why. A `Trouble` is an outage: the shop gave no answer. Both carry their data as
attributes, and `str(error)` is a sentence for people.

```text
{tree}
```

| error | import from | data | meaning |
|---|---|---|---|
{rows}
"""


def _error(kind: type) -> str:
    data = ", ".join(f"`{field.name}`" for field in attrs.fields(kind))
    return f"| `{kind.__name__}` | `{_module_of(kind)}` | {data} | {_cell(_doc(kind))} |"


def _tree(kind: type, indent: str = "") -> Iterator[str]:
    if not indent:
        yield kind.__name__
    children = _children(kind)
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└── ' if last else '├── '}{child.__name__}"
        yield from _tree(child, indent + ("    " if last else "│   ")) if _children(child) else ()


def _descendants(kind: type) -> Iterator[type]:
    yield kind
    for child in _children(kind):
        yield from _descendants(child)


def _children(kind: type) -> Sequence[type]:
    """The errors of the kernel in their own order, then those of the rooms by name; none of other packages."""
    order = list(vars(errors))
    rooms = tuple(f"ecomcore.{name}" for name in ("kernel", "quoting", *MODULES))
    own = [child for child in kind.__subclasses__() if child.__module__.startswith(rooms)]
    return sorted(
        {child.__name__: child for child in own}.values(),
        key=lambda child: (order.index(child.__name__) if child.__name__ in order else len(order), child.__name__),
    )


# -- flows ---------------------------------------------------------------------------------------------------------


def _flows_page() -> str:
    home = {message: room.name for room in ROOMS for message in (*room.deciders, *room.couriers, *room.events)}
    named = {message.__name__: message for message in home}

    def link(message: type) -> str:
        return f"[{message.__name__}]({home[message]}.md#{message.__name__.lower()})"

    rows = []
    for event, policies in POLICIES.items():
        for policy in policies:
            asked = [named[name] for name in policy.__code__.co_names if issubclass(named.get(name, object), Command)]
            rows.append(f"| {link(event)} | `{policy.__name__}` | {', '.join(map(link, asked))} |")
    jobs = bootstrap.JOBS
    timed = "\n".join(f"- {link(type(own.command))}, every {own.every.total_seconds():.0f} seconds" for own in jobs)
    return f"""# Flows

What follows from what. A policy is a pure function: an event in, commands out. The commands run in the same unit of
work as the event; errands run after its commit. The table is `ecomcore.flows.POLICIES`; `assemble(policies=…)` takes
another.

| when this is told | this policy | asks for |
|---|---|---|
{chr(10).join(rows)}

A worker (`shop.run_worker`) also sends these by itself, and the jobs that `assemble(jobs=…)` was given:

{timed}
"""


# -- words ---------------------------------------------------------------------------------------------------------


def _doc(thing: Any) -> str:
    """The docstring as Markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.cleandoc(thing.__doc__ or ""))


def _sentence(module: Any) -> str:
    """The first paragraph of a module's docstring, without the name of the room that it may begin with."""
    first = _doc(module).split("\n\n")[0].replace("\n", " ")
    first = re.sub(r"^(The )?\w+: ", "", first)
    return first[0].upper() + first[1:]


def _in_line(thing: Any) -> str:
    return " ".join(_doc(thing).split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("``", "`")


def _type(hint: Any) -> str:
    """The type in words, with a link where the reference tells more."""
    if hint in (None, NoneType):
        return "nothing"
    if hint in _OF_TIME:
        return _OF_TIME[hint]
    if hasattr(hint, "__supertype__"):
        return f"`{hint.__name__}`"
    if get_origin(hint) is not None:
        return _type_of_several(hint)
    name: str = getattr(hint, "__name__", str(hint))
    for room in ROOMS:
        if hint in (*room.deciders, *room.couriers, *room.answers):
            return f"[`{name}`]({room.name}.md#{name.lower()})"
    page = "host.md" if hint in HOST else "values.md"
    return f"[`{name}`]({page}#{name.lower()})" if _is_value(hint) else f"`{name}`"


def _type_of_several(hint: Any) -> str:
    """A type that is made of others."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        for name, union in UNIONS.items():
            if hint == union:
                return f"[`{name}`](values.md#{name.lower()})"
        return " or ".join("none" if option is NoneType else _type(option) for option in arguments)
    if origin is tuple and arguments[1:] != (...,):
        return f"({', '.join(map(_type, arguments))})"
    if origin is Callable:
        takes, gives = arguments
        return f"function of {' and '.join(map(_type, takes))}, which answers {_type(gives)}"
    of = {tuple: "list of", frozenset: "set of", type: "type of"}.get(origin)
    return f"{of} {_type(arguments[0])}" if of else f"`{hint}`"


_OF_TIME = {datetime: "`Instant`", date: "day", time: "time of day", timedelta: "duration"}
"""JSON has moments, days and times of day as text in ISO 8601, and durations in whole seconds."""


def write(folder: Path) -> None:
    """Write every page, and remove what is no page any more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for stale in {path for path in folder.iterdir() if path.name not in made}:
        stale.unlink()
    for path, text in made.items():
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent / "reference")
