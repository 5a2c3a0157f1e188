"""Background work of the organisation."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="orgchart.prune_throttles")
def prune_throttles() -> int:
    """Forget sign-in counters that no longer slow anybody down; returns how many."""
    from orgchart import services

    return services.prune_throttles()
