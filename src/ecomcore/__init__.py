"""ecomcore: the commerce core that Python teams embed. The front door.

    from ecomcore import Member, Money, Price, assemble

    shop = assemble()

What a shop is asked and tells lives in its rooms: ``ecomcore.catalog``, ``ecomcore.inventory``, ``ecomcore.ordering``,
``ecomcore.shipping`` and ``ecomcore.deliveries``. What every host needs beside them is here.
"""

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
