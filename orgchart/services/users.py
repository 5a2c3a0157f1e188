"""Accounts: who may sign in, as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from erp.access import demand
from erp.audit import acting_as
from erp.audit.services import record
from erp.roles import Role
from erp.workflow import Blocked, change
from orgchart.models import User
from orgchart.names import normal_email, normal_username
from orgchart.services.records import add, announce, cleaned, demand_add, edit, field_error, switch
from orgchart.states import PASSWORD_RESET, RIGHTS_CHANGED, ROLE_CHANGED

if TYPE_CHECKING:
    from orgchart.models import Person


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    username: str,
    password: str | None = None,
    encoded: str = "",
    person: Person | None = None,
    **fields: Any,
) -> User:
    """An account with `password`, or with an `encoded` one, or without (nobody can sign in with it
    yet); `person` is who it belongs to. Raises PermissionDenied, ValidationError."""
    demand_add(actor, User)
    user = User(**_normal({"name": person.name if person else "", **fields, "username": username}))
    _check_names(user.pk, user.username, user.email)
    _check_place(user)
    if encoded:
        user.password = encoded
    else:
        _set_password(user, password)
    add(user, actor=actor)
    _join_group(user)
    if person is not None:
        _link(person, user, actor)
    return user


@transaction.atomic
def edit_user(user: User, *, actor: User, version: int | None, **fields: Any) -> User:
    """Another role or company ends the account's sessions. Raises PermissionDenied, Stale,
    ValidationError, Blocked (last administrator)."""
    before = User.objects.select_for_update().get(pk=user.pk)
    fields = _normal(fields)
    _check_names(user.pk, fields.get("username", user.username), fields.get("email", before.email))
    if before.is_staff and fields.get("role", before.role) != Role.ADMIN:
        _keep_an_admin(before)
    user = edit(user, actor=actor, version=version, **fields)
    moved = user.company_id != before.company_id
    if moved or user.role != before.role:
        _check_place(user)
        _join_group(user)
        end_epoch(user)
    if moved:
        announce(RIGHTS_CHANGED, user, actor)
    if user.role != before.role:
        announce(ROLE_CHANGED, user, actor)
    return user


@transaction.atomic
def edit_own_email(user: User, *, actor: User, version: int | None, email: str) -> User:
    """Raises PermissionDenied, Stale, ValidationError."""
    email = normal_email(email)
    _check_names(user.pk, user.username, email)
    return edit(user, actor=actor, version=version, verb="change_contact", email=email)


@transaction.atomic
def deactivate_user(user: User, *, actor: User, version: int | None = None) -> User:
    """Sign-in off; running sessions end with their next request. Raises PermissionDenied, Stale,
    Blocked (oneself, the last administrator)."""
    return switch_off(user, actor=actor, version=version)


def switch_off(user: User, *, actor: User, version: int | None = None) -> User:
    """The inside of `deactivate_user`, also for people who left and companies given up."""
    if actor.pk == user.pk:
        raise Blocked(_("You cannot deactivate your own account."))
    if user.is_staff:
        _keep_an_admin(user)
    user = switch(user, actor=actor, on=False, version=version, field="is_active")
    end_epoch(user)
    return user


@transaction.atomic
def activate_user(user: User, *, actor: User, version: int | None = None) -> User:
    """Raises PermissionDenied, Stale, Blocked (person or company not active)."""
    owner = user.company or getattr(user, "person", None)
    if owner is not None and not owner.active:
        raise Blocked(_("%(record)s is no longer active.") % {"record": owner})
    return switch(user, actor=actor, on=True, version=version, field="is_active")


@transaction.atomic
def set_password(user: User, *, actor: User, password: str) -> User:
    """Give somebody a new password; all their sessions end. Raises PermissionDenied, ValidationError."""
    demand(actor, "change", user)
    user = User.objects.select_for_update().get(pk=user.pk)
    _set_password(user, password)
    _store_password(user, actor, "reset_password")
    announce(PASSWORD_RESET, user, actor)
    return user


@transaction.atomic
def change_password(user: User, *, actor: User, old: str, new: str) -> User:
    """One's own password; other sessions end. Raises PermissionDenied, ValidationError."""
    demand(actor, "change_password", user)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(old):
        raise ValidationError({"old": _("This is not your password.")})
    try:
        _set_password(user, new)
    except ValidationError as wrong:
        raise ValidationError({"new": wrong.error_dict["password"]}) from None
    _store_password(user, actor, "change_password")
    return user


@transaction.atomic
def end_sessions(user: User, *, actor: User) -> User:
    """End every session of an account; the caller keeps the one it speaks from.
    Raises PermissionDenied."""
    demand(actor, "end_sessions", user)
    end_epoch(user)
    with acting_as(actor):
        record("end_sessions", user)
    return user


def end_epoch(user: User) -> None:
    User.objects.filter(pk=user.pk).update(epoch=F("epoch") + 1)
    user.refresh_from_db(fields=["epoch"])


def _set_password(user: User, password: str | None) -> None:
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as wrong:
            raise field_error("password", wrong) from None
    user.set_password(password)


def _store_password(user: User, actor: User, verb: str) -> None:
    """Passwords are in no history and no log; that one was set is."""
    User.objects.filter(pk=user.pk).update(password=user.password)
    end_epoch(user)
    with acting_as(actor):
        record(verb, user)


def _check_names(pk: int | None, username: str, email: str) -> None:
    """Both sign in, so none may be the other of somebody else."""
    others = User.objects.exclude(pk=pk)
    if email and others.filter(username=email).exists():
        raise ValidationError({"email": _("This is somebody's user name.")})
    if "@" in username and others.filter(email=username).exists():
        raise ValidationError({"username": _("This is somebody's e-mail address.")})


def _check_place(user: User) -> None:
    if user.company is not None and not user.company.active:
        raise ValidationError({"company": _("%(record)s is no longer active.") % {"record": user.company}})
    if user.pk and user.role == Role.CUSTOMER and hasattr(user, "person"):
        raise ValidationError({"role": _("This account belongs to one of our people: unlink it first.")})


def _join_group(user: User) -> None:
    group = user.company.group if user.company else None
    user.groups.set([group] if group else [])


def _keep_an_admin(user: User) -> None:
    """Raises Blocked when `user` is the last administrator who can sign in."""
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if not set(admins.values_list("pk", flat=True)) - {user.pk}:
        raise Blocked(_("This is the last administrator: name another one first."))


def _link(person: Person, user: User, actor: User | None) -> None:
    if user.role == Role.CUSTOMER:
        raise ValidationError({"person": _("Customers are no people of ours.")})
    if person.user_id:
        raise ValidationError({"person": _("%(person)s has an account already.") % {"person": person}})
    person = change(person, actor=actor or user, right="view", verb="link_account", user=user)
    announce(RIGHTS_CHANGED, person, actor)


def _normal(fields: dict[str, Any]) -> dict[str, Any]:
    fields = cleaned(fields)
    if "username" in fields:
        fields["username"] = normal_username(fields["username"])
    if "email" in fields:
        fields["email"] = normal_email(fields["email"])
    return fields
