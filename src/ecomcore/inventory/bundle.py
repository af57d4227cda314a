"""A bundle is a variant that is put together of others: a tea set of a pot and four cups. It has no stock of its own;
there are as many as can be put together of its components, and of those its units are set aside and leave.

A bundle is defined, may be defined otherwise, and may be dissolved. No bundle is a part of another, so that what can be
had of one is one look at its components. Each ``Bundle`` therefore knows also how many others it is a part of: two
definitions at the same time that would put bundles into each other change the same rows, and one of them is refused.

Ask: DefineBundle, DissolveBundle; GetBundle. Tells: BundleDefined, BundleDissolved. Refuses: BundleInABundle,
BundleHasNoStock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol, Self

from attrs import define, field, frozen

from ecomcore.inventory.ports import StockItems
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Invalid, NotFound, Refused
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.messages import Command, Event, Permission, Query, Who
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import a_list_of, an_id, as_tuple
from ecomcore.kernel.work import Repository

__all__ = [
    "Bundle",
    "BundleDefined",
    "BundleDissolved",
    "BundleHasNoStock",
    "BundleInABundle",
    "BundleView",
    "Bundles",
    "Component",
    "DefineBundle",
    "DissolveBundle",
    "GetBundle",
    "bundles_available",
    "define_bundle",
    "dissolve_bundle",
    "get_bundle",
    "refuse_stock_of_bundles",
]

MOST_COMPONENTS: Final = 100
"""Components of one bundle."""


@frozen
class Component:
    """So many units of a variant go into ``each`` bundle."""

    variant: VariantId = field(validator=an_id)
    each: int = field(default=1, validator=a_quantity)


@define(eq=False, str=False)
class BundleInABundle(Refused):
    """A bundle is put together of variants that are no bundles."""

    bundle: VariantId
    component: VariantId | None = None

    def sentence(self) -> str:
        if self.component is None:
            return f"{self.bundle} is a part of bundles itself; take it out of those first"
        return f"{self.component} is a bundle itself and cannot be a part of {self.bundle}; name what it is made of"


@define(eq=False, str=False)
class BundleHasNoStock(Refused):
    """What has stock of its own is no bundle, and a bundle gets none."""

    variant: VariantId
    is_bundle: bool

    def sentence(self) -> str:
        if self.is_bundle:
            return f"{self.variant} is a bundle and has no stock of its own; receive its components"
        return f"{self.variant} has, or had, stock of its own; a bundle is a variant that never had any"


@frozen
class BundleDefined(Event):
    """The variant is put together of these from now on."""

    variant: VariantId
    components: tuple[Component, ...]


@frozen
class BundleDissolved(Event):
    """The variant is no bundle any more."""

    variant: VariantId


@frozen(kw_only=True)
class Bundle(Aggregate):
    """What is known of a variant and bundles: its ``components``, if it is one, and how many others it is a part of."""

    id: VariantId
    components: tuple[Component, ...] = ()
    used_in: int = 0

    @property
    def is_bundle(self) -> bool:
        """Whether it is put together of others."""
        return bool(self.components)

    def each(self) -> Mapping[VariantId, int]:
        """How many units of which variant one bundle takes; none where it is no bundle."""
        return {each.variant: each.each for each in self.components}

    def define(self, components: tuple[Component, ...]) -> Self:
        """Put together of these from now on. Raises ``BundleInABundle`` where it is a part of others."""
        if self.used_in:
            raise BundleInABundle(self.id)
        if components == self.components:
            return self
        return self.telling(BundleDefined(self.id, components), components=components)

    def dissolve(self) -> Self:
        """No bundle any more."""
        return self.telling(BundleDissolved(self.id), components=()) if self.is_bundle else self

    def used(self, bundle: VariantId, more: int) -> Self:
        """A part of so many more bundles, or fewer. Raises ``BundleInABundle`` where it is a ``bundle`` itself."""
        if self.is_bundle:
            raise BundleInABundle(bundle, self.id)
        return self.having(used_in=self.used_in + more)


@frozen
class DefineBundle(Command[None]):
    """The variant is put together of these, each a variant that is no bundle. What is set aside already stays so.

    Raises ``Invalid`` for itself or the same variant twice, ``BundleInABundle``, and ``BundleHasNoStock`` for a variant
    that ever had stock of its own.
    """

    permission = Permission("inventory.define_bundle", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    components: tuple[Component, ...] = field(converter=as_tuple, validator=a_list_of(Component, MOST_COMPONENTS))

    def __attrs_post_init__(self) -> None:
        seen = {self.variant}
        for index, each in enumerate(self.components):
            if each.variant in seen:
                raise Invalid(f"components[{index}].variant", each.variant, "each variant once, and not the bundle")
            seen.add(each.variant)


@frozen
class DissolveBundle(Command[None]):
    """The variant is no bundle any more. What is set aside already stays so. Raises ``NotFound``."""

    permission = Permission("inventory.dissolve_bundle", Who.STAFF)
    variant: VariantId = field(validator=an_id)


@frozen
class BundleView:
    """What a bundle is put together of."""

    variant: VariantId
    components: tuple[Component, ...]


@frozen
class GetBundle(Query[BundleView]):
    """What a bundle is put together of. Raises ``NotFound`` for a variant that is none."""

    permission = Permission("inventory.bundle", Who.ANYONE)
    variant: VariantId = field(validator=an_id)


class Bundles(Repository[Bundle, VariantId], Protocol):
    """All variants that are, or were, bundles or parts of one."""

    kind: type[Bundle] = Bundle


def bundles_available(components: Mapping[VariantId, int], available: Mapping[VariantId, int]) -> int:
    """How many bundles can be put together of what is available; of no components, none."""
    return max(0, min((available.get(variant, 0) // each for variant, each in components.items()), default=0))


def refuse_stock_of_bundles(variants: Collection[VariantId], bundles: Bundles) -> None:
    """Raises ``BundleHasNoStock`` for the first of the variants that is a bundle."""
    known = bundles.many(sorted(variants))
    for variant in sorted(known):
        if known[variant].is_bundle:
            raise BundleHasNoStock(variant, is_bundle=True)


def define_bundle(command: DefineBundle, bundles: Bundles, stock_items: StockItems) -> None:
    if stock_items.of_variants((command.variant,)):
        raise BundleHasNoStock(command.variant, is_bundle=False)
    known = _locked(command.variant, (each.variant for each in command.components), bundles)
    _save(known, known[command.variant].define(command.components), bundles)


def dissolve_bundle(command: DissolveBundle, bundles: Bundles) -> None:
    bundle = bundles.find(command.variant)
    if bundle is None or not bundle.is_bundle:
        raise NotFound("Bundle", command.variant)
    known = _locked(command.variant, (), bundles)
    _save(known, known[command.variant].dissolve(), bundles)


def get_bundle(query: GetBundle, bundles: Bundles) -> BundleView:
    bundle = bundles.find(query.variant)
    if bundle is None or not bundle.is_bundle:
        raise NotFound("Bundle", query.variant)
    return BundleView(bundle.id, bundle.components)


def _locked(variant: VariantId, components: Iterable[VariantId], bundles: Bundles) -> dict[VariantId, Bundle]:
    """The bundle, what it is made of and what it shall be made of; new ones where nothing is known yet."""
    before = bundles.find(variant)
    ids = sorted({variant, *components, *(before.each() if before is not None else ())})
    found = bundles.many(ids, lock=True)
    known = {id_: found.get(id_) or Bundle(id=id_) for id_ in ids}
    if not known.keys() >= known[variant].each().keys():  # defined otherwise before it was locked: look again
        raise Conflict("Bundle", variant)
    return known


def _save(known: Mapping[VariantId, Bundle], now: Bundle, bundles: Bundles) -> None:
    """The bundle as it is now, and the counts of what it is made of and no more made of."""
    before = known[now.id]
    if now is before:
        return
    gone, come = set(before.each()) - set(now.each()), set(now.each()) - set(before.each())
    changed = [known[id_].used(now.id, 1 if id_ in come else -1) for id_ in gone | come]
    bundles.save(*sorted((now, *changed), key=lambda each: each.id))
