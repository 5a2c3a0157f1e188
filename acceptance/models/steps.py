"""The levels of a round: what each checks, what was found, and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from acceptance.models.applications import Acceptance, AcceptanceRound
from acceptance.states import STEP_LIFE, Level, Mark, Result, Scope
from contracts.models import Contract, led_by
from documents.models import DocumentVersion
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.models import Record
from erp.roles import Role
from orgchart.models import Department
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User

#: What whoever decides a level does there.
DECIDES = frozenset({"check", "pass_step", "reject_step"})


class StepQuerySet(ScopedQuerySet["AcceptanceStep"]):
    def within(self, user: User, verb: str) -> Q:
        """Seen with the acceptance; decided by whose level it is. Who has another part in the round is
        kept out by the guard (`separation`), with a sentence."""
        contract = "round__acceptance__contract"
        if user.role == Role.CUSTOMER:
            mine = Q(level=Level.CUSTOMER) & granted(Contract, user, "follow", at=contract)
            return mine & self._seen(user) if verb in DECIDES | {"view"} else NOBODY
        if verb == "view":
            return self._seen(user)
        return self._decided_by(user, contract) if verb in DECIDES else NOBODY

    def _seen(self, user: User) -> Q:
        return Q(round__acceptance__in=Acceptance.objects.for_user(user).order_by().values("pk"))

    def _decided_by(self, user: User, contract: str) -> Q:
        task = Q(round__acceptance__scope=Scope.TASK)
        whole = Q(round__acceptance__scope=Scope.CONTRACT) & manages(user, contract)
        own = task & led_by(user, contract, "round__acceptance__department")
        return (
            (Q(level=Level.SELF) & (own | whole))
            | (Q(level=Level.QUALITY) & granted(Contract, user, "inspect", at=contract))
            | (Q(level=Level.CUSTOMER) & whole)
        )


def manages(user: User, contract: str = "contract") -> Q:
    """Rows of contracts whose project manager is `user`."""
    return Q(**{f"{contract}__manager__user": user}) & granted(
        Contract, user, "apply_acceptance", at=contract
    )


class AcceptanceStep(Record):
    """One level of a round: decided once, by one person. `on_behalf`: inside the house, for the customer,
    on the paper `evidence`."""

    round = models.ForeignKey(AcceptanceRound, models.PROTECT, related_name="steps", verbose_name=_("round"))
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    result = models.CharField(
        _("result"), max_length=10, choices=Result, default=Result.PENDING, editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    reason = models.TextField(_("reason"), blank=True, editable=False)
    on_behalf = models.BooleanField(_("on behalf of the customer"), default=False, editable=False)
    evidence = models.ForeignKey(
        DocumentVersion,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("evidence"),
    )

    workflow = STEP_LIFE
    objects = StepQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("acceptance step")
        verbose_name_plural = _("acceptance steps")
        ordering = ["round", "level"]
        constraints = [
            models.UniqueConstraint(fields=["round", "level"], name="acceptance_step_once"),
            models.CheckConstraint(condition=Q(result__in=Result.values), name="acceptance_step_result"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="acceptance_step_level"),
        ]

    def __str__(self) -> str:
        return f"{self.round} · {self.get_level_display()}"

    def get_absolute_url(self) -> str:
        return self.round.get_absolute_url()

    def frozen(self) -> str:
        if self.result != Result.PENDING:
            return str(_("This level is decided: it stays as it is."))
        return self.round.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.round.get_additional_data()


class WithStep(ScopedQuerySet[Any]):
    """What lies below a step is seen with it and written by whoever decides it."""

    def within(self, user: User, verb: str) -> Q:
        right = "view" if verb == "view" else "check"
        return Q(step__in=AcceptanceStep.objects.for_user(user, right).order_by().values("pk"))


class AcceptanceItem(Record):
    """One item of the checklist of a step, as it was when the round opened, and what was found.
    `origin`: the item of an earlier round that passed and is carried over."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("contract"))
    step = models.ForeignKey(AcceptanceStep, models.PROTECT, related_name="items", verbose_name=_("step"))
    position = models.PositiveSmallIntegerField(_("order"))
    text = models.CharField(_("check item"), max_length=200)
    hint = models.CharField(_("hint"), max_length=300, blank=True)
    needs_evidence = models.BooleanField(_("needs a photo or document"), default=False)
    mandatory = models.BooleanField(_("mandatory"), default=True)
    mark = models.CharField(_("finding"), max_length=10, choices=Mark, default=Mark.OPEN, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    origin = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("carried over from"),
    )

    objects = WithStep.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("checked item")
        verbose_name_plural = _("checked items")
        ordering = ["step", "position"]
        constraints = [
            models.UniqueConstraint(fields=["step", "position"], name="acceptance_item_once"),
            models.CheckConstraint(condition=Q(mark__in=Mark.values), name="acceptance_item_mark"),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.step.get_absolute_url()}#item-{self.pk}"

    def frozen(self) -> str:
        return self.step.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.step.get_additional_data()


class AcceptanceDefect(Record):
    """Something found wrong, with the rework that mends it where the inspector asked for it."""

    step = models.ForeignKey(AcceptanceStep, models.PROTECT, related_name="defects", verbose_name=_("step"))
    item = models.ForeignKey(
        AcceptanceItem, models.PROTECT, null=True, related_name="defects", verbose_name=_("check item")
    )
    text = models.CharField(_("what is wrong"), max_length=300)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="+", verbose_name=_("mended by")
    )
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="mends", verbose_name=_("rework"))

    objects = WithStep.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("defect")
        verbose_name_plural = _("defects")
        ordering = ["step", "id"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return self.step.get_absolute_url()

    def frozen(self) -> str:
        return self.step.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.step.get_additional_data()
