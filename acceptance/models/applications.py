"""Applications for acceptance, their rounds, and the levels a contract asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from acceptance.states import LIFE, ROUND_LIFE, USUAL, Kind, Level, Scope, State
from contracts.models import Contract
from contracts.states import FROZEN
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.models import Record
from erp.roles import Role
from orgchart.models import Department, Person
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User


class AcceptanceQuerySet(ScopedQuerySet["Acceptance"]):
    def within(self, user: User, verb: str) -> Q:
        """Read with the contract's acceptances, by who does the task and by who applied. Withdrawn by who
        applied and by the manager; customers see what has come to them."""
        if user.role == Role.CUSTOMER:
            return self._outside(user) if verb == "view" else NOBODY
        inside = granted(Contract, user, "view", at="contract")
        manages = granted(Contract, user, "apply_acceptance", at="contract")
        applied = Q(applied_by=user) & inside
        if verb == "view":
            own = Q(task__assignee__user=user) & inside
            return own | granted(Contract, user, "view_acceptance", at="contract") | applied
        if verb == "withdraw":
            return manages | applied
        if verb == "reapply":
            return Q(scope=Scope.CONTRACT) & manages
        return NOBODY

    def _outside(self, user: User) -> Q:
        """Acceptances of the whole contract whose last level waits for the customer, or was decided."""
        from acceptance.models.steps import AcceptanceStep

        decided = AcceptanceStep.objects.filter(
            round__acceptance=OuterRef("pk"), level=Level.CUSTOMER, decided_at__isnull=False
        )
        reached = Q(level=Level.CUSTOMER) | Q(Exists(decided))
        return Q(scope=Scope.CONTRACT) & reached & granted(Contract, user, "follow", at="contract")

    def open(self) -> Self:
        """Under review, in a contract that is not archived or cancelled."""
        return self.filter(state=State.PENDING).exclude(contract__stage__in=FROZEN)

    def of_contract(self) -> Self:
        """Of contracts as a whole, withdrawn ones aside."""
        return self.filter(scope=Scope.CONTRACT).exclude(state=State.WITHDRAWN)


class Acceptance(Record):
    """One application: for a task, or for the contract as a whole. What is decided, its rounds keep."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="acceptances", verbose_name=_("contract")
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="acceptances",
        verbose_name=_("department"),
    )
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.TASK, editable=False)
    task = models.OneToOneField(
        Task,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="acceptance",
        verbose_name=_("task"),
    )
    kind = models.CharField(_("kind of acceptance"), max_length=10, choices=Kind, blank=True)
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING, editable=False)
    level = models.PositiveSmallIntegerField(
        _("level it waits at"), choices=Level, null=True, blank=True, editable=False
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="acceptances",
        verbose_name=_("applied by"),
    )
    internal_on = models.DateField(_("checked inside on"), null=True, editable=False)
    passed_on = models.DateField(_("passed on"), null=True, editable=False)

    workflow = LIFE
    objects = AcceptanceQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="acceptance_state"),
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="acceptance_scope"),
            models.CheckConstraint(condition=Q(kind__in=["", *Kind.values]), name="acceptance_kind"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__in=Level.values), name="acceptance_level"
            ),
            models.CheckConstraint(
                condition=Q(scope=Scope.TASK, task__isnull=False)
                | Q(scope=Scope.CONTRACT, task__isnull=True),
                name="acceptance_task_by_scope",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "scope", "state"], name="acceptance_contract"),
            models.Index(fields=["state", "level", "id"], name="acceptance_waiting"),
            models.Index(fields=["department", "scope"], name="acceptance_department"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("acceptance:acceptance", args=[self.pk])

    def frozen(self) -> str:
        return self.contract.frozen()

    @property
    def round(self) -> AcceptanceRound:
        """The latest round."""
        found: Any = self.rounds.order_by("-number").first()
        latest: AcceptanceRound = found
        return latest


class AcceptanceLevels(Record):
    """Which levels the acceptances of a contract ask for; without a row the usual ones."""

    contract = models.OneToOneField(
        Contract, models.PROTECT, related_name="acceptance_levels", verbose_name=_("contract")
    )
    task_self = models.BooleanField(_("tasks: department's own check"), default=True)
    task_quality = models.BooleanField(_("tasks: quality inspection"), default=True)
    contract_self = models.BooleanField(_("contract: project manager's check"), default=True)
    contract_quality = models.BooleanField(_("contract: quality inspection"), default=True)
    contract_customer = models.BooleanField(_("contract: customer's acceptance"), default=True)

    class LevelsQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """Read with the contract; set by its manager."""
            return granted(Contract, user, "view" if verb == "view" else "apply_acceptance", at="contract")

    objects = LevelsQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("levels of acceptance")
        verbose_name_plural = _("levels of acceptance")
        constraints = [
            models.CheckConstraint(
                condition=Q(task_self=True) | Q(task_quality=True), name="acceptance_levels_of_tasks"
            ),
            models.CheckConstraint(
                condition=Q(contract_self=True) | Q(contract_quality=True) | Q(contract_customer=True),
                name="acceptance_levels_of_contract",
            ),
        ]

    def __str__(self) -> str:
        return str(self.contract)

    def clean(self) -> None:
        if not (self.task_self or self.task_quality):
            raise ValidationError({"task_quality": _("Choose one level at least.")})
        if not (self.contract_self or self.contract_quality or self.contract_customer):
            raise ValidationError({"contract_customer": _("Choose one level at least.")})

    def frozen(self) -> str:
        return self.contract.frozen()

    def of(self, scope: str) -> tuple[int, ...]:
        """The levels of a scope, in order."""
        names = {Level.SELF: "self", Level.QUALITY: "quality", Level.CUSTOMER: "customer"}
        return tuple(level for level in USUAL[scope] if getattr(self, f"{scope}_{names[Level(level)]}"))


def levels_of(contract: Contract, scope: str) -> tuple[int, ...]:
    """The levels that acceptances of this scope in `contract` ask for, in order."""
    return all_levels(contract)[scope]


def all_levels(contract: Contract) -> dict[str, tuple[int, ...]]:
    """Scope → the levels that acceptances in `contract` ask for, in order."""
    row = AcceptanceLevels.objects.filter(contract=contract).first()
    return {str(scope): row.of(scope) if row else tuple(USUAL[scope]) for scope in Scope}


class AcceptanceRound(Record):
    """One time through the levels. What was decided stays as it is: another try is another round."""

    acceptance = models.ForeignKey(
        Acceptance, models.PROTECT, related_name="rounds", verbose_name=_("acceptance")
    )
    number = models.PositiveSmallIntegerField(_("round"))
    opened_at = models.DateTimeField(_("applied at"))
    closed_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("applied by")
    )
    worker = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", verbose_name=_("work done by")
    )
    note = models.TextField(_("note"), blank=True)
    result = models.CharField(
        _("result"), max_length=10, choices=State, default=State.PENDING, editable=False
    )

    class RoundQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """With the acceptance; only steps write rounds."""
            if verb != "view" or user.role == Role.CUSTOMER:
                return NOBODY
            return Q(acceptance__in=Acceptance.objects.for_user(user).order_by().values("pk"))

    workflow = ROUND_LIFE
    objects = RoundQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("acceptance round")
        verbose_name_plural = _("acceptance rounds")
        ordering = ["acceptance", "number"]
        constraints = [
            models.UniqueConstraint(fields=["acceptance", "number"], name="acceptance_round_once"),
            models.CheckConstraint(condition=Q(result__in=State.values), name="acceptance_round_result"),
            models.CheckConstraint(condition=Q(number__gte=1), name="acceptance_round_number"),
        ]
        indexes = [models.Index(fields=["number", "result"], name="acceptance_round_yield")]

    def __str__(self) -> str:
        return str(_("%(title)s, round %(n)s") % {"title": self.acceptance, "n": self.number})

    def get_absolute_url(self) -> str:
        return self.acceptance.get_absolute_url()

    def frozen(self) -> str:
        if self.result != State.PENDING:
            return str(_("Round %(n)s is decided: it stays as it is.") % {"n": self.number})
        return self.acceptance.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.acceptance.get_additional_data()
