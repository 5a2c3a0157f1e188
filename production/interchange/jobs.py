"""Files between look and confirmation: an ImportJob per kind and contract, seen by its owner only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.models import ImportJob
from erp.workflow import Blocked
from orgchart.models import Department
from production.forms import planned_departments

if TYPE_CHECKING:
    from orgchart.models import User

#: Problems kept; whoever has more starts with these.
MOST_PROBLEMS = 500
#: What is kept as the name of what has none.
NAMELESS = "—"


def kind_of(what: str, contract: Contract) -> str:
    return f"{what}:{contract.pk}"


def jobs_of(user: User, what: str, contract: Contract) -> Any:
    """The jobs of somebody for this contract: nobody sees, guesses or confirms another's."""
    return ImportJob.objects.filter(kind=kind_of(what, contract), owner=user)


def seen_before(what: str, contract: Contract, data: bytes) -> list[str]:
    """A note when this very file is in the contract already."""
    digest = hashlib.sha256(data).hexdigest()
    done = ImportJob.objects.filter(kind=kind_of(what, contract), file_hash=digest)
    return (
        [_("This very file was imported before.")] if done.filter(state=ImportJob.State.DONE).exists() else []
    )


def open_job(
    what: str,
    contract: Contract,
    name: str,
    data: bytes,
    payload: dict[str, Any],
    problems: list[dict[str, Any]],
    *,
    actor: User,
) -> ImportJob:
    """Keep what was found in a file. Nothing of the plan is written."""
    return ImportJob.objects.create(
        kind=kind_of(what, contract),
        owner=actor,
        file_name=name[:255] or NAMELESS,
        file_hash=hashlib.sha256(data).hexdigest(),
        payload=payload,
        problems=problems[:MOST_PROBLEMS],
    )


def lock_job(job: ImportJob, *, actor: User, clean: bool = True) -> ImportJob:
    """The stored row of one's own job, still to be confirmed (`clean`: without problems). Raises Blocked."""
    row: ImportJob = ImportJob.objects.select_for_update().get(pk=job.pk, owner=actor)
    if row.state != ImportJob.State.CHECKED or (clean and row.problems):
        raise Blocked(_("This import is finished or was discarded."))
    return row


def close_job(job: ImportJob, state: str, result: dict[str, Any]) -> ImportJob:
    """The payload has served; what was written stays."""
    job.state, job.result = state, {**job.result, **result}
    job.payload = {"notes": job.payload.get("notes", [])}
    job.save(update_fields=["state", "result", "payload"])
    return job


def plannable(user: User, contract: Contract) -> list[Department]:
    """The active departments somebody plans for in a contract. Raises PermissionDenied for none."""
    found = list(planned_departments(user, contract))
    if not found:
        raise PermissionDenied("plans for no department here")
    return found
