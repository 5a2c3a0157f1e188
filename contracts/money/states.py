"""What payments hang on, what they are for, and the life of a receipt."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.workflow import Transition, Workflow


class Kind(models.TextChoices):
    """What a part of the deal is for."""

    DEPOSIT = "deposit", _("Advance payment")
    PROGRESS = "progress", _("Progress payment")
    SHIPMENT = "shipment", _("Payment on delivery")
    ACCEPTANCE = "acceptance", _("Payment on acceptance")
    RETENTION = "retention", _("Retention")
    OTHER = "other", pgettext_lazy("payment", "Other")


class On(models.TextChoices):
    """The event that makes a payment due; its day is the contract's or comes by the register."""

    SIGNED = "signed", _("Contract signed")
    RELEASED = "released", _("Plan released")
    DELIVERED = "delivered", pgettext_lazy("event", "Delivered")
    CONFIRMED = "confirmed", pgettext_lazy("event", "Delivery confirmed")
    ACCEPTED = "acceptance_passed", _("Acceptance passed")
    FIXED = "fixed", _("Fixed day")


class Due(models.TextChoices):
    """Where a payment stands; derived, never stored."""

    OPEN = "open", pgettext_lazy("payment", "Not due yet")
    DUE = "due", pgettext_lazy("payment", "Due soon")
    OVERDUE = "overdue", pgettext_lazy("payment", "Overdue")
    PARTLY = "partly", pgettext_lazy("payment", "Partly received")
    RECEIVED = "received", pgettext_lazy("payment", "Received")


class Method(models.TextChoices):
    TRANSFER = "transfer", _("Bank transfer")
    DRAFT = "draft", _("Acceptance draft")
    CHEQUE = "cheque", _("Cheque")
    CASH = "cash", _("Cash")
    OTHER = "other", pgettext_lazy("payment", "Other")


class Booked(models.TextChoices):
    """Whether a receipt counts."""

    BOOKED = "booked", _("Booked")
    TAKEN_BACK = "taken_back", _("Taken back")


#: A receipt is never edited or deleted: what was wrong is taken back with a reason.
LIFE = Workflow(
    Transition("take_back", (Booked.BOOKED,), Booked.TAKEN_BACK, _("Take receipt back"), needs_reason=True),
)
