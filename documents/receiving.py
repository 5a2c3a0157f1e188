"""Files on their way in: each goes piece by piece into a spool file, counted and hashed as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.utils.translation import gettext as _

from documents.models import DocumentVersion
from documents.names import clean_file_name
from documents.services import Upload
from documents.store import NoSpace, ReadOnly, Spool, Spooled, TooLarge, upload_limit
from erp.workflow import Blocked


class Received(UploadedFile):  # type: ignore[type-arg]  # generic for mypy only
    """A file that has arrived; closed with the request, it takes its bytes along unless they were stored."""

    def __init__(self, spooled: Spooled, name: str, field: str) -> None:
        super().__init__(file=None, name=name, size=spooled.size)
        self.spooled, self.field_name = spooled, field

    def close(self) -> None:
        self.spooled.discard()


class SpoolHandler(FileUploadHandler):
    """Receives files for the store. What did not fit is passed over and kept under `refused`, as
    (name, TooLarge or NoSpace); the other files of the request still arrive."""

    chunk_size = 256 * 1024

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.refused: list[tuple[str, Exception]] = []
        self._spool: Spool

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        try:
            self._spool = Spool(upload_limit())
        except NoSpace as why:
            self._refuse(why)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self._spool.write(raw_data)
        except (TooLarge, NoSpace) as why:
            self._refuse(why)

    def file_complete(self, file_size: int) -> Received | None:
        try:
            return Received(self._spool.close(), str(self.file_name), str(self.field_name))
        except NoSpace as why:
            self.refused.append((str(self.file_name), why))
            return None

    def _refuse(self, why: Exception) -> None:
        self.refused.append((str(self.file_name), why))
        raise SkipFile


def refused_files(request: Any) -> list[tuple[str, Exception]]:
    """What could not be received with this request: (name, TooLarge or NoSpace)."""
    return [one for handler in request.upload_handlers for one in getattr(handler, "refused", ())]


def refusal_words(name: str, why: Exception) -> str:
    """The sentence for a file that could not be received."""
    shown = {"name": clean_file_name(name)[0]}
    if isinstance(why, TooLarge):
        limit = {"limit": why.limit // 1024 // 1024}
        return _("%(name)s is larger than %(limit)s MB, the largest size allowed here.") % (shown | limit)
    if isinstance(why, ReadOnly):
        return _("%(name)s was not stored: the server may not write files. Tell your administrator.") % shown
    return _("%(name)s was not stored: the disk of the server is full. Tell your administrator.") % shown


def refusal_status(refusals: list[tuple[str, Exception]]) -> int:
    """507 where the disk is full, 413 for what is too large, 0 for nothing."""
    if any(isinstance(why, NoSpace) for _name, why in refusals):
        return 507
    return 413 if refusals else 0


@dataclass
class Outcome:
    """What became of the files of one request."""

    stored: list[DocumentVersion] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    code: int = 0


def keep_files(request: Any, token: str, keep: Callable[[Upload], DocumentVersion]) -> Outcome:
    """Store every file that came; what is refused is a sentence and stops none of the others. `token`
    names the form: sent twice, each file is stored once."""
    refusals = refused_files(request)
    outcome = Outcome(refused=[refusal_words(*one) for one in refusals], code=refusal_status(refusals))
    files = [file for file in request.FILES.getlist("files") if isinstance(file, Received)]
    for place, file in enumerate(files):
        upload = Upload(file.spooled, str(file.name), f"{token}:{place}" if token else "")
        try:
            outcome.stored.append(keep(upload))
        except (Blocked, ValidationError) as why:
            outcome.refused.append(" ".join(getattr(why, "messages", [str(why)])))
        except NoSpace as full:
            outcome.refused.append(refusal_words(upload.name, full))
            outcome.code = 507
    if not (files or refusals):
        outcome.refused.append(_("Choose a file."))
    return outcome
