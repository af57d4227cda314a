"""The life of a product, and the tree of categories."""

from collections.abc import Callable

import pytest

from ecomcore.catalog import (
    Category,
    CategoryAdded,
    NothingToSell,
    PriceChanged,
    Product,
    ProductAdded,
    ProductPublished,
    ProductState,
    ProductUnpublished,
    TaxCategoryChanged,
    Variant,
    VariantAdded,
)
from ecomcore.catalog.product import LIFECYCLE
from ecomcore.kernel.errors import AlreadyExists, IllegalTransition, NotFound
from ecomcore.kernel.ids import CategoryId, ProductId, VariantId
from ecomcore.testing import a_category, a_price, a_product, a_variant
from tests.support.refusals import refused


def variant(id: str = "tea-100", minor: int = 8_90) -> Variant:
    return a_variant(id, price=a_price(minor))


def product(state: ProductState = ProductState.DRAFT, *variants: Variant) -> Product:
    return a_product("tea", variants=variants or (variant(),), state=state)


VERBS: dict[str, Callable[[Product], Product]] = {"publish": Product.publish, "unpublish": Product.unpublish}


@pytest.mark.parametrize(("verb", "state", "to"), list(LIFECYCLE.cells()))
def test_every_verb_in_every_state_does_what_the_table_says(
    verb: str, state: ProductState, to: ProductState | None
) -> None:
    if to is not None:
        assert VERBS[verb](product(state)).state is to
        return

    with refused(IllegalTransition("product", verb, state, LIFECYCLE.moves[verb].sources)):
        VERBS[verb](product(state))


def test_every_verb_of_the_table_is_a_method() -> None:
    assert set(VERBS) == set(LIFECYCLE.verbs)


def test_a_product_begins_as_a_draft_and_tells_its_variants() -> None:
    added = Product.add(ProductId("tea"), "Tea", None, (variant("tea-100"), variant("tea-250")))

    assert added.state is ProductState.DRAFT
    assert added.news == (ProductAdded(ProductId("tea"), "Tea", (VariantId("tea-100"), VariantId("tea-250"))),)


def test_only_a_published_product_is_on_sale() -> None:
    on_sale = [state for state in ProductState if product(state).on_sale]

    assert on_sale == [ProductState.PUBLISHED]


def test_publishing_and_unpublishing_are_told() -> None:
    published = product().publish()
    unpublished = published.unpublish()

    assert unpublished.news == (ProductPublished(ProductId("tea")), ProductUnpublished(ProductId("tea")))


def test_a_product_without_variants_cannot_be_published() -> None:
    empty = a_product("tea", variants=(), state=ProductState.DRAFT)

    with refused(NothingToSell("tea")):
        empty.publish()


def test_nothing_to_sell_says_what_to_do() -> None:
    assert str(NothingToSell("tea")) == "product tea has no variants; add one before publishing it"


def test_a_variant_is_added_behind_the_others() -> None:
    tea = product().add_variant(variant("tea-250"))

    assert [each.id for each in tea.variants] == ["tea-100", "tea-250"]
    assert tea.news == (VariantAdded(ProductId("tea"), VariantId("tea-250"), "SKU-tea-250"),)


def test_a_variant_id_is_taken_once() -> None:
    with refused(AlreadyExists("variant", "id", "tea-100")):
        product().add_variant(variant("tea-100"))


def test_a_price_changes_for_its_variant_only_and_tells_both_prices() -> None:
    tea = product(ProductState.PUBLISHED, variant("tea-100", minor=8_90), variant("tea-250", minor=19_90))

    dearer = tea.change_price(VariantId("tea-100"), a_price(990))

    assert [each.price for each in dearer.variants] == [a_price(990), a_price(1990)]
    assert dearer.news == (PriceChanged(ProductId("tea"), VariantId("tea-100"), a_price(890), a_price(990)),)


def test_the_same_price_again_is_no_change() -> None:
    tea = product()

    assert tea.change_price(VariantId("tea-100"), a_price(890)) is tea


def test_the_price_of_an_unknown_variant_cannot_change() -> None:
    with refused(NotFound("variant", "coffee")):
        product().change_price(VariantId("coffee"), a_price(1))


def test_what_was_there_before_a_method_is_still_there_after_it() -> None:
    before = product()

    before.publish().change_price(VariantId("tea-100"), a_price(1))

    assert before == product()
    assert before.news == ()


def test_a_category_lies_one_below_its_parent() -> None:
    drinks = Category.add(CategoryId("drinks"), "Drinks", None)

    tea = Category.add(CategoryId("tea"), "Tea", drinks)

    assert (drinks.depth, drinks.parent) == (0, None)
    assert (tea.depth, tea.parent) == (1, "drinks")
    assert (drinks.above, tea.above) == ((), ("drinks",))
    assert tea.news == (CategoryAdded(CategoryId("tea"), CategoryId("drinks")),)


def test_a_category_knows_all_that_is_above_it_the_root_last() -> None:
    tea = a_category("tea", parent=a_category("drinks", parent=a_category("food")))

    green = Category.add(CategoryId("green"), "Green tea", tea)

    assert green.above == ("tea", "drinks", "food")
    assert (green.depth, green.parent) == (3, "tea")


def test_a_product_is_taxed_as_goods_of_a_category_and_may_be_classified_anew() -> None:
    book = product().classify("books")

    assert (product().tax_category, book.tax_category) == ("standard", "books")
    assert book.news == (TaxCategoryChanged(ProductId("tea"), "standard", "books"),)


def test_the_same_tax_category_again_is_no_change() -> None:
    before = product()

    assert before.classify("standard") is before
