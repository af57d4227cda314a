"""What a database refuses of channels, bundles and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomcore.inventory import Bundle
from ecomcore.kernel.errors import InvariantViolated
from ecomcore.kernel.work import Changed

__all__ = ["check_stock_rules"]


def check_stock_rules(changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
    """No bundle is a part of another. Raises ``InvariantViolated``."""
    for change in changed.get(Bundle, ()):
        bundle = change.now
        if bundle.used_in < 0 or (bundle.is_bundle and bundle.used_in):
            parts = len(bundle.components)
            raise InvariantViolated(
                f"bundle {bundle.id}: of {parts} components, and a part of {bundle.used_in} bundles"
            )
