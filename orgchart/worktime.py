"""When we work: weekly patterns, special days and leave. `orgchart.calendars` makes calendars of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from erp.access import NOBODY, ScopedQuerySet
from erp.dates import FIRST_DAY, LAST_DAY, short_day
from erp.models import Record
from erp.roles import Role
from erp.workdays import slot_of

if TYPE_CHECKING:
    from orgchart.models import User

#: Longer than this nobody is on leave: whoever is gone for good is deactivated.
LONGEST_LEAVE = 1096
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def led_by(user: User, department: str) -> Q:
    """Rows whose department (a look-up path) `user` leads as a department leader."""
    if user.role != Role.LEADER:
        return NOBODY
    return Q(**{f"{department}__leader__user": user, f"{department}__active": True})


class CalendarQuerySet(ScopedQuerySet[Any]):
    """Read by everybody in the office. The site's is written by boss and admin, a department's also by
    its leader."""

    def within(self, user: User, verb: str) -> Q:
        if user.role == Role.CUSTOMER:
            return NOBODY
        return Q() if verb == "view" else led_by(user, "department")


class LeaveQuerySet(ScopedQuerySet["Leave"]):
    """Nobody's business but the person's own, their department leader's, and boss and admin's."""

    def within(self, user: User, verb: str) -> Q:
        led = led_by(user, "person__department")
        return led | Q(person__user=user) if verb == "view" else led


def _day_field(label: Any) -> models.DateField[Any, Any]:
    return models.DateField(label, validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)])


class WorkWeek(Record):
    """Which weekdays are worked, in a department or (without one) on the whole site."""

    department = models.OneToOneField(
        "orgchart.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="work_week",
        verbose_name=_("department"),
    )
    #: The department's key, 0 for the site: unique also where null would not be.
    place = models.BigIntegerField(_("key of the place"), unique=True, default=0, editable=False)
    monday = models.BooleanField(_("Monday"), default=True)
    tuesday = models.BooleanField(_("Tuesday"), default=True)
    wednesday = models.BooleanField(_("Wednesday"), default=True)
    thursday = models.BooleanField(_("Thursday"), default=True)
    friday = models.BooleanField(_("Friday"), default=True)
    saturday = models.BooleanField(_("Saturday"), default=False)
    sunday = models.BooleanField(_("Sunday"), default=False)

    objects = CalendarQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("work week")
        verbose_name_plural = _("work weeks")
        ordering = ["place"]
        constraints = [
            models.CheckConstraint(
                condition=Q(department__isnull=True, place=0) | Q(department=F("place")),
                name="work_week_place",
            ),
            models.CheckConstraint(
                condition=Q(monday=True)
                | Q(tuesday=True)
                | Q(wednesday=True)
                | Q(thursday=True)
                | Q(friday=True)
                | Q(saturday=True)
                | Q(sunday=True),
                name="work_week_works",
                violation_error_message=_("Choose at least one weekday that is worked."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.department or _("Whole company"))

    @property
    def worked(self) -> frozenset[int]:
        """The weekdays worked; Monday is 0."""
        return frozenset(number for number, name in enumerate(WEEKDAYS) if getattr(self, name))


class CalendarDay(Record):
    """A day that differs from the weekly pattern and the public holidays: off, or worked."""

    department = models.ForeignKey(
        "orgchart.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="calendar_days",
        verbose_name=_("department"),
    )
    day = _day_field(_("day"))
    working = models.BooleanField(_("worked"), default=False)
    announced = models.BooleanField(
        _("officially announced"),
        default=False,
        help_text=_("From the State Council's list. With it the year counts as known."),
    )
    name = models.CharField(_("name"), max_length=60, blank=True)

    objects = CalendarQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "day"],
                condition=Q(department__isnull=False),
                name="calendar_day_once",
                violation_error_message=_("This day has an entry already."),
            ),
            models.UniqueConstraint(
                fields=["day"],
                condition=Q(department__isnull=True),
                name="calendar_day_of_site_once",
                violation_error_message=_("This day has an entry already."),
            ),
        ]

    def __str__(self) -> str:
        kind = _("Make-up workday") if self.working else _("Day off")
        return f"{short_day(self.day)} {self.name or kind}"


class Leave(Record):
    """Somebody is away, from the morning (or afternoon) of the first day to the evening (or noon) of
    the last."""

    person = models.ForeignKey(
        "orgchart.Person", models.PROTECT, related_name="leave", verbose_name=_("person")
    )
    first = _day_field(_("first day"))
    begins_afternoon = models.BooleanField(_("begins in the afternoon"), default=False)
    last = _day_field(_("last day"))
    ends_noon = models.BooleanField(_("ends at noon"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("leave")
        verbose_name_plural = _("leave")
        ordering = ["first", "id"]
        indexes = [models.Index(fields=["last", "id"], name="leave_last")]
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="leave_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(last__gt=F("first")) | Q(begins_afternoon=False) | Q(ends_noon=False),
                name="leave_is_not_empty",
                violation_error_message=_("Leave from noon to noon of one day is none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {short_day(self.first)} – {short_day(self.last)}"

    @property
    def slots(self) -> range:
        """The half-days of it, as `erp.workdays` counts them."""
        return range(
            slot_of(self.first, afternoon=self.begins_afternoon), slot_of(self.last) + 2 - self.ends_noon
        )

    def clean(self) -> None:
        """Not endless, and not twice at the same time."""
        if not (self.first and self.last and self.person_id):
            return
        if (self.last - self.first).days >= LONGEST_LEAVE:
            raise ValidationError({"last": _("Leave ends within three years.")})
        mine = set(self.slots)
        others = Leave.objects.filter(person=self.person_id, first__lte=self.last, last__gte=self.first)
        for other in others.exclude(pk=self.pk):
            if not mine.isdisjoint(other.slots):
                text = _("On leave already from %(first)s to %(last)s.")
                days = {"first": short_day(other.first), "last": short_day(other.last)}
                raise ValidationError(text, params=days)

    def get_additional_data(self) -> dict[str, Any]:
        return {"department": self.person.department_id}
