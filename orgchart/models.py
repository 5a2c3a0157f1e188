"""Who we are and whom we work for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, Group, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from erp.access import ScopedQuerySet
from erp.models import Record
from erp.roles import FUNCTION_VERB_CHOICES, Function, Role
from orgchart.managers import UserManager
from orgchart.worktime import CalendarDay, Leave, WorkWeek

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "CalendarDay",
    "Company",
    "Department",
    "FunctionRight",
    "Leave",
    "Organisation",
    "Person",
    "SignInThrottle",
    "User",
    "WorkWeek",
]


class OrgQuerySet(ScopedQuerySet[Any]):
    """The organisation is read by everybody in the office and written by boss and admin."""

    def within(self, user: User, verb: str) -> Q:
        return Q() if verb == "view" and user.role != Role.CUSTOMER else super().within(user, verb)

    def active(self) -> OrgQuerySet:
        return self.filter(active=True)


class PersonQuerySet(OrgQuerySet):
    def within(self, user: User, verb: str) -> Q:
        """Everybody keeps their own contact data."""
        return Q(user=user) if verb == "change_contact" else super().within(user, verb)


class CompanyQuerySet(OrgQuerySet):
    def within(self, user: User, verb: str) -> Q:
        """Sales keeps the customers: a new contract often brings a new company."""
        if verb in ("add", "change") and sells(user):
            return Q()
        return super().within(user, verb)


#: What everybody may do to their own account.
OWN_ACCOUNT_VERBS = frozenset({"view", "change_contact", "change_password", "end_sessions"})


class UserQuerySet(ScopedQuerySet["User"]):
    def within(self, user: User, verb: str) -> Q:
        """Everybody sees and keeps their own account."""
        return Q(pk=user.pk) if verb in OWN_ACCOUNT_VERBS else super().within(user, verb)


def sells(user: User) -> bool:
    """Whether `user` is an active person of an active sales department."""
    return Person.objects.filter(
        user=user, active=True, department__function=Function.SALES, department__active=True
    ).exists()


class Organisation(Record):
    """Our own company: one row."""

    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    manager_sees_finance = models.BooleanField(_("project managers see quote and payments"), default=False)

    objects = OrgQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("organisation")
        verbose_name_plural = _("organisation")

    def __str__(self) -> str:
        return self.short_name or self.name


class Department(Record):
    name = models.CharField(_("name"), max_length=60, unique=True)
    function = models.CharField(_("function"), max_length=20, choices=Function, default=Function.OTHER)
    leader = models.ForeignKey(
        "orgchart.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="led_departments",
        verbose_name=_("leader"),
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    hourly_rate = models.DecimalField(
        _("hourly rate"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What an hour of its people costs, in CNY. Seen by boss and administrators only."),
    )
    active = models.BooleanField(_("active"), default=True)

    objects = OrgQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(function__in=Function.values), name="department_function")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A department never belongs to itself, however far up."""
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError({"parent": _("A department cannot belong to itself.")})
            seen.add(above.pk)
            above = above.parent

    def get_additional_data(self) -> dict[str, Any]:
        return {"department": self.pk}


class Person(Record):
    """Somebody who works here, with or without an account."""

    name = models.CharField(_("full name"), max_length=60)
    pinyin = models.CharField(_("pinyin"), max_length=200, blank=True, editable=False)
    user = models.OneToOneField(
        "orgchart.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("user"),
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="people", verbose_name=_("department")
    )
    position = models.CharField(_("position"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    wecom_id = models.CharField(_("WeCom id"), max_length=64, blank=True)
    active = models.BooleanField(_("active"), default=True)

    objects = PersonQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["pinyin", "id"]

    def __str__(self) -> str:
        return self.name


class Company(Record):
    """A customer company. Its users share one group, which holds the portal's grants."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    pinyin = models.CharField(_("pinyin"), max_length=300, blank=True, editable=False)
    contact = models.CharField(_("contact"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    group = models.OneToOneField(
        Group,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="company",
        verbose_name=_("group of rights"),
    )

    objects = CompanyQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer company")
        verbose_name_plural = _("customer companies")
        ordering = ["pinyin", "id"]
        indexes = [models.Index(fields=["pinyin", "id"], name="company_pinyin")]

    def __str__(self) -> str:
        return self.short_name or self.name


class User(Record, AbstractBaseUser, PermissionsMixin):
    """An account. What it may do follows from `role`, team membership and department function."""

    username = models.CharField(
        _("user name"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()]
    )
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("full name"), max_length=60, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STAFF)
    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("customer company"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    epoch = models.PositiveIntegerField(
        _("round of sessions"),
        default=0,
        editable=False,
        help_text="Raised to end every session of this account.",
    )
    last_login: datetime | None

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(email__gt=""),
                name="user_email_once",
                violation_error_code="unique",  # puts the sentence on the field
                violation_error_message=_("This e-mail address cannot be used here. Enter another one."),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role"),
            models.CheckConstraint(
                condition=Q(role=Role.CUSTOMER, company__isnull=False)
                | Q(role__in=[r for r in Role.values if r != Role.CUSTOMER], company__isnull=True),
                name="customers_have_a_company",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_staff(self) -> bool:
        """Administrators, and only they, use the back office."""
        return self.role == Role.ADMIN

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Sessions hold as long as the password and the epoch stay."""
        return salted_hmac(
            "orgchart.session", f"{self.password}|{self.epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def clean(self) -> None:
        if (self.role == Role.CUSTOMER) != (self.company_id is not None):
            raise ValidationError({"company": _("Customers need a company, and only customers have one.")})

    def get_additional_data(self) -> dict[str, Any]:
        return {}


class FunctionRight(Record):
    """A contract verb that people of departments with a function hold in their team's contracts."""

    function = models.CharField(_("function"), max_length=20, choices=Function)
    verb = models.CharField(_("right"), max_length=30, choices=FUNCTION_VERB_CHOICES)

    objects = OrgQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("function right")
        verbose_name_plural = _("function rights")
        ordering = ["function", "verb"]
        constraints = [models.UniqueConstraint(fields=["function", "verb"], name="function_right_once")]

    def __str__(self) -> str:
        return f"{self.get_function_display()}: {self.get_verb_display()}"


class SignInThrottle(models.Model):
    """Failed sign-ins of one account from one address, or of one address; see `throttle`."""

    key = models.CharField(max_length=120, unique=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField(help_text="No attempt is looked at before.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key}: {self.failures}"
