"""The contract and who works on it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.states import FROZEN, LIFE, LIVE, RUNNING, Stage, Status
from erp.access import ScopedQuerySet, granted, grants, permissions
from erp.models import Record
from erp.roles import LEADING, Duty, Function, Role, reaches_all
from orgchart.models import Company, Department, Person

if TYPE_CHECKING:
    from orgchart.models import User


class Currency(models.TextChoices):
    CNY = "CNY", _("CNY ¥")
    USD = "USD", _("USD $")
    EUR = "EUR", _("EUR €")


def past_due(delivery: date, task: date | None, today: date) -> int:
    """Calendar days of delay: a missed delivery counts more than the task that caused it."""
    due = delivery if delivery < today or task is None else task
    return max(0, (today - due) // timedelta(days=1))


class ContractQuerySet(ScopedQuerySet["Contract"]):
    def within(self, user: User, verb: str) -> Q:
        """What the contract's grants say; a customer confirms what they may follow, and whoever delivers
        does so on their behalf; one leads where one leads a department."""
        if verb == "confirm_delivery":
            verb = "follow" if user.role == Role.CUSTOMER else "deliver"
        if verb == "lead":
            places = TeamMember.objects.filter(contract=OuterRef("pk"), person__user=user)
            return Q(Exists(places.filter(duty__in=LEADING)))
        return granted(Contract, user, verb)

    def live(self) -> ContractQuerySet:
        return self.filter(stage__in=LIVE)

    def late(self, today: date | None = None) -> ContractQuerySet:
        """The overlay 延误: running, and past the planned delivery or an open task's planned end."""
        return self.filter(self.is_late(today))

    def is_late(self, today: date | None = None) -> Q:
        today = today or timezone.localdate()
        return Q(Q(planned_delivery__lt=today) | Q(next_task_end__lt=today), stage__in=RUNNING)

    def in_time(self, today: date | None = None) -> ContractQuerySet:
        """Everything that `late` leaves out."""
        today = today or timezone.localdate()
        no_task_late = Q(next_task_end=None) | Q(next_task_end__gte=today)
        return self.filter(~Q(stage__in=RUNNING) | (Q(planned_delivery__gte=today) & no_task_late))

    def count_live(self, user: User, most: int) -> int:
        """How many live contracts are in sight, counted up to `most`. Grants know it without a look
        at the contracts (`test_live_contracts_are_counted_by_grants`)."""
        if not user.is_active or reaches_all(user.role, "contracts.contract", "view"):
            rows: models.QuerySet[Any] = self.for_user(user).live()
        else:
            rows = grants(Contract, user, "view").filter(live=True)
        return rows.order_by().values("pk")[:most].count()

    def of_user(self, user: User) -> ContractQuerySet:
        """Contracts this user's person manages or is in the team of."""
        team = TeamMember.objects.filter(contract=OuterRef("pk"), person__user=user)
        return self.filter(Q(manager__user=user) | Exists(team))

    def of_person(self, person: Person) -> ContractQuerySet:
        """Contracts this person manages or is in the team of."""
        team = TeamMember.objects.filter(contract=OuterRef("pk"), person=person)
        return self.filter(Q(manager=person) | Exists(team))


