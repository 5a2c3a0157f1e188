"""Change orders of the demo company, one in each state that people meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts import services
from contracts.models import ChangeOrder, Contract
from contracts.states import ChangeState


@dataclass(frozen=True)
class Plot:
    """One change order; `days` after the planned delivery it asks for, `price` in yuan."""

    contract: str
    title: str
    reason: str
    scope: str
    state: str
    price: int = 0
    days: int = 0
    answer: str = ""


PLOTS = [
    Plot(
        "HT-2026-018",
        "灌装阀改为卫生级密封",
        "客户新产品线要求",
        "24 只灌装阀的密封件改为食品级氟橡胶，总价不变。",
        ChangeState.APPLIED,
    ),
    Plot(
        "HT-2026-018",
        "增加在线称重剔除",
        "客户要求在线检重",
        "灌装后增加一台检重秤和剔除机构，含程序联调。",
        ChangeState.SENT,
        price=58_000,
        days=21,
    ),
    Plot(
        "HT-2026-019",
        "改用进口伺服",
        "客户提出",
        "全线伺服改为进口品牌。",
        ChangeState.REJECTED,
        price=126_000,
        days=14,
        answer="预算不足，维持原方案。",
    ),
    Plot(
        "HT-2026-021",
        "测试工位由 4 个增加到 6 个",
        "客户产能提升",
        "增加两个测试工位及治具。",
        ChangeState.DRAFT,
        price=86_000,
        days=10,
    ),
    Plot(
        "HT-2026-020",
        "增加防护罩",
        "内部评估后并入原合同",
        "四周防护罩。",
        ChangeState.WITHDRAWN,
        answer="已包含在原报价内，不另行变更。",
    ),
]


def build(cast: dict[str, Any]) -> None:
    """Demo part 66: sales drafts, the boss confirms, the customer answers, the manager's deed follows."""
    users = cast["users"]
    for plot in PLOTS:
        contract = Contract.objects.get(pk=cast["contracts"][plot.contract].pk)
        _move(plot, _draft(plot, contract, users), users)


def _draft(plot: Plot, contract: Contract, users: dict[str, Any]) -> ChangeOrder:
    day = contract.planned_delivery + timedelta(days=plot.days) if plot.days else None
    price = Decimal(plot.price) if plot.price else None
    return services.create_change(
        contract, actor=users["sales"], title=plot.title, reason=plot.reason, scope=plot.scope,
        price_change=price, new_delivery=day,
    )  # fmt: skip


def _move(plot: Plot, order: ChangeOrder, users: dict[str, Any]) -> None:
    if plot.state == ChangeState.DRAFT:
        return
    if plot.state == ChangeState.WITHDRAWN:
        services.withdraw_change(order, actor=users["sales"], reason=plot.answer)
        return
    order = services.send_change(order, actor=users["boss"])
    customer: Any = order.contract.company.users.filter(is_active=True).first()
    if plot.state == ChangeState.REJECTED:
        services.reject_change(order, actor=customer, reason=plot.answer)
    if plot.state == ChangeState.APPLIED:
        services.apply_change(services.accept_change(order, actor=customer), actor=users["boss"])
