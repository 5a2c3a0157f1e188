"""A bill of materials in the demo company: taken over once, partly ordered, and a newer one to look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from contracts.models import Contract, TeamMember
from contracts.states import LIVE
from erp.roles import Function
from procurement import services
from procurement.bom.columns import guess
from procurement.bom.reading import read_paste
from procurement.bom.services import UNIT, Choice, compared, map_bom, open_bom, run_bom
from procurement.models import ProcurementItem, Supplier
from production.models import Task

TASK = "整机调试"
TITLE = "夹具与防护件物料清单"
HEAD = "序号\t图号\t名称\t规格型号\t材料\t数量\t单位\t单价\t供应商\t备注"
FIRST = (
    "1\tGZX-30-001\t瓶口定位夹具\tΦ38 组合式\t铝 6061\t12\t套\t286\t杭州精工机械加工厂\t阳极氧化",
    "2\tGZX-30-002\t防护门框\t1200×800\tSUS304\t4\t件\t620\t无锡恒力不锈钢\t",
    "3\tGZX-30-003\t透明防护板\tPC 6 mm\t聚碳酸酯\t8\t张\t145\t\t边缘倒角",
    "4\tHM-16-40\t高度调节丝杠\tTr16×4 L400\t45#\t6\t件\t98.5\t杭州精工机械加工厂\t",
    "5\tSC50X100\t双作用气缸\tΦ50 行程 100\t\t6\t台\t315\t上海申达自动化科技\t",
    "合计\t\t\t\t\t36\t\t\t\t",
)
SECOND = (
    "1\tGZX-30-001\t瓶口定位夹具\tΦ38 组合式\t铝 6061\t16\t套\t286\t杭州精工机械加工厂\t阳极氧化",
    "2\tGZX-30-002\t防护门框\t1200×800\tSUS304\t4\t件\t620\t无锡恒力不锈钢\t",
    "3\tGZX-30-003\t透明防护板\tPC 8 mm\t聚碳酸酯\t8\t张\t178\t\t边缘倒角",
    "4\tSC50X100\t双作用气缸\tΦ50 行程 100\t\t8\t台\t315\t上海申达自动化科技\t",
    "5\tSMC-AW30\t气源三联件\tG3/8\t\t2\t套\t240\t上海申达自动化科技\t",
)


def build(cast: dict[str, Any]) -> None:
    """Demo part 52: for the first contract whose machine is tested some weeks from now."""
    today = timezone.localdate()
    later = Task.objects.filter(
        name=TASK, planned_start__gt=today + timedelta(days=20), contract__stage__in=LIVE
    ).exclude(contract__number__in=list(cast.get("finished", ())))
    task = later.select_related("contract", "department").order_by("contract__number", "id").first()
    if task is None:
        return
    contract = task.contract
    places = TeamMember.objects.filter(contract=contract, department__function=Function.PROCUREMENT)
    member = places.select_related("person__user").order_by("id").first()
    buyer = (member.person.user if member else None) or cast["users"]["boss"]
    _take_over(contract, task, buyer)
    supplier = Supplier.objects.filter(name="上海申达自动化科技").first()
    for item in ProcurementItem.objects.filter(contract=contract, part_number="SC50X100"):
        services.order_item(
            item, actor=buyer, supplier=supplier, ordered_on=today, promised_on=today + timedelta(days=12)
        )
    _look(contract, task, buyer, "夹具与防护件清单 B 版", SECOND)


def _take_over(contract: Contract, task: Task, buyer: Any) -> None:
    job = _look(contract, task, buyer, "夹具与防护件清单 A 版", FIRST)
    found = compared(job, contract, actor=buyer)
    run_bom(job, contract, actor=buyer, digest=found.digest)


def _look(contract: Contract, task: Task, buyer: Any, name: str, rows: tuple[str, ...]) -> Any:
    text = "\n".join((TITLE, HEAD, *rows))
    job = open_bom(contract, name, text.encode(), lambda: read_paste(text), actor=buyer)
    choice = Choice(guess(HEAD.split("\t")), task.department, task, unit=UNIT)
    return map_bom(job, contract, choice, actor=buyer)
