"""A promotion begins as a draft: terms that somebody wrote. When the newest version is approved it is in force from
that moment on, and the version before it no longer is. Changing the terms adds a version and touches nothing that is in
force, until the new one is approved too. A pause interrupts it, resuming lets the approved version go on, archiving
ends it for good.

Versions and the spans in which they were in force are never changed: what was charged at a moment can be told for ever.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from attrs import evolve, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import PromotionId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.promotions.errors import GroupBuyBegun, NeverMatches, VersionNotNewest
from ecomcore.promotions.events import (
    PromotionApproved,
    PromotionArchived,
    PromotionChanged,
    PromotionCreated,
    PromotionPaused,
    PromotionResumed,
)
from ecomcore.promotions.never import never_matches
from ecomcore.promotions.values import Span, Version
from ecomcore.quoting import DatedRule, Terms

__all__ = ["PROMOTION_LIFECYCLE", "Promotion", "PromotionState"]


class PromotionState(StrEnum):
    """Draft: nobody has approved it. Approved: in force. Paused: for the time being not. Archived: for good not."""

    DRAFT = "draft"
    APPROVED = "approved"
    PAUSED = "paused"
    ARCHIVED = "archived"


_ALIVE = (PromotionState.DRAFT, PromotionState.APPROVED, PromotionState.PAUSED)

PROMOTION_LIFECYCLE = Lifecycle(
    "promotion",
    PromotionState.DRAFT,
    {
        "approve": move(*_ALIVE, to=PromotionState.APPROVED),
        "pause": move(PromotionState.APPROVED, to=PromotionState.PAUSED),
        "resume": move(PromotionState.PAUSED, to=PromotionState.APPROVED),
        "archive": move(*_ALIVE, to=PromotionState.ARCHIVED),
    },
)


@frozen(kw_only=True)
class Promotion(Aggregate):
    """All versions of a promotion's terms, and when which of them was in force."""

    id: PromotionId
    state: PromotionState
    versions: tuple[Version, ...]
    approved: int | None = None
    spans: tuple[Span, ...] = ()

    @classmethod
    def create(cls, id: PromotionId, terms: Terms, at: Instant) -> Self:
        """A draft. Raises ``NeverMatches``."""
        _refuse_what_never_matches(terms, at)
        draft = cls(id=id, state=PROMOTION_LIFECYCLE.initial, versions=(Version(1, terms, at),))
        return draft.telling(PromotionCreated(id, terms.name))

    @property
    def newest(self) -> Version:
        """The version written last."""
        return self.versions[-1]

    @property
    def in_force(self) -> Terms | None:
        """The terms that hold now, as far as approval is concerned."""
        span = self.spans[-1] if self.spans else None
        return self._terms(span) if span and span.until is None else None

    def terms_at(self, at: Instant) -> Terms | None:
        """The terms that were in force at a moment."""
        for span in reversed(self.spans):
            if span.since <= at and (span.until is None or at < span.until):
                return self._terms(span)
        return None

    def rules(self) -> tuple[DatedRule, ...]:
        """What a rulebook holds of it: one rule for each span."""
        return tuple(DatedRule(self.id, self._terms(span), span.since, span.until) for span in self.spans)

    def change(self, terms: Terms, at: Instant) -> Self:
        """Another version. Raises ``NeverMatches``, and ``GroupBuyBegun`` where the group would be another."""
        if self.state not in _ALIVE:
            raise IllegalTransition("promotion", "change", self.state, _ALIVE)
        _refuse_what_never_matches(terms, at)
        begun = self._terms(self.spans[-1]).group_buy if self.spans else None
        if begun is not None and terms.group_buy not in (None, begun):
            raise GroupBuyBegun(self.id, begun.until)
        version = Version(self.newest.number + 1, terms, at)
        return self.telling(PromotionChanged(self.id, version.number), versions=(*self.versions, version))

    def schedule(self, period: Period | None, at: Instant) -> Self:
        """Another version that differs in its period only; ``None``: for good. Raises ``NeverMatches``."""
        return self.change(evolve(self.newest.terms, period=period), at)

    def approve(self, version: int, at: Instant) -> Self:
        """The version is in force from now on. Raises ``VersionNotNewest``."""
        state = PROMOTION_LIFECYCLE.after("approve", self.state)
        if version != self.newest.number:
            raise VersionNotNewest(self.id, version, self.newest.number)
        if self.state is state and self.approved == version:
            return self
        return self.telling(
            PromotionApproved(self.id, version),
            state=state,
            approved=version,
            spans=(*self._closed(at), Span(version, at)),
        )

    def pause(self, at: Instant) -> Self:
        """It is not in force until it is resumed."""
        state = PROMOTION_LIFECYCLE.after("pause", self.state)
        return self.telling(PromotionPaused(self.id), state=state, spans=self._closed(at))

    def resume(self, at: Instant) -> Self:
        """The version approved last is in force again."""
        state = PROMOTION_LIFECYCLE.after("resume", self.state)
        version = self.spans[-1].version
        spans = (*self.spans, Span(version, at))
        return self.telling(PromotionResumed(self.id, version), state=state, spans=spans)

    def archive(self, at: Instant) -> Self:
        """It ends for good."""
        state = PROMOTION_LIFECYCLE.after("archive", self.state)
        return self.telling(PromotionArchived(self.id), state=state, spans=self._closed(at))

    def _closed(self, at: Instant) -> tuple[Span, ...]:
        """The spans, none of them open any more; a clock that was set back ends a span where it began."""
        if not self.spans or self.spans[-1].until is not None:
            return self.spans
        last = self.spans[-1]
        return (*self.spans[:-1], evolve(last, until=max(at, last.since)))

    def _terms(self, span: Span) -> Terms:
        return self.versions[span.version - 1].terms


def _refuse_what_never_matches(terms: Terms, at: Instant) -> None:
    if why := never_matches(terms, at):
        raise NeverMatches(terms.name, why)
