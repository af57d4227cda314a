"""What a host hands to ``assemble`` about money and numbers, looked at before a shop is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ecomcore.documents import DocumentsPolicy
from ecomcore.flows import ORDERS
from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import Invalid
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import CREDIT, GATEWAY, MANUAL, STORE_CREDIT, Gateways, OrderingPolicy, PaymentGateway

__all__ = ["gateways", "named", "refuse_parts_of_a_whole", "refuse_shared_series"]


def named(gateway: PaymentGateway | Mapping[str, PaymentGateway] | None) -> Mapping[str, PaymentGateway]:
    """The gateways by the names of their methods; the only one has none."""
    if gateway is None:
        return {}
    return gateway if isinstance(gateway, Mapping) else {GATEWAY: gateway}


def gateways(gateway: PaymentGateway | Mapping[str, PaymentGateway] | None, clock: Clock) -> Gateways:
    known = named(gateway)
    if isinstance(gateway, Mapping) and not (known and all(map(_names_a_method, known))):
        names = ", ".join(repr(name) for name in (CREDIT, STORE_CREDIT, MANUAL))
        raise Invalid("gateway", [str(name) for name in known], f"gateways by ids as names, other than {names}")
    return Gateways(dict(known) or {GATEWAY: MemoryGateway(clock=clock)})


def _names_a_method(name: object) -> bool:
    """Whether a gateway may have this name: that of the only one, or a short word that nothing inside the shop has."""
    if not isinstance(name, str) or name in (CREDIT, STORE_CREDIT, MANUAL):
        return False
    return name == GATEWAY or _is_name(name) is not None


_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}").fullmatch


def refuse_shared_series(ordering: OrderingPolicy, documents: DocumentsPolicy) -> None:
    """Two kinds of numbers in one series would each have gaps."""
    taken = {each.prefix for each in (documents.invoices, documents.credit_notes, documents.packing_slips)}
    prefix = ordering.number_prefix or ORDERS
    if ordering.gapless_numbers and prefix in taken:
        raise Invalid("ordering_policy.number_prefix", prefix, "a prefix that no document has")


def refuse_parts_of_a_whole(ordering: OrderingPolicy, gateways: Mapping[str, PaymentGateway]) -> None:
    """A gateway that takes a promise once cannot be asked at every shipment."""
    for name, gateway in gateways.items():
        can = gateway.capabilities
        if ordering.capture_parts and not (can.several_captures or can.takes_at_once):
            accepted = "no capture by parts: this gateway takes what is promised once"
            raise Invalid("ordering_policy.capture_parts", name or type(gateway).__name__, accepted)
