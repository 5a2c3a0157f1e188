"""The Celery app and the whole beat schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")

app = Celery("erp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "seal the audit chain": {"task": "erp.seal_audit", "schedule": 5.0},
    "forget expired sessions": {"task": "erp.clear_sessions", "schedule": 3600.0},
    "forget old sign-in counters": {"task": "orgchart.prune_throttles", "schedule": 3600.0},
}
