"""The kernel: settings, access, workflow, audit, htmx, frames, commands."""

from erp.celery import app as celery_app

__all__ = ["celery_app"]
