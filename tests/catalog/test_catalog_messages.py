"""The catalogue as it is asked from outside."""

import pytest
from attrs import evolve

from ecomcore import Desk, Shop, assemble
from ecomcore.catalog import (
    AddCategory,
    AddProduct,
    AddProducts,
    AddVariant,
    CategoryTooDeep,
    ChangePrice,
    ChangeTaxCategory,
    GetProduct,
    ListCategories,
    ListProducts,
    NewVariant,
    ProductState,
    PublishProduct,
    UnpublishProduct,
)
from ecomcore.catalog.product import DEEPEST_CATEGORY
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import CategoryId, MemberId, ProductId, VariantId
from ecomcore.kernel.messages import Anonymous, Command, Member, Staff
from ecomcore.kernel.money import Currency, Money, Price
from tests.support.refusals import refused

EUR = Currency("EUR")
TEA, COFFEE = ProductId("tea"), ProductId("coffee")


def price(minor: int) -> Price:
    return Price(Money(minor, EUR))


def new(id: str, *, sku: str = "", minor: int = 890, publish: bool = True, category: str | None = None) -> AddProduct:
    """A product of one variant whose id is the product's."""
    made = NewVariant(sku or id.upper(), price(minor), id=VariantId(id))
    return AddProduct(
        id.title(), (made,), CategoryId(category) if category else None, publish=publish, id=ProductId(id)
    )


@pytest.fixture
def shop() -> Shop:
    return assemble()


@pytest.fixture
def staff(shop: Shop) -> Desk:
    return shop.desk(by=Staff("anna", frozenset({"catalog.edit", "catalog.change_price"})))


@pytest.fixture
def public(shop: Shop) -> Desk:
    return shop.desk(by=Anonymous())


def test_a_published_product_is_shown_to_everybody(staff: Desk, public: Desk) -> None:
    staff.handle(new("tea"))

    shown = public.ask(GetProduct(TEA))

    assert (shown.name, shown.state) == ("Tea", ProductState.PUBLISHED)
    assert [variant.price for variant in shown.variants] == [price(890)]


def test_a_draft_is_found_by_staff_only(staff: Desk, public: Desk) -> None:
    staff.handle(new("tea", publish=False))

    assert staff.ask(GetProduct(TEA)).state is ProductState.DRAFT
    with refused(NotFound("Product", "tea")):
        public.ask(GetProduct(TEA))


def test_an_unpublished_product_disappears_and_comes_back(staff: Desk, public: Desk) -> None:
    staff.handle(new("tea"))

    staff.handle(UnpublishProduct(TEA))
    assert public.ask(ListProducts()) == ()
    with pytest.raises(NotFound):
        public.ask(GetProduct(TEA))

    staff.handle(PublishProduct(TEA))
    assert [product.id for product in public.ask(ListProducts())] == ["tea"]


def test_products_are_listed_in_the_order_of_their_ids_page_by_page(staff: Desk, public: Desk) -> None:
    staff.handle(AddProducts((new("c"), new("a"), new("b"), new("hidden", publish=False))))

    first = public.ask(ListProducts(limit=2))
    rest = public.ask(ListProducts(after=first[-1].id, limit=2))

    assert [product.id for product in (*first, *rest)] == ["a", "b", "c"]


def test_products_of_one_category_are_listed_alone(staff: Desk, public: Desk) -> None:
    staff.handle(AddCategory("Drinks", id=CategoryId("drinks")))
    staff.handle(AddProducts((new("tea", category="drinks"), new("soap"))))

    listed = public.ask(ListProducts(CategoryId("drinks")))

    assert [product.id for product in listed] == ["tea"]


def test_the_shop_makes_the_ids_that_nobody_named(staff: Desk) -> None:
    unnamed = [AddProduct(sku.title(), (NewVariant(sku, price(1)),)) for sku in ("TEA", "SOAP")]

    first, second = staff.handle(AddProducts(tuple(unnamed)))

    assert first < second
    assert staff.ask(GetProduct(first)).variants[0].id != staff.ask(GetProduct(second)).variants[0].id


