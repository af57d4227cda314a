"""The rules of the house that a type checker cannot see: functions from a module to what is wrong in it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from attrs import define

Found = Iterator[tuple[int, str]]


@define(slots=False)
class Module:
    """A parsed source file whose names can be followed to what was imported under them."""

    file: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.file))

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for: ``{"dt": "datetime", "now": "time.time"}``."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        names[alias.asname] = alias.name
                    else:
                        names[alias.name.split(".")[0]] = alias.name.split(".")[0]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        return names

    def dotted(self, node: ast.AST) -> str | None:
        """``datetime.datetime.now``, however this module spells it; nothing for other expressions."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute) and (owner := self.dotted(node.value)):
            return f"{owner}.{node.attr}"
        return None


# Time, chance and secrets -----------------------------------------------------------------------------------

_AMBIENT_TIME = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime")),
    *(f"pendulum.{name}" for name in ("now", "today", "tomorrow", "yesterday")),
    *(f"sqlalchemy.func.{name}" for name in ("now", "current_timestamp", "clock_timestamp")),
    "datetime.date.today",
}


def ambient_time(module: Module) -> Found:
    """Time comes from the ``Clock``, through an argument."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := module.dotted(node)) in _AMBIENT_TIME:
            yield node.lineno, f"{name} reads the clock of the machine"


def ambient_chance(module: Module) -> Found:
    """Ids come from ``Ids``; a decision is never left to chance."""
    for node in ast.walk(module.tree):
        for name in _imports(node):
            if name.split(".")[0] in {"random", "secrets", "uuid"}:
                yield node.lineno, f"{name} makes the outcome depend on chance"
        if isinstance(node, ast.Name | ast.Attribute) and module.dotted(node) == "os.urandom":
            yield node.lineno, "os.urandom makes the outcome depend on chance"


_SECRET = re.compile(r"token|signature|secret|password|passphrase|hmac", re.IGNORECASE)


def secrets_compared_in_the_open(module: Module) -> Found:
    """A secret is compared with ``hmac.compare_digest``; ``==`` tells how far a guess was right."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            for side in (node.left, *node.comparators):
                if (name := _last_name(side)) and _SECRET.search(name):
                    yield node.lineno, f"{name} is compared with == or !="


def _last_name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=function):
            return _last_name(function)
    return None


# Promises not kept ------------------------------------------------------------------------------------------


def unfinished(module: Module) -> Found:
    """What is not there is not declared either; an abstract method is marked as one."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield node.lineno, "NotImplementedError stands where code should"


def undescribed(module: Module) -> Found:
    """Every public module opens with its docstring."""
    public = not module.file.stem.startswith("_") or module.file.stem == "__init__"
    if public and not ast.get_docstring(module.tree):
        yield 1, "there is no docstring"


LONGEST_FILE = 350


def too_long(module: Module) -> Found:
    """A file can be read at one sitting; in a front door a name on a line of its own is not read but found."""
    lines = len(module.text.splitlines())
    if module.file.name == "__init__.py":
        lines -= len(_lines_of_one_name(module.tree))
    if lines > LONGEST_FILE:
        yield lines, f"{lines} lines are more than {LONGEST_FILE}"


def _lines_of_one_name(tree: ast.Module) -> set[int]:
    """The lines of lists of imports, and of ``__all__``, on which nothing stands but one name."""
    lines: Counter[int] = Counter()
    crowded: set[int] = set()
    for node in tree.body:
        names: list[ast.alias] | list[ast.expr] = []
        match node:
            case ast.ImportFrom(names=imported):
                names = imported
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=listed)):
                names = listed
        lines.update(name.lineno for name in names)
        crowded.update((node.lineno, node.end_lineno or node.lineno) if names else ())
    return {line for line, count in lines.items() if count == 1} - crowded


# Nothing blocks embedding -----------------------------------------------------------------------------------

_MUTABLE = {
    "list", "dict", "set", "bytearray",
    "collections.defaultdict", "collections.deque", "collections.OrderedDict", "collections.Counter",
    "weakref.WeakKeyDictionary", "weakref.WeakValueDictionary", "weakref.WeakSet",
    "contextvars.ContextVar", "itertools.count", "queue.Queue",
    "threading.local", "threading.Lock", "threading.RLock", "threading.Event", "threading.Condition",
}  # fmt: skip
_BUILTINS = {"list", "dict", "set", "bytearray"}
_TABLES = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
_CHANGES = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
    "setdefault", "update",
}  # fmt: skip


def global_state(module: Module) -> Found:
    """Several shops live in one process: no module keeps anything that is filled or changed while they run.

    A table written out in full is a constant as long as nobody in the module changes it.
    """
    tables: set[str] = set()
    for node in _outside_functions(module.tree):
        for name, value in _assigned(node):
            if name.startswith("__"):
                continue
            if _is_to_be_filled(module, value):
                yield node.lineno, f"{name} is there to be filled"
            elif isinstance(value, _TABLES):
                tables.add(name)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
        elif (changed := _changed(node)) in tables:
            yield node.lineno, f"{changed} is changed"


def _is_to_be_filled(module: Module, value: ast.expr) -> bool:
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=function, args=arguments, keywords=keywords):
            name = module.dotted(function)
            return name in _MUTABLE and not (name in _BUILTINS and (arguments or keywords))
    return False


def _outside_functions(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _outside_functions(node)


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value


def _changed(node: ast.AST) -> str | None:
    """The plain name that this node changes in place, if it does."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in _CHANGES:
            return name
    return None


