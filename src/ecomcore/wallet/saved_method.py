"""A saved method is a means of payment that an outside provider keeps for somebody: the shop has its token, and what to
call it. It is saved until its owner has it forgotten; then its token and its name are erased.

An owner's default is the method chosen last, or the oldest where none was chosen; it follows from the methods, and no
flag has to be taken back from another.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from attrs import field, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import SavedMethodId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.wallet.events import DefaultMethodChosen, PaymentMethodForgotten, PaymentMethodSaved

__all__ = ["SAVED_METHOD_LIFECYCLE", "Expiry", "SavedMethod", "SavedMethodState", "default_of", "next_choice"]

Expiry = tuple[int, int]
"""A year and a month: the last in which a means of payment is good."""


class SavedMethodState(StrEnum):
    """Saved: it can be paid with. Forgotten: its token is erased."""

    SAVED = "saved"
    FORGOTTEN = "forgotten"


SAVED_METHOD_LIFECYCLE = Lifecycle(
    "saved payment method",
    SavedMethodState.SAVED,
    {"forget": move(SavedMethodState.SAVED, to=SavedMethodState.FORGOTTEN)},
)


@frozen(kw_only=True)
class SavedMethod(Aggregate):
    """``method`` is the name of the gateway the token is for; ``chosen`` counts its owner's choices, 0 for none."""

    id: SavedMethodId
    owner: str
    method: str
    token: str = field(repr=False)
    label: str
    expires: Expiry | None = None
    chosen: int = 0
    state: SavedMethodState = SavedMethodState.SAVED

    @classmethod
    def save(cls, id: SavedMethodId, owner: str, method: str, token: str, label: str, expires: Expiry | None) -> Self:
        """Somebody keeps a means of payment."""
        saved = cls(id=id, owner=owner, method=method, token=token, label=label, expires=expires)
        return saved.telling(PaymentMethodSaved(id, owner, method))

    @property
    def is_saved(self) -> bool:
        """Whether it can be paid with."""
        return self.state is SavedMethodState.SAVED

    def choose(self, number: int) -> Self:
        """It is the default now; ``number`` is above those of all choices before."""
        return self.telling(DefaultMethodChosen(self.id, self.owner), chosen=number)

    def forget(self) -> Self:
        """Its token is erased. Raises ``IllegalTransition`` when it is already."""
        state = SAVED_METHOD_LIFECYCLE.after("forget", self.state)
        told = PaymentMethodForgotten(self.id, self.owner, self.method)
        return self.telling(told, state=state, token="", label="", expires=None, chosen=0)


def default_of(methods: Iterable[SavedMethod]) -> SavedMethod | None:
    """The one its owner pays with unless they say otherwise."""
    saved = sorted((method for method in methods if method.is_saved), key=lambda method: method.id)
    return max(saved, key=lambda method: method.chosen, default=None)  # of several, the first: the oldest


def next_choice(methods: Iterable[SavedMethod]) -> int:
    """The number of the next choice."""
    return 1 + max((method.chosen for method in methods), default=0)
