"""What other apps ask of feedback: facts for the status, gates, stations; and what lists need at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.frame import Missing
from contracts.models import Contract, TeamMember
from erp.roles import reaches_all
from feedback.models import Feedback
from feedback.states import HELD_BY, OPEN, Status
from production.models import Task, TaskQuerySet

if TYPE_CHECKING:
    from orgchart.models import User

#: A gate names this many things; the rest is a number.
GATE_LINES = 100


def _rows(**where: Any) -> QuerySet[Feedback]:
    return Feedback.objects.filter(contract=OuterRef("pk"), **where).order_by()


def facts() -> dict[str, Any]:
    """The fact of the contract's status that feedback tells, as an expression over Contract."""
    return {"feedback_open": Exists(_rows(status__in=OPEN))}


def after_sales() -> Subquery:
    """When the first feedback after the delivery came, as an expression over Contract."""
    rows = _rows(reported_on__gte=OuterRef("delivered_on")).order_by("reported_on")
    return Subquery(rows.values("reported_on")[:1])


def unclosed(contract: Contract) -> list[Missing]:
    """Feedback that keeps a contract from the archive."""
    rows = contract.feedback.exclude(status=Status.CLOSED).order_by("due_at", "id")
    found = [
        Missing(
            _("Feedback “%(title)s” is not closed: %(state)s.")
            % {"title": feedback.title, "state": feedback.get_status_display()},
            feedback.get_absolute_url(),
        )
        for feedback in rows[: GATE_LINES + 1]
    ]
    if len(found) > GATE_LINES:
        text = _("%(n)s feedback entries are not closed.") % {"n": rows.count()}
        found[GATE_LINES:] = [Missing(text, reverse("feedback:contract_feedback", args=[contract.pk]))]
    return found


def rework_of(feedback: Feedback) -> TaskQuerySet:
    """The tasks that a feedback became."""
    return Task.objects.filter(of_feedback__feedback=feedback)


def earlier_answer(feedback: Feedback) -> datetime | None:
    """When the solution was reported that proved to be none: it was opened again since, and no other is
    there yet."""
    if not (feedback.solution and feedback.is_open):
        return None
    told = feedback.history.filter(status=Status.RESOLVED).order_by("-history_id")
    found: datetime | None = told.values_list("resolved_at", flat=True).first()
    return found


def still_needed(member: TeamMember) -> str:
    """Why this person cannot leave the team: open feedback wants a successor first."""
    again = TeamMember.objects.filter(contract=member.contract_id, person=member.person_id)
    if again.exclude(pk=member.pk).exists():
        return ""
    rows = Feedback.objects.filter(contract=member.contract_id, handler=member.person_id, status__in=OPEN)
    count = rows.count()
    if not count:
        return ""
    return ngettext(
        "%(person)s handles %(n)s open feedback here: hand it over to a successor first.",
        "%(person)s handles %(n)s open feedback entries here: hand them over to a successor first.",
        count,
    ) % {"person": member.person, "n": count}


def held_verbs(user: User, rows: Iterable[Feedback]) -> dict[int, frozenset[str]]:
    """Feedback id → the verbs `user` of the office holds on it, state aside: one query for a whole list,
    none for the boss."""
    ids = [row.pk for row in rows]
    if reaches_all(user.role, "feedback.feedback", "start"):
        return dict.fromkeys(ids, frozenset(HELD_BY))
    if not ids:
        return {}
    found: Any = Feedback.objects.filter(pk__in=ids).order_by()
    reasons: dict[str, Any] = found.reasons(user)
    flags = {
        f"by_{name}": Case(When(reason, then=Value(1)), default=Value(0)) for name, reason in reasons.items()
    }
    verbs: dict[int, frozenset[str]] = {}
    for pk, *answers in found.annotate(**flags).values_list("pk", *flags):
        why = {name for name, may in zip(reasons, answers, strict=True) if may}
        verbs[pk] = frozenset(verb for verb, ways in HELD_BY.items() if not why.isdisjoint(ways))
    return verbs


def newest_first(rows: Any) -> Any:
    """Open ones by what is due first, then the others, the newest first."""
    place = Case(When(status__in=OPEN, then=Value(0)), default=Value(1))
    due = Case(When(status__in=OPEN, then=F("due_at")))
    return rows.order_by(place, due, "-id")