class Contract(Record):
    code = models.CharField(_("project code"), max_length=12, unique=True, editable=False)
    number = models.CharField(_("contract number"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=200)
    company = models.ForeignKey(
        Company, models.PROTECT, related_name="contracts", verbose_name=_("customer company")
    )
    contact = models.CharField(_("contact"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=40, blank=True)
    manager = models.ForeignKey(
        Person, models.PROTECT, related_name="managed_contracts", verbose_name=_("project manager")
    )
    sales_person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sold_contracts",
        verbose_name=_("sales person"),
    )
    signed_on = models.DateField(_("signed on"))
    planned_delivery = models.DateField(_("planned delivery"))
    description = models.TextField(_("description"), blank=True)
    status_note = models.CharField(_("status note"), max_length=200, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.CNY)
    quote_amount = models.DecimalField(
        _("quote"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    deal_amount = models.DecimalField(
        _("deal"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.DRAFT, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.UNSTARTED, editable=False
    )
    released_on = models.DateField(_("released on"), null=True, editable=False)
    delivered_on = models.DateField(_("delivered on"), null=True, editable=False)
    confirmed_on = models.DateField(_("confirmed on"), null=True, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)
    next_task_end = models.DateField(_("next task end"), null=True, editable=False)
    file_prefix = models.CharField(_("file folder"), max_length=120, blank=True, editable=False)

    workflow = LIFE
    objects = ContractQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-id"]
        permissions = [
            *LIFE.permissions("contract"),
            *permissions(
                ("follow", _("Follow in the portal")),
                ("manage_team", _("Manage team")),
                ("view_tasks", _("Read all tasks")),
                ("manage_tasks", _("Manage all tasks")),
                ("view_finance", _("Read quote, deal and payments")),
                ("manage_finance", _("Manage quote, deal and payments")),
                ("view_audit", _("Read field changes")),
                ("view_team_documents", _("Read documents for the team")),
                ("view_quality_documents", _("Read documents for quality")),
                ("view_procurement_documents", _("Read documents for procurement")),
                ("view_finance_documents", _("Read documents for sales and finance")),
                ("manage_documents", _("Manage all documents")),
                ("publish_documents", _("Release documents to the customer")),
                ("view_procurement", _("Read all purchases")),
                ("manage_procurement", _("Manage all purchases")),
                ("view_purchase_price", _("Read purchase prices")),
                ("view_acceptance", _("Read all acceptances")),
                ("apply_acceptance", _("Apply for acceptance of the contract")),
                ("inspect", _("Decide the quality level of acceptances")),
                ("view_feedback", _("Read all feedback")),
                ("create_feedback", _("Enter feedback")),
                ("manage_feedback", _("Manage all feedback")),
                model="contract",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="contract_stage"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="contract_status"),
            models.CheckConstraint(
                condition=Q(planned_delivery__gte=models.F("signed_on")),
                name="contract_delivery_after_signing",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="contract_status_id"),
            models.Index(fields=["id", "stage"], name="contract_id_stage"),
            models.Index(fields=["stage", "planned_delivery"], name="contract_stage_due"),
            models.Index(fields=["stage", "next_task_end"], name="contract_stage_task"),
            models.Index(fields=["planned_delivery", "id"], name="contract_due_id"),
            models.Index(fields=["signed_on", "id"], name="contract_signed_id"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:detail", args=[self.pk])

    def clean(self) -> None:
        if self.signed_on and self.planned_delivery and self.planned_delivery < self.signed_on:
            raise ValidationError(
                {"planned_delivery": _("The planned delivery lies before the signing date.")}
            )
        self._clean_order()

    def _clean_order(self) -> None:
        """What happened, happened in this order; of two days that clash, the typed one is named."""
        names = ("signed_on", "released_on", "delivered_on", "confirmed_on")
        reached = [(name, day) for name in names if (day := getattr(self, name))]
        for (name, day), (then, until) in pairwise(reached):
            if day > until:
                field: Any = self._meta.get_field
                words = {"first": field(name).verbose_name, "day": day.isoformat()}
                words |= {"then": field(then).verbose_name, "until": until.isoformat()}
                text = _("“%(first)s” (%(day)s) must not be later than “%(then)s” (%(until)s).")
                raise ValidationError({name if name == "signed_on" else then: text % words})

    def frozen(self) -> str:
        if self.stage in FROZEN:
            return str(
                _("Contract %(number)s is read-only: %(stage)s.")
                % {"number": self.number, "stage": self.get_stage_display()}
            )
        return ""

    def days_late(self, today: date | None = None) -> int:
        """Calendar days past the planned delivery, else past the earliest open task's end; 0 in time."""
        if self.stage not in RUNNING:
            return 0
        return past_due(self.planned_delivery, self.next_task_end, today or timezone.localdate())

    def get_additional_data(self) -> dict[str, Any]:
        return {"contract": self.pk}


class TeamMember(Record):
    """A person's place in a contract, for one department."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="team", verbose_name=_("contract"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="memberships", verbose_name=_("department")
    )
    duty = models.CharField(_("duty"), max_length=10, choices=Duty, default=Duty.MEMBER)

    class MemberQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """Read with the contract; managed by whoever manages the team, leaders their own D. Nudged
            by the manager, by sales in the team, and by leaders of D."""
            if verb == "view":
                return Q(contract__in=Contract.objects.for_user(user).order_by().values("pk"))
            if verb == "nudge":
                return nudges_all(user, "contract") | led_by(user, "contract", "department")
            whole = Contract.objects.for_user(user, "manage_team").order_by().values("pk")
            return Q(contract__in=whole) | led_by(user, "contract", "department")

    objects = MemberQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering = ["department__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "person", "department"], name="member_once_per_department"
            ),
            models.CheckConstraint(condition=Q(duty__in=Duty.values), name="member_duty"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.department} · {self.get_duty_display()}"

    def frozen(self) -> str:
        return self.contract.frozen()


def led_by(user: User, contract: str, department: str) -> Q:
    """Rows whose (contract, department) fields name a place `user` leads or co-leads."""
    leading = TeamMember.objects.filter(
        contract=OuterRef(contract),
        department=OuterRef(department),
        person__user=user,
        duty__in=LEADING,
    )
    return Q(Exists(leading))


def nudges_all(user: User, contract: str = "pk") -> Q:
    """Rows whose contract (a look-up path) `user` manages, or is in the team of for sales: they may
    nudge everybody there, boss and administrator beside."""
    sales = TeamMember.objects.filter(
        contract=OuterRef(contract), person__user=user, department__function=Function.SALES
    )
    manager = "manager__user" if contract == "pk" else f"{contract}__manager__user"
    return Q(Exists(sales)) | Q(**{manager: user})
