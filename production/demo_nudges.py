"""Nudges of the demo company: the late contract's open task, nudged by its manager and answered, and a card
for the boss every working day at eight."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from notifications.services import add_report, answer_nudge, send_nudge
from production.demo import LATE
from production.models import Task
from production.nudging import nudgeable

if TYPE_CHECKING:
    from orgchart.models import User


def build(cast: dict[str, Any]) -> None:
    """The boss's card, and two nudges where the manager of the late contract has somebody to nudge."""
    boss: User = cast["users"]["boss"]
    add_report(actor=boss, subject="card", form="card", medium="email", at=time(8), working_days_only=True)
    task = Task.objects.overdue().filter(contract__number=LATE).exclude(assignee=None).first()
    manager = task.contract.manager.user if task else None
    if task is None or manager is None or not (people := nudgeable(manager, task)[:2]):
        return
    first = send_nudge(
        task, actor=manager, people=people, media=[], text="客户在催货，请今天更新进度并给出完成日期。"
    )
    receiver = first.receivers.select_related("person__user").first()
    if receiver and receiver.person.user:
        promised = timezone.localdate() + timedelta(days=2)
        answer_nudge(
            receiver, actor=receiver.person.user, promised_on=promised, reply="缺的轴承明天到，后天装完。"
        )
