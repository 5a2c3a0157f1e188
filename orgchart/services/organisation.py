"""Our own company, and which department function holds which right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erp.roles import FUNCTION_VERB_CHOICES, REACH_ALL, Function
from erp.workflow import Blocked, create, remove
from orgchart.models import FunctionRight, Organisation
from orgchart.phones import normal_phone
from orgchart.services.records import add, announce, cleaned, edit, field_error
from orgchart.states import RIGHTS_CHANGED

if TYPE_CHECKING:
    from orgchart.models import User

Right = tuple[str, str]  # function, verb


@transaction.atomic
def create_organisation(*, actor: User | None, **fields: Any) -> Organisation:
    """Our row, once. Raises PermissionDenied, ValidationError, Blocked when there is one."""
    if Organisation.objects.exists():
        raise Blocked(_("There is one organisation already."))
    return add(Organisation(**_normal(fields)), actor=actor)


@transaction.atomic
def edit_organisation(
    organisation: Organisation, *, actor: User, version: int | None, **fields: Any
) -> Organisation:
    """The finance switch changes every project manager's rights at once.
    Raises PermissionDenied, Stale, ValidationError."""
    before = Organisation.objects.select_for_update().get(pk=organisation.pk)
    organisation = edit(organisation, actor=actor, version=version, **_normal(fields))
    if organisation.manager_sees_finance != before.manager_sees_finance:
        announce(RIGHTS_CHANGED, organisation, actor)
    return organisation


def function_rights() -> set[Right]:
    return set(FunctionRight.objects.values_list("function", "verb"))


@transaction.atomic
def set_function_rights(
    wanted: Iterable[Right], *, actor: User, seen: Iterable[Right] | None = None
) -> set[Right]:
    """Make the table exactly `wanted`; returns what changed. `seen` is what the editor was looking at.

    Raises PermissionDenied, ValidationError (no such function or right), Blocked (somebody else
    changed the table meanwhile)."""
    if actor.role not in REACH_ALL or not actor.is_active:
        raise PermissionDenied("may not edit function rights")
    wanted = set(wanted)
    known = {(f, v) for f in Function.values for v, _label in FUNCTION_VERB_CHOICES}
    if wanted - known:
        raise ValidationError(_("There is no such right."))
    rows = {(r.function, r.verb): r for r in FunctionRight.objects.select_for_update()}
    if seen is not None and set(seen) != rows.keys():
        raise Blocked(_("Somebody else changed these rights meanwhile. Look at them again, then save."))
    for right in sorted(rows.keys() - wanted):
        remove(rows[right], actor=actor)
    for function, verb in sorted(wanted - rows.keys()):
        create(FunctionRight(function=function, verb=verb), actor=actor)
    changed = wanted ^ rows.keys()
    if changed:
        announce(RIGHTS_CHANGED, FunctionRight(function="", verb=""), actor)
    return changed


def _normal(fields: dict[str, Any]) -> dict[str, Any]:
    fields = cleaned(fields)
    if "phone" in fields:
        try:
            fields["phone"] = normal_phone(fields["phone"])
        except ValidationError as wrong:
            raise field_error("phone", wrong) from None
    return fields
