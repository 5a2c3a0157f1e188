"""People who work here, with or without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erp.roles import Role
from erp.workflow import Blocked
from orgchart.models import Person
from orgchart.names import normal_email, pinyin_of
from orgchart.phones import normal_mobile
from orgchart.services.records import add, announce, cleaned, edit, field_error, switch
from orgchart.services.users import switch_off
from orgchart.states import RIGHTS_CHANGED

if TYPE_CHECKING:
    from orgchart.models import User

PINYIN = 200


@transaction.atomic
def create_person(*, actor: User | None, **fields: Any) -> Person:
    """Raises PermissionDenied, ValidationError."""
    fields = _normal(fields)
    _check(fields)
    return add(Person(**fields), actor=actor)


@transaction.atomic
def edit_person(person: Person, *, actor: User, version: int | None, **fields: Any) -> Person:
    """Linking an account gives it the person's rights in contracts, unlinking takes them.
    Raises PermissionDenied, Stale, ValidationError."""
    before = Person.objects.select_for_update().get(pk=person.pk)
    fields = _normal(fields)
    _check({n: v for n, v in fields.items() if v != getattr(before, n)})
    person = edit(person, actor=actor, version=version, **fields)
    if person.user_id != before.user_id:
        announce(RIGHTS_CHANGED, person, actor)
    return person


@transaction.atomic
def edit_contact(person: Person, *, actor: User, version: int | None, **fields: Any) -> Person:
    """One's own contact data: e-mail, mobile, WeChat, WeCom id. Raises PermissionDenied, Stale,
    ValidationError."""
    if extra := fields.keys() - {"email", "mobile", "wechat", "wecom_id"}:
        raise TypeError(f"no contact data: {extra}")
    return edit(person, actor=actor, version=version, verb="change_contact", **_normal(fields))


@transaction.atomic
def deactivate_person(person: Person, *, actor: User, version: int | None = None) -> Person:
    """Somebody left: no longer offered, sign-in off at once. Places and tasks in contracts stay until
    a successor is named. Raises PermissionDenied, Stale, Blocked (last administrator, oneself)."""
    person = switch(person, actor=actor, on=False, version=version)
    if person.user and person.user.is_active:
        switch_off(person.user, actor=actor)
    return person


@transaction.atomic
def activate_person(person: Person, *, actor: User, version: int | None = None) -> Person:
    """Back again; the account stays off until it is reactivated. Raises PermissionDenied, Stale,
    Blocked (department not active)."""
    if not person.department.active:
        raise Blocked(_("%(record)s is no longer active.") % {"record": person.department})
    return switch(person, actor=actor, on=True, version=version)


def _check(fields: dict[str, Any]) -> None:
    department, user = fields.get("department"), fields.get("user")
    if department is not None and not department.active:
        raise ValidationError({"department": _("%(record)s is no longer active.") % {"record": department}})
    if user is not None and user.role == Role.CUSTOMER:
        raise ValidationError({"user": _("Customers are no people of ours.")})


def _normal(fields: dict[str, Any]) -> dict[str, Any]:
    fields = cleaned(fields)
    if "name" in fields:
        fields["pinyin"] = pinyin_of(fields["name"], PINYIN)
    if "email" in fields:
        fields["email"] = normal_email(fields["email"])
    if "mobile" in fields:
        try:
            fields["mobile"] = normal_mobile(fields["mobile"])
        except ValidationError as wrong:
            raise field_error("mobile", wrong) from None
    return fields
