"""Deeds that change no field (sign-in, export …), the sealer, and the proof of the chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from erp.audit import chain
from erp.audit.models import AuditHead, LogEntry

UNSEALED_IS_LATE = timedelta(minutes=1)


def record(verb: str, obj: models.Model | type[models.Model], **detail: Any) -> LogEntry:
    """Log a deed that changes no field, on a row or on a whole model; `detail` must be JSON."""
    row = obj if isinstance(obj, models.Model) else None
    place: dict[str, Any] = getattr(row, "get_additional_data", dict)()
    entry: LogEntry = LogEntry.objects.create(
        verb=verb,
        action=LogEntry.Action.ACCESS,
        content_type=ContentType.objects.get_for_model(obj),
        object_pk=str(row.pk) if row else "",
        object_id=row.pk if row else None,
        object_repr=str(row) if row else str(obj._meta.verbose_name),
        additional_data={**place, **detail} or None,
    )
    return entry


@dataclass(frozen=True, slots=True)
class LogHealth:
    """The state of the chain: rows sealed, rows waiting, whether one waits too long, the last proof."""

    sealed: int
    waiting: int
    late: bool
    verified: LogEntry | None


def log_health() -> LogHealth:
    head = AuditHead.objects.filter(pk=1).first()
    open_rows = LogEntry.objects.filter(sequence=None)
    return LogHealth(
        sealed=head.sequence if head else 0,
        waiting=open_rows.count(),
        late=open_rows.filter(timestamp__lt=timezone.now() - UNSEALED_IS_LATE).exists(),
        verified=LogEntry.objects.filter(verb="verify_audit").order_by("-pk").first(),
    )


@transaction.atomic
def seal(limit: int = 2000) -> int:
    """Give the oldest unsealed rows their sequence and link; returns how many. One sealer at a
    time: the head row is locked."""
    AuditHead.objects.get_or_create(pk=1)
    head = AuditHead.objects.select_for_update().get(pk=1)
    rows = list(LogEntry.objects.filter(sequence=None).order_by("pk")[:limit])
    for row in rows:
        head.sequence += 1
        head.link = chain.link(head.link, head.sequence, row.digest)
        models.QuerySet(LogEntry).filter(pk=row.pk, sequence=None).update(
            sequence=head.sequence, link=head.link
        )
    if rows:
        head.save()
    return len(rows)


def verify() -> Iterator[tuple[int, str]]:
    """Yield (sequence or row id, what is wrong) for every broken place; nothing when all is well."""
    link, expected = "", 0
    for row in LogEntry.objects.exclude(sequence=None).order_by("sequence").iterator(2000):
        expected += 1
        if row.sequence != expected:
            yield row.sequence, f"sequence jumps from {expected - 1}"
            expected = row.sequence
        if row.key_id != chain.key_id():
            yield row.sequence, f"sealed with another key ({row.key_id})"
        elif row.digest != chain.digest(row.facts()):
            yield row.sequence, "content was changed"
        if row.link != chain.link(link, row.sequence, row.digest):
            yield row.sequence, "link does not fit the row before"
        link = row.link
    head = AuditHead.objects.filter(pk=1).first()
    if head and (head.sequence, head.link) != (expected, link):
        yield head.sequence, "rows are missing at the end"
    yield from _unsealed()


def _unsealed() -> Iterator[tuple[int, str]]:
    late = timezone.now() - UNSEALED_IS_LATE
    for row in LogEntry.objects.filter(sequence=None).order_by("pk").iterator(2000):
        if row.digest != chain.digest(row.facts()):
            yield row.pk, "unsealed row was changed"
        if row.timestamp < late:
            yield row.pk, "unsealed for over a minute"
