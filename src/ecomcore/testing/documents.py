"""The promises of a renderer of documents, as tests. An adapter proves itself by subclassing with two fixtures:

    class TestMyRenderer(DocumentRendererConformance):
        @pytest.fixture
        def renderer(self) -> DocumentRenderer:
            return MyRenderer()

        @pytest.fixture
        def read(self) -> Callable[[bytes], str]:
            return lambda pdf: the_text_of(pdf)

``read`` gives the text of a PDF, by a library that had no part in writing it. Where lines break is the renderer's
business: blanks are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecomcore.documents import (
    DeliveryLine,
    Document,
    DocumentLine,
    DocumentRenderer,
    DocumentView,
    PaymentLine,
    SellerDetails,
)
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Money
from ecomcore.testing.document_builders import (
    a_billed_line,
    a_charge,
    a_credit_note,
    a_packing_slip,
    a_recipient,
    an_invoice,
)

__all__ = ["DocumentRendererConformance"]

Read = Callable[[bytes], str]

_HOSTILE = "<script>alert('1')</script> & \"x\" {{ 7 * 7 }} </td></table><b onclick=alert(1)>"
_SCRIPTS = (
    *("茶壶 大", "お茶セット ポット", "차 주전자", "إبريق شاي", "קומקום תה", "Чайник", "Τσαγιέρα", "กาน้ำชา", "चायदानी"),
    *("Łódź Żółć", "Ceainic ș ț", "e\u0301", "👩‍👩‍👧 🫖", "\u202edlrow", "\ufeffx\u200by", "\U0001f9fe" * 30, "ﷺ"),
)
_MANY = 150
_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(str.strip)


class DocumentRendererConformance:
    """All promises of a renderer of documents. Subclasses give the fixtures ``renderer`` and ``read``."""

    def test_all_that_stands_on_a_document_is_shown(self, renderer: DocumentRenderer, read: Read) -> None:
        for view in _examples():
            for language in _languages(renderer):
                for text in _shown(renderer, read, view, language):
                    missing = [word for word in _words_of(view) if _squeezed(word) not in text]

                    assert not missing, f"{view.kind} in {language}: {missing} not shown"

    def test_a_packing_slip_tells_no_price(self, renderer: DocumentRenderer, read: Read) -> None:
        for language in _languages(renderer):
            for text in _shown(renderer, read, _view(a_packing_slip()), language):
                assert "EUR" not in text

    def test_text_stays_text_on_a_page(self, renderer: DocumentRenderer) -> None:
        for language in _languages(renderer):
            harmless, hostile = (_page_of(renderer.html(_named(name), language)) for name in ("harmless", _HOSTILE))

            assert hostile.tags == harmless.tags, "a text has become a part of the page"
            assert hostile.text.count(_squeezed(_HOSTILE)) == harmless.text.count("harmless") > 0

    def test_a_page_says_its_language(self, renderer: DocumentRenderer) -> None:
        for language in _languages(renderer):
            assert _page_of(renderer.html(_view(an_invoice()), language)).language == language

    def test_a_pdf_can_be_read_by_others(self, renderer: DocumentRenderer, read: Read) -> None:
        invoice = _view(an_invoice())
        for language in _languages(renderer):
            pdf = renderer.pdf(invoice, language)

            assert pdf.startswith(b"%PDF-")
            assert {invoice.number, _squeezed(str(invoice.total))} <= _words_in(_squeezed(read(pdf)), invoice)

    def test_every_script_is_taken_and_leaves_the_rest_readable(self, renderer: DocumentRenderer, read: Read) -> None:
        for name in _SCRIPTS:
            view = _named(name)
            language = _languages(renderer)[0]

            assert _squeezed(name) in _page_of(renderer.html(view, language)).text
            text = _squeezed(read(renderer.pdf(view, language)))
            assert {view.number, _squeezed(str(view.total))} <= _words_in(text, view), f"{name!r} hides the rest"

    def test_whatever_is_written_is_rendered(self, renderer: DocumentRenderer) -> None:
        language = _languages(renderer)[0]

        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
        @given(name=_TEXTS)
        def holds(name: str) -> None:
            assert _squeezed(name) in _page_of(renderer.html(_named(name), language)).text
            assert renderer.pdf(_named(name), language).startswith(b"%PDF-")

        holds()

    def test_a_long_document_is_shown_to_its_end(self, renderer: DocumentRenderer, read: Read) -> None:
        lines = [a_billed_line(number, name=f"Tea{number:04}x") for number in range(1, _MANY + 1)]
        view = _view(an_invoice(lines=lines))

        for text in _shown(renderer, read, view, _languages(renderer)[0]):
            assert [line.name for line in view.lines if line.name not in text] == []
            assert _squeezed(str(view.total)) in text

    def test_the_same_document_is_rendered_the_same_each_time(self, renderer: DocumentRenderer) -> None:
        for view in _examples():
            language = _languages(renderer)[0]

            assert renderer.html(view, language) == renderer.html(view, language)
            assert renderer.pdf(view, language) == renderer.pdf(view, language)

    @pytest.mark.parametrize("language", ["", "xx", "EN-unknown", "../en", "e\0n"])
    def test_a_language_without_words_is_refused_on_screen_and_on_paper(
        self, renderer: DocumentRenderer, language: str
    ) -> None:
        for render in (renderer.html, renderer.pdf):
            with pytest.raises(Invalid) as refusal:
                render(_view(an_invoice()), language)

            assert refusal.value.field == "language"

    def test_an_address_that_was_forgotten_leaves_a_document(self, renderer: DocumentRenderer, read: Read) -> None:
        view = _view(an_invoice(recipient=None))

        for text in _shown(renderer, read, view, _languages(renderer)[0]):
            assert view.number in text


class _Page(HTMLParser):
    """What a browser would make of a page: its tags, its text without blanks, the language it says it is in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.language: str | None = None
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self._silent = tag in ("style", "script")
        if tag == "html":
            self.language = dict(attrs).get("lang")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - styles and scripts hold no others
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += _squeezed(data)