def test_a_variant_is_added_to_a_product(staff: Desk) -> None:
    staff.handle(new("tea"))

    id_ = staff.handle(AddVariant(TEA, NewVariant("TEA-XL", price(2990), "large")))

    assert [variant.id for variant in staff.ask(GetProduct(TEA)).variants] == ["tea", id_]


def test_a_price_is_changed_by_the_id_of_the_variant(staff: Desk) -> None:
    staff.handle(new("tea"))

    staff.handle(ChangePrice(VariantId("tea"), price(990)))

    assert staff.ask(GetProduct(TEA)).variants[0].price == price(990)


TAKEN = [
    pytest.param(new("tea", sku="OTHER"), AlreadyExists("product", "id", "tea"), id="a product id"),
    pytest.param(new("coffee", sku="TEA"), AlreadyExists("variant", "sku", "TEA"), id="a SKU"),
    pytest.param(
        AddProduct("Coffee", (NewVariant("COFFEE", price(1), id=VariantId("tea")),)),
        AlreadyExists("variant", "id", "tea"),
        id="a variant id",
    ),
    pytest.param(
        AddVariant(TEA, NewVariant("TEA", price(1))), AlreadyExists("variant", "sku", "TEA"), id="a SKU of its own"
    ),
    pytest.param(
        AddVariant(TEA, NewVariant("NEW", price(1), id=VariantId("tea"))),
        AlreadyExists("variant", "id", "tea"),
        id="a variant id of its own",
    ),
    pytest.param(
        AddCategory("Again", id=CategoryId("drinks")), AlreadyExists("category", "id", "drinks"), id="a category id"
    ),
]


@pytest.mark.parametrize(("command", "expected"), TAKEN)
def test_what_is_taken_is_refused_by_its_name(staff: Desk, command: Command[object], expected: AlreadyExists) -> None:
    staff.handle(AddCategory("Drinks", id=CategoryId("drinks")))
    staff.handle(new("tea"))

    with refused(expected):
        staff.handle(command)


TWICE = [
    pytest.param((new("tea"), new("tea", sku="OTHER")), "products", "tea", id="a product id"),
    pytest.param((new("tea"), new("coffee", sku="TEA")), "variants", "TEA", id="a SKU"),
    pytest.param(
        (new("tea"), AddProduct("Coffee", (NewVariant("COFFEE", price(1), id=VariantId("tea")),))),
        "variants",
        "tea",
        id="a variant id",
    ),
]


