"""Sheets to a plan of contracts with tasks, and everything that is wrong, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from contracts.services import normal_number
from production.calendar import end_after
from production.importing import cells
from production.importing.cells import Wrong
from production.importing.columns import HEADS, Heading, find_heading
from production.importing.lookups import Lookups, key, taken
from production.importing.reading import Sheet
from production.models import LONGEST

#: Problems shown; whoever has more starts with these.
MOST_PROBLEMS = 500
NEEDED = ("name", "company", "manager", "signed_on", "planned_delivery")

Read = Callable[[Any], Any]
PLAIN: dict[str, Read] = {
    "name": partial(cells.text, most=200),
    "company": partial(cells.text, most=100),
    "contact": partial(cells.text, most=60),
    "contact_phone": partial(cells.text, most=40),
    "manager": partial(cells.text, most=100),
    "sales_person": partial(cells.text, most=100),
    "signed_on": cells.day,
    "planned_delivery": cells.day,
    "quote_amount": cells.money,
    "deal_amount": cells.money,
    "description": partial(cells.text, most=5000),
}
OF_TASK: dict[str, Read] = {
    "task": partial(cells.text, most=200),
    "department": partial(cells.text, most=100),
    "assignee": partial(cells.text, most=100),
    "start": cells.day,
    "end": cells.day,
    "duration": partial(cells.whole, least=1, most=2500),
    "progress": cells.percent,
    "predecessors": partial(cells.text, most=1000),
    "milestone": cells.yes,
    "task_description": partial(cells.text, most=5000),
}


class Checker:
    """One pass over the sheets; `plan()` and `problems` are the result."""

    def __init__(self, *, may_open_companies: bool) -> None:
        self.may_open_companies = may_open_companies
        self.look = Lookups()
        self.contracts: dict[str, dict[str, Any]] = {}
        self.problems: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.new_companies: dict[str, str] = {}
        self.known: set[str] = set()
        self.written: dict[tuple[str, str], str] = {}

    def check(self, sheets: list[Sheet]) -> None:
        """Sheets that describe contracts first, whatever their order in the book."""
        found = [(sheet, find_heading(sheet.rows)) for sheet in sheets]
        for sheet, heading in found:
            if heading is None:
                text = _("No headings were found; expected are %(some)s …")
                self.problem(sheet, 0, "", text % {"some": "、".join(list(HEADS.values())[:4])})
        read = [(sheet, heading) for sheet, heading in found if heading is not None]
        self._numbers(read)
        for sheet, heading in sorted(read, key=lambda pair: "company" not in pair[1].columns.values()):
            self._sheet(sheet, heading)
        for number, contract in self.contracts.items():
            self._whole(number, contract)

    def _numbers(self, sheets: list[tuple[Sheet, Heading]]) -> None:
        numbers: set[str] = set()
        for sheet, heading in sheets:
            for column, name in heading.columns.items():
                if name == "number":
                    rows = sheet.rows[heading.row + 1 :]
                    numbers |= {_number(row[column]) for row in rows if column < len(row)}
        self.known = taken(sorted(numbers - {""}))

    def problem(self, sheet: Sheet, row: int, column: str, text: Any) -> None:
        """`column` is ours; people are told the heading that they wrote."""
        column = self.written.get((sheet.name, column)) or HEADS.get(column, column)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append({"sheet": sheet.name, "row": row, "column": column, "text": str(text)})

    def _sheet(self, sheet: Sheet, heading: Heading) -> None:
        names = set(heading.columns.values())
        for column, name in heading.columns.items():
            self.written[sheet.name, name] = str(sheet.rows[heading.row][column])[:60]
        for _column, word in heading.doubled:
            self.problem(sheet, heading.row + 1, word, _("this heading occurs twice"))
        if heading.unknown:
            text = _("Sheet “%(sheet)s”: these columns are not read: %(names)s")
            self.notes.append(text % {"sheet": sheet.name, "names": "、".join(heading.unknown[:20])})
        if "number" not in names:
            self.problem(sheet, heading.row + 1, "number", _("this heading is missing"))
            return
        for name in ("department", "start") if "task" in names else ():
            if name not in names:
                self.problem(sheet, heading.row + 1, name, _("this heading is missing"))
        for at in range(heading.row + 1, len(sheet.rows)):
            if any(cell != "" for cell in sheet.rows[at]) or any(r == at for r, _c in sheet.errors):
                self._row(sheet, heading, at)

    def _row(self, sheet: Sheet, heading: Heading, at: int) -> None:
        row, values = sheet.rows[at], {}
        if any(str(cell).strip() for cell in row[len(sheet.rows[heading.row]) :]):
            self.problem(sheet, at + 1, "", _("this row has more cells than there are headings"))
        for column, name in heading.columns.items():
            if (at, column) in sheet.errors:
                self.problem(sheet, at + 1, name, _("the cell holds an error such as #REF!"))
                continue
            cell = row[column] if column < len(row) else ""
            if isinstance(cell, str) and cell.startswith("#") and cell.rstrip("!?").isupper():
                self.problem(sheet, at + 1, name, _("the cell holds an error such as #REF!"))
            elif cell is not None and str(cell).strip():
                values[name] = cell
        number = _number(values.pop("number", ""))
        if not number or len(number) > 50:
            text = _("longer than %(most)s characters") % {"most": 50} if number else _("is missing")
            self.problem(sheet, at + 1, "number", text)
            return
        self._contract(sheet, at, number, values)
        if "task" in values or values.keys() & {"start", "end", "duration", "progress"}:
            self._task(sheet, at, self.contracts[number], values)

    # --- contracts ----------------------------------------------------------------------------------

    def _contract(self, sheet: Sheet, at: int, number: str, values: dict[str, Any]) -> None:
        contract = self.contracts.get(number)
        header = {name: cell for name, cell in values.items() if name in PLAIN}
        if contract is None:
            contract = {"number": number, "tasks": [], "at": (sheet, at + 1), "columns": {}}
            self.contracts[number] = contract
            if number in self.known:
                text = _("“%(number)s” is taken: imports only open new contracts") % {"number": number}
                self.problem(sheet, at + 1, "number", text)
        elif header and "task" not in values:
            text = _("“%(number)s” stands in the file twice (row %(row)s)")
            first = contract["at"][1]
            self.problem(sheet, at + 1, "number", text % {"number": number, "row": first})
            return
        for name, cell in header.items():
            self._header(sheet, at, contract, name, cell)

    def _header(self, sheet: Sheet, at: int, contract: dict[str, Any], name: str, cell: Any) -> None:
        value = self.value(sheet, at, name, PLAIN[name], cell)
        if value is None:
            contract["columns"].setdefault(name, at + 1)
            contract.setdefault(name, None)
        elif contract.get(name) is None:
            contract[name] = value
            contract["columns"][name] = at + 1
        elif contract[name] != value:
            text = _("differs from row %(row)s of the same contract") % {"row": contract["columns"][name]}
            self.problem(sheet, at + 1, name, text)

    def value(self, sheet: Sheet, at: int, name: str, read: Read, cell: Any) -> Any:
        try:
            return read(cell)
        except Wrong as why:
            self.problem(sheet, at + 1, name, why)
            return None

    def _whole(self, number: str, contract: dict[str, Any]) -> None:
        """What can be said of a contract only when all of its rows are read."""
        sheet, row = contract["at"]
        for name in NEEDED:
            if name not in contract:
                self.problem(sheet, row, name, _("is missing"))
        start, due = contract.get("signed_on"), contract.get("planned_delivery")
        if start and due and due < start:
            text = _("The planned delivery lies before the signing date.")
            self.problem(sheet, contract["columns"]["planned_delivery"], "planned_delivery", text)
        for name in ("manager", "sales_person"):
            if contract.get(name):
                at = contract["columns"][name] - 1
                contract[name] = self.value(sheet, at, name, self.look.person, contract[name])
        self._company(sheet, contract)
        self._order(contract)

    def _company(self, sheet: Sheet, contract: dict[str, Any]) -> None:
        name = contract.get("company")
        if not name:
            return
        contract["company_name"], contract["company"] = name, self.look.companies.get(key(name))
        if contract["company"] is None:
            if self.may_open_companies:
                self.new_companies.setdefault(key(name), name)
                return
            text = _("there is no company “%(name)s”; boss or administrator can open it") % {"name": name}
            self.problem(sheet, contract["columns"]["company"], "company", text)

    # --- tasks --------------------------------------------------------------------------------------

    def _task(self, sheet: Sheet, at: int, contract: dict[str, Any], values: dict[str, Any]) -> None:
        task: dict[str, Any] = {"sheet": sheet, "row": at + 1}
        for name, read in OF_TASK.items():
            if name in values:
                task[name] = self.value(sheet, at, name, read, values[name])
        for name in ("task", "department", "start"):
            if name not in task:
                self.problem(sheet, at + 1, name, _("is missing"))
        if task.get("department"):
            task["department"] = self.value(sheet, at, "department", self.look.department, task["department"])
        if task.get("assignee"):
            find = partial(self.look.person, department=task.get("department"))
            task["assignee"] = self.value(sheet, at, "assignee", find, task["assignee"])
        self._span(sheet, at, task)
        contract["tasks"].append(task)

    def _span(self, sheet: Sheet, at: int, task: dict[str, Any]) -> None:
        """End by working days where only those are given; start and end in order."""
        start: date | None = task.get("start")
        if start is None:
            return
        if task.get("milestone"):
            task["end"] = start
        elif "end" not in task:
            if "duration" not in task:
                self.problem(sheet, at + 1, "end", _("is missing: give the end or the duration"))
            elif task["duration"]:
                calendar = self.look.calendars.work(task.get("department"), task.get("assignee"))
                task["end"] = end_after(start, task["duration"], calendar)
        end = task.get("end")
        if end and not start <= end <= start + LONGEST:
            self.problem(sheet, at + 1, "end", _("The end lies before the start, or ten years after."))

    def _order(self, contract: dict[str, Any]) -> None:
        """Names of predecessors to places in the contract's list; circles are refused."""
        places: dict[str, int] = {}
        for place, task in enumerate(contract["tasks"]):
            places.setdefault(key(task.get("task") or ""), place)
        for place, task in enumerate(contract["tasks"]):
            task["after"] = []
            for name in _names(task.get("predecessors") or ""):
                found = places.get(key(name))
                if found is None or found == place:
                    text = _("the contract has no other task “%(name)s”") % {"name": name[:60]}
                    self.problem(task["sheet"], task["row"], "predecessors", text)
                elif found not in task["after"]:
                    task["after"].append(found)
        if (stuck := _circle([task["after"] for task in contract["tasks"]])) is not None:
            task = contract["tasks"][stuck]
            text = _("the tasks wait for each other in a circle")
            self.problem(task["sheet"], task["row"], "predecessors", text)

    def plan(self) -> dict[str, Any]:
        """Everything the import needs, as plain JSON; whole only when there are no problems."""
        contracts = [_contract_json(contract) for contract in self.contracts.values()]
        return {"contracts": contracts, "new_companies": list(self.new_companies.values())}


