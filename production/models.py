"""Tasks of a contract and what they wait for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.models import Contract, led_by
from contracts.states import FROZEN
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.dates import FIRST_DAY, LAST_DAY
from erp.models import Record
from orgchart.models import Department, Person
from production.interchange.models import CalendarFeed as CalendarFeed
from production.interchange.models import PlanTemplate as PlanTemplate
from production.interchange.models import TemplateLink as TemplateLink
from production.interchange.models import TemplateTask as TemplateTask
from production.states import CHANGE_LIFE, HELD_BY, LIFE, OPEN, ChangeState, Status

if TYPE_CHECKING:
    from orgchart.models import User


class Mode(models.TextChoices):
    """Who moves a task: the engine, after its links; nobody, for its day is given; the planner."""

    AUTO = "auto", _("Automatic: follows its links")
    FIXED = "fixed", _("Fixed: starts on its date")
    MANUAL = "manual", _("By hand: keeps both dates")


class Priority(models.IntegerChoices):
    LOW = 1, _("Low")
    NORMAL = 2, pgettext_lazy("priority", "Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")


#: No task lasts longer.
LONGEST = timedelta(days=3660)


class TaskQuerySet(ScopedQuerySet["Task"]):
    def within(self, user: User, verb: str) -> Q:
        """All tasks of a contract by its grants, the own department's by leading it, one's own."""
        if verb == "view":  # in this order: of one's own tasks the first question settles most
            return self._own(user) | granted(Contract, user, "view_tasks", at="contract")
        reasons = self.reasons(user)
        return reduce(or_, (reasons[name] for name in HELD_BY.get(verb, ())), NOBODY)

    def reasons(self, user: User) -> dict[str, Q]:
        """Why somebody may do something to a task: it is theirs, they manage all tasks of the
        contract, they lead its department there."""
        return {
            "own": self._own(user),
            "whole": granted(Contract, user, "manage_tasks", at="contract"),
            "led": led_by(user, "contract", "department"),
        }

    def _own(self, user: User) -> Q:
        return Q(assignee__user=user) & granted(Contract, user, "view", at="contract")

    def open(self) -> TaskQuerySet:
        """Not done, not cancelled, in a contract that is not archived or cancelled."""
        return self.filter(status__in=OPEN).exclude(contract__stage__in=FROZEN)

    def answered_by(self, user: User) -> TaskQuerySet:
        """What somebody is assigned to, and all of the contracts they manage."""
        return self.filter(Q(assignee__user=user) | Q(contract__manager__user=user))

    def overdue(self, today: date | None = None) -> TaskQuerySet:
        return self.open().filter(planned_end__lt=today or timezone.localdate())


class Task(Record):
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="tasks", verbose_name=_("contract"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="tasks", verbose_name=_("department")
    )
    position = models.PositiveIntegerField(_("order"), default=0, editable=False)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    assignee = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("assignee"),
    )
    planned_start = models.DateField(_("planned start"))
    planned_end = models.DateField(_("planned end"))
    begins_afternoon = models.BooleanField(_("starts in the afternoon"), default=False)
    ends_noon = models.BooleanField(_("ends at noon"), default=False)
    mode = models.CharField(_("scheduling"), max_length=6, choices=Mode, default=Mode.AUTO)
    not_before = models.DateField(_("start no earlier than"), null=True, blank=True)
    not_before_afternoon = models.BooleanField(_("in the afternoon"), default=False)
    not_after = models.DateField(_("finish no later than"), null=True, blank=True)
    actual_start = models.DateField(_("actual start"), null=True, editable=False)
    actual_end = models.DateField(_("actual finish"), null=True, editable=False)
    progress = models.PositiveSmallIntegerField(
        _("progress %"), default=0, validators=[MaxValueValidator(100)]
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    milestone = models.BooleanField(_("milestone"), default=False)
    mandatory = models.BooleanField(_("needed for delivery"), default=True)
    needs_acceptance = models.BooleanField(_("needs acceptance"), default=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.NOT_STARTED, editable=False
    )
    rework_count = models.PositiveSmallIntegerField(_("rework"), default=0, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_on = models.DateField(_("submitted on"), null=True, editable=False)
    reworking = models.BooleanField(_("being reworked"), default=False, editable=False)
    hours_spent = models.DecimalField(
        _("hours spent"), max_digits=8, decimal_places=2, default=0, editable=False
    )
    rework_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="reworks",
        verbose_name=_("rework of"),
    )

    workflow = LIFE
    objects = TaskQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["contract", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="task_status"),
            models.CheckConstraint(
                condition=Q(planned_end__gte=F("planned_start")), name="task_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(planned_end__gt=F("planned_start"))
                | Q(begins_afternoon=False)
                | Q(ends_noon=False),
                name="task_lasts_half_a_day",
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="task_mode"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="task_progress"),
            models.CheckConstraint(condition=Q(hours_spent__gte=0), name="task_hours"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="task_priority"),
        ]
        indexes = [
            models.Index(fields=["contract", "position", "id"], name="task_order"),
            models.Index(fields=["contract", "status", "planned_end"], name="task_contract_open"),
            models.Index(fields=["assignee", "status", "planned_end"], name="task_assignee_open"),
            models.Index(fields=["department", "status", "planned_end"], name="task_dept_open"),
            models.Index(fields=["status", "planned_end"], name="task_status_end"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("production:task", args=[self.pk])

    def clean(self) -> None:
        if not (self.planned_start and self.planned_end):
            return  # the form says what is missing
        if not (FIRST_DAY <= self.planned_start <= LAST_DAY and self.planned_end <= LAST_DAY):
            raise ValidationError({"planned_start": _("Plans lie between the years 2000 and 2100.")})
        if self.planned_end - self.planned_start > LONGEST:
            raise ValidationError({"planned_end": _("A task lasts ten years at most.")})
        if self.planned_end < self.planned_start:
            raise ValidationError({"planned_end": _("The end lies before the start.")})
        if self.milestone and self.planned_end != self.planned_start:
            raise ValidationError({"planned_end": _("A milestone is one day.")})
        if self.milestone:
            self.needs_acceptance = self.begins_afternoon = False
        self._clean_halves()

    def _clean_halves(self) -> None:
        if self.planned_end == self.planned_start and self.begins_afternoon and self.ends_noon:
            raise ValidationError({"planned_end": _("It would end at noon and begin in the afternoon.")})
        if self.not_before and not FIRST_DAY <= self.not_before <= LAST_DAY:
            raise ValidationError({"not_before": _("Plans lie between the years 2000 and 2100.")})
        if self.not_after and not FIRST_DAY <= self.not_after <= LAST_DAY:
            raise ValidationError({"not_after": _("Plans lie between the years 2000 and 2100.")})
        if self.not_before is None:
            self.not_before_afternoon = False

    def frozen(self) -> str:
        return self.contract.frozen()

    def is_overdue(self, today: date) -> bool:
        return self.status in OPEN and self.planned_end < today


class TaskDependency(Record):
    """`successor` waits for `predecessor`, in one of four ways, plus a lag in working days."""

    class Type(models.TextChoices):
        FS = "FS", _("finish to start")
        SS = "SS", _("start to start")
        FF = "FF", _("finish to finish")
        SF = "SF", _("start to finish")

    class DependencyQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """Seen when both ends are seen; linked by whoever plans the successor."""
            tasks = Task.objects.for_user(user).order_by().values("pk")
            if verb == "view":
                return Q(predecessor__in=tasks, successor__in=tasks)
            planned = Task.objects.for_user(user, "link").order_by().values("pk")
            return Q(predecessor__in=tasks, successor__in=planned)

    predecessor = models.ForeignKey(
        Task, models.PROTECT, related_name="outgoing", verbose_name=_("predecessor")
    )
    successor = models.ForeignKey(
        Task, models.PROTECT, related_name="incoming", verbose_name=pgettext_lazy("dependency", "successor")
    )
    type = models.CharField(_("type"), max_length=2, choices=Type, default=Type.FS)
    lag = models.DecimalField(_("lag (working days)"), max_digits=5, decimal_places=1, default=Decimal(0))

    objects = DependencyQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="dependency_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="dependency_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} ({self.type})"

    def frozen(self) -> str:
        return self.successor.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.successor.get_additional_data()


class Cause(models.TextChoices):
    """Why a plan moved."""

    CUSTOMER = "customer", _("Customer")
    DESIGN = "design", _("Design")
    SUPPLIER = "supplier", _("Supplier")
    INTERNAL = "internal", _("Internal")
    CALENDAR = "calendar", _("Calendar")


class Deed(models.TextChoices):
    """What was done to a plan at once."""

    RESCHEDULE = "reschedule", _("Reschedule task")
    LINK = "link", _("Link tasks")
    UNLINK = "unlink", _("Unlink tasks")
    ROLL = "roll", _("Bring the plan up to today")
    BACKWARD = "backward", _("Plan back from the delivery")
    LEVEL = "level", _("Level the load")
    CALENDAR = "calendar", _("Change the calendar")


class PlanChange(Record):
    """One confirmed step of a plan: what was asked, why, and by whom; its moves are `PlanMove` rows.

    What touches other departments beyond their float waits as a proposal for the project manager."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="plan_changes", verbose_name=_("contract")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ChangeState, default=ChangeState.PROPOSED, editable=False
    )
    deed = models.CharField(_("deed"), max_length=10, choices=Deed)
    title = models.CharField(_("of what"), max_length=200, blank=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    note = models.CharField(_("note"), max_length=300, blank=True)
    asked = models.JSONField(_("asked"), default=dict, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    applied_at = models.DateTimeField(_("applied"), null=True, editable=False)
    ends_before = models.DateField(_("end before"), null=True, editable=False)
    ends_after = models.DateField(_("end after"), null=True, editable=False)

    class ChangeQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """Read with the tasks of the contract; decided by its manager, taken back by its author. What
            followed the calendar goes back with the calendar, or by the manager."""
            read = granted(Contract, user, "view_tasks", at="contract")
            if verb == "view":
                return read
            whole = granted(Contract, user, "manage_tasks", at="contract")
            own = Q(author=user) & read & ~Q(deed=Deed.CALENDAR)
            return whole | own if verb == "undo" else whole

    workflow = CHANGE_LIFE
    objects = ChangeQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("plan change")
        verbose_name_plural = _("plan changes")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="plan_change_state"),
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="plan_change_cause"),
            models.CheckConstraint(condition=Q(deed__in=Deed.values), name="plan_change_deed"),
        ]
        indexes = [models.Index(fields=["contract", "state", "id"], name="plan_change_contract")]

    def __str__(self) -> str:
        return f"{self.get_deed_display()} · {self.title}" if self.title else str(self.get_deed_display())

    def get_absolute_url(self) -> str:
        return reverse("production:plan_change", args=[self.pk])

    def frozen(self) -> str:
        return self.contract.frozen()


