"""The index of texts, written: one document at a time, whatever was read of its current version."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import transaction

from documents import fulltext, store
from documents.conversion.errors import Broken, Refused
from documents.conversion.text import extract_text
from documents.fulltext_models import Block, DocumentText, Errand, Posting
from documents.models import Document, DocumentVersion
from documents.services import errands
from documents.words import code, grams, readable

log = logging.getLogger(__name__)
#: Ids in one question, within what every database takes.
CHUNK = 500
#: How often a text is read that broke the reader.
TRIES = 3


def work_off_texts(limit: int = 20) -> int:
    """Read the texts that wait for it; returns how many were done."""
    return errands.work_off(Errand.Kind.TEXT, _read, limit)


def _read(errand: Errand) -> None:
    version = errand.version
    if version.document.current_id != version.pk:
        return
    with store.local_path(version.key) as path:
        try:
            text = extract_text(path, version.extension)
        except Refused as why:
            if isinstance(why, Broken) and errand.attempts < TRIES:
                raise errands.Later(why.reason) from why
            log.info("no text of version %s: %s", version.pk, why)
            text = ""  # the file's own fault: it is found by its name
    index_text(version, text)


@transaction.atomic
def index_text(version: DocumentVersion, text: str) -> None:
    """Put the text of a version in the place of what the index knew of its document, unless there is a
    newer version by now."""
    block, place = divmod(version.document_id, fulltext.BLOCK)
    Block.objects.get_or_create(pk=block)
    Block.objects.select_for_update().get(pk=block)
    if not Document.objects.filter(pk=version.document_id, current=version).exists():
        return
    text = readable(text, wrapped=version.extension == "pdf")
    old = DocumentText.objects.filter(document=version.document_id).first()
    before = _ids(block, grams(fulltext.expand(old.content))) if old else set()
    after = _ids(block, grams(text))
    _turn(1 << place, on=after - before, off=before - after)
    content = {"version": version, "content": fulltext.compress(text)}
    DocumentText.objects.update_or_create(document_id=version.document_id, defaults=content)


def rebuild_index() -> int:
    """Leave an errand for the current version of every document that may be read; returns how many."""
    unread = (DocumentVersion.Scan.PENDING, DocumentVersion.Scan.INFECTED)
    rows = DocumentVersion.objects.filter(pk__in=Document.objects.order_by().values("current"))
    count = 0
    for version in rows.exclude(scan__in=unread).order_by("pk").iterator(2000):
        errands.leave_errand(version, Errand.Kind.TEXT)
        count += 1
    return count


def _turn(bit: int, *, on: set[int], off: set[int]) -> None:
    """Set one document in some postings of its block, clear it in others. The caller holds the block."""
    for ids in _chunks(sorted(on | off)):
        rows = Posting.objects.filter(pk__in=ids)
        known = {pk: fulltext.unpack(packed) for pk, packed in rows.values_list("pk", "documents")}
        turned = {pk: known.get(pk, 0) & ~bit | (bit if pk in on else 0) for pk in ids}
        rows.delete()
        Posting.objects.bulk_create(
            Posting(pk=pk, documents=fulltext.pack(bits)) for pk, bits in turned.items() if bits
        )


def _ids(block: int, found: set[str]) -> set[int]:
    return {code(gram, fulltext.GRAM_BITS) << fulltext.BLOCK_BITS | block for gram in found}


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
