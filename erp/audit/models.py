"""Rows of the operation log. Written once; only the sealer adds sequence and link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.access import NOBODY, ScopedQuerySet
from erp.audit.chain import digest, key_id
from erp.audit.context import current

if TYPE_CHECKING:
    from orgchart.models import User


class LogEntryQuerySet(ScopedQuerySet["LogEntry"]):
    def within(self, user: User, verb: str) -> Q:
        """Entries whose field values a user may read; apps that own rights add their part."""
        reach = NOBODY
        for scope in register.entries("erp.audit_scopes").values():
            reach |= scope(user)
        return reach

    def update(self, **kwargs: Any) -> int:
        raise TypeError("audit rows are never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("audit rows are never deleted")


class LogEntry(AbstractLogEntry):  # type: ignore[misc]  # auditlog is untyped
    """One deed: actor, object, contract, department, before → after, reason, and its own keyed hash.

    `additional_data` given by the instance (`Record.get_additional_data`) names contract and
    department."""

    class Source(models.TextChoices):
        WEB = "web", _("Web")
        ADMIN = "admin", _("Back office")
        COMMAND = "command", _("Command")
        WORKER = "worker", _("Worker")
        IMPORT = "import", _("Import")
        SYSTEM = "system", _("System")

    id = models.BigAutoField(primary_key=True)
    verb = models.CharField(_("deed"), max_length=40, blank=True, db_index=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.SYSTEM)
    actor_name = models.CharField(_("person"), max_length=150, blank=True)
    request_id = models.CharField(_("request number"), max_length=36, blank=True)
    contract_id = models.BigIntegerField(_("contract"), null=True, blank=True)
    department_id = models.BigIntegerField(_("department"), null=True, blank=True)
    key_id = models.CharField(_("key number"), max_length=8)
    digest = models.CharField(_("digest"), max_length=64)
    sequence = models.BigIntegerField(_("sequence"), null=True, unique=True, editable=False)
    link = models.CharField(_("chain value"), max_length=64, blank=True, editable=False)

    objects = LogEntryManager.from_queryset(LogEntryQuerySet)()

    class Meta(AbstractLogEntry.Meta):  # type: ignore[misc]  # untyped
        abstract = False
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["contract_id", "id"], name="log_contract"),
            models.Index(fields=["actor", "id"], name="log_actor"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Stamp actor, place and keyed hash at write time. Raises TypeError on a second save."""
        if self.pk:
            raise TypeError("audit rows are never changed")
        self._stamp()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("audit rows are never deleted")

    def _stamp(self) -> None:
        row: Any = self  # the inherited fields are untyped
        now = current()
        if row.actor is None and now.user is not None and now.user.is_authenticated:
            row.actor = now.user
        row.actor_name = row.actor_name or (str(row.actor) if row.actor else "")
        row.actor_email = None  # personal data stays with the person
        row.remote_addr = row.remote_addr or now.ip
        row.verb = row.verb or now.verb or ("create", "change", "delete", "view")[row.action]
        row.reason, row.source, row.request_id = now.reason[:500], now.source, now.request_id
        place = dict(row.additional_data or {})
        row.contract_id = place.pop("contract", row.contract_id)
        row.department_id = place.pop("department", row.department_id)
        row.additional_data = place or None
        row.key_id = key_id()
        row.digest = digest(row.facts())

    def facts(self) -> dict[str, Any]:
        """Everything the keyed hash vouches for."""
        names = (
            "content_type_id object_repr action changes actor_id actor_name remote_addr "
            "contract_id department_id verb reason source request_id additional_data key_id"
        )
        return {name: getattr(self, name) for name in names.split()} | {
            "object_pk": str(self.object_pk),
            "timestamp": self.timestamp.isoformat(),
        }


class AuditHead(models.Model):
    """The end of the chain: one row, locked by the sealer."""

    sequence = models.BigIntegerField(default=0)
    link = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.sequence}"
