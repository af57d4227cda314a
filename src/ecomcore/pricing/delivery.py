"""A delivery method is defined, redefined when it costs something else or goes elsewhere, and ended; defined again, it
is back. Orders already placed keep what they were charged.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import DeliveryMethodId
from ecomcore.pricing.events import DeliveryDefined, DeliveryEnded
from ecomcore.quoting import DeliveryMethod

__all__ = ["Delivery"]


@frozen(kw_only=True)
class Delivery(Aggregate):
    """A delivery method as it is now."""

    id: DeliveryMethodId
    terms: DeliveryMethod
    ended: bool = False

    @classmethod
    def define(cls, terms: DeliveryMethod) -> Self:
        """A new method."""
        return cls(id=terms.id, terms=terms).telling(DeliveryDefined(terms.id, terms.name))

    def redefine(self, terms: DeliveryMethod) -> Self:
        """It is this from now on."""
        if terms == self.terms and not self.ended:
            return self
        return self.telling(DeliveryDefined(self.id, terms.name), terms=terms, ended=False)

    def end(self) -> Self:
        """Nothing can be delivered in this way any more."""
        return self.telling(DeliveryEnded(self.id), ended=True)