# Databases --------------------------------------------------------------------------------------------------

_SQL = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|CREATE|ALTER|DROP|TRUNCATE|SET|PRAGMA|ATTACH|LOCK|CALL|COPY|VACUUM)\s",
    re.IGNORECASE,
)
_RUNS_SQL = {
    "text", "execute", "executemany", "executescript", "exec_driver_sql", "scalar", "scalars", "DDL", "literal_column",
}  # fmt: skip


def sql_from_pieces(module: Module) -> Found:
    """SQL is built by SQLAlchemy or written out; it is not put together from pieces of text."""
    for node in _sql_put_together(module):
        yield node.lineno, "SQL is put together from pieces"


def sql_from_more_than_names(module: Module) -> Found:
    """Where SQL must be put together, its pieces have the form of names: nothing is looked up, nothing is a field.

    A name is a variable, ``table.name``, several of them joined, or what a private function of the module makes.
    """
    for node in _sql_put_together(module):
        if not isinstance(node, ast.JoinedStr):
            yield node.lineno, "SQL is put together by other means than an f-string"
        else:
            pieces = [value.value for value in node.values if isinstance(value, ast.FormattedValue)]
            for piece in pieces:
                if not _is_a_name(piece):
                    yield piece.lineno, f"{ast.unparse(piece)} may be more than a name"


def _sql_put_together(module: Module) -> Iterator[ast.expr]:
    """Text that is put together and either begins like SQL or is handed to what runs SQL."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.expr) and _put_together(node) and _SQL.match(_first_text(node)):
            yield node
        match node:
            case ast.Call(func=function, args=[text, *_]) if _last_name(function) in _RUNS_SQL and _put_together(text):
                if not _SQL.match(_first_text(text)):
                    yield text


def _put_together(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.FormattedValue) for value in values)
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _is_text(value)
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _first_text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[first, *_]) | ast.BinOp(left=first) | ast.Call(func=ast.Attribute(value=first)):
            return _first_text(first)
    return ""


def _is_a_name(node: ast.AST) -> bool:
    match node:
        case ast.Name() | ast.Constant() | ast.Attribute(value=ast.Name(), attr="name"):
            return True
        case ast.BoolOp(values=either):
            return all(_is_a_name(one) for one in either)
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[ast.GeneratorExp(elt=one) | one]):
            return _is_a_name(one)
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="lower" | "upper"), args=[]):
            return True
        case ast.Call(func=ast.Name(id=function)):
            return function.startswith("_")
    return False


# Libraries --------------------------------------------------------------------------------------------------


def foreign_libraries(module: Module, allowed: frozenset[str]) -> Found:
    """A library comes in by decision."""
    for node in ast.walk(module.tree):
        for name in _imports(node):
            if name.split(".")[0] not in allowed:
                yield node.lineno, f"{name} is not among the libraries of this package"


def _imports(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(name), level=0):
            return [name]
    return []
