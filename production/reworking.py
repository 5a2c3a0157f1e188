"""Rework that is not finished. Nobody is kept from going on; whoever does says that they know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Case, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contracts.services import lock_contract
from erp.access import demand
from erp.roles import Role
from erp.workflow import Blocked
from production.models import Task, TaskQuerySet

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Reworking:
    """Rework that is not finished: the tasks that somebody sees, and how many more there are."""

    tasks: list[Task]
    more: int

    def __bool__(self) -> bool:
        return bool(self.tasks or self.more)

    def __str__(self) -> str:
        """The tasks in words, those out of sight counted."""
        words = [task.name for task in self.tasks]
        if self.more:
            text = ngettext("%(n)s task of others", "%(n)s tasks of others", self.more)
            words.append(text % {"n": self.more})
        return _(", ").join(words)


def reworking(rows: TaskQuerySet, user: User) -> Reworking:
    """What of the rework `rows` is not finished, as `user` is told of it: one query. Customers are told
    nothing of the work inside our house."""
    if user.role == Role.CUSTOMER:
        return Reworking([], 0)
    seen: Any = Task.objects.for_user(user).order_by().values("pk")
    rows = rows.open().annotate(seen=Case(When(pk__in=seen, then=Value(1)), default=Value(0)))
    found = list(rows.order_by("planned_end", "id"))
    tasks = [task for task in found if task.seen]  # type: ignore[attr-defined]  # annotated above
    return Reworking(tasks, len(found) - len(tasks))


def rework_of(task: Task) -> TaskQuerySet:
    """The tasks that mend `task`."""
    return Task.objects.filter(rework_of=task)


def past_rework(rows: TaskQuerySet, actor: User, despite: bool) -> str:
    """What the log says of a deed that goes past the rework `rows`; "" where all of it is finished.
    Raises Blocked unless `despite`: the actor says that they know it."""
    open_ = reworking(rows, actor)
    if not open_:
        return ""
    if not despite:
        raise Blocked(_("The rework is not finished yet. Finish it first, or tick that you know it."))
    return _("although rework is not finished: %(tasks)s") % {"tasks": open_}


def allowed_past_rework(obj: Any, verb: str, rows: TaskQuerySet, actor: User, despite: bool) -> str:
    """`past_rework` under the lock of the contract of `obj`, for who may `verb` it; nobody else is told of
    rework. Raises PermissionDenied, Blocked."""
    demand(actor, verb, obj)
    lock_contract(obj.contract_id)
    return past_rework(rows, actor, despite)


def ask_despite(form: forms.Form, open_: Reworking) -> None:
    """Let `form` list the open rework (`production/reworking.html`) and ask for the tick."""
    form.reworking = open_  # type: ignore[attr-defined]  # read by the template
    if open_:
        form.fields["despite_rework"] = forms.BooleanField(
            label=gettext_lazy("I know that the rework is not finished"), required=False
        )