class PlanMove(models.Model):
    """How one task moved in a plan change: its dates before and after, as stored then."""

    change = models.ForeignKey(PlanChange, models.CASCADE, related_name="moves")
    task = models.ForeignKey(Task, models.PROTECT, related_name="moves")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    before = models.JSONField()
    after = models.JSONField()
    slip = models.DecimalField(
        max_digits=6, decimal_places=1, help_text="Working days the end moved; negative: it ends earlier."
    )

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["change", "task"], name="plan_move_once")]

    def __str__(self) -> str:
        return f"{self.task}: {self.slip:+}"


class Baseline(Record):
    """A plan as it stood on a day. The contract's own is taken when the plan is released."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="baselines", verbose_name=_("contract")
    )
    name = models.CharField(_("name"), max_length=80)
    taken_on = models.DateField(_("taken on"), editable=False)
    planned_delivery = models.DateField(_("planned delivery"), editable=False)
    of_contract = models.BooleanField(
        _("contract baseline"), default=False, editable=False, help_text="Taken at release_plan."
    )

    class BaselineQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            right = "view" if verb == "view" else "manage_tasks"
            return granted(Contract, user, right, at="contract")

    objects = BaselineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("baseline")
        verbose_name_plural = _("baselines")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["contract", "name"], name="baseline_name_once")]
        indexes = [models.Index(fields=["contract", "of_contract", "id"], name="baseline_contract")]

    def __str__(self) -> str:
        return str(_("Contract baseline")) if self.of_contract else self.name

    def frozen(self) -> str:
        return self.contract.frozen()


class BaselineTask(models.Model):
    """A task's dates in a baseline."""

    baseline = models.ForeignKey(Baseline, models.CASCADE, related_name="tasks")
    task = models.ForeignKey(Task, models.PROTECT, related_name="baselines")
    planned_start = models.DateField()
    planned_end = models.DateField()
    begins_afternoon = models.BooleanField(default=False)
    ends_noon = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["baseline", "task"], name="baseline_task_once")]

    def __str__(self) -> str:
        return f"{self.task}: {self.planned_start} – {self.planned_end}"
