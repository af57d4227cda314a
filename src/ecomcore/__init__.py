"""ecomcore: the commerce core that Python teams embed. The front door.

    from ecomcore import Member, Money, Price, assemble

    shop = assemble()

What a shop is asked and tells lives in its rooms: ``ecomcore.catalog``, ``ecomcore.inventory``, ``ecomcore.ordering``,
``ecomcore.shipping`` and ``ecomcore.deliveries``. What every host needs beside them is here, and is loaded when it is
first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ecomcore.bootstrap import Desk, Shop, assemble
    from ecomcore.choices import Deliveries, Job, Retries, Subscriber
    from ecomcore.kernel.errors import DomainError, Trouble
    from ecomcore.kernel.messages import Anonymous, Guest, Member, Staff, System
    from ecomcore.kernel.money import Currency, Money, Price

__all__ = [
    "Anonymous",
    "Currency",
    "Deliveries",
    "Desk",
    "DomainError",
    "Guest",
    "Job",
    "Member",
    "Money",
    "Price",
    "Retries",
    "Shop",
    "Staff",
    "Subscriber",
    "System",
    "Trouble",
    "__version__",
    "assemble",
]

__version__ = "0.1.0"

_HOMES: Final = {
    "ecomcore.bootstrap": ("Desk", "Shop", "assemble"),
    "ecomcore.choices": ("Deliveries", "Job", "Retries", "Subscriber"),
    "ecomcore.kernel.errors": ("DomainError", "Trouble"),
    "ecomcore.kernel.messages": ("Anonymous", "Guest", "Member", "Staff", "System"),
    "ecomcore.kernel.money": ("Currency", "Money", "Price"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(home), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
