"""Which column of a task list is what: guessed from headings, chosen by people, remembered for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from erp.models import ImportJob
from production.importing.columns import TASK, TOP, normal

if TYPE_CHECKING:
    from orgchart.models import User

#: Column → its name for people, in the order in which it is asked for.
LABELS = {
    "ref": _("No."),
    "name": _("task name"),
    "department": _("department"),
    "assignee": _("assignee"),
    "start": _("start"),
    "end": _("end"),
    "days": _("working days"),
    "predecessors": _("predecessors"),
    "milestone": _("milestone"),
    "note": _("note"),
}
#: Column → headings that people write.
HEADINGS: dict[str, tuple[str, ...]] = {
    "ref": ("序号", "编号", "标识号", "id", "no", "#"),
    "name": (*TASK["task"], "名称", "事项", "name", "activity"),
    "department": (*TASK["department"], "所属部门"),
    "assignee": TASK["assignee"],
    "start": TASK["start"],
    "end": (*TASK["end"], "完成时间"),
    "days": (*TASK["duration"], "工作日", "工期(工作日)", "工期(天)"),
    "predecessors": TASK["predecessors"],
    "milestone": TASK["milestone"],
    "note": (*TASK["task_description"], "说明", "note", "remarks", "comment"),
}
KNOWN = {normal(word): name for name, words in HEADINGS.items() for word in reversed(words)}
#: So many of somebody's last lists are asked how they named their columns.
LOOK_BACK = 20
LIST = "plan-list"


def heading_row(rows: list[list[Any]]) -> int:
    """The row (from 0) with most known headings; else the first that is not empty."""
    counts = [len({KNOWN[word] for cell in row if (word := normal(cell)) in KNOWN}) for row in rows[:TOP]]
    if max(counts, default=0) >= 2:
        return counts.index(max(counts))
    return next((n for n, row in enumerate(rows) if any(str(cell).strip() for cell in row)), 0)


def guess(headings: list[Any], remembered: Mapping[str, str]) -> dict[int, str]:
    """Place of a column → what it is. What the person chose for the same heading before comes first;
    every meaning is given once."""
    chosen: dict[int, str] = {}
    for source in (remembered, KNOWN):
        for place, cell in enumerate(headings):
            meaning = source.get(normal(cell), "")
            if meaning in LABELS and place not in chosen and meaning not in chosen.values():
                chosen[place] = meaning
    return {place: name for place, name in chosen.items() if remembered.get(normal(headings[place])) != "-"}


def remembered(user: User) -> dict[str, str]:
    """Heading → meaning ("-": not read) as somebody chose it last."""
    rows = ImportJob.objects.filter(owner=user, kind__startswith=f"{LIST}:").order_by("-pk")
    found: dict[str, str] = {}
    for result in rows.values_list("result", flat=True)[:LOOK_BACK]:
        for heading, meaning in result.get("mapping", {}).items():
            found.setdefault(heading, meaning)
    return found


def to_remember(headings: list[Any], mapping: Mapping[int, str]) -> dict[str, str]:
    """What `remembered` will tell the next time."""
    words = {place: normal(cell) for place, cell in enumerate(headings)}
    return {word: mapping.get(place, "-") for place, word in words.items() if word}
