"""What a purchase tells the plan: when the material of a task comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from erp.access import allowed
from erp.dates import FIRST_DAY, short_day
from procurement.models import ProcurementItem
from procurement.states import AWAITED
from production.services import set_material_date

if TYPE_CHECKING:
    from orgchart.models import User


def push_task(item: ProcurementItem, actor: User) -> None:
    """The task waits for the last of all that is promised for it. What the note says is read by
    everybody who reads the plan: it names no item. Raises ValidationError for days no plan reaches."""
    if item.task is None or not allowed(actor, "view", item.task):
        return
    rows = ProcurementItem.objects.filter(task=item.task_id, status__in=AWAITED)
    day = rows.aggregate(day=Max("promised_on"))["day"]
    if day is None:
        return
    note = _("Material promised for %(day)s") % {"day": short_day(day)}
    try:
        set_material_date(item.task, day, actor=actor, note=note)
    except ValidationError as bad:
        raise ValidationError({"promised_on": bad.messages}) from bad


def material_here(item: ProcurementItem, actor: User) -> None:
    """Nothing that is promised for its task is awaited any more: a proposal to move the task for its
    material, which nobody decided yet, is no question now. What was moved already stays."""
    if item.task is None or not allowed(actor, "view", item.task):
        return
    rows = ProcurementItem.objects.filter(task=item.task_id, status__in=AWAITED)
    if not rows.filter(promised_on__isnull=False).exists():
        set_material_date(item.task, FIRST_DAY, actor=actor)
