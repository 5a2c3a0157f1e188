"""Which heading means which column, in Chinese or English, in any order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

#: Column → the headings people write, first the one of our template.
CONTRACT = {
    "number": ("合同编号", "合同号", "合同编码", "编号", "contract number", "contract no", "contract"),
    "name": ("合同名称", "项目名称", "名称", "项目", "contract name", "project name", "project", "name"),
    "company": ("客户公司", "客户", "客户名称", "甲方", "customer company", "customer", "client", "company"),
    "contact": ("联系人", "客户联系人", "contact", "contact person"),
    "contact_phone": ("电话", "联系电话", "手机", "联系方式", "phone", "contact phone", "mobile", "tel"),
    "manager": ("项目总负责人", "负责人", "项目经理", "项目负责人", "project manager", "manager"),
    "sales_person": ("销售", "销售人员", "销售员", "业务员", "sales", "sales person", "salesperson"),
    "signed_on": ("签订日期", "签约日期", "合同签订日期", "签订时间", "signed on", "signing date", "signed"),
    "planned_delivery": (
        "计划交付", "交付日期", "交付时间", "计划交付日期", "交货日期", "交期",
        "planned delivery", "delivery date", "delivery", "due date",
    ),
    "quote_amount": ("报价", "报价金额", "quote", "quote amount"),
    "deal_amount": ("成交价", "成交金额", "合同金额", "金额", "deal", "deal amount", "amount"),
    "description": ("合同说明", "说明", "备注", "description", "remarks", "notes", "note"),
}  # fmt: skip
TASK = {
    "task": ("任务", "任务名称", "工作内容", "工序", "task", "task name"),
    "department": ("部门", "责任部门", "department"),
    "assignee": (
        "负责人员", "执行人", "任务负责人", "责任人", "人员", "负责人", "assignee", "person", "responsible",
        "owner",
    ),
    "start": ("开始", "开始日期", "计划开始", "开始时间", "start", "start date", "planned start"),
    "end": (
        "结束", "完成", "结束日期", "完成日期", "计划完成", "计划结束", "结束时间",
        "end", "end date", "finish", "planned end",
    ),
    "duration": ("工期", "工期(天)", "天数", "duration", "days", "working days"),
    "progress": ("进度", "完成率", "完成百分比", "progress", "% complete", "percent"),
    "predecessors": ("前置任务", "前置", "紧前任务", "predecessors", "predecessor", "after"),
    "milestone": ("里程碑", "milestone"),
    "task_description": ("任务说明", "任务备注", "task description", "备注", "description", "notes"),
}  # fmt: skip
TEMPLATE = (*CONTRACT, *TASK)
HEADS = {key: names[0] for key, names in {**CONTRACT, **TASK}.items()}
#: Rows of a sheet among which its headings may stand: titles come first in many offices.
TOP = 15


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the headings stand (row from 0), what each column means, and what is wrong with them."""

    row: int
    columns: dict[int, str]
    doubled: list[tuple[int, str]]
    unknown: list[str]


def normal(text: Any) -> str:
    """A heading without case, width, marks and spaces at the ends: `＊ 合同编号 （必填）` → `合同编号`."""
    plain = unicodedata.normalize("NFKC", str(text)).casefold()
    plain = re.sub(r"\((必填|required|元|万元|yyyy-mm-dd|%)\)", "", plain.replace(" (", "("))
    return re.sub(r"\s+", " ", plain.replace("_", " ")).strip(" *:：.\u3000\ufeff\n\t")


_contract = {normal(name): key for key, names in CONTRACT.items() for name in reversed(names)}
_task = {normal(name): key for key, names in TASK.items() for name in reversed(names)}


def find_heading(rows: list[list[Any]]) -> Heading | None:
    """The row among the first ones in which most headings are known; None when no row has two."""
    best = max(((len(_known(row)), -number) for number, row in enumerate(rows[:TOP])), default=(0, 0))
    return _read(rows[-best[1]], -best[1]) if best[0] >= 2 else None


def _known(row: list[Any]) -> set[str]:
    words = {normal(cell) for cell in row}
    return {word for word in words if word in _contract or word in _task}


def _read(row: list[Any], number: int) -> Heading:
    """A word that both lists know (负责人, 备注) means the contract's where the sheet describes
    contracts, the task's where it only names them."""
    words = [normal(cell) for cell in row]
    describes = any(_contract.get(word) in ("company", "signed_on", "planned_delivery") for word in words)
    first, second = (_contract, _task) if describes else (_task, _contract)
    columns: dict[int, str] = {}
    doubled, unknown = [], []
    for column, word in enumerate(words):
        choices = [key for key in (first.get(word), second.get(word)) if key]
        free = [key for key in choices if key not in columns.values()]
        if free:
            columns[column] = free[0]
        elif choices:
            doubled.append((column, str(row[column])))
        elif word:
            unknown.append(str(row[column])[:60])
    return Heading(number, columns, doubled, unknown)
