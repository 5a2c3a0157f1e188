"""Purchases of the demo contracts, over all states, entered through the services as people would have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts.models import Contract, TeamMember
from erp.roles import LEADING, Function
from orgchart.models import Department, User
from procurement import services
from procurement.models import ProcurementItem, Supplier
from production.models import Task

#: name, contact, phone, lead time in working days
SUPPLIERS = (
    ("苏州江南阀门有限公司", "陆经理", "0512-5550211", 25),
    ("上海申达自动化科技", "邵工", "021-5550212", 10),
    ("无锡恒力不锈钢", "蒋主任", "0510-5550213", 7),
    ("杭州精工机械加工厂", "楼厂长", "0571-5550214", 15),
    ("深圳华控电气", "方小姐", "0755-5550215", 8),
    ("宁波永盛紧固件", "戴老板", "0574-5550216", 3),
    ("广州传感技术", "莫工", "020-5550217", 12),
    ("台州南方水泵", "应经理", "0576-5550218", 20),
)


@dataclass(frozen=True)
class Part:
    """What a task of every plan needs."""

    function: str
    task: str
    number: str
    name: str
    specification: str
    quantity: int
    unit: str
    price: str
    supplier: int


PARTS = (
    Part(Function.MECHANICAL, "机加工件制作", "SS304-40", "不锈钢方管", "304 40×40×2", 48, "米", "62.5", 2),
    Part(Function.MECHANICAL, "机加工件制作", "JG-1107", "底板加工件", "Q235 发黑，见图", 6, "件", "1380", 3),
    Part(Function.ELECTRICAL, "电控柜制作", "S7-1214C", "PLC 主机", "1214C DC/DC/DC", 1, "台", "2860", 1),
    Part(Function.ELECTRICAL, "电控柜制作", "NXB-63", "小型断路器", "C16 3P", 14, "个", "38.6", 4),
    Part(Function.ELECTRICAL, "电气接线", "E3Z-D62", "光电传感器", "NPN 漫反射 1 m", 10, "个", "168", 6),
    Part(Function.ASSEMBLY, "机械装配", "M8X30-A2", "内六角螺栓", "A2-70 M8×30", 400, "个", "0.85", 5),
    Part(Function.ASSEMBLY, "机械装配", "CR-10-5", "立式多级泵", "10 m³/h 不锈钢", 2, "台", "4650", 7),
)
VALVE = Part(Function.MECHANICAL, "整机调试", "GZF-DN25", "灌装阀", "DN25 卫生级 气动", 24, "件", "1960", 0)
SPARE = Part(Function.MECHANICAL, "整机调试", "MFJ-DN25", "密封备件包", "EPDM DN25", 4, "套", "260", 0)
LATE = "HT-2026-018"
DAY = timedelta(days=1)


def build(cast: dict[str, Any]) -> None:
    """Demo part 50: suppliers, and what every contract buys."""
    boss, buyer = cast["users"]["boss"], cast["users"]["buyer"]
    suppliers = [
        services.create_supplier(
            actor=buyer, name=name, contact=contact, phone=phone, lead_days=days,
            email=f"sales{nth}@example.com",
        )
        for nth, (name, contact, phone, days) in enumerate(SUPPLIERS, 1)
    ]  # fmt: skip
    finished = cast.get("finished", ())
    for nth, contract in enumerate(Contract.objects.order_by("number")):
        if not contract.frozen():
            Buying(contract, nth, suppliers, boss).run(whole=contract.number in finished)


class Buying:
    """The purchases of one contract."""

    def __init__(self, contract: Contract, nth: int, suppliers: list[Supplier], boss: User) -> None:
        self._contract, self._nth, self._suppliers, self._boss = contract, nth, suppliers, boss
        self._tasks = {task.name: task for task in Task.objects.filter(contract=contract)}
        self._today = timezone.localdate()
        place = TeamMember.objects.filter(contract=contract, department__function=Function.PROCUREMENT)
        member = place.select_related("person__user").order_by("id").first()
        self._buyer: User = (member.person.user if member else None) or boss
        self._receiver = member.person if member else contract.manager

    def run(self, *, whole: bool) -> None:
        for place, part in enumerate(PARTS):
            task = self._tasks.get(part.task)
            if task is None:
                continue
            item = self._request(part, task)
            if whole or task.planned_start < self._today - 3 * DAY:
                self._bought(item, part, task.planned_start, place)
            else:
                self._underway(item, part, task.planned_start, place)
        if self._contract.number == LATE:
            self._late_valve()
            spare = self._request(SPARE, self._tasks[SPARE.task])
            services.cancel_item(spare, actor=self._buyer, reason="改用客户自有备件")

    def _request(self, part: Part, task: Task) -> ProcurementItem:
        department = Department.objects.filter(function=part.function).order_by("position")[0]
        leads = TeamMember.objects.filter(
            contract=self._contract, department=department, duty__in=LEADING
        ).select_related("person__user")
        leader = leads.order_by("id").first()
        return services.create_item(
            self._contract,
            actor=(leader.person.user if leader else None) or self._boss,
            department=department,
            task=task,
            part_number=part.number,
            name=part.name,
            specification=part.specification,
            quantity=Decimal(part.quantity),
            unit=part.unit,
        )

    def _order(self, item: ProcurementItem, part: Part, on: date, promised: date | None) -> ProcurementItem:
        """Prices differ a little from contract to contract."""
        price = (Decimal(part.price) * (100 + self._nth % 4) / 100).quantize(Decimal("0.01"))
        return services.order_item(
            item,
            actor=self._buyer,
            supplier=self._suppliers[part.supplier],
            price=price,
            ordered_on=min(on, self._today),
            promised_on=promised,
            order_number=f"PO-{self._contract.number[-3:]}-{item.pk:04}",
        )

    def _bought(self, item: ProcurementItem, part: Part, start: date, place: int) -> None:
        """All here: most in time, some in two parts, one late, one with a defect."""
        nth = self._nth + place
        due = start - 3 * DAY
        item = self._order(item, part, due - 22 * DAY, due)
        item = services.ship_item(item, actor=self._buyer, shipped_on=min(due - 4 * DAY, self._today))
        day = min(due + (2 * DAY if nth % 6 == 0 else -DAY), self._today)
        if nth % 4 == 1 and part.quantity > 2:
            first = Decimal(part.quantity // 2)
            services.record_arrival(
                item, actor=self._buyer, quantity=first, arrived_on=min(day - 3 * DAY, self._today),
                note="第一批", receiver=self._receiver,
            )  # fmt: skip
        if nth % 7 == 3 and part.quantity > 4:
            services.record_arrival(
                item, actor=self._buyer, quantity=Decimal(1), arrived_on=day - 2 * DAY,
                defect="外观划伤，退货换新", defective_quantity=Decimal(1),
                receiver=self._receiver,
            )  # fmt: skip
        services.record_arrival(item, actor=self._buyer, arrived_on=day, receiver=self._receiver)

    def _underway(self, item: ProcurementItem, part: Part, start: date, place: int) -> None:
        """Every state there is, by turns."""
        nth, due = self._nth + place, start - 3 * DAY
        if nth % 5 == 4 or start > self._today + 45 * DAY:
            return
        item = self._order(item, part, self._today - (6 + nth) * DAY, due if nth % 5 else None)
        if nth % 5 == 2:
            services.ship_item(
                item, actor=self._buyer, shipped_on=self._today - 2 * DAY, waybill="SF 4107 2280 15"
            )
        if nth % 5 == 3 and part.quantity > 2:
            services.record_arrival(
                item, actor=self._buyer, quantity=Decimal(part.quantity // 3), arrived_on=self._today - DAY,
                note="先到一部分", receiver=self._receiver,
            )  # fmt: skip

    def _late_valve(self) -> None:
        """The valve that holds the contract up: twice promised for later, half of it here, some of no
        good; what it does to the plan waits for the project manager."""
        task, today = self._tasks[VALVE.task], self._today
        item = self._request(VALVE, task)
        item = self._order(item, VALVE, today - 48 * DAY, today - 14 * DAY)
        for told, day, reason in (
            (20, today - 5 * DAY, "阀体铸件报废，重新排产"),
            (6, today + 6 * DAY, "密封件进口清关延误"),
        ):
            item = services.set_promised_date(
                item, day, actor=self._buyer, reason=reason, told_on=today - told * DAY
            )
        services.ship_item(item, actor=self._buyer, shipped_on=today - 4 * DAY, waybill="DB 8830 1174")
        services.record_arrival(
            item, actor=self._buyer, quantity=Decimal(12), arrived_on=today - 2 * DAY, note="第一批 12 件",
            defect="2 件密封面划伤，已拍照，供应商补货", defective_quantity=Decimal(2),
            receiver=self._receiver,
        )  # fmt: skip
