"""What tests of reminders share: instants of the site, tasks that end on a day, who was told what."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.models import Contract
from notifications.models import Channel, Message
from production.models import Task
from production.services import create_task

SITE = ZoneInfo("Asia/Shanghai")


def at(text):
    """`10-08 16:00` of 2026 on the site. From 1 to 7 October everybody rests, Saturday the 10th is worked."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SITE)


def task_until(cast, end, *, who="staff.mech", department="mechanical", contract=None, name="机架焊接"):
    """A task of the own contract that ends on `end`, with nothing told yet."""
    contract = contract or cast.own
    Contract.objects.filter(pk=contract.pk).update(signed_on=date(2026, 1, 5))
    task = create_task(
        contract,
        actor=cast["boss"],
        department=cast.departments[department],
        name=name,
        planned_start=end - timedelta(days=1),
        planned_end=end,
        assignee=cast.people[who] if who else None,
    )
    Task.objects.filter(pk=task.pk).update(planned_start=end, planned_end=end)
    Message.objects.all().delete()
    task.refresh_from_db()
    return task


def told(event):
    """Who was told of `event`, by user name, in the order of telling."""
    return list(
        Message.objects.filter(event=event).order_by("id").values_list("recipient__username", flat=True)
    )


def mailbox(name="信箱", **more):
    """An e-mail channel that leads nowhere: for tests of who would get what."""
    return Channel.objects.create(kind="email", name=name, config={}, **more)
