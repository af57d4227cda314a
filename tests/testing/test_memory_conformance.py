"""The memory keeps every promise of a store and of a gateway."""

from __future__ import annotations

import pytest

from ecomcore.memory import MemoryPersistence
from ecomcore.testing.persistence import PersistenceConformance


class TestMemoryPersistence(PersistenceConformance):
    @pytest.fixture
    def persistence(self) -> MemoryPersistence:
        return MemoryPersistence()
