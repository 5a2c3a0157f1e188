"""Checklists as they are before anybody ticks them: which items a level of an acceptance asks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from acceptance.states import Kind, Level, Scope
from erp.access import NOBODY, ScopedQuerySet
from erp.models import Record
from erp.roles import Function, Role
from orgchart.models import Department, Person

if TYPE_CHECKING:
    from orgchart.models import User

#: A checklist has at most so many items, and their texts are so long.
MOST_ITEMS, LONGEST_TEXT, LONGEST_HINT = 100, 200, 300


@dataclass(frozen=True, slots=True)
class Check:
    """One item of a checklist. `needs_evidence`: a photo or document belongs to its result;
    `mandatory`: the level cannot be passed without it."""

    text: str
    hint: str = ""
    needs_evidence: bool = False
    mandatory: bool = True


class Readable(json.JSONEncoder):
    """Chinese stays Chinese, so that the log of a changed list can be read."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{**how, "ensure_ascii": False})


class ChecklistQuerySet(ScopedQuerySet[Any]):
    """Read by everybody in the office; kept by boss, administrator and leaders of quality departments."""

    def within(self, user: User, verb: str) -> Q:
        if user.role == Role.CUSTOMER:
            return NOBODY
        return Q() if verb == "view" or leads_quality(user) else NOBODY

    def active(self) -> ChecklistQuerySet:
        return self.filter(active=True)

    def fitting(
        self, scope: str, level: int, *, department: Department | None = None, kind: str = ""
    ) -> ChecklistTemplate | None:
        """The most specific active template of a step: of its department, else of the department's
        function, else of all; for contracts of its kind, else of any kind."""
        rows = self.active().filter(scope=scope, level=level, kind__in={"", kind})
        if department is None:
            rows = rows.filter(department=None, function="")
        else:
            rows = rows.filter(
                Q(department=department) | Q(department=None, function__in={"", department.function})
            )
        return max(rows, key=ChecklistTemplate.weight, default=None)


class ChecklistTemplate(Record):
    """What a level checks: items in order. A round copies them when it opens, so changing a template
    never changes what was checked."""

    name = models.CharField(_("name"), max_length=80)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.TASK)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, default=Level.SELF)
    kind = models.CharField(_("kind of acceptance"), max_length=10, choices=Kind, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="checklist_templates",
        verbose_name=_("department"),
    )
    function = models.CharField(_("function"), max_length=20, choices=Function, blank=True)
    items = models.JSONField(_("check items"), default=list, encoder=Readable)
    active = models.BooleanField(_("active"), default=True, editable=False)

    objects = ChecklistQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("checklist template")
        verbose_name_plural = _("checklist templates")
        ordering = ["-active", "scope", "level", "kind", "department", "function", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="checklist_scope"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="checklist_level"),
            models.CheckConstraint(condition=Q(kind__in=["", *Kind.values]), name="checklist_kind"),
            models.CheckConstraint(
                condition=Q(function__in=["", *Function.values]), name="checklist_function"
            ),
            models.UniqueConstraint(
                fields=["scope", "level", "kind", "department"],
                condition=Q(active=True, department__isnull=False),
                name="checklist_of_department_once",
            ),
            models.UniqueConstraint(
                fields=["scope", "level", "kind", "function"],
                condition=Q(active=True, department__isnull=True),
                name="checklist_of_function_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("acceptance:checklist", args=[self.pk])

    def weight(self) -> tuple[bool, bool, bool]:
        """How specific it is: more is preferred."""
        return (self.department_id is not None, bool(self.function), bool(self.kind))

    @property
    def checks(self) -> list[Check]:
        return [Check(**item) for item in self.items]

    def clean(self) -> None:
        """Departments belong to tasks, kinds to contracts, and of one place there is one active list."""
        if self.scope == Scope.CONTRACT and (self.department_id or self.function):
            raise ValidationError({"department": _("The contract as a whole has no department.")})
        if self.scope == Scope.TASK and self.kind:
            raise ValidationError({"kind": _("Only acceptances of the contract have a kind.")})
        if self.department_id and self.function:
            raise ValidationError({"function": _("Choose a department or a function, not both.")})
        place = {name: getattr(self, name) for name in ("scope", "level", "kind", "department", "function")}
        other = ChecklistTemplate.objects.active().filter(**place).exclude(pk=self.pk).first()
        if self.active and other:
            text = _("“%(name)s” is in use for the same level. Switch it off first.") % {"name": other}
            raise ValidationError(text)

    def get_additional_data(self) -> dict[str, Any]:
        """A template is of the whole site: its department says whom it is for, not whose it is."""
        return {}

    def size(self) -> str:
        n = len(self.items)
        return ngettext("%(n)s item", "%(n)s items", n) % {"n": n}


def leads_quality(user: User) -> bool:
    """Whether `user` leads people of an active quality department."""
    return (
        bool(user.is_active)
        and user.role == Role.LEADER
        and Person.objects.filter(
            user=user, active=True, department__function=Function.QUALITY, department__active=True
        ).exists()
    )


def checks_for(
    scope: str, level: int, *, department: Department | None = None, kind: str = ""
) -> list[Check]:
    """The items of a step as a round takes them over when it opens; none where no template fits."""
    found = ChecklistTemplate.objects.fitting(scope, level, department=department, kind=kind)
    return found.checks if found else []


def stored(checks: list[Check]) -> list[dict[str, Any]]:
    """Items as a template keeps them."""
    return [asdict(check) for check in checks]
