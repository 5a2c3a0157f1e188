"""Previews: asked for, claimed by a worker, made once, kept.

The row is the truth, the task only a doorbell. A row moves by conditional updates alone, so that of
several workers one wins; a worker that dies loses its lease, and the row is taken again.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from documents import store
from documents.conversion import reasons
from documents.conversion.convert import Rendering, convert, converter_of, why_without
from documents.conversion.errors import Broken, Missing, Refused
from documents.conversion.office import allowed, office, program
from documents.conversion.sandbox import prefix
from documents.kinds import KINDS, Family, kind_of
from documents.models import DocumentVersion, Preview
from documents.states import State
from documents.tasks import convert_preview

if TYPE_CHECKING:
    from orgchart.models import User

log = logging.getLogger(__name__)

#: A document takes at most 130 s; with the sweep's 20 s a dead worker's row is taken within 3 minutes.
LEASE = timedelta(seconds=150)
#: Tries after failures that may pass; a row whose worker died is claimed at most `CLAIMS` times.
TRIES, CLAIMS = 2, 3
AGAIN, NO_ROOM = timedelta(seconds=5), timedelta(seconds=60)
#: A task goes on with whatever is queued for so many seconds, then rings for another.
SHIFT = 20.0
#: One thread of a process makes the quick ones; the lock of `office` is that of Office files.
_light = threading.Lock()
#: Renderings are never larger than what the sandbox may write.
MOST = 400 << 20
MEND = (reasons.NO_OFFICE, reasons.NO_WALLS)
SUFFIX = {"application/pdf": "pdf", "image/webp": "webp", "text/csv": "csv", "text/plain": "txt"}
OFFICE = tuple(name for name, kind in KINDS.items() if kind.family is Family.OFFICE)


# --- asking -----------------------------------------------------------------------------------------


def request_preview(version: DocumentVersion) -> Preview:
    """The preview of this content for its contract; what is not there yet is queued. Cheap and safe to
    call on every view. What waits for the virus scanner is not opened: its answer is not stored."""
    kind = kind_of(version.extension)
    fresh = Preview(
        contract_id=version.document.contract_id,
        sha256=version.sha256,
        extension=version.extension,
        converter=converter_of(kind),
        source=version.key,
        next_at=timezone.now(),
    )
    if version.scan in (DocumentVersion.Scan.PENDING, DocumentVersion.Scan.INFECTED):
        return fresh
    if why := why_without(kind):
        fresh.state, fresh.reason = State.UNAVAILABLE, why
    found = _find_or_add(fresh)
    if found.state == State.QUEUED and found.next_at <= timezone.now():
        ring(found)
    return found


def retry_preview(preview: Preview, actor: User) -> None:
    """Try again what failed or was unavailable. Whoever may read the document may ask."""
    ended = Preview.objects.filter(pk=preview.pk, state__in=(State.FAILED, State.UNAVAILABLE))
    if why_without(kind_of(preview.extension)):
        return
    if ended.update(state=State.QUEUED, next_at=timezone.now(), attempts=0, reason="", finished=None):
        ring(preview)


def reason_text(preview: Preview) -> str:
    """Why there is no preview, or the remark above one, in the reader's language."""
    return gettext(preview.reason) if preview.reason else ""


def ring(preview: Preview) -> None:
    """Wake a worker once the transaction is through; a bell that nobody hears costs one sweep."""

    def sound() -> None:
        try:
            convert_preview.apply_async((preview.pk,), retry=False, expires=60)
        except Exception as deaf:  # whatever a broker that is not there answers
            log.warning("preview %s: no bell: %s", preview.pk, deaf)

    transaction.on_commit(sound)


def _find_or_add(fresh: Preview) -> Preview:
    key = {"contract": fresh.contract_id, "sha256": fresh.sha256, "converter": fresh.converter}
    found = Preview.objects.filter(**key).first()
    if found is None:
        try:
            with transaction.atomic():
                fresh.save(force_insert=True)
            return fresh
        except IntegrityError:  # somebody else asked at the same moment
            found = Preview.objects.get(**key)
    return found


# --- making -----------------------------------------------------------------------------------------


def work_off(first: int) -> int:
    """Make preview `first`, then whatever else is due of its lane; returns how many rows were handled.

    While another thread of this process has the lane (the one LibreOffice, for Office files), that thread
    goes on with ours."""
    row = Preview.objects.filter(pk=first).first()
    if row is None:
        return 0
    heavy, wanted = row.extension in OFFICE, row.pk
    done, end = 0, time.monotonic() + SHIFT
    while True:
        with _lane(heavy) as mine:
            if not mine:
                return done
            while time.monotonic() < end and (claimed := claim(heavy, wanted)):
                make(claimed)
                done, wanted = done + 1, 0
        left = _due(heavy).first()
        if left is None:
            return done
        if time.monotonic() >= end:
            ring(left)
            return done


def claim(heavy: bool, first: int = 0) -> Preview | None:
    """A due row of the lane, ours from now on: `first` if it is due, else the one waiting longest."""
    now = timezone.now()
    rows = [*_due(heavy).filter(pk=first)] if first else []
    for row in [*rows, *_due(heavy).order_by("next_at", "pk")[:5]]:
        mine = _due(heavy).filter(pk=row.pk, attempts=row.attempts)
        values = {"lease_until": now + LEASE, "lease_owner": _me(), "attempts": F("attempts") + 1}
        if mine.update(state=State.CONVERTING, **values):
            return Preview.objects.select_related("contract").get(pk=row.pk)
    return None


