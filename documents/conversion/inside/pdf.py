"""PDF files: how many pages, one page as a picture, all the text."""

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError
from refusal import Refusal


def pdf_info(source, target, most):
    """Number of pages; a file of more than `most` is cut to them into `target`."""
    document = _open(source)
    pages = len(document)
    if not pages:
        raise Refusal("NOTHING")
    if pages > most:
        cut = PdfDocument.new()
        cut.import_pages(document, list(range(most)))
        cut.save(target)
    return {"pages": min(pages, most), "cut": pages > most}


def pdf_page(source, target, page, width):
    """Page `page`, counted from 1, drawn `width` pixels wide into `target`, without forms and scripts."""
    document = _open(source)
    if not 1 <= page <= len(document):
        raise Refusal("NOTHING")
    sheet = document[page - 1]
    across, down = sheet.get_size()
    scale = min(width / max(across, 1), 8000 / max(down, 1))
    sheet.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB").save(
        target, "PNG", compress_level=1
    )
    return {}


def pdf_text(source, target, most):
    """The text of all pages, at most `most` characters, into `target`."""
    document, left = _open(source), most
    with open(target, "w", encoding="utf-8", errors="replace") as out:
        for page in document:
            text = page.get_textpage().get_text_range()[:left]
            out.write(text + "\n")
            left -= len(text)
            page.close()
            if left <= 0:
                break
    return {}


def _open(source):
    try:
        return PdfDocument(source)
    except PdfiumError as wrong:
        password = pypdfium2.raw.FPDF_GetLastError() == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise Refusal("PASSWORD" if password or "password" in str(wrong).lower() else "DAMAGED") from None
