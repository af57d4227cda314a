"""The composition root. The one place for punq: every use case is bound to its ports once, when a shop is assembled.

shop = assemble()                                          # in memory
shop = assemble("sqlite:///shop.db", gateway=my_gateway)   # on a database, with a gateway of the host's own
"""

from ecomcore.bootstrap.assembling import JOBS, ROOMS, assemble
from ecomcore.bootstrap.shop import Desk, Shop

__all__ = ["JOBS", "ROOMS", "Desk", "Shop", "assemble"]
