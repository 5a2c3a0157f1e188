"""The Celery app and the whole beat schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")

app = Celery("erp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "seal the audit chain": {"task": "erp.seal_audit", "schedule": 5.0},
    "remind, escalate and report": {"task": "notifications.remind", "schedule": 60.0},
    "scan and read new documents": {"task": "documents.run_errands", "schedule": 30.0},
    "take up previews again": {"task": "documents.sweep_previews", "schedule": 20.0},
    "remove broken uploads": {"task": "documents.sweep_uploads", "schedule": 3600.0},
    "deliver messages": {"task": "notifications.deliver", "schedule": 5.0, "options": {"expires": 5}},
    "forget expired sessions": {"task": "erp.clear_sessions", "schedule": 3600.0},
    "forget old sign-in counters": {"task": "orgchart.prune_throttles", "schedule": 3600.0},
}
