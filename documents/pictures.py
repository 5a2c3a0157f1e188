"""Pages of a rendering as pictures that carry their reader's watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from documents import store
from documents.conversion.pdf import page_image
from documents.watermark import marked, text_image, text_pages

if TYPE_CHECKING:
    from documents.models import Preview
    from documents.viewing import Screen

#: Pixels across a page: in the viewer, and in its list of pages.
WIDTH, SMALL = 1500, 240


def picture(screen: Screen, page: int, *, small: bool = False) -> bytes:
    """Page `page` (from 1) of what `screen` shows, as JPEG. Raises `Refused` where it cannot be painted."""
    width, preview = SMALL if small else WIDTH, screen.preview
    if preview is None:
        raise ValueError("nothing to paint")
    if preview.media_type.startswith("text/"):
        image = text_image(text_pages(screen.text)[page - 1])
    else:
        paper = _paper(screen, preview, page) if preview.media_type == "application/pdf" else preview.result
        with store.open(paper) as file, Image.open(file) as found:
            image = found.convert("RGB")
    return marked(image, screen.mark, width)


def _paper(screen: Screen, preview: Preview, page: int) -> str:
    """The key of one page of a PDF as a picture without a mark, painted when first asked for."""
    name = f"{preview.converter}-p{page}"
    key = store.preview_key(screen.document.contract, preview.sha256, name, "png")
    if not store.exists(key):
        with store.local_path(preview.result) as path:
            painted = page_image(path, page, WIDTH)
        store.put(store.spool([painted], store.upload_limit()), key)
    return key
