"""Task lists into a contract: read, mapped and checked in an ImportJob, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.models import ImportJob
from orgchart.models import Department
from production.importing.reading import Unreadable, read
from production.interchange.drafts import DraftPlan
from production.interchange.jobs import MOST_PROBLEMS, lock_job, open_job, plannable, seen_before
from production.interchange.list_columns import LIST, guess, heading_row, remembered, to_remember
from production.interchange.task_list import MOST_TASKS, TaskList

if TYPE_CHECKING:
    from orgchart.models import User

MOST_COLUMNS = 60


def open_list(contract: Contract, name: str, data: bytes, *, actor: User) -> ImportJob:
    """Read a workbook or CSV file and guess its columns; nothing of the plan is written.
    Raises PermissionDenied."""
    plannable(actor, contract)
    problems: list[dict[str, Any]] = []
    rows: list[list[Any]] = []
    notes: list[str] = []
    try:
        sheets, notes = read(name, data)
        rows = sheets[0].rows
        for at, column in sheets[0].errors:
            rows[at][column] = "#REF!"
        if len(sheets) > 1:
            notes.append(_("Only the first sheet, “%(sheet)s”, is read.") % {"sheet": sheets[0].name})
        if len(rows) > MOST_TASKS + 50:
            raise Unreadable(_("The list has more than 2,000 tasks. Split it."))
    except Unreadable as why:
        problems.append({"sheet": "", "row": 0, "column": "", "text": str(why)})
        rows = []
    notes = [*seen_before(LIST, contract, data), *notes]
    at = heading_row(rows)
    stored = [[_kept(cell) for cell in row[:MOST_COLUMNS]] for row in rows]
    mapping = guess(stored[at], remembered(actor)) if stored else {}
    payload = {
        "rows": stored, "heading": at, "file_notes": notes, "notes": notes, **DraftPlan().as_json(),
        "mapping": {str(place): meaning for place, meaning in mapping.items()}, "department": None,
    }  # fmt: skip
    job = open_job(LIST, contract, name, data, payload, problems, actor=actor)
    return job if problems else map_list(job, contract, mapping, actor=actor)


@transaction.atomic
def map_list(
    job: ImportJob,
    contract: Contract,
    mapping: Mapping[int, str],
    *,
    actor: User,
    department: Department | None = None,
) -> ImportJob:
    """Check the list once more with these columns, which are remembered for the person. `department`
    takes rows without one. Raises PermissionDenied, Blocked (finished or discarded)."""
    departments = {d.pk for d in plannable(actor, contract)}
    job = lock_job(job, actor=actor, clean=False)
    rows, at = job.payload["rows"], job.payload["heading"]
    if department is None and len(departments) == 1:
        otherwise: int | None = next(iter(departments))
    else:
        otherwise = department.pk if department else None
    headings = rows[at] if rows else []
    known = {place: meaning for place, meaning in mapping.items() if place < len(headings)}
    found = TaskList(contract, actor, headings, known, departments, otherwise)
    found.read(rows[at + 1 :], at + 2)
    if why := contract.frozen():
        found.problem(0, "", why)
    job.payload |= found.plan.as_json() | {
        "mapping": {str(place): meaning for place, meaning in known.items()},
        "department": department.pk if department else None,
        "notes": [*job.payload["file_notes"], *found.notes],
    }
    job.problems = found.problems[:MOST_PROBLEMS]
    job.result = {"mapping": to_remember(headings, known)}
    job.save(update_fields=["payload", "problems", "result"])
    return job


def _kept(cell: Any) -> Any:
    """A cell as JSON keeps it; dates as people write them."""
    if isinstance(cell, datetime):
        whole = cell.time() == time(0)
        return cell.date().isoformat() if whole else cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if cell is None or isinstance(cell, bool | int | float | str) else str(cell)
