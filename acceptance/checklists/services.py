"""Every write of checklist templates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from acceptance.checklists.standard import STANDARD, Standard
from acceptance.models.templates import MOST_ITEMS, Check, ChecklistTemplate, leads_quality, stored
from erp.roles import REACH_ALL
from erp.workflow import Blocked, change, create

if TYPE_CHECKING:
    from orgchart.models import User


def may_keep(user: User) -> bool:
    """Boss, administrator and leaders of quality departments keep the templates."""
    return bool(user.is_active) and (user.role in REACH_ALL or leads_quality(user))


def _checked(checks: list[Check]) -> list[dict[str, Any]]:
    if not 0 < len(checks) <= MOST_ITEMS:
        raise Blocked(_("A checklist has 1 to %(most)s items.") % {"most": MOST_ITEMS})
    texts = [check.text for check in checks]
    if twice := next((text for text in texts if texts.count(text) > 1), ""):
        raise Blocked(_("“%(text)s” is on the checklist twice.") % {"text": twice})
    return stored(checks)


@contextmanager
def _one_of_a_place() -> Iterator[None]:
    """Whoever is a moment late is told, as if the other list had been there before."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as clash:
        raise Blocked(_("Another checklist for the same level was saved a moment ago.")) from clash


@transaction.atomic
def make_checklist(*, actor: User, checks: list[Check], **fields: Any) -> ChecklistTemplate:
    """Raises PermissionDenied, Blocked (no items, too many), ValidationError (its place is taken)."""
    if not may_keep(actor):
        raise PermissionDenied("may not keep checklist templates")
    template = ChecklistTemplate(**fields, items=_checked(checks))
    with _one_of_a_place():
        return create(template, actor=actor, verb="make_checklist")


def edit_checklist(
    template: ChecklistTemplate,
    *,
    actor: User,
    checks: list[Check],
    version: int | None = None,
    **fields: Any,
) -> ChecklistTemplate:
    """Change a template; rounds that are open keep their items.

    Raises PermissionDenied, Blocked, Stale, ValidationError."""
    fields["items"] = _checked(checks)
    with _one_of_a_place():
        return change(template, actor=actor, verb="edit_checklist", right="change", version=version, **fields)


def set_active(template: ChecklistTemplate, *, actor: User, active: bool) -> ChecklistTemplate:
    """Switch a template off or on again; nothing is deleted.

    Raises PermissionDenied, Blocked, ValidationError (another one took its place)."""
    verb = "activate" if active else "deactivate"
    with _one_of_a_place():
        return change(template, actor=actor, verb=verb, right="change", active=active)


@transaction.atomic
def take_standard(*, actor: User) -> list[ChecklistTemplate]:
    """Make the standard checklists where their place is free: a start for a new site.

    Raises PermissionDenied."""
    return [
        make_checklist(actor=actor, checks=list(sheet.checks), **sheet.place) for sheet in standard_left()
    ]


def standard_left() -> list[Standard]:
    """The standard checklists whose place is free."""
    rows = ChecklistTemplate.objects.active().filter(department=None)
    taken = set(rows.order_by().values_list("scope", "level", "kind", "function"))
    return [sheet for sheet in STANDARD if sheet.key not in taken]
