"""``DocumentRenderer`` with Jinja and ReportLab."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ecomcore.documents import DocumentRenderer, DocumentView
from ecomcore.kernel.errors import Invalid
from ecomcore_documents.fonts import Fonts
from ecomcore_documents.labels import LABELS, Labels
from ecomcore_documents.paper import pdf_of
from ecomcore_documents.sheet import Sheet, sheet_of

__all__ = ["HtmlAndPdf"]


class HtmlAndPdf(DocumentRenderer):
    """Documents as HTML pages and as PDF on A4, in English and German. Safe to share between threads.

    ``labels`` adds languages, or puts other words in the place of ours. ``fonts`` are TrueType files for letters that
    the fonts at hand do not show on paper. ``template`` is a Jinja template of the host's own, which is given the
    ``sheet``.
    """

    def __init__(
        self,
        *,
        labels: Mapping[str, Labels] | None = None,
        fonts: Iterable[str | Path] = (),
        template: str | None = None,
    ) -> None:
        self._labels = {**LABELS, **(labels or {})}
        self._fonts = Fonts.load(fonts)
        page = Environment(
            loader=PackageLoader("ecomcore_documents", "."),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
        )
        self._page = page.get_template("document.html.jinja") if template is None else page.from_string(template)

    def languages(self) -> frozenset[str]:
        return frozenset(self._labels)

    def html(self, view: DocumentView, language: str) -> str:
        return self._page.render(sheet=self._sheet(view, language))

    def pdf(self, view: DocumentView, language: str) -> bytes:
        return pdf_of(self._sheet(view, language), self._fonts)

    def _sheet(self, view: DocumentView, language: str) -> Sheet:
        labels = self._labels.get(language)
        if labels is None:
            raise Invalid("language", language, f"one of {', '.join(sorted(self._labels))}")
        return sheet_of(view, language, labels)
