"""How tests say what is refused: by an error of the same class with the same data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from ecomcore.kernel.errors import DomainError

__all__ = ["refused"]


@contextmanager
def refused(expected: DomainError) -> Iterator[None]:
    """The block is refused with exactly this error: ``with refused(OutOfStock(tea, 3, 2)): …``."""
    with pytest.raises(type(expected)) as refusal:
        yield

    assert type(refusal.value) is type(expected)
    assert _data(refusal.value) == _data(expected)


def _data(error: DomainError) -> dict[str, Any]:
    return {field.name: getattr(error, field.name) for field in attrs.fields(type(error))}
