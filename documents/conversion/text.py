"""The text of a document, for the index of the search."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from documents.conversion.child import run
from documents.conversion.prescan import check
from documents.kinds import Family, kind_of

#: Longer texts are indexed by their beginning.
MOST_LETTERS = 1_000_000
_OFFICE = {"docm": "docx", "xlsm": "xlsx", "pptm": "pptx"}
READABLE = frozenset(("docx", "pptx", "odt", "odp", "xlsx", "xls", "ods"))


def extract_text(path: Path, extension: str) -> str:
    """The text of a file, at most `MOST_LETTERS`; "" for kinds without text (doc, ppt, drawings …).

    Raises Refused (damaged, protected, a bomb) or Broken (killed at a limit)."""
    kind = kind_of(extension)
    if kind is None:
        return ""
    name = _OFFICE.get(kind.extension, kind.extension)
    if kind.family is Family.PDF:
        return _run("pdf_text", path)
    if kind.family is Family.TEXT:
        return _run("text", path, kind="plain")
    if name not in READABLE:
        return ""
    check(path, kind)
    return _run("text", path, kind=name)


def _run(task: str, path: Path, **arguments: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "text")
        run(task, path, target, most=MOST_LETTERS, **arguments)
        return target.read_text(encoding="utf-8", errors="replace") if target.exists() else ""
