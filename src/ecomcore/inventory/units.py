"""In which units a variant is counted. Stock, orders and movements count whole base units (pieces, grams); beside those
a variant may be handled in others that are whole multiples of it (a case of 12, a kilogram of 1000 grams). Amounts in
those are text in decimals, turned into base units exactly or not at all: ``GetUnits(...)`` answers with a view whose
``quantity("2.5", "kg")`` is what any command takes.

``VariantUnits`` are defined, and may be defined otherwise; the base unit stays what it is as soon as anything has been
counted in it.

Ask: DefineUnits; GetUnits. Tells: UnitsDefined. Refuses: FinerThanBase, BaseUnitInUse.
"""

from __future__ import annotations

import re
from typing import Final, Protocol, Self

from attrs import define, field, frozen

from ecomcore.inventory.ports import StockItems
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Invalid, NotFound, Refused
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.messages import Command, Event, Permission, Query, Who
from ecomcore.kernel.quantity import MAX_QUANTITY, a_quantity
from ecomcore.kernel.text import a_list_of, a_text, an_id, as_tuple
from ecomcore.kernel.work import Repository

__all__ = [
    "BaseUnitInUse",
    "DefineUnits",
    "FinerThanBase",
    "GetUnits",
    "UnitOfMeasure",
    "UnitTables",
    "UnitsDefined",
    "UnitsView",
    "VariantUnits",
    "define_units",
    "get_units",
    "in_base",
    "shown",
]

MOST_UNITS: Final = 20
"""Units of one variant beside its base unit."""

a_unit_name: Final = a_text(40)


@frozen
class UnitOfMeasure:
    """A unit that holds ``size`` base units."""

    name: str = field(validator=a_unit_name)
    size: int = field(validator=a_quantity)


@define(eq=False, str=False)
class FinerThanBase(Invalid):
    """The amount is no whole number of base units; ``field`` names where it was said."""

    unit: str
    base: str


@define(eq=False, str=False)
class BaseUnitInUse(Refused):
    """Units of the variant have been counted in the base unit: another one would change what the numbers mean."""

    variant: VariantId
    base: str

    def sentence(self) -> str:
        return f"the stock of {self.variant} is counted in {self.base!r}; define other units beside it"


@frozen
class UnitsDefined(Event):
    """The variant is counted in the base unit, and handled in the others too."""

    variant: VariantId
    base: str
    units: tuple[UnitOfMeasure, ...]


@frozen(kw_only=True)
class VariantUnits(Aggregate):
    """The base unit of a variant, and the others in which it is handled."""

    id: VariantId
    base: str
    units: tuple[UnitOfMeasure, ...] = ()

    @classmethod
    def define(cls, id: VariantId, base: str, units: tuple[UnitOfMeasure, ...]) -> Self:
        """A variant of which nobody has said in which units it is counted."""
        return cls(id=id, base=base, units=units).telling(UnitsDefined(id, base, units))

    def redefine(self, base: str, units: tuple[UnitOfMeasure, ...], *, counted: bool) -> Self:
        """Other units. Raises ``BaseUnitInUse`` for another base where anything is ``counted`` in the one of now."""
        if counted and base != self.base:
            raise BaseUnitInUse(self.id, self.base)
        if (base, units) == (self.base, self.units):
            return self
        return self.telling(UnitsDefined(self.id, base, units), base=base, units=units)

    def size(self, unit: object, field: str = "unit") -> int:
        """How many base units one of these holds. Raises ``Invalid`` for a unit that the variant does not have."""
        return _size(self, unit, field)


@frozen
class UnitsView:
    """In which units a variant is counted and handled."""

    variant: VariantId
    base: str
    units: tuple[UnitOfMeasure, ...]

    def quantity(self, amount: object, unit: object, field: str = "amount") -> int:
        """The amount, such as ``2.5`` of ``kg``, in base units, as commands take it. Refuses as ``in_base`` does."""
        return in_base(self, amount, unit, field)

    def shown(self, quantity: int, unit: str) -> str:
        """So many base units in this unit, exactly: ``2.5 kg``. Refuses as ``shown`` does."""
        return shown(self, quantity, unit)


_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,9}))?")


