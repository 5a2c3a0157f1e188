"""Whoever looks after the site hears, once a day and channel, that something failed for good."""

from __future__ import annotations

from django.utils import timezone

from erp.audit import acting_as
from erp.roles import REACH_ALL
from notifications.models import Dispatch
from orgchart.models import User


def tell_of_dead(row: Dispatch, said: str) -> None:
    """A message in the inbox, on no channel: one that is broken would break again."""
    from notifications.services.inbox import tell

    keepers = User.objects.filter(role__in=REACH_ALL, is_active=True).values_list("pk", flat=True)
    day = timezone.localdate()
    with acting_as(None, source="worker"):
        tell(
            "dispatch_dead",
            row.channel,
            set(keepers),
            key=f"dispatch_dead-{row.channel_id}-{day}",
            params={"channel": row.channel.name, "answer": said[:200]},
            media=(),
        )
