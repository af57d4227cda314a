"""The reference adapters: a store and a payment gateway in memory, complete and honest.

Tests run a whole shop on them, and the conformance suites take the store as their oracle.
"""

from ecomcore.memory.attempts import AttemptLimit
from ecomcore.memory.gateway import Fault, MemoryGateway
from ecomcore.memory.gift_cards import GiftCardLimit, PassingKey
from ecomcore.memory.persistence import MemoryPersistence
from ecomcore.memory.secrets import SystemSecrets
from ecomcore.memory.taxes import RememberedTaxes

__all__ = [
    "AttemptLimit",
    "Fault",
    "GiftCardLimit",
    "MemoryGateway",
    "MemoryPersistence",
    "PassingKey",
    "RememberedTaxes",
    "SystemSecrets",
]
