"""Contracts of the demo company over all stages, opened and moved on through the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts import services
from contracts.models import Contract
from contracts.states import Stage
from erp.roles import Duty
from erp.workflow import Blocked

L, C, M = Duty.LEADER, Duty.CO_LEADER, Duty.MEMBER
MECHANICAL = {"leader.mech": L, "staff.mech": M}
ELECTRICAL = {"leader.elec": L, "staff.elec": M}
USUAL = {**MECHANICAL, **ELECTRICAL, "leader.assembly": L, "buyer": M, "qc": M}


@dataclass(frozen=True)
class Plot:
    """One contract's story; days are counted from today."""

    number: str
    name: str
    company: str
    manager: str
    signed: int
    due: int
    amount: int  # deal, in thousands
    stage: str
    team: dict[str, str] = field(default_factory=lambda: dict(USUAL))
    contact: tuple[str, str] = ("", "")
    delivered: int = 0
    note: str = ""
    reason: str = ""
    parts: bool = False
    missing: str = ""


PLOTS = [
    Plot("HT-2026-010", "码垛机器人工作站", "长江汽配", "leader.assembly", -260, -160, 860, Stage.ARCHIVED,
         contact=("高经理", "027-5550105"), delivered=-158, note="已验收存档"),
    Plot("HT-2026-011", "乳品巴氏杀菌机", "天府乳业", "pm", -230, -125, 645, Stage.ARCHIVED,
         contact=("罗厂长", "028-5550104"), delivered=-118),
    Plot("HT-2026-012", "轴承清洗线", "东岳轴承", "leader.mech", -200, -95, 428, Stage.DELIVERED,
         contact=("许主任", "0574-5550103"), delivered=-97, note="质保期内"),
    Plot("HT-2026-013", "洗瓶机升级", "蓝海食品", "pm", -180, -66, 312, Stage.CONFIRMED,
         {**USUAL, "service": M}, ("林经理", "0532-5550101"), -60, "客户已确认收货"),
    Plot("HT-2026-014", "电池模组装配线", "皖江新能源", "leader.assembly", -150, -35, 2480, Stage.DELIVERED,
         {**USUAL, "service": M}, ("曹总", "0551-5550108"), -33, "现场陪产中", parts=True),
    Plot("HT-2026-015", "SMT 自动上下料机", "北辰电子", "leader.elec", -130, -12, 736, Stage.DELIVERED,
         {**ELECTRICAL, "leader.assembly": L, "qc": M, "service": M}, ("唐工", "0512-5550102"), -8,
         "等待客户确认收货", missing="随机备件箱少 1 套吸嘴，请补发。"),
    Plot("HT-2026-016", "陶瓷分拣视觉系统", "南粤陶瓷", "leader.elec", -85, 40, 590, Stage.CANCELLED,
         {**ELECTRICAL}, ("梁工", "0757-5550106"), reason="客户产线停建，双方协商终止"),
    Plot("HT-2026-017", "药瓶贴标机", "海河制药", "pm", -60, 35, 398, Stage.RELEASED,
         {**MECHANICAL, "leader.elec": L, "buyer": M, "qc": M}, ("韩主管", "022-5550107")),
    Plot("HT-2026-018", "灌装线改造", "蓝海食品", "pm", -75, -6, 1280, Stage.RELEASED,
         {**MECHANICAL, "leader.elec": L, "leader.assembly": L, "buyer": M, "qc": M, "service": M},
         ("林经理", "0532-5550101"), note="外购灌装阀逾期到货，装配顺延"),
    Plot("HT-2026-019", "果汁无菌灌装机", "蓝海食品", "leader.assembly", -30, 70, 1560, Stage.RELEASED,
         {**USUAL, "pm": C}, ("林经理", "0532-5550101")),
    Plot("HT-2026-020", "齿轮箱装配台", "东岳轴承", "leader.mech", -12, 95, 275, Stage.DRAFT,
         {**MECHANICAL}, ("许主任", "0574-5550103"), note="等待客户确认总体方案"),
    Plot("HT-2026-021", "PCB 自动测试台", "北辰电子", "leader.elec", -40, 50, 915, Stage.RELEASED,
         {**ELECTRICAL, "leader.assembly": L, "buyer": M, "qc": M}, ("唐工", "0512-5550102")),
]  # fmt: skip
DONE = (Stage.DELIVERED, Stage.CONFIRMED, Stage.ARCHIVED)


