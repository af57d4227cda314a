"""Documents on screens and on paper: ``HtmlAndPdf().pdf(view, "en")``."""

from ecomcore_documents.labels import ENGLISH, GERMAN, Labels
from ecomcore_documents.renderer import HtmlAndPdf

__all__ = ["ENGLISH", "GERMAN", "HtmlAndPdf", "Labels"]
