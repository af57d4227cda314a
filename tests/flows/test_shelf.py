"""The rulebook that a process keeps at hand is read once for each edition, and never goes back."""

from ecomcore.flows import Shelf
from ecomcore.quoting import Rulebook


class Store:
    """A store of which a test can tell how often it was read."""

    def __init__(self) -> None:
        self.read = 0

    def load(self, edition: int) -> Rulebook:
        self.read += 1
        return Rulebook(edition=edition)


def test_a_rulebook_is_loaded_once_for_each_edition() -> None:
    shelf, store = Shelf(), Store()

    books = [shelf.rulebook(edition, False, lambda: store.load(1)) for edition in (1, 1, 1)]

    assert store.read == 1
    assert books[0] is books[1] is books[2]


def test_another_edition_is_loaded_anew() -> None:
    shelf, store = Shelf(), Store()
    shelf.rulebook(1, False, lambda: store.load(1))

    newer = shelf.rulebook(2, False, lambda: store.load(2))

    assert (newer.edition, store.read) == (2, 2)
    assert shelf.rulebook(2, False, lambda: store.load(2)) is newer


def test_whoever_reads_an_older_edition_gets_it_and_the_newer_one_is_loaded_again() -> None:
    """After a store was restored its editions count on from an older one: none may be taken for another."""
    shelf, store = Shelf(), Store()
    newer = shelf.rulebook(2, False, lambda: store.load(2))

    older = shelf.rulebook(1, False, lambda: store.load(1))
    again = shelf.rulebook(2, False, lambda: store.load(2))

    assert (newer.edition, older.edition, again.edition) == (2, 1, 2)
    assert again is not newer


def test_all_that_ever_was_in_force_is_kept_beside_what_is_in_force_lately() -> None:
    shelf, store = Shelf(), Store()

    lately, whole = (shelf.rulebook(1, every, lambda: store.load(1)) for every in (False, True))

    assert lately is not whole
    assert shelf.rulebook(1, False, lambda: store.load(1)) is lately
    assert shelf.rulebook(1, True, lambda: store.load(1)) is whole
    assert store.read == 2
