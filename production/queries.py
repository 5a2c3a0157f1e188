"""What other apps ask of tasks: facts for the status, gates, stations; and what lists need at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.frame import Missing
from contracts.models import Contract, TeamMember
from erp.roles import Function, reaches_all
from production.models import Task
from production.states import HELD_BY, OPEN, Status

if TYPE_CHECKING:
    from orgchart.models import User

#: A gate names this many things; the rest is a number.
GATE_LINES = 100


def _tasks(**where: Any) -> QuerySet[Task]:
    return Task.objects.filter(contract=OuterRef("pk"), **where).order_by()


def _begun(**where: Any) -> Exists:
    rows = _tasks(actual_start__isnull=False, **where)
    return Exists(rows.exclude(status=Status.CANCELLED))


def facts() -> dict[str, Any]:
    """The facts of the contract's status that tasks tell, as expressions over Contract."""
    return {
        "work_started": _begun(),
        "assembly_started": _begun(department__function=Function.ASSEMBLY),
        "rework_open": Exists(_tasks(reworking=True, status__in=OPEN)),
        "next_task_end": Subquery(_tasks(status__in=OPEN).order_by("planned_end").values("planned_end")[:1]),
    }


def first_start() -> Subquery:
    """When work on a contract began, as an expression over Contract."""
    rows = _tasks(actual_start__isnull=False).exclude(status=Status.CANCELLED)
    return Subquery(rows.order_by("actual_start").values("actual_start")[:1])


def all_made() -> Any:
    """Whether nothing mandatory of a contract is open, as an expression over Contract."""
    return ~Exists(_tasks(mandatory=True, status__in=OPEN))


def unfinished(contract: Contract) -> list[Missing]:
    """Mandatory tasks that keep a contract from being delivered; without any task nothing was made."""
    if none := unplanned(contract):
        return none
    rows = contract.tasks.filter(mandatory=True, status__in=OPEN).order_by("planned_end", "id")
    found = [
        Missing(_("Task “%(task)s” is not done.") % {"task": task.name}, task.get_absolute_url())
        for task in rows[: GATE_LINES + 1]
    ]
    if len(found) > GATE_LINES:
        text = _("%(n)s tasks are not done.") % {"n": rows.count()}
        found[GATE_LINES:] = [Missing(text, _tab(contract))]
    return found


def unplanned(contract: Contract) -> list[Missing]:
    """A plan without a task is no plan."""
    if contract.tasks.exclude(status=Status.CANCELLED).exists():
        return []
    return [Missing(_("The plan has no task yet."), _tab(contract))]


def still_needed(member: TeamMember) -> str:
    """Why this person cannot leave the team: open tasks want a successor first."""
    again = TeamMember.objects.filter(contract=member.contract_id, person=member.person_id)
    if again.exclude(pk=member.pk).exists():
        return ""
    count = Task.objects.open().filter(contract=member.contract_id, assignee=member.person_id).count()
    if not count:
        return ""
    return ngettext(
        "%(person)s has %(n)s open task here: hand it over to a successor first.",
        "%(person)s has %(n)s open tasks here: hand them over to a successor first.",
        count,
    ) % {"person": member.person, "n": count}


def _tab(contract: Contract) -> str:
    return reverse("production:tasks", args=[contract.pk])


def held_verbs(user: User, tasks: Iterable[Task]) -> dict[int, frozenset[str]]:
    """Task id → the verbs `user` holds on it, state aside: one query for a whole list, none for boss."""
    ids = [task.pk for task in tasks]
    if reaches_all(user.role, "production.task", "start"):
        return dict.fromkeys(ids, frozenset(HELD_BY))
    if not ids:
        return {}
    rows: Any = Task.objects.filter(pk__in=ids).order_by()
    reasons: dict[str, Any] = rows.reasons(user)
    flags = {
        f"by_{name}": Case(When(reason, then=Value(1)), default=Value(0)) for name, reason in reasons.items()
    }
    held: dict[int, frozenset[str]] = {}
    for pk, *found in rows.annotate(**flags).values_list("pk", *flags):
        why = {name for name, may in zip(reasons, found, strict=True) if may}
        held[pk] = frozenset(verb for verb, ways in HELD_BY.items() if not why.isdisjoint(ways))
    return held
