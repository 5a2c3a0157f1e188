"""Remarks about a feedback: between office and customer, or among the office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.services import lock_contract
from erp.access import demand
from erp.roles import Role
from erp.workflow import create
from feedback.models import Feedback, FeedbackComment
from feedback.services.telling import tell, tell_customer

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def add_comment(feedback: Feedback, *, actor: User, text: str, visible: bool = False) -> FeedbackComment:
    """Say something about it; what the customer's people say, and what is `visible`, both sides read.

    Raises PermissionDenied, Blocked (contract read-only), ValidationError (nothing said)."""
    demand(actor, "comment", feedback)
    lock_contract(feedback.contract_id)
    if not text.strip():
        raise ValidationError({"text": _("Write the remark first.")})
    open_to_both = actor.role == Role.CUSTOMER or (visible and feedback.shared)
    comment = FeedbackComment(feedback=feedback, author=actor, text=text.strip(), visible=open_to_both)
    create(comment, actor=actor, verb="comment")
    tell("feedback_remark", feedback, actor=actor, key=f"-{comment.pk}")
    if open_to_both:
        tell_customer("feedback_answer", feedback, actor=actor, key=f"-{comment.pk}")
    return comment
