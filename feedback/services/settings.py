"""The feedback rules of this site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from erp import memory
from erp.roles import REACH_ALL
from erp.workflow import change, create
from feedback.models import FeedbackRules

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def save_rules(*, actor: User, version: int | None, **fields: Any) -> FeedbackRules:
    """Keep how fast this site answers; what is entered from now on is due by it.

    Raises PermissionDenied, Stale, ValidationError."""
    if not actor.is_active or actor.role not in REACH_ALL:
        raise PermissionDenied("only boss and admin keep the feedback rules")
    row = FeedbackRules.objects.order_by("pk").first()
    made = row or FeedbackRules()
    for name, value in fields.items():
        setattr(made, name, value)
    made.full_clean()
    if row:
        saved = change(FeedbackRules(pk=row.pk), actor=actor, version=version, **fields)
    else:
        saved = create(made, actor=actor)
    memory.forget()
    return saved
