"""The operation log's part of the bulk data: keyed and chained like any other row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from erp.audit import chain
from erp.audit.models import AuditHead, LogEntry
from erp.volume import Plan, insert

SPAN = timedelta(days=700)
#: In the order in which `_rows` yields them.
NAMES = (
    "content_type",
    "object_pk",
    "object_repr",
    "action",
    "changes",
    "actor",
    "actor_name",
    "remote_addr",
    "contract_id",
    "department_id",
    "verb",
    "reason",
    "source",
    "request_id",
    "additional_data",
    "key_id",
    "timestamp",
    "object_id",
    "digest",
    "sequence",
    "link",
)
#: (verb, changes) as they occur in real life, the frequent ones more often.
DEEDS: tuple[tuple[str, dict[str, list[str]]], ...] = (
    ("report", {"progress": ["20", "45"]}),
    ("report", {"progress": ["45", "80"]}),
    ("report", {"progress": ["80", "100"]}),
    ("start", {"status": ["not_started", "in_progress"], "actual_start": ["None", "2026-03-02"]}),
    ("reschedule", {"planned_end": ["2026-03-20", "2026-03-27"]}),
    ("change", {"status_note": ["", "等待客户确认图纸"]}),
)


def load_audit(plan: Plan) -> int:
    """Write `plan.audit_rows` sealed entries about the subjects that earlier parts left under
    `kept["audited"]`: (content type, id, text, contract id, department id)."""
    subjects = plan.kept.get("audited") or [(_some_kind(), 0, "—", None, None)]
    actors = list(get_user_model().objects.values_list("pk", "name")[:200]) or [(None, "")]
    AuditHead.objects.get_or_create(pk=1)
    head = AuditHead.objects.select_for_update().get(pk=1)
    insert(LogEntry, NAMES, _rows(plan, subjects, actors, head))
    head.save()
    return plan.audit_rows


def _some_kind() -> ContentType:
    return ContentType.objects.get_for_model(LogEntry)


def _rows(plan: Plan, subjects: Any, actors: Any, head: AuditHead) -> Iterator[tuple[Any, ...]]:
    key, chance = chain.key_id(), plan.random
    at, step = timezone.now() - SPAN, SPAN / max(plan.audit_rows, 1)
    for _number in range(plan.audit_rows):
        kind, pk, text, contract, department = chance.choice(subjects)
        actor, name = chance.choice(actors)
        verb, changes = chance.choice(DEEDS)
        at += step
        row: dict[str, Any] = {
            "content_type_id": kind.pk,
            "object_pk": str(pk),
            "object_repr": text,
            "action": LogEntry.Action.UPDATE,
            "changes": changes,
            "actor_id": actor,
            "actor_name": name,
            "remote_addr": None,
            "contract_id": contract,
            "department_id": department,
            "verb": verb,
            "reason": "load_volume",
            "source": "command",
            "request_id": "",
            "additional_data": None,
            "key_id": key,
            "timestamp": at.isoformat(),
        }
        digest = chain.digest(row)
        head.sequence += 1
        head.link = chain.link(head.link, head.sequence, digest)
        row["timestamp"] = at
        yield (*row.values(), pk, digest, head.sequence, head.link)
