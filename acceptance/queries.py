"""What other apps ask of acceptances: facts, gates, stations, days; and what lists need at once."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from acceptance.models import Acceptance, AcceptanceDefect, AcceptanceItem, AcceptanceRound, AcceptanceStep
from acceptance.models.applications import levels_of
from acceptance.states import INTERNAL, Level, Result, Scope, State
from contracts.frame import Missing
from contracts.gatelist import Group
from contracts.models import Contract, ContractUserGrant, TeamMember
from erp.access import NOBODY, right_id
from erp.roles import LEADING, Role
from orgchart.models import User
from production.models import Task, TaskQuerySet


def _whole(**where: Any) -> QuerySet[Acceptance]:
    """Acceptances of the contract as a whole, the latest first, for an expression over Contract."""
    rows = Acceptance.objects.filter(contract=OuterRef("pk"), scope=Scope.CONTRACT, **where)
    return rows.exclude(state=State.WITHDRAWN).order_by("-pk")


def facts() -> dict[str, Any]:
    """The facts of the contract's status; of rejected tasks the tasks themselves tell (`rework_open`)."""
    return {
        "acceptance_open": Exists(_whole(state__in=(State.PENDING, State.REJECTED)).order_by()),
        "levels_passed": Exists(_whole(state=State.PASSED).order_by()),
    }


def checked_inside() -> Subquery:
    """The day on which levels 1 and 2 of the contract's latest acceptance were passed."""
    return Subquery(_whole().values("internal_on")[:1])


def passed_day() -> Subquery:
    """The day on which the last required level of the contract's latest acceptance was passed."""
    return Subquery(_whole(state=State.PASSED).values("passed_on")[:1])


def unchecked(contract: Contract) -> list[Missing]:
    """Levels 1 and 2 of the contract that keep it from being delivered."""
    return _levels_missing(contract, INTERNAL)


def unaccepted(contract: Contract) -> list[Missing]:
    """Level 3 of the contract, where required, that keeps it from being archived."""
    return _levels_missing(contract, (Level.CUSTOMER,))


def _levels_missing(contract: Contract, levels: tuple[int, ...]) -> list[Missing]:
    wanted = [level for level in levels_of(contract, Scope.CONTRACT) if level in levels]
    if not wanted:
        return []
    latest = Acceptance.objects.of_contract().filter(contract=contract).order_by("-pk").first()
    if latest is None:
        text = _("Acceptance of the contract has not been applied for.")
        return [Missing(text, reverse("acceptance:apply", args=[contract.pk]))]
    steps = latest.round.steps.filter(result=Result.PASSED)
    passed = set(steps.values_list("level", flat=True))
    text = _("“%(title)s”: “%(level)s” is not passed.")
    return [
        Missing(text % {"title": latest.title, "level": Level(level).label}, latest.get_absolute_url())
        for level in wanted
        if level not in passed
    ]


def with_rounds(acceptance: Acceptance) -> Acceptance:
    """The acceptance with all that was ever checked and decided there, the latest round first: what its
    page shows and asks is answered from here. A query each for rounds, steps, items and defects."""
    steps = AcceptanceStep.objects.select_related("decided_by", "evidence__document").order_by("level")
    rounds = AcceptanceRound.objects.select_related("applied_by", "worker").order_by("-number")
    prefetch_related_objects(
        [acceptance],
        Prefetch("rounds", rounds),
        Prefetch("rounds__steps", steps),
        Prefetch("rounds__steps__items", AcceptanceItem.objects.order_by("position")),
        Prefetch("rounds__steps__defects", AcceptanceDefect.objects.select_related("task").order_by("id")),
    )
    return acceptance


def step_waiting(acceptance: Acceptance) -> AcceptanceStep | None:
    """The step that is to be decided now, of an acceptance read `with_rounds`."""
    latest = acceptance.rounds.all()[0]
    steps = (step for step in latest.steps.all() if step.result == Result.PENDING)
    return next((step for step in steps if step.level == acceptance.level), None)