@pytest.mark.parametrize(("products", "field", "value"), TWICE)
def test_what_stands_twice_in_one_command_is_refused(
    staff: Desk, products: tuple[AddProduct, ...], field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        staff.handle(AddProducts(products))

    assert (refusal.value.field, refusal.value.value) == (field, value)


def test_of_many_products_all_are_added_or_none(staff: Desk, public: Desk) -> None:
    staff.handle(new("tea"))

    with pytest.raises(AlreadyExists):
        staff.handle(AddProducts((new("coffee"), new("tea"))))

    assert [product.id for product in public.ask(ListProducts())] == ["tea"]


UNKNOWN = [
    pytest.param(new("tea", category="drinks"), NotFound("category", "drinks"), id="a category"),
    pytest.param(AddCategory("Tea", CategoryId("drinks")), NotFound("Category", "drinks"), id="a parent"),
    pytest.param(AddVariant(TEA, NewVariant("TEA", price(1))), NotFound("Product", "tea"), id="a variant's product"),
    pytest.param(ChangePrice(VariantId("tea"), price(1)), NotFound("variant", "tea"), id="the variant of a price"),
    pytest.param(PublishProduct(TEA), NotFound("Product", "tea"), id="a product to publish"),
    pytest.param(UnpublishProduct(TEA), NotFound("Product", "tea"), id="a product to unpublish"),
]


@pytest.mark.parametrize(("command", "expected"), UNKNOWN)
def test_what_does_not_exist_is_not_found(staff: Desk, command: Command[object], expected: NotFound) -> None:
    with refused(expected):
        staff.handle(command)


def test_the_category_tree_has_a_limit_to_its_depth(staff: Desk) -> None:
    parent: CategoryId | None = None
    for depth in range(DEEPEST_CATEGORY):
        parent = staff.handle(AddCategory("Deeper", parent, CategoryId(f"level-{depth:02}")))

    with refused(CategoryTooDeep("level-15", 16)):
        staff.handle(AddCategory("Too deep", parent))
    assert [category.depth for category in staff.ask(ListCategories())] == list(range(16))


def test_categories_are_listed_page_by_page(staff: Desk, public: Desk) -> None:
    for id_ in ("b", "c", "a"):
        staff.handle(AddCategory(id_.upper(), id=CategoryId(id_)))

    first = public.ask(ListCategories(limit=2))
    rest = public.ask(ListCategories(after=first[-1].id, limit=2))

    assert [category.id for category in (*first, *rest)] == ["a", "b", "c"]


NEEDS = [
    (AddCategory("Drinks"), "catalog.edit"),
    (new("tea"), "catalog.edit"),
    (AddProducts((new("tea"),)), "catalog.edit"),
    (AddVariant(TEA, NewVariant("TEA", price(1))), "catalog.edit"),
    (PublishProduct(TEA), "catalog.edit"),
    (UnpublishProduct(TEA), "catalog.edit"),
    (ChangePrice(VariantId("tea"), price(1)), "catalog.change_price"),
]


@pytest.mark.parametrize(("command", "permission"), NEEDS, ids=lambda value: type(value).__name__)
def test_the_catalogue_is_kept_by_staff_with_the_permission_and_nobody_else(
    shop: Shop, command: Command[object], permission: str
) -> None:
    for actor in (Anonymous(), Member(MemberId("ada")), Staff("anna", frozenset({"inventory.view"}))):
        with pytest.raises(PermissionDenied) as refusal:
            shop.handle(command, by=actor)

        assert refusal.value.permission == permission


# How it is taxed ---------------------------------------------------------------------------------------------------


def test_a_product_says_how_it_is_taxed(staff: Desk, public: Desk) -> None:
    staff.handle(evolve(new("tea"), tax_category="food"))
    staff.handle(new("coffee"))

    shown = [public.ask(GetProduct(each)).tax_category for each in (TEA, COFFEE)]

    assert shown == ["food", "standard"]


def test_a_product_is_classified_anew_and_the_same_again_changes_nothing(staff: Desk, public: Desk) -> None:
    staff.handle(new("tea"))

    for _ in range(2):
        staff.handle(ChangeTaxCategory(TEA, "food"))

    assert public.ask(GetProduct(TEA)).tax_category == "food"


def test_how_a_product_is_taxed_is_decided_by_those_who_change_prices(shop: Shop, staff: Desk) -> None:
    staff.handle(new("tea"))
    editor = shop.desk(by=Staff("ed", frozenset({"catalog.edit"})))

    with refused(PermissionDenied("catalog.change_price", "staff")):
        editor.handle(ChangeTaxCategory(TEA, "food"))
    with refused(NotFound("Product", "gone")):
        staff.handle(ChangeTaxCategory(ProductId("gone"), "food"))


@pytest.mark.parametrize("wrong", ["", "two words", "x" * 65, None])
def test_a_tax_category_is_a_name(wrong: object) -> None:
    with pytest.raises(Invalid) as refusal:
        ChangeTaxCategory(TEA, wrong)  # type: ignore[arg-type]  # the point of it

    assert refusal.value.field == "tax_category"
