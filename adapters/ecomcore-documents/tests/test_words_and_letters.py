"""Words of a host's own, letters of all sorts, and pages of a host's own making."""

from __future__ import annotations

import re
import sys
import threading
from io import BytesIO
from pathlib import Path

import pytest
import reportlab
from attrs import evolve, fields
from jinja2 import TemplateSyntaxError, UndefinedError
from pypdf import PdfReader

from ecomcore import Member, Staff, assemble
from ecomcore.documents import DocumentView, GetDocument, IssueInvoice
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.testing.document_builders import MadeUpBilling, a_bill, a_billed_line
from ecomcore_documents import ENGLISH, GERMAN, HtmlAndPdf, Labels
from ecomcore_documents.fonts import Fonts


def an_invoice_of(name: str) -> DocumentView:
    """An invoice for a thing with this name."""
    billing = MadeUpBilling()
    billing.bills[OrderId("order")] = a_bill([a_billed_line(name=name)])
    shop = assemble(billing=billing)
    invoice = shop.handle(IssueInvoice(OrderId("order")), by=Staff("sam", frozenset(("*",))))
    return shop.ask(GetDocument(invoice), by=Member(MemberId("ada")))


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


@pytest.mark.parametrize("word", [field.name for field in fields(Labels) if field.name != "methods"])
def test_each_language_has_each_word_of_its_own(word: str) -> None:
    shared = {"vat_id", "order"}

    english, german = getattr(ENGLISH, word), getattr(GERMAN, word)
    assert english.strip()
    assert german.strip()
    assert english != german or word in shared


def test_a_document_is_written_in_the_language_that_is_asked_for() -> None:
    renderer, view = HtmlAndPdf(), an_invoice_of("Tea")

    for language, title, total in (("en", "Invoice", "Total"), ("de", "Rechnung", "Gesamtbetrag")):
        for text in (renderer.html(view, language), text_of(renderer.pdf(view, language))):
            assert title in text
            assert total in text


def test_a_host_adds_a_language_and_changes_a_word() -> None:
    french = evolve(ENGLISH, invoice="Facture", total="Total à payer", methods={"card": "Carte"})
    renderer = HtmlAndPdf(labels={"fr": french, "en": evolve(ENGLISH, invoice="Tax invoice")})
    view = an_invoice_of("Thé")

    assert renderer.languages() == {"en", "de", "fr"}
    assert "Facture" in text_of(renderer.pdf(view, "fr"))
    assert "Total à payer" in renderer.html(view, "fr")
    assert "Tax invoice" in renderer.html(view, "en")
    assert HtmlAndPdf().languages() == {"en", "de"}


def test_letters_of_western_europe_are_embedded_and_can_be_copied() -> None:
    pdf = HtmlAndPdf().pdf(an_invoice_of("Käse für zwei, 5 €: œuvre"), "de")

    assert "Käsefürzwei,5€:œuvre" in "".join(text_of(pdf).split())
    assert b"/FontFile2" in pdf


@pytest.mark.parametrize(
    ("name", "font"),
    [("茶壶", "STSong-Light"), ("お茶", "STSong-Light"), ("차", "HYSMyeongJo-Medium"), ("Чай", "STSong-Light")],
)
def test_scripts_of_the_collections_are_set_in_them(name: str, font: str) -> None:
    pdf = HtmlAndPdf().pdf(an_invoice_of(name), "en")

    assert f"/{font}".encode() in pdf


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Łódź ąęő", "Łódz aeo"),
        ("e\u0301t\u0301", "ét"),
        ("إبريق", "?????"),
        ("a\u202eb\u200bc", "abc"),
        ("\U0001f9fe!", "?!"),
        ("", ""),
    ],
)
def test_what_no_font_shows_is_shown_as_well_as_can_be(text: str, shown: str) -> None:
    assert "".join(run for _, run in Fonts.load(()).runs(text)) == shown


def test_a_font_of_the_hosts_own_shows_what_ours_do_not(tmp_path: Path) -> None:
    vera = Path(reportlab.__file__).parent / "fonts" / "VeraIt.ttf"
    own = tmp_path / "own.ttf"
    own.write_bytes(vera.read_bytes())

    fonts = Fonts.load([own])

    names = [name for name, _ in fonts.shown_by]
    assert len(names) == 2
    assert names[1].startswith("own-")
    assert HtmlAndPdf(fonts=[own]).pdf(an_invoice_of("Tea"), "en").startswith(b"%PDF-")


def test_a_file_that_is_no_font_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "none.ttf").write_bytes(b"no font at all")

    with pytest.raises(Exception, match=r"(?i)font|TTF"):
        HtmlAndPdf(fonts=[tmp_path / "none.ttf"])


def test_a_page_of_the_hosts_own_is_escaped_too() -> None:
    renderer = HtmlAndPdf(template="<p>{{ sheet.title }}: {{ sheet.lines.rows[0][2] }}</p>")

    assert renderer.html(an_invoice_of("<b>Tea</b>"), "en") == "<p>Invoice: &lt;b&gt;Tea&lt;/b&gt;</p>"


def test_a_page_that_names_what_there_is_not_is_no_page() -> None:
    with pytest.raises(UndefinedError):
        HtmlAndPdf(template="{{ sheet.nothing }}").html(an_invoice_of("Tea"), "en")
    with pytest.raises(TemplateSyntaxError):
        HtmlAndPdf(template="{% if %}")


def test_a_page_loads_nothing_from_elsewhere() -> None:
    page = HtmlAndPdf().html(an_invoice_of("Tea"), "en")

    assert not re.findall(r"(?i)\b(?:src|href|url|@import)\b", page)


def test_a_line_longer_than_a_page_ends_up_on_paper_whole() -> None:
    pdf = HtmlAndPdf().pdf(an_invoice_of("word " * 100), "en")

    assert text_of(pdf).count("word") == 100


def test_many_threads_render_the_same_document_the_same() -> None:
    renderer, view, made = HtmlAndPdf(), an_invoice_of("茶 Łódź Käse"), list[bytes]()

    def render() -> None:
        made.extend(renderer.pdf(view, "de") for _ in range(5))

    threads = [threading.Thread(target=render) for _ in range(6)]
    patient = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # the threads get in each other's way wherever they can
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(patient)

    assert len(made) == 30
    assert len(set(made)) == 1
