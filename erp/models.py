"""The abstract business record, and the few tables the kernel owns."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erp.audit.context import current_user
from erp.audit.models import AuditHead, LogEntry

__all__ = ["AuditHead", "ImportJob", "LogEntry", "Record"]


class Record(models.Model):
    """A business record: versioned, dated, every past state kept, every change audited."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    changed = models.DateTimeField(_("changed"), auto_now=True, editable=False)

    history = HistoricalRecords(
        inherit=True,
        get_user=current_user,
        excluded_fields=["password", "last_login", "epoch"],  # secrets and sign-ins are no past state
    )
    _change_reason: str  # read by django-simple-history at the next save

    class Meta:
        abstract = True

    def frozen(self) -> str:
        """Why nothing of this record may change now, as a sentence; empty when it may."""
        return ""

    def get_additional_data(self) -> dict[str, Any]:
        """Where the audit log files this record: contract and department ids."""
        place = {
            "contract": getattr(self, "contract_id", None),
            "department": getattr(self, "department_id", None),
        }
        return {key: value for key, value in place.items() if value}


class ImportJob(models.Model):
    """A workbook between dry run and confirmation; only its owner sees it."""

    class State(models.TextChoices):
        CHECKED = "checked", _("Checked")
        DONE = "done", _("Imported")
        DISCARDED = "discarded", _("Discarded")

    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    payload = models.JSONField()
    problems = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.CHECKED)
    result = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name
