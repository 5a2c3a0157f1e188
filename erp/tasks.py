"""The kernel's own background work."""

from __future__ import annotations

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task(name="erp.seal_audit")
def seal_audit() -> int:
    """Chain what has been written since the last beat; returns rows sealed."""
    from erp.audit.services import seal

    return seal()


@shared_task(name="erp.clear_sessions")
def clear_sessions() -> None:
    SessionStore.clear_expired()
