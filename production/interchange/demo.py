"""Two templates for the demo company, made as a department leader would make them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from erp.roles import Function
from production.interchange.drafts import Tie
from production.interchange.models import PlanTemplate, TemplateTask
from production.interchange.templates import make_template

M, E, S, P, A, Q = (
    Function.MECHANICAL,
    Function.ELECTRICAL,
    Function.SOFTWARE,
    Function.PROCUREMENT,
    Function.ASSEMBLY,
    Function.QUALITY,
)
#: (function, name, working days, 0 for a milestone; then what it waits for: place, type, lag)
MACHINE = (
    (M, "总体方案设计", "5", ()),
    (M, "机械结构设计", "10", ((0, "FS", "0"),)),
    (E, "电气原理图设计", "8", ((0, "FS", "0"),)),
    (M, "图纸评审", "0", ((1, "FS", "0"), (2, "FS", "0"))),
    (P, "外购件采购", "20", ((3, "FS", "0"),)),
    (M, "机加工件制作", "15", ((3, "FS", "0"),)),
    (E, "电控柜制作", "6", ((3, "FS", "2"),)),
    (S, "PLC 程序编写", "10", ((2, "SS", "3"),)),
    (A, "机械装配", "8", ((5, "FS", "0"), (4, "FF", "2"))),
    (A, "电气接线", "5", ((8, "SS", "3"), (6, "FS", "0"))),
    (A, "整机调试", "7.5", ((9, "FS", "0"), (7, "FS", "0"))),
    (Q, "出厂检验", "2", ((10, "FS", "0"),)),
    (A, "预验收", "0", ((11, "FS", "0"),)),
)
UPGRADE = (
    (E, "现场调研", "1.5", ()),
    (E, "改造方案设计", "4", ((0, "FS", "1"),)),
    (P, "电气件采购", "10", ((1, "FS", "0"),)),
    (S, "程序修改与仿真", "5", ((1, "SS", "2"),)),
    (A, "现场改造安装", "3", ((2, "FS", "0"),)),
    (A, "联机调试", "2.5", ((4, "FS", "0"), (3, "FS", "0"))),
    (Q, "改造检验", "1", ((5, "FS", "0"),)),
    (A, "改造完成", "0", ((6, "FS", "0"),)),
)
TEMPLATES = (
    ("非标单机设备", "设计、采购、加工并行，装配在外购件到齐后结束", MACHINE),
    ("电气改造", "现场停机改造，工期约一个月", UPGRADE),
)


def build_templates(cast: dict[str, Any]) -> None:
    """Demo part 32: a template for a whole machine, and one for an upgrade."""
    for name, note, rows in TEMPLATES:
        if PlanTemplate.objects.active().filter(name=name).exists():
            continue
        tasks = [
            TemplateTask(
                function=function,
                name=task,
                days=max(Decimal(days), Decimal("0.5")),
                milestone=days == "0",
                needs_acceptance=days != "0",
            )
            for function, task, days, _waits in rows
        ]
        ties = [
            Tie(before, after, kind, Decimal(lag))
            for after, row in enumerate(rows)
            for before, kind, lag in row[3]
        ]
        make_template(actor=cast["users"]["boss"], name=name, note=note, tasks=tasks, ties=ties)
