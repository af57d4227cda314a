"""The gateways of a shop, by the names of their methods."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ecomcore.kernel.money import Currency
from ecomcore.ordering.errors import UnknownMethod
from ecomcore.ordering.gateway import PaymentGateway
from ecomcore.ordering.values import GATEWAY

__all__ = ["Gateways"]


@frozen
class Gateways:
    """Who moves the money of which method. A gateway under no name (``""``) takes whatever no other does."""

    by_method: Mapping[str, PaymentGateway]

    def of(self, method: str) -> PaymentGateway:
        """The gateway of a method. Raises ``LookupError``: all processes of a shop need the same gateways."""
        found = self.by_method.get(method)
        if found is None:
            raise LookupError(f"this process has no gateway for the method {method!r}")
        return found

    def known(self, method: str, currency: Currency) -> str:
        """The method, if there is a gateway of exactly this name. Raises ``UnknownMethod``."""
        if method not in self.by_method:
            raise UnknownMethod(method, currency)
        return self.choose(method, currency)

    def choose(self, wanted: str | None, currency: Currency) -> str:
        """The method that serves what the buyer wants to pay with. Raises ``UnknownMethod``."""
        method = wanted if wanted is not None and wanted in self.by_method else GATEWAY
        found = self.by_method.get(method)
        if found is None or not found.capabilities.serves(currency):
            raise UnknownMethod(wanted or method, currency)
        return method
