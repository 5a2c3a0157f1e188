"""The outbox of a version's content: rows written with the version, worked off after the commit.

A worker moves `due` ahead before it begins and deletes the row when it is done, so that nothing is lost
with it and hardly anything is done twice; done twice it does no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from documents.fulltext_models import Errand
from documents.models import DocumentVersion
from documents.tasks import run_errands_task

log = logging.getLogger(__name__)

#: How long a worker may take before another begins anew.
LEASE = timedelta(minutes=6)
#: Nothing new is begun after so many seconds: scans and texts together stay within the limit of a task.
SHIFT = 40.0
#: Waiting time after each failure; the last holds.
PAUSES = (30, 60, 120, 300, 600, 1800)


class Later(Exception):
    """Not done yet, and why (a message id). `rest`: the others of its kind need not be tried now either."""

    def __init__(self, why: str, *, rest: bool = False) -> None:
        super().__init__(why)
        self.why, self.rest = why, rest


def leave_errand(version: DocumentVersion, kind: Errand.Kind) -> None:
    """Write down what is to be done with a version, and ring once the transaction is through."""
    Errand.objects.get_or_create(version=version, kind=kind, defaults={"due": timezone.now()})
    if all(hook[1] is not _ring for hook in connection.run_on_commit):
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    """A bell that nobody hears costs the time to the next sweep."""
    run_errands_task.apply_async(retry=False, expires=60)


def work_off(kind: Errand.Kind, do: Callable[[Errand], None], limit: int) -> int:
    """Do at most `limit` due errands, the oldest first; returns how many were done.

    What fails comes back after a pause; one broken file does not keep the others waiting."""
    done, until = 0, time.monotonic() + SHIFT
    for _round in range(limit):
        errand = _claim(kind) if time.monotonic() < until else None
        if errand is None:
            break
        try:
            do(errand)
        except Later as later:
            _put_off(errand, later.why)
            if later.rest:
                break
        except Exception:
            log.exception("errand %s", errand)
            _put_off(errand, "")
        else:
            Errand.objects.filter(pk=errand.pk).delete()
            done += 1
    return done


def _put_off(errand: Errand, why: str) -> None:
    pause = PAUSES[min(errand.attempts, len(PAUSES)) - 1]
    Errand.objects.filter(pk=errand.pk).update(due=timezone.now() + timedelta(seconds=pause), reason=why)


def _claim(kind: Errand.Kind) -> Errand | None:
    """The oldest due errand, ours for the time of the lease."""
    now = timezone.now()
    due = Errand.objects.filter(kind=kind, due__lte=now).order_by("due", "pk")
    for errand in due.select_related("version__document__contract")[:5]:
        mine = Errand.objects.filter(pk=errand.pk, due=errand.due)
        if mine.update(due=now + LEASE, attempts=F("attempts") + 1):
            errand.attempts += 1
            return errand
    return None
