"""Customer companies. Each has one group, which carries what its people may follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction

from orgchart.models import Company, User
from orgchart.names import normal_email, pinyin_of
from orgchart.phones import normal_phone
from orgchart.services.records import add, cleaned, demand_add, edit, field_error, switch
from orgchart.services.users import switch_off

if TYPE_CHECKING:
    from collections.abc import Mapping

PINYIN = 300


@transaction.atomic
def create_company(*, actor: User | None, **fields: Any) -> Company:
    """A company with its group. Raises PermissionDenied, ValidationError."""
    demand_add(actor, Company)
    company = Company(**_normal(fields))
    company.full_clean()
    company.group = group = Group.objects.create(name="company new")
    add(company, actor=actor)
    group.name = f"company {company.pk}"
    group.save()
    return company


@transaction.atomic
def edit_company(company: Company, *, actor: User, version: int | None, **fields: Any) -> Company:
    """Raises PermissionDenied, Stale, ValidationError."""
    return edit(company, actor=actor, version=version, **_normal(fields))


@transaction.atomic
def deactivate_company(company: Company, *, actor: User, version: int | None = None) -> Company:
    """No longer offered for contracts, and its people can no longer sign in.
    Raises PermissionDenied, Stale."""
    company = switch(company, actor=actor, on=False, version=version)
    for user in User.objects.filter(company=company, is_active=True):
        switch_off(user, actor=actor)
    return company


@transaction.atomic
def activate_company(company: Company, *, actor: User, version: int | None = None) -> Company:
    """Offered again; its accounts stay off until each is reactivated. Raises PermissionDenied, Stale."""
    return switch(company, actor=actor, on=True, version=version)


def _normal(fields: Mapping[str, Any]) -> dict[str, Any]:
    fields = cleaned(dict(fields))
    if "name" in fields:
        fields["pinyin"] = pinyin_of(fields["name"], PINYIN)
    if "email" in fields:
        fields["email"] = normal_email(fields["email"])
    if "phone" in fields:
        try:
            fields["phone"] = normal_phone(fields["phone"])
        except ValidationError as wrong:
            raise field_error("phone", wrong) from None
    return fields