def _size(units: VariantUnits | UnitsView, unit: object, field: str) -> int:
    sizes = {units.base: 1, **{each.name: each.size for each in units.units}}
    if not isinstance(unit, str) or unit not in sizes:
        raise Invalid(field, unit, f"one of {', '.join(sizes)}")
    return sizes[unit]


def in_base(units: VariantUnits | UnitsView, amount: object, unit: object, field: str = "amount") -> int:
    """The amount, decimal text such as ``1.5``, in base units, exactly.

    Raises ``FinerThanBase`` for what is no whole number of them, and ``Invalid`` for other text, for more than
    ``MAX_QUANTITY``, and for a unit that the variant does not have; both name the ``field``.
    """
    size = _size(units, unit, field)
    match = _AMOUNT.fullmatch(amount) if isinstance(amount, str) else None
    if match is None:
        raise Invalid(field, amount, "decimal text such as 12 or 1.5")
    decimals = match[2] or ""
    scale: int = 10 ** len(decimals)
    quantity, rest = divmod(int(match[1] + decimals) * size, scale)
    if rest:
        raise FinerThanBase(
            field, amount, f"a whole number of {units.base}, of which {unit} holds {size}", str(unit), units.base
        )
    if quantity > MAX_QUANTITY:
        raise Invalid(field, amount, f"at most {MAX_QUANTITY} {units.base}")
    return quantity


def shown(units: VariantUnits | UnitsView, quantity: int, unit: str) -> str:
    """So many base units in this unit, exactly: ``1.5 kg``, or with a rest where decimals would never end, such as
    ``1 case + 3 piece``. Raises ``Invalid`` for a unit that the variant does not have.
    """
    size = _size(units, unit, "unit")
    sign, (whole, rest) = "-" if quantity < 0 else "", divmod(abs(quantity), size)
    places = _places(size)
    if places is not None:
        digits = f"{rest * 10**places // size:0{places}}".rstrip("0") if rest else ""
        return f"{sign}{whole}{'.' + digits if digits else ''} {unit}"
    parts = [f"{whole} {unit}"] if whole or not rest else []
    return sign + " + ".join((*parts, *((f"{rest} {units.base}",) if rest else ())))


def _places(size: int) -> int | None:
    """How many decimals a part of this size needs; nothing where they never end."""
    twos = fives = 0
    while size % 2 == 0:
        size, twos = size // 2, twos + 1
    while size % 5 == 0:
        size, fives = size // 5, fives + 1
    return max(twos, fives) if size == 1 else None


@frozen
class DefineUnits(Command[None]):
    """The variant is counted in the ``base`` unit, and handled in the others too: whole multiples of it.

    Raises ``Invalid`` for a name that is given twice, and ``BaseUnitInUse`` for another base unit than the one in which
    stock has been counted.
    """

    permission = Permission("inventory.define_units", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    base: str = field(validator=a_unit_name)
    units: tuple[UnitOfMeasure, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(UnitOfMeasure, MOST_UNITS, 0)
    )

    def __attrs_post_init__(self) -> None:
        seen = {self.base}
        for index, each in enumerate(self.units):
            if each.name in seen:
                raise Invalid(f"units[{index}].name", each.name, "each name once")
            seen.add(each.name)


@frozen
class GetUnits(Query[UnitsView]):
    """In which units a variant is counted and handled. Raises ``NotFound`` where nobody has said."""

    permission = Permission("inventory.units", Who.ANYONE)
    variant: VariantId = field(validator=an_id)


class UnitTables(Repository[VariantUnits, VariantId], Protocol):
    """The units of all variants of which somebody has said them."""

    kind: type[VariantUnits] = VariantUnits


def define_units(command: DefineUnits, tables: UnitTables, stock_items: StockItems) -> None:
    known = tables.find(command.variant)
    if known is None:
        tables.save(VariantUnits.define(command.variant, command.base, command.units))
        return
    counted = bool(stock_items.of_variants((command.variant,)))
    redefined = known.redefine(command.base, command.units, counted=counted)
    if redefined is not known:
        tables.save(redefined)


def get_units(query: GetUnits, tables: UnitTables) -> UnitsView:
    known = tables.find(query.variant)
    if known is None:
        raise NotFound("VariantUnits", query.variant)
    return UnitsView(known.id, known.base, known.units)