def rework_asked(acceptance: Acceptance) -> TaskQuerySet:
    """The tasks that mend what was found at an acceptance, and its task."""
    found = AcceptanceDefect.objects.filter(step__round__acceptance=acceptance, task__isnull=False)
    mends = Q(pk__in=found.order_by().values("task"))
    if acceptance.task_id:
        mends |= Q(rework_of=acceptance.task_id)
    return Task.objects.filter(mends)


def undone(contract: Contract, user: User, *, but: TaskQuerySet | None = None) -> list[Group]:
    """The tasks of a contract that are not done, of those `user` may see, `but` for those that are told of
    besides: told where acceptance of the whole is applied for, which nothing forbids."""
    rows = Task.objects.for_user(user).open().filter(contract=contract).order_by("planned_end", "id")
    if but is not None:
        rows = rows.exclude(pk__in=but.order_by().values("pk"))
    found: list[Any] = [Missing(f"{t.name} · {t.get_status_display()}", t.get_absolute_url()) for t in rows]
    return [Group(_("Tasks that are not done"), found)] if found else []


def waiting_for(user: User) -> Q:
    """Acceptances under review whose next level `user` decides: theirs, and with a free hand; for a boss
    also those where nobody else is left."""
    if not user.is_active:
        return NOBODY
    step = AcceptanceStep.objects.filter(
        round__acceptance=OuterRef("pk"), level=OuterRef("level"), result=Result.PENDING
    )
    mine: Any = Exists(step.filter(AcceptanceStep.objects.all().within(user, "pass_step")))
    parts = [part.filter(**{name: user}) for name, part in _parts(OuterRef("pk"))]
    for part in parts:
        mine &= ~Exists(part)
    waiting = Q(mine) | _stranded() if user.role == Role.BOSS else Q(mine)
    return Q(state=State.PENDING) & waiting


def _parts(acceptance: Any) -> list[tuple[str, QuerySet[AcceptanceStep]]]:
    """The parts somebody may have in the open round: the field that names them, and the rows."""
    steps = AcceptanceStep.objects.filter(round__acceptance=acceptance, round__result=State.PENDING)
    names = (
        "decided_by",
        "round__applied_by",
        "round__worker__user",
        "round__acceptance__task__assignee__user",
    )
    return [(name, steps.order_by()) for name in names]


def _stranded() -> Q:
    """Where nobody whose level it is has a free hand: the boss decides."""
    leaders = _free(
        TeamMember.objects.filter(
            contract=OuterRef("contract"), department=OuterRef("department"), duty__in=LEADING
        ),
        "person__user",
    )
    inspectors = _free(
        ContractUserGrant.objects.filter(
            content_object=OuterRef("contract"), permission_id=right_id(Contract, "inspect")
        ),
        "user",
    )
    manager = _free(User.objects.filter(person=OuterRef("contract__manager")), "")
    customers = _free(User.objects.filter(company=OuterRef("contract__company"), role=Role.CUSTOMER), "")
    whole = Q(level=Level.SELF, scope=Scope.CONTRACT) & ~Q(Exists(manager))
    own = Q(level=Level.SELF, scope=Scope.TASK) & ~Q(Exists(leaders))
    quality = Q(level=Level.QUALITY) & ~Q(Exists(inspectors))
    outside = Q(level=Level.CUSTOMER) & ~Q(Exists(manager)) & ~Q(Exists(customers))
    return whole | own | quality | outside


def _free(rows: QuerySet[Any], path: str) -> QuerySet[Any]:
    """Of `rows`, whose accounts stand at `path` ("": they are accounts), those whose holder is active and
    has no other part in the round."""
    key, active = path or "pk", f"{path}__is_active" if path else "is_active"
    for name, part in _parts(OuterRef(OuterRef("pk"))):
        rows = rows.filter(~Exists(part.filter(**{name: OuterRef(key)})))
    return rows.filter(**{active: True}).order_by()