def make(preview: Preview) -> None:
    """Render a claimed preview and keep the result, or say why there is none. Never raises: one broken
    document does not keep the next one waiting."""
    try:
        _make(preview)
    except Missing as missing:
        _end(preview, State.UNAVAILABLE, reason=missing.reason)
    except Broken as broken:
        log.warning("preview %s: %s", preview.pk, broken)
        _again_or_never(preview, broken.reason)
    except Refused as refused:
        log.info("preview %s: %s", preview.pk, refused)
        _end(preview, State.FAILED, reason=refused.reason)
    except FileNotFoundError:
        _end(preview, State.FAILED, reason=reasons.GONE)
    except (store.NoSpace, OSError) as failed:
        if not isinstance(failed, store.NoSpace) and failed.errno not in store.FULL:
            log.exception("preview %s", preview.pk)
            _again_or_never(preview, reasons.CRASHED)
        else:
            _put_off(preview, NO_ROOM, reason=reasons.NO_SPACE, attempts=max(0, preview.attempts - 1))
    except Exception:
        log.exception("preview %s", preview.pk)
        _again_or_never(preview, reasons.CRASHED)


def _make(preview: Preview) -> None:
    kind = kind_of(preview.extension)
    if kind is None or (why := why_without(kind)):
        raise Refused(why if kind else reasons.NO_KIND)
    with tempfile.TemporaryDirectory(prefix=prefix()) as folder:
        target = Path(folder, "out")
        with store.local_path(preview.source) as source:
            made = convert(source, kind, target)
        result = _kept(preview, made, target) if made.made else preview.source
    values = {"result": result, "media_type": made.media_type, "pages": made.pages}
    if _end(preview, State.READY, reason=made.remark, **values):
        _forget_older(preview)


def _kept(preview: Preview, made: Rendering, target: Path) -> str:
    suffix = SUFFIX[made.media_type]
    key = store.preview_key(preview.contract, preview.sha256, preview.converter, suffix)
    with target.open("rb") as file:
        spooled = store.spool(iter(partial(file.read, store.CHUNK), b""), MOST)
    if not _mine(preview).exists():
        spooled.discard()
        raise Broken(reasons.TOO_LONG, "the lease ran out")
    store.put(spooled, key)
    return key


def _again_or_never(preview: Preview, reason: str) -> None:
    if preview.attempts < TRIES:
        _put_off(preview, AGAIN, reason="")
    else:
        _end(preview, State.FAILED, reason=reason)


def _end(preview: Preview, state: State, **values: Any) -> int:
    found: int = _mine(preview).update(
        state=state, finished=timezone.now(), lease_until=None, lease_owner="", **values
    )
    return found


def _put_off(preview: Preview, pause: timedelta, **values: Any) -> None:
    later = timezone.now() + pause
    _mine(preview).update(state=State.QUEUED, next_at=later, lease_until=None, lease_owner="", **values)


def _mine(preview: Preview) -> Any:
    """The row as long as it is ours: another claim has raised its attempts."""
    return Preview.objects.filter(
        pk=preview.pk, state=State.CONVERTING, lease_owner=_me(), attempts=preview.attempts
    )


def _due(heavy: bool) -> Any:
    now = timezone.now()
    waiting = Q(state=State.QUEUED, next_at__lte=now)
    orphaned = Q(state=State.CONVERTING, lease_until__lt=now, attempts__lt=CLAIMS)
    rows = Preview.objects.filter(waiting | orphaned)
    return rows.filter(extension__in=OFFICE) if heavy else rows.exclude(extension__in=OFFICE)


@contextmanager
def _lane(heavy: bool) -> Iterator[bool]:
    """Whether the lane is ours: previews take two threads of a process at most, so that others' work
    goes on."""
    lock = office.lock if heavy else _light
    mine = lock.acquire(blocking=False)
    try:
        yield mine
    finally:
        if mine:
            lock.release()


def _me() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident() % 10**9}"


# --- sweeping ---------------------------------------------------------------------------------------


def sweep_previews() -> int:
    """Resume what a missing part held up, give up what killed its workers, ring for what is due. Returns
    how many bells were rung."""
    now = timezone.now()
    deadly = Preview.objects.filter(state=State.CONVERTING, lease_until__lt=now, attempts__gte=CLAIMS)
    deadly.update(state=State.FAILED, reason=reasons.CRASHED, finished=now, lease_until=None, lease_owner="")
    resume_unavailable()
    rung = [*_due(True).order_by("next_at", "pk")[:4], *_due(False).order_by("next_at", "pk")[:4]]
    for preview in rung:
        ring(preview)
    return len(rung)


def resume_unavailable(limit: int = 200) -> int:
    """Queue what waited for LibreOffice, once it is here; returns how many rows."""
    rows = Preview.objects.filter(state=State.UNAVAILABLE, reason__in=MEND)
    if not rows.exists() or program() is None or not allowed():
        return 0
    return sum(_resume(row) for row in rows.order_by("pk")[:limit])


def _resume(row: Preview) -> int:
    """Under the name of the converter that is here now; where that has made it already, drop the row."""
    values = {"state": State.QUEUED, "reason": "", "attempts": 0, "next_at": timezone.now(), "finished": None}
    waiting = Preview.objects.filter(pk=row.pk, state=State.UNAVAILABLE)
    try:
        with transaction.atomic():
            return waiting.update(converter=converter_of(kind_of(row.extension)), **values)
    except IntegrityError:
        waiting.delete()
        return 0


def _forget_older(preview: Preview) -> None:
    """Renderings of the same content by older converters have no reader any more."""
    same = Preview.objects.filter(
        contract=preview.contract_id, sha256=preview.sha256, extension=preview.extension
    )
    for old in same.exclude(pk=preview.pk).exclude(state__in=(State.QUEUED, State.CONVERTING)):
        Preview.objects.filter(pk=old.pk).delete()
        if old.result and old.result != old.source:
            store.delete(old.result)