def _contract_json(contract: dict[str, Any]) -> dict[str, Any]:
    names = ("number", "company", "company_name", *PLAIN)
    plain = {name: _json(contract.get(name)) for name in names}
    return {**plain, "tasks": [_task_json(task) for task in contract["tasks"]]}


def _task_json(task: dict[str, Any]) -> dict[str, Any]:
    names = ("task", "department", "assignee", "start", "end", "progress", "milestone", "task_description")
    return {**{name: _json(task.get(name)) for name in names}, "after": task.get("after", [])}


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, int | bool) else str(value)


def _number(cell: Any) -> str:
    try:
        return normal_number(cells.text(cell, 1000))
    except Wrong:
        return "?" * 51


def _names(text: str) -> list[str]:
    for mark in ("、", ";", "；", "，", "\n", "|"):
        text = text.replace(mark, ",")
    return [name.strip() for name in text.split(",") if name.strip()]


def _circle(after: list[list[int]]) -> int | None:
    """A place on a circle of "waits for", or None. Without recursion: plans may be long."""
    waiting = [len(set(befores)) for befores in after]
    needed_by: list[list[int]] = [[] for _ in after]
    for place, befores in enumerate(after):
        for before in befores:
            needed_by[before].append(place)
    free = [place for place, count in enumerate(waiting) if not count]
    seen = 0
    while free:
        seen += 1
        for place in needed_by[free.pop()]:
            waiting[place] -= 1
            if not waiting[place]:
                free.append(place)
    return None if seen == len(after) else next(p for p, count in enumerate(waiting) if count > 0)
