"""What a paper tells, as plain values: the same go into the print and into the hash.

Told is what had been decided at an instant, so that a paper stays true when work goes on: later rounds,
documents and versions are not on it. Whatever changes of what it tells makes its code fail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from acceptance.models import (
    Acceptance,
    AcceptanceDefect,
    AcceptanceItem,
    AcceptanceRound,
    AcceptanceStep,
)
from acceptance.paper.codes import Edition
from acceptance.states import Level, Result, State
from documents.models import Document, DocumentLink, DocumentVersion

Facts = dict[str, Any]


def facts_of(acceptance: Acceptance, edition: Edition, until: datetime) -> Facts:
    """Everything the paper of this edition tells as of `until`. At most ten queries."""
    steps = _steps(acceptance, edition, until)
    contract, task, department = acceptance.contract, acceptance.task, acceptance.department
    return {
        "edition": str(edition),
        "number": acceptance.pk,
        "contract": contract.number,
        "contract_name": contract.name,
        "company": contract.company.name,
        "scope": acceptance.scope,
        "kind": acceptance.kind,
        "title": acceptance.title,
        "task": task.name if task else "",
        "department": department.name if department and edition == Edition.OFFICE else "",
        "rounds": _rounds(acceptance, edition, until, steps),
        "documents": _documents(acceptance, edition, until, steps),
    }


def _steps(acceptance: Acceptance, edition: Edition, until: datetime) -> list[AcceptanceStep]:
    """The steps decided by then; of these, customers are told their own level."""
    rows = AcceptanceStep.objects.filter(round__acceptance=acceptance, decided_at__lte=until)
    if edition == Edition.CUSTOMER:
        rows = rows.filter(level=Level.CUSTOMER)
    joined = rows.select_related("decided_by", "evidence", "round")
    return list(joined.order_by("round__number", "level"))


def _rounds(
    acceptance: Acceptance, edition: Edition, until: datetime, steps: list[AcceptanceStep]
) -> list[Facts]:
    by_round: dict[int, list[Facts]] = defaultdict(list)
    items, defects = _items(steps), _defects(steps, edition)
    for step in steps:
        told = _step(step, items[step.pk], defects[step.pk])
        if edition == Edition.CUSTOMER:
            told["proof"] = None  # a document of ours, released to them or not
        by_round[step.round_id].append(told)
    rows = AcceptanceRound.objects.filter(acceptance=acceptance, opened_at__lte=until)
    if edition == Edition.CUSTOMER:
        return [{"number": r.number, "steps": by_round[r.pk]} for r in rows if r.pk in by_round]
    joined = rows.select_related("applied_by", "worker").order_by("number")
    return [{**_round(row, until), "steps": by_round[row.pk]} for row in joined]


def _round(row: AcceptanceRound, until: datetime) -> Facts:
    closed = row.closed_at is not None and row.closed_at <= until
    return {
        "number": row.number,
        "opened_at": _instant(row.opened_at),
        "applied_by": _name(row.applied_by),
        "worker": _name(row.worker),
        "note": row.note,
        "result": str(row.result) if closed else str(State.PENDING),
    }


def _step(step: AcceptanceStep, items: list[Facts], defects: list[Facts]) -> Facts:
    proof = step.evidence
    return {
        "level": step.level,
        "result": str(Result(step.result)),
        "decided_by": _name(step.decided_by),
        "decided_at": _instant(step.decided_at),
        "reason": step.reason,
        "on_behalf": step.on_behalf,
        "proof": {"file_name": proof.file_name, "sha256": proof.sha256} if proof else None,
        "items": items,
        "defects": defects,
    }


def _items(steps: Iterable[AcceptanceStep]) -> dict[int, list[Facts]]:
    rows = AcceptanceItem.objects.filter(step__in=[step.pk for step in steps])
    found: dict[int, list[Facts]] = defaultdict(list)
    for item in rows.select_related("origin__step__round").order_by("step", "position"):
        found[item.step_id].append(
            {
                "key": item.pk,
                "position": item.position,
                "text": item.text,
                "hint": item.hint,
                "mandatory": item.mandatory,
                "needs_evidence": item.needs_evidence,
                "mark": str(item.mark),
                "note": item.note,
                "origin": _place(item.origin) if item.origin else "",
            }
        )
    return found


def _defects(steps: Iterable[AcceptanceStep], edition: Edition) -> dict[int, list[Facts]]:
    """What was found wrong; who mends it is told inside the house only."""
    rows = AcceptanceDefect.objects.filter(step__in=[step.pk for step in steps])
    found: dict[int, list[Facts]] = defaultdict(list)
    for defect in rows.select_related("department", "task", "item").order_by("step", "id"):
        told: Facts = {"text": defect.text, "item": defect.item.position if defect.item else 0}
        if edition == Edition.OFFICE:
            told |= {
                "department": defect.department.name if defect.department else "",
                "task": defect.task_id or 0,
                "task_name": defect.task.name if defect.task else "",
            }
        found[defect.step_id].append(told)
    return found


# --- documents --------------------------------------------------------------------------------------


def _documents(
    acceptance: Acceptance, edition: Edition, until: datetime, steps: list[AcceptanceStep]
) -> list[Facts]:
    """What hung on the acceptance or on items of these steps by then, with the hash of its content."""
    items = AcceptanceItem.objects.filter(step__in=[step.pk for step in steps])
    places = {item.pk: _place(item) for item in items.select_related("step__round")}
    kinds = ContentType.objects.get_for_models(Acceptance, AcceptanceItem)
    on = Q(target_type=kinds[Acceptance], target_id=acceptance.pk)
    on |= Q(target_type=kinds[AcceptanceItem], target_id__in=list(places))
    rows = DocumentLink.objects.filter(on, created__lte=until, document__deleted_at__isnull=True)
    links = list(rows.order_by("document", "target_type", "target_id"))
    versions = _versions({link.document_id for link in links}, edition, until)
    return [
        {
            "key": link.document_id,
            "on": places.get(link.target_id, "") if link.target_type_id == kinds[AcceptanceItem].pk else "",
            "version": version.number,
            "file_name": version.file_name,
            "sha256": version.sha256,
            "size": version.size,
            "uploaded_by": _name(version.uploaded_by) if edition == Edition.OFFICE else "",
            "uploaded_at": _instant(version.created),
        }
        for link in links
        if (version := versions.get(link.document_id))
    ]


def _place(item: AcceptanceItem) -> str:
    """Round, level and number of an item, as the paper refers to it."""
    return f"{item.step.round.number}.{item.step.level}.{item.position}"


def _versions(documents: set[int], edition: Edition, until: datetime) -> dict[int, DocumentVersion]:
    """The version of each document as of then: the newest, for customers the one released to them."""
    rows = DocumentVersion.objects.filter(document__in=documents).select_related("uploaded_by")
    if edition == Edition.CUSTOMER:
        rows = rows.filter(pk__in=_released(documents, until))
    else:
        rows = rows.filter(created__lte=until)
    return {version.document_id: version for version in rows.order_by("number")}


def _released(documents: set[int], until: datetime) -> set[int]:
    """The versions that had been released to the customer then."""
    past: Any = Document.history
    rows = past.filter(id__in=documents, history_date__lte=until).order_by("history_date", "history_id")
    latest = dict(rows.values_list("id", "published_id"))
    return {version for version in latest.values() if version}


def _name(who: Any) -> str:
    return str(who) if who else ""


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""
