"""Replays days one after the other; what one run leaves, the next one takes up.

A run may be stopped anywhere, also between two steps of one basket. Payments that were asked for and not answered wait
in the shop's outbox. A day that is closed is known by the key of its closing, so no later run looks at its baskets;
those of the one day that was not finished are gone through again, and what was done is answered from its key.
"""

from collections.abc import Sequence
from datetime import date
from itertools import dropwhile

from grocery.crew import Crew
from grocery.grocer import Grocer
from grocery.progress import Progress


def days_left(grocer: Grocer, days: Sequence[date]) -> list[date]:
    """Finish what was begun; then the days that are not closed yet."""
    grocer.finish_what_was_begun()
    return list(dropwhile(grocer.has_closed, days))


def replay(grocer: Grocer, crew: Crew, days: Sequence[date], shown: Progress) -> None:
    """A day begins when the one before is closed."""
    for day in days:
        grocer.open(day)
        for served in crew.serve(day):
            shown.advance(served, f"{day.day} {day:%B}")
        grocer.close(day)
