"""The promises of a store, as tests. An adapter proves itself by subclassing with one fixture:

    class TestMyStore(PersistenceConformance):
        concurrent_writers = True

        @pytest.fixture
        def persistence(self) -> Iterator[Persistence]:
            store = MyStore(an_empty_database())
            yield store
            store.close()

Two hooks may be overridden. ``reopen`` gives another handle on the same data, as a second process would have; the races
and crashes then run across handles. ``fresh`` gives an empty store for each life of the state machine; it must be
overridden where the class cannot be called without arguments.
"""

from __future__ import annotations

from ecomcore.kernel.work import Persistence
from ecomcore.testing.machine import run_shop_machine
from ecomcore.testing.persistence_carts import KeepsCarts
from ecomcore.testing.persistence_counting import KeepsCounts
from ecomcore.testing.persistence_crashes import SurvivesCrashes
from ecomcore.testing.persistence_documents import KeepsDocuments
from ecomcore.testing.persistence_finders import FindsThings
from ecomcore.testing.persistence_order_finders import FindsOrders
from ecomcore.testing.persistence_orders import KeepsOrders
from ecomcore.testing.persistence_outbox import KeepsOutbox
from ecomcore.testing.persistence_parts import KeepsParts
from ecomcore.testing.persistence_pricing import KeepsPrices
from ecomcore.testing.persistence_promotions import KeepsPromotions
from ecomcore.testing.persistence_queueing import KeepsQueues
from ecomcore.testing.persistence_races import SurvivesRaces
from ecomcore.testing.persistence_shop import RunsAShop
from ecomcore.testing.persistence_stock import KeepsStock
from ecomcore.testing.persistence_stock_rules import KeepsStockRules
from ecomcore.testing.persistence_supply import KeepsInboundDeliveries
from ecomcore.testing.persistence_transfers import KeepsTransfers
from ecomcore.testing.persistence_values import KeepsValues
from ecomcore.testing.persistence_wallet import KeepsCredit
from ecomcore.testing.persistence_work import KeepsWorkWhole

__all__ = ["PersistenceConformance"]


class PersistenceConformance(
    KeepsValues,
    FindsThings,
    KeepsWorkWhole,
    KeepsOutbox,
    KeepsOrders,
    FindsOrders,
    KeepsPrices,
    KeepsParts,
    KeepsPromotions,
    KeepsCredit,
    KeepsDocuments,
    KeepsCarts,
    KeepsStock,
    KeepsStockRules,
    KeepsCounts,
    KeepsInboundDeliveries,
    KeepsTransfers,
    KeepsQueues,
    SurvivesRaces,
    RunsAShop,
    SurvivesCrashes,
):
    """All promises of a store."""

    def test_a_shop_lives_at_random_as_it_would_in_memory(self, persistence: Persistence) -> None:
        """See ``ecomcore.testing.machine`` for how to run more and longer lives."""
        run_shop_machine(lambda: self.fresh(persistence))
