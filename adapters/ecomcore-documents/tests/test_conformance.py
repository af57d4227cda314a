"""The adapter keeps every promise of its port."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader

from ecomcore.documents import DocumentRenderer
from ecomcore.testing import DocumentRendererConformance
from ecomcore_documents import HtmlAndPdf


class TestHtmlAndPdf(DocumentRendererConformance):
    @pytest.fixture
    def renderer(self) -> DocumentRenderer:
        return HtmlAndPdf()

    @pytest.fixture
    def read(self) -> Callable[[bytes], str]:
        return lambda pdf: "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