def build(cast: dict[str, Any]) -> None:
    """Demo part 20: every contract with its team. `cast["finished"]` names those whose tasks are
    all done, for the part that writes the tasks."""
    cast["contracts"] = {plot.number: _open(plot, cast) for plot in PLOTS}
    cast["finished"] = {plot.number for plot in PLOTS if plot.stage in DONE}


def finish(cast: dict[str, Any]) -> None:
    """Demo part 90, after the work: plans released, deliveries, confirmations, archive."""
    for plot in PLOTS:
        contract = Contract.objects.get(pk=cast["contracts"][plot.number].pk)
        cast["contracts"][plot.number] = _move(plot, contract, cast["users"])


def _open(plot: Plot, cast: dict[str, Any]) -> Contract:
    users, people, today = cast["users"], cast["people"], timezone.localdate()
    contract = services.create_contract(
        actor=users["sales"],
        number=plot.number,
        name=plot.name,
        company=cast["companies"][plot.company],
        contact=plot.contact[0],
        contact_phone=plot.contact[1],
        manager=people[plot.manager],
        sales_person=people["sales"],
        signed_on=today + timedelta(days=plot.signed),
        planned_delivery=today + timedelta(days=plot.due),
        quote_amount=Decimal(plot.amount) * 1080,
        deal_amount=Decimal(plot.amount) * 1000,
    )
    for username, duty in plot.team.items():
        person = people[username]
        services.add_member(
            contract, actor=users["boss"], person=person, department=person.department, duty=duty
        )
    if plot.note:
        contract = services.edit_contract(contract, actor=users["sales"], version=None, status_note=plot.note)
    return contract


def _move(plot: Plot, contract: Contract, users: dict[str, Any]) -> Contract:
    boss, today = users["boss"], timezone.localdate()
    if plot.stage == Stage.DRAFT:
        return contract
    released = contract.signed_on + timedelta(days=min(7, -plot.signed))
    contract = services.release_plan(contract, actor=boss, released_on=released)
    if plot.stage == Stage.CANCELLED:
        return services.cancel(contract, actor=boss, reason=plot.reason)
    if plot.stage not in DONE:
        return contract
    day = today + timedelta(days=plot.delivered)
    contract = _deliver(plot, contract, boss, day)
    customer = contract.company.users.filter(is_active=True).first()
    if plot.stage != Stage.DELIVERED and customer:
        contract = services.confirm_delivery(contract, actor=customer, confirmed_on=day + timedelta(days=2))
    elif plot.missing and customer:
        last = contract.deliveries.get(final=True)
        services.report_missing(last, actor=customer, missing=plot.missing)
    if plot.stage == Stage.ARCHIVED:
        contract = _past_gate(services.archive, contract, boss)
    return contract


def _deliver(plot: Plot, contract: Contract, boss: Any, day: date) -> Contract:
    """With waybill and receiver, and the large machine in two parts."""
    facts: dict[str, Any] = {
        "place": f"{contract.company.short_name or contract.company.name} 厂区",
        "carrier": "德邦物流",
        "receiver": plot.contact[0],
        "receiver_phone": plot.contact[1],
    }
    waybill = f"DB{plot.number.replace('-', '')}"
    if plot.parts:
        first = day - timedelta(days=6)
        part: dict[str, Any] = {"waybill": f"{waybill}A", "note": "机架与输送段", **facts}
        services.deliver(contract, actor=boss, partial=True, delivered_on=first, **part)
        waybill += "B"
    return _past_gate(services.deliver, contract, boss, delivered_on=day, waybill=waybill, **facts)


def _past_gate(deed: Any, contract: Contract, boss: Any, **fields: Any) -> Contract:
    """As the boss would: with a reason where something is still missing."""
    try:
        done: Contract = deed(contract, actor=boss, **fields)
    except Blocked:
        done = deed(contract, actor=boss, reason="客户急用，先行办理", **fields)
    return done
