"""The doorbell and the sweep: both look at the outbox, whatever they were rung for."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="notifications.deliver")
def deliver_task() -> int:
    """Send what is due; returns how many left."""
    from notifications.services import deliver

    return deliver()


@shared_task(name="notifications.remind")
def remind_task() -> int:
    """What the clock asks for: reminders of the day, rungs of ladders, cards and lists; returns how many
    were told."""
    from notifications.services import climb, remind, send_reports

    return remind() + climb() + send_reports()
