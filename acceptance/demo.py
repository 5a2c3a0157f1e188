"""Acceptances of the demo company, decided through the services by those whose level they are."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from acceptance import services
from acceptance.checklists.demo import findings
from acceptance.models import Acceptance, AcceptanceItem, AcceptanceStep
from acceptance.separation import deciders
from acceptance.services import Defect
from acceptance.services.telling import pending_step
from acceptance.states import Kind, Level, Mark
from contracts.models import Contract
from contracts.states import Stage
from documents import papers, store
from documents.models import DocumentLink, DocumentType, DocumentVersion
from documents.services import Upload, upload_document
from erp.roles import Role
from erp.workflow import create
from production.models import Task
from production.services import submit_task

if TYPE_CHECKING:
    from orgchart.models import User

#: The show contract, and the task of it that came back once.
SHOW, CAME_BACK = "HT-2026-018", "机加工件制作"
#: Contracts whose customer has not decided yet, and whose site acceptance was rejected.
ASKED, SENT_BACK = "HT-2026-015", "HT-2026-014"
REASON = "焊缝气孔三处，法兰平面度超差，返工后复验"
DAY = timedelta(days=1)


def decide_tasks(cast: dict[str, Any]) -> None:
    """Demo part 31: what tasks submitted is decided; some wait, some came back."""
    rows = Acceptance.objects.filter(task__in=cast["submitted"]).select_related("task", "contract")
    troubled = 0
    for acceptance in rows.order_by("pk"):
        day = cast["submitted"][acceptance.task_id]
        if day is None:
            troubled += 1
            _trouble(acceptance, troubled)
        elif acceptance.contract.number == SHOW and acceptance.title == CAME_BACK:
            _second_try(acceptance, day)
        else:
            _pass(acceptance, day)


def accept_contracts(cast: dict[str, Any]) -> None:
    """Demo part 60: contracts that will be delivered pass their factory acceptance; the customer's level
    is decided too, but for one that waits in the portal."""
    for contract in Contract.objects.filter(number__in=cast["finished"]).order_by("number"):
        ends = Task.objects.filter(contract=contract, actual_end__isnull=False)
        day = ends.order_by("-actual_end").values_list("actual_end", flat=True).first()
        manager = contract.manager.user or cast["users"]["boss"]
        found = services.apply_acceptance(
            contract, actor=manager, kind=Kind.FAT, note="设备已完工，申请出厂验收", on=day
        )
        _pass(found, day, customer=contract.number != ASKED)


def site_acceptance(cast: dict[str, Any]) -> None:
    """Demo part 92, after deliveries: one site acceptance that the customer sent back, with rework."""
    contract = Contract.objects.get(number=SENT_BACK)
    if contract.stage != Stage.DELIVERED:
        return
    manager = contract.manager.user or cast["users"]["boss"]
    day = timezone.localdate() - 5 * DAY
    found = services.apply_acceptance(contract, actor=manager, kind=Kind.SAT, note="现场安装调试完成", on=day)
    _pass(found, day, customer=False)
    step = pending_step(_now(found))
    department = contract.team.filter(department__function="assembly").first()
    if step is None or department is None:
        return
    defects = [
        Defect("连续运行时 3 号工位气缸漏气", department=department.department, rework=True, days=Decimal(2)),
        Defect("操作手册缺少英文版"),
    ]
    boss = cast["users"]["boss"]
    services.reject_step(
        step, actor=boss, reason="现场试产发现两项问题，整改后复验", defects=defects,
        evidence=_signed(found, boss), on=day + 2 * DAY,
    )  # fmt: skip


def _pass(acceptance: Acceptance, day: date | None, *, customer: bool = True) -> None:
    """Level after level, by the first who has a free hand."""
    while step := pending_step(_now(acceptance)):
        if step.level == Level.CUSTOMER and not customer:
            return
        _pass_level(acceptance, step, day)


def _pass_level(acceptance: Acceptance, step: AcceptanceStep, day: date | None) -> None:
    actor = _who(step)
    if step.level == Level.CUSTOMER and actor.role != Role.CUSTOMER:
        paper = _signed(acceptance, actor)
        services.pass_step(step, actor=actor, findings=_all_ok(step), evidence=paper, on=day)
    elif actor.role == Role.CUSTOMER:
        services.pass_step(step, actor=actor, findings=_all_ok(step), on=day)
    else:
        services.pass_step(step, actor=actor, findings=_checked(step, actor), on=day)


def _who(step: AcceptanceStep) -> User:
    """Customers before the manager who would decide for them."""
    users = deciders(step)
    return next((user for user in users if user.role == Role.CUSTOMER), users[0])


def _checked(step: AcceptanceStep, actor: User) -> dict[int, tuple[str, str]]:
    """Every item OK. The show contract has a photo for each that asks for one, the others one for all."""
    contract, kind = step.round.acceptance.contract, ContentType.objects.get_for_model(AcceptanceItem)
    photo = DocumentLink.objects.filter(target_type=kind, document__contract=contract).first()
    if photo is None or contract.number == SHOW:
        return dict(findings(step, actor))
    for item in step.items.filter(needs_evidence=True, origin=None):
        link = DocumentLink(document=photo.document, target_type=kind, target_id=item.pk)
        create(link, actor=actor, verb="hang")
    return _all_ok(step)


def _all_ok(step: AcceptanceStep) -> dict[int, tuple[str, str]]:
    return {item.pk: (Mark.OK.value, "") for item in step.items.all()}


def _second_try(acceptance: Acceptance, day: date) -> None:
    """Rejected by quality, mended, and passed three days later."""
    _reject_at_quality(acceptance, day, rework=False)
    task = _now(acceptance).task
    if task is None:
        return
    again = min(day + 3 * DAY, timezone.localdate())
    worker = task.assignee.user if task.assignee and task.assignee.user else _now(acceptance).applied_by
    if worker is not None:
        submit_task(task, actor=worker, on=again)
    _pass(acceptance, again)


def _trouble(acceptance: Acceptance, nth: int) -> None:
    """Every other one waits for its first level or for quality; the rest came back with rework."""
    if nth % 2:
        _reject_at_quality(acceptance, None, rework=True)
    elif nth % 4 and (step := pending_step(acceptance)):
        _pass_level(acceptance, step, None)


def _reject_at_quality(acceptance: Acceptance, day: date | None, *, rework: bool) -> None:
    step = pending_step(acceptance)
    if step is not None and step.level == Level.SELF:
        _pass_level(acceptance, step, day)
        step = pending_step(_now(acceptance))
    if step is None:
        return
    actor = _who(step)
    found = _checked(step, actor)
    items = list(step.items.order_by("position"))
    defects = [Defect("焊缝气孔三处", rework=rework)]
    if len(items) > 1:
        found = {**found, items[1].pk: (Mark.NOT_OK.value, "法兰平面度 0.4 mm，要求 0.2 mm")}
        defects.append(Defect("法兰平面度超差 0.2 mm", item=items[1].pk, rework=rework, days=Decimal("0.5")))
    services.reject_step(step, actor=actor, reason=REASON, findings=found, defects=defects, on=day)


def _signed(acceptance: Acceptance, actor: User) -> DocumentVersion:
    """The paper that the customer signed, hung on the acceptance."""
    content = papers.agreement(acceptance.contract)
    upload = Upload(store.spool([content], store.upload_limit()), "客户终验签字单.pdf")
    kind = DocumentType.objects.get(slug="acceptance")
    return upload_document(acceptance.contract, upload, actor=actor, type=kind, anchor=_now(acceptance))


def _now(acceptance: Acceptance) -> Acceptance:
    """As it is stored now."""
    found: Acceptance = Acceptance.objects.select_related("contract__manager", "task").get(pk=acceptance.pk)
    return found
