"""PDF files, read only behind the walls."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from documents.conversion import reasons
from documents.conversion.child import run
from documents.conversion.errors import Broken

#: More pages than these are for the download.
MOST_PAGES = 300
_COUNT = re.compile(rb"/Type\s*/Pages\b(?:(?!endobj).)*?/Count\s+(\d+)", re.S)


def pages_of(path: Path, target: Path) -> tuple[int, bool]:
    """Pages to show, and whether they are a cut put into `target`. Raises Refused, Broken."""
    answer = run("pdf_info", path, target, most=MOST_PAGES)
    return int(answer["pages"]), bool(answer["cut"])


def own_pages(path: Path) -> int:
    """Pages of a PDF that LibreOffice wrote: its page tree is one plain object, so that no parser is
    needed. Raises Broken for anything else."""
    content = path.read_bytes()
    counts = [int(found) for found in _COUNT.findall(content)]
    if not content.startswith(b"%PDF-") or not counts:
        raise Broken(reasons.CRASHED, "no page tree")
    return max(counts)


def page_image(path: Path, page: int, width: int) -> bytes:
    """Page `page` (from 1) of a PDF as PNG, `width` pixels wide. Raises Refused, Broken."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "page.png")
        run("pdf_page", path, target, page=page, width=width)
        return target.read_bytes()
