"""Departments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from erp.workflow import Blocked
from orgchart.models import Department
from orgchart.services.records import add, announce, cleaned, edit, switch
from orgchart.states import LEADER_NAMED, RIGHTS_CHANGED

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def create_department(*, actor: User | None, **fields: Any) -> Department:
    """Raises PermissionDenied, ValidationError, Blocked (leader or parent not active)."""
    department = Department(**cleaned(fields))
    _must_be_active(department.parent, department.leader)
    add(department, actor=actor)
    if department.leader:
        announce(LEADER_NAMED, department, actor)
    return department


@transaction.atomic
def edit_department(department: Department, *, actor: User, version: int | None, **fields: Any) -> Department:
    """Another function changes what its people may do. Raises PermissionDenied, Stale,
    ValidationError, Blocked (leader or parent not active)."""
    before = Department.objects.select_for_update().get(pk=department.pk)
    fields = cleaned(fields)
    moved = [fields[n] for n in ("parent", "leader") if n in fields and fields[n] != getattr(before, n)]
    _must_be_active(*moved)
    department = edit(department, actor=actor, version=version, **fields)
    if department.function != before.function:
        announce(RIGHTS_CHANGED, department, actor)
    if department.leader_id and department.leader_id != before.leader_id:
        announce(LEADER_NAMED, department, actor)
    return department


@transaction.atomic
def deactivate_department(department: Department, *, actor: User, version: int | None = None) -> Department:
    """No longer offered; its places in contracts stay. Raises Blocked while active people or
    departments belong to it, PermissionDenied, Stale."""
    department = switch(department, actor=actor, on=False, version=version)
    people = department.people.filter(active=True).count()
    if people:
        raise Blocked(
            ngettext(
                "%(n)s active person belongs to this department: move them first.",
                "%(n)s active people belong to this department: move them first.",
                people,
            )
            % {"n": people}
        )
    if department.children.filter(active=True).exists():
        raise Blocked(_("Active departments belong to this one: move them first."))
    return department


@transaction.atomic
def activate_department(department: Department, *, actor: User, version: int | None = None) -> Department:
    """Raises Blocked while the department above is not active, PermissionDenied, Stale."""
    _must_be_active(department.parent)
    return switch(department, actor=actor, on=True, version=version)


def _must_be_active(*records: Any) -> None:
    for record in records:
        if record is not None and not record.active:
            raise Blocked(_("%(record)s is no longer active.") % {"record": record})
