"""The suite of document renderers has teeth: each defect is found by its promise, and an honest plain one passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from itertools import count
from typing import Any

import pytest
from attrs import evolve

from ecomcore.documents import DocumentRenderer, DocumentView
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import Personal
from ecomcore.testing import DocumentRendererConformance


def words(value: Any) -> Iterator[str]:
    """All that stands on a document, one after the other, however it is nested."""
    if isinstance(value, Personal):
        yield value.value
    elif isinstance(value, tuple):
        for each in value:
            yield from words(each)
    elif hasattr(type(value), "__attrs_attrs__") and type(value).__str__ is object.__str__:
        for field in type(value).__attrs_attrs__:
            yield from words(getattr(value, field.name))
    elif value is not None:
        yield str(value)


class Plain(DocumentRenderer):
    """An honest renderer without any beauty: a list of words; what it calls a PDF is text."""

    def languages(self) -> frozenset[str]:
        return frozenset(("en", "de"))

    def html(self, view: DocumentView, language: str) -> str:
        self._check(language)
        items = "".join(f"<li>{self._text(word)}</li>" for word in words(view))
        return f'<html lang="{language}"><body><ul>{items}</ul></body></html>'

    def pdf(self, view: DocumentView, language: str) -> bytes:
        self._check(language)
        return b"%PDF-1.4\n" + "\n".join(words(view)).encode("utf-8", "replace")

    def _check(self, language: str) -> None:
        if language not in self.languages():
            raise Invalid("language", language, "en or de")

    def _text(self, word: str) -> str:
        return escape(word)


def read_plain(pdf: bytes) -> str:
    return pdf.decode()


class TestPlain(DocumentRendererConformance):
    @pytest.fixture
    def renderer(self) -> DocumentRenderer:
        return Plain()

    @pytest.fixture
    def read(self) -> Callable[[bytes], str]:
        return read_plain


class TrustsNames(Plain):
    def _text(self, word: str) -> str:
        return word


class EscapesTwice(Plain):
    def _text(self, word: str) -> str:
        return escape(escape(word))


class StripsTags(Plain):
    """Safe, and shows somebody else's name."""

    def _text(self, word: str) -> str:
        return escape(re.sub("<[^>]*>", "", word))


class LosesTheTax(Plain):
    def html(self, view: DocumentView, language: str) -> str:
        return super().html(
            evolve(view, taxes=(), lines=tuple(evolve(line, charge=None) for line in view.lines)), language
        )


class LosesTheAddressOnPaper(Plain):
    def pdf(self, view: DocumentView, language: str) -> bytes:
        return super().pdf(evolve(view, recipient=None), language)


class ForgetsWhatItIsAbout(Plain):
    def pdf(self, view: DocumentView, language: str) -> bytes:
        return super().pdf(evolve(view, refers_to=None), language)


class PricesParcels(Plain):
    def html(self, view: DocumentView, language: str) -> str:
        return super().html(view, language).replace("</ul>", "<li>0.00 EUR</li></ul>")


class WritesNoPdf(Plain):
    def pdf(self, view: DocumentView, language: str) -> bytes:
        return super().pdf(view, language).removeprefix(b"%PDF-1.4\n")


class WritesOneByteLetters(Plain):
    def pdf(self, view: DocumentView, language: str) -> bytes:
        return b"%PDF-1.4\n" + "\n".join(words(view)).encode("latin-1")


class LosesAllForOneLetter(Plain):
    def pdf(self, view: DocumentView, language: str) -> bytes:
        text = "\n".join(words(view))
        return b"%PDF-1.4\n" + (text if text.isascii() else "?").encode()


class TearsOffTheEnd(Plain):
    """One page, and no more."""

    def pdf(self, view: DocumentView, language: str) -> bytes:
        return super().pdf(evolve(view, lines=view.lines[:50]), language)


class DatesItsWork(Plain):
    def __init__(self) -> None:
        self._made = count()

    def pdf(self, view: DocumentView, language: str) -> bytes:
        return super().pdf(view, language) + b"\nmade as number %d" % next(self._made)


class SpeaksEnglishToAll(Plain):
    def html(self, view: DocumentView, language: str) -> str:
        return super().html(view, language if language in self.languages() else "en")


class PrintsWhatItCannotShow(Plain):
    """Its languages on paper are not those on screen."""

    def pdf(self, view: DocumentView, language: str) -> bytes:
        return super().pdf(view, "en")


class HidesItsLanguage(Plain):
    def html(self, view: DocumentView, language: str) -> str:
        return super().html(view, language).replace(f' lang="{language}"', "")


class NeedsAnAddress(Plain):
    def html(self, view: DocumentView, language: str) -> str:
        if view.shipment is None:
            assert view.recipient is not None
        return super().html(view, language)


class ChokesOnSomeLetters(Plain):
    def html(self, view: DocumentView, language: str) -> str:
        if any(each in word for word in words(view) for each in "0;{"):
            raise ValueError("unexpected letter")
        return super().html(view, language)


DEFECTS: list[tuple[type[Plain], str]] = [
    (LosesTheTax, "all_that_stands_on_a_document_is_shown"),
    (LosesTheAddressOnPaper, "all_that_stands_on_a_document_is_shown"),
    (ForgetsWhatItIsAbout, "all_that_stands_on_a_document_is_shown"),
    (PricesParcels, "a_packing_slip_tells_no_price"),
    (TrustsNames, "text_stays_text_on_a_page"),
    (EscapesTwice, "text_stays_text_on_a_page"),
    (StripsTags, "text_stays_text_on_a_page"),
    (HidesItsLanguage, "a_page_says_its_language"),
    (WritesNoPdf, "a_pdf_can_be_read_by_others"),
    (WritesOneByteLetters, "every_script_is_taken_and_leaves_the_rest_readable"),
    (LosesAllForOneLetter, "every_script_is_taken_and_leaves_the_rest_readable"),
    (ChokesOnSomeLetters, "whatever_is_written_is_rendered"),
    (TearsOffTheEnd, "a_long_document_is_shown_to_its_end"),
    (DatesItsWork, "the_same_document_is_rendered_the_same_each_time"),
    (SpeaksEnglishToAll, "a_language_without_words_is_refused_on_screen_and_on_paper"),
    (PrintsWhatItCannotShow, "a_language_without_words_is_refused_on_screen_and_on_paper"),
    (NeedsAnAddress, "an_address_that_was_forgotten_leaves_a_document"),
]


def given_to(promise: str, renderer: DocumentRenderer) -> dict[str, Any]:
    """What the test of a promise asks for."""
    test = getattr(DocumentRendererConformance, f"test_{promise}")
    at_hand = {"renderer": renderer, "read": read_plain, "language": "xx"}
    return {name: at_hand[name] for name in at_hand if name in test.__code__.co_varnames[: test.__code__.co_argcount]}


@pytest.mark.parametrize(("broken", "promise"), DEFECTS, ids=lambda each: getattr(each, "__name__", each))
def test_a_broken_renderer_breaks_its_promise(broken: type[Plain], promise: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        getattr(TestPlain(), f"test_{promise}")(**given_to(promise, broken()))


def test_every_promise_is_broken_by_somebody() -> None:
    promises = {name.removeprefix("test_") for name in dir(DocumentRendererConformance) if name.startswith("test_")}

    assert {promise for _, promise in DEFECTS} == promises
