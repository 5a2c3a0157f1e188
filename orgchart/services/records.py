"""What every write to the organisation has in common: rights, checks, telling the apps above."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from erp.access import demand
from erp.audit import acting_as
from erp.models import Record
from erp.roles import REACH_ALL
from erp.workflow import Transition, advanced, change, create
from orgchart.models import Company, sells
from orgchart.names import clean_line

if TYPE_CHECKING:
    from orgchart.models import User

R = TypeVar("R", bound=Record)


def may_add(user: User, model: type[models.Model]) -> bool:
    """Boss and admin add anything, sales also customer companies."""
    if not user.is_active:
        return False
    return user.role in REACH_ALL or (model is Company and sells(user))


def demand_add(actor: User | None, model: type[models.Model]) -> None:
    """`actor` None is the system itself (first administrator, demo). Raises PermissionDenied."""
    if actor is not None and not may_add(actor, model):
        raise PermissionDenied(f"{actor.pk} may not add {model._meta.label}")


def add(obj: R, *, actor: User | None) -> R:
    """Insert a checked record. Raises PermissionDenied, ValidationError."""
    demand_add(actor, type(obj))
    obj.full_clean()
    return create(obj, actor=actor)


def edit(obj: R, *, actor: User, version: int | None, verb: str = "change", **fields: Any) -> R:
    """Change checked fields. Raises PermissionDenied, Stale, ValidationError."""
    demand(actor, verb, obj)
    probe: Any = copy(obj)
    for name, value in fields.items():
        setattr(probe, name, value)
    probe.full_clean(exclude={field.name for field in obj._meta.fields} - fields.keys())
    return change(obj, actor=actor, verb=verb, version=version, **fields)


def switch(obj: R, *, actor: User, on: bool, version: int | None = None, field: str = "active") -> R:
    """Activate or deactivate. Raises PermissionDenied, Stale."""
    verb = "activate" if on else "deactivate"
    moved: dict[str, Any] = {field: on}
    return change(obj, actor=actor, verb=verb, version=version, **moved)


def cleaned(fields: dict[str, Any]) -> dict[str, Any]:
    """Every text as it is stored; notes keep their lines."""
    return {
        name: clean_line(value) if isinstance(value, str) and name != "notes" else value
        for name, value in fields.items()
    }


def field_error(name: str, error: ValidationError) -> ValidationError:
    return ValidationError({name: error})


def announce(step: Transition, obj: Record, actor: User | None) -> None:
    """Send `advanced` for a deed that is no state machine."""
    with acting_as(actor, verb=step.verb):
        advanced.send(sender=type(obj), obj=obj, transition=step, actor=actor)
