"""Reads that the shell asks of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.models import Message

if TYPE_CHECKING:
    from orgchart.models import User


def unread(user: User) -> int:
    """The number on the bell: unread messages about things one may still see."""
    return Message.objects.unread().for_user(user).count()