def _page_of(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def _shown(renderer: DocumentRenderer, read: Read, view: DocumentView, language: str) -> Iterator[str]:
    """The text on the page, then that on paper, both without blanks."""
    yield _page_of(renderer.html(view, language)).text
    yield _squeezed(read(renderer.pdf(view, language)))


def _languages(renderer: DocumentRenderer) -> list[str]:
    languages = sorted(renderer.languages())
    assert languages, "a renderer without a language renders nothing"
    return languages


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _words_in(text: str, view: DocumentView) -> set[str]:
    """Which of a document's number and total the text has."""
    return {word for word in (view.number, _squeezed(str(view.total))) if word in text}


def _view(document: Document) -> DocumentView:
    return DocumentView(**{field: getattr(document, field) for field in DocumentView.__annotations__})


def _examples() -> Iterator[DocumentView]:
    """One of each kind, with all that may stand on it."""
    lines = (
        a_billed_line(1, name="Green tea", sku="TEA-1", quantity=3, total=35_70, tax=5_70),
        DocumentLine(2, "POT-7", "Tea pot", 1, a_charge(40_00, 6_39, discount=2_50, price=42_50)),
    )
    invoice = an_invoice(
        lines=lines,
        delivery=DeliveryLine("Parcel by night", a_charge(4_90, 78)),
        payments=(PaymentLine("card", _euros(70_60)), PaymentLine("voucher", _euros(10_00))),
        vat_id="DE136695976",
        note="Thank you for your order.",
        order_number="W-4711",
    )
    yield _view(invoice)
    yield _view(a_credit_note(invoice, amount=3_21, note="The pot was chipped."))
    yield _view(a_packing_slip(lines=(DocumentLine(1, "TEA-1", "Green tea", 3), DocumentLine(2, "POT-7", "Pot", 41))))


def _named(name: str) -> DocumentView:
    """An invoice on which all that can have a name has this one."""
    lines = (a_billed_line(name=name, sku=name),)
    invoice = an_invoice(lines=lines, recipient=a_recipient(name[:90]), note=name, seller=SellerDetails(name[:90]))
    return evolve(_view(invoice), order_number="W-1")


def _euros(minor: int) -> Money:
    return Money(minor, a_charge().total.currency)


def _words_of(view: DocumentView) -> Iterator[str]:
    """All that must be shown."""
    yield from (view.number, view.order_number, view.issued_on.isoformat(), view.ordered_on.isoformat(), view.note)
    yield from (view.seller.name, *view.seller.address, view.seller.vat_id or "", view.vat_id or "")
    if view.recipient is not None:
        address = view.recipient
        yield from (part.value for part in (address.recipient, *address.lines, address.postcode, address.city))
        yield address.country
    for line in view.lines:
        yield from (line.sku, line.name, str(line.quantity))
        if line.charge is not None:
            yield from _amounts(line.charge.net, line.charge.total, line.charge.discount)
            yield str(line.charge.price.amount) if line.charge.price else ""
            yield from (str(tax.percent) for tax in line.charge.taxes)
    if view.delivery is not None:
        yield view.delivery.name
        yield from _amounts(view.delivery.charge.total)
    for tax in view.taxes:
        yield from (tax.name, str(tax.percent), str(tax.base), str(tax.amount))
    for payment in view.payments:
        yield str(payment.amount)
    yield str(view.total or "")
    yield view.refers_to.number if view.refers_to else ""


def _amounts(*amounts: Money) -> Iterator[str]:
    return (str(amount) for amount in amounts if not amount.is_zero)
