"""A plan on paper: A3 sheets of a Gantt as plain shapes, worked out here and printed by a template.

Everything is in units of a quarter millimetre, as the template's view box has it. Bars differ by
pattern, not by colour alone, so that a black and white printer loses nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from erp.dates import month_tick, short_day, tick
from erp.workdays import WorkCalendar, days, slot_of
from production.models import Task
from production.spans import Span
from production.states import Status
from production.tables import days_late, late_label

#: The drawing is this wide; the chart begins behind the columns; a row, and the scale above, are so high.
WIDTH, LEFT, ROW, HEAD = 1600, 596, 18, 40
#: Rows that fit under the title block of an A3 sheet, landscape.
ROWS = 50
#: Columns before the chart: heading, where it begins, how wide it is.
COLUMNS = (
    ("task", 6, 254),
    ("person", 266, 70),
    ("start", 342, 106),
    ("end", 454, 106),
    ("percent", 590, 40),
)
SIZE = 11  # of letters
#: Below this width of a day in units, rest days are not shaded and days not named.
SHADED, NAMED_DAYS, NAMED_WEEKS = 2.0, 14.0, 2.4
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Link:
    """What a line is drawn for: both ends by the key of the task, and the type FS, SS, FF or SF."""

    before: int
    after: int
    kind: str = "FS"


@dataclass(frozen=True, slots=True)
class Scale:
    """Where days lie: `day` units each, from `first` on."""

    first: date
    last: date
    day: float

    @classmethod
    def over(cls, spans: Iterable[Span], *marks: date) -> Scale:
        """Whole weeks around everything shown, with room for a name behind the last bar."""
        found = list(spans)
        first = min([s.start for s in found] + list(marks))
        last = max([s.end for s in found] + list(marks))
        first -= timedelta(days=first.weekday())
        last += timedelta(days=6 - last.weekday() + max(7, (last - first).days // 12))
        return cls(first, last, (WIDTH - LEFT) / ((last - first).days + 1))

    def at(self, boundary: int) -> float:
        """Where an instant lies, given as a boundary between half-days."""
        return round(LEFT + (boundary - slot_of(self.first)) * self.day / 2, 1)

    def of(self, day: date) -> float:
        return self.at(slot_of(day))


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    done: float
    status: str
    late: bool
    critical: bool
    milestone: bool
    after: str  # text behind the bar
    ghost: tuple[float, float] | None = None

    @property
    def end(self) -> float:
        return self.x if self.milestone else self.x + self.width


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the sheet: a department's name, or a task with its bar. `y` is its upper edge."""

    y: float
    texts: list[tuple[float, str, str]]
    bar: Bar | None = None
    key: int = 0


@dataclass(slots=True)
class Sheet:
    """One page. Rows begin under the scale; lines that go on elsewhere run off the edge."""

    number: int
    rows: list[Row]
    links: list[str] = field(default_factory=list)

    @property
    def height(self) -> float:
        return len(self.rows) * ROW

    @property
    def bottom(self) -> float:
        return HEAD + self.height


@dataclass(frozen=True, slots=True)
class Drawing:
    """All pages of a plan and what they share: the scale's marks, the shaded days, today, delivery."""

    sheets: list[Sheet]
    months: list[tuple[float, str]]
    ticks: list[tuple[float, str]]
    shaded: list[tuple[float, float]]
    heads: list[tuple[float, str, str]]
    today: float | None
    delivery: float | None


def drawing(
    tasks: Sequence[Task],
    links: Iterable[Link],
    calendar: WorkCalendar,
    delivery: date,
    *,
    ghosts: Mapping[int, Span] | None = None,
    critical: frozenset[int] = frozenset(),
) -> Drawing:
    """The plan of `tasks` (in plan order, department and assignee joined) as pages.

    `ghosts`: where a baseline has each task; `critical`: keys of tasks that are outlined as critical."""
    ghosts = ghosts or {}
    today = timezone.localdate()
    scale = Scale.over([*map(Span.of, tasks), *ghosts.values()], delivery)
    lines = _lines(tasks, scale, ghosts, critical, today)
    pages = [lines[at : at + ROWS] for at in range(0, len(lines), ROWS)] or [[]]
    sheets = [_sheet(number, page) for number, page in enumerate(pages, 1)]
    _draw_links(sheets, links)
    inside = scale.first <= today <= scale.last
    return Drawing(
        sheets,
        _months(scale),
        _ticks(scale),
        _shaded(scale, calendar),
        _heads(),
        scale.at(slot_of(today) + 1) if inside else None,
        scale.at(slot_of(delivery) + 2),
    )


def _heads() -> list[tuple[float, str, str]]:
    words = {
        "task": _("Task"),
        "person": _("Person"),
        "start": _("Start"),
        "end": _("End"),
        "percent": "%",
    }
    return [(x, words[name], "right" if name == "percent" else "") for name, x, _width in COLUMNS]


def _lines(
    tasks: Sequence[Task], scale: Scale, ghosts: Mapping[int, Span], critical: frozenset[int], today: date
) -> list[Any]:
    """Departments and tasks in order; a department is named again where a page begins with its tasks."""
    lines: list[Any] = []
    named = None
    for task in tasks:
        department = task.department.name
        if department != named or len(lines) % ROWS == 0:
            if len(lines) % ROWS == ROWS - 1:
                lines.append(None)  # no heading at the foot of a page
            again = department == named
            lines.append(
                _("%(department)s (continued)") % {"department": department} if again else department
            )
            named = department
        lines.append((task, _bar(task, scale, ghosts.get(task.pk), task.pk in critical, today)))
    return lines


def _bar(task: Task, scale: Scale, ghost: Span | None, critical: bool, today: date) -> Bar:
    span = Span.of(task)
    late = days_late(task, today)
    x, end = scale.at(span.first), scale.at(span.until)
    if task.milestone:
        x = end
    width = max(end - x, 1.5)
    after = " · ".join(filter(None, [task.assignee.name if task.assignee else "", late_label(late)]))
    if task.milestone:
        after = " · ".join(filter(None, [task.name, after]))
    room = max(WIDTH - max(end, x) - 12, 0)
    return Bar(
        x,
        width,
        round(width * task.progress / 100, 1),
        task.status,
        late > 0,
        critical,
        task.milestone,
        fitted(after, room),
        (scale.at(ghost.first), scale.at(ghost.until) - scale.at(ghost.first)) if ghost else None,
    )


def _sheet(number: int, lines: list[Any]) -> Sheet:
    rows = []
    for nth, line in enumerate(lines):
        y = HEAD + nth * ROW
        if isinstance(line, str):
            rows.append(Row(y, [(COLUMNS[0][1], fitted(line, LEFT - 12), "")]))
        elif line is not None:
            task, bar = line
            rows.append(Row(y, _texts(task), bar, task.pk))
        else:
            rows.append(Row(y, []))
    return Sheet(number, rows)


def _texts(task: Task) -> list[tuple[float, str, str]]:
    texts = {
        "task": f"◆ {task.name}" if task.milestone else task.name,
        "person": task.assignee.name if task.assignee else "—",
        "start": half(task.planned_start, _("p.m.") if task.begins_afternoon else ""),
        "end": half(task.planned_end, _("a.m.") if task.ends_noon and not task.milestone else ""),
        "percent": f"{task.progress}%",
    }
    indent = {"task": 10.0}
    return [
        (
            x + indent.get(name, 0),
            fitted(texts[name], width - indent.get(name, 0)),
            "right" if name == "percent" else "",
        )
        for name, x, width in COLUMNS
    ]


def half(day: date, mark: str) -> str:
    return f"{short_day(day)} {mark}".rstrip()


def fitted(text: str, room: float) -> str:
    """As much of a text as fits into `room` units, Han signs counted whole and others by half."""
    used = 0.0
    for at, sign in enumerate(text):
        used += SIZE * (1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.56)
        if used > room:
            return text[: max(at - 1, 0)] + "…" if at else ""
    return text


def _draw_links(sheets: list[Sheet], links: Iterable[Link]) -> None:
    """Put each line on every page that shows one of its ends; an end that lies elsewhere is above or
    below the page."""
    places = {
        row.key: (sheet.number, row.y + ROW / 2, row.bar) for sheet in sheets for row in sheet.rows if row.bar
    }
    for link in links:
        if link.before not in places or link.after not in places:
            continue
        (page_a, y_a, a), (page_b, y_b, b) = places[link.before], places[link.after]
        for page in {page_a, page_b}:
            sheet = sheets[page - 1]
            start = y_a if page_a == page else (0 if page_a < page else sheet.bottom + ROW)
            end = y_b if page_b == page else (0 if page_b < page else sheet.bottom + ROW)
            sheet.links.append(path(a, start, b, end, link.kind))


def path(before: Bar, y: float, after: Bar, to: float, kind: str) -> str:
    """A line of right angles from the start or end of one bar to the start or end of another. It leaves
    and arrives sideways; where there is no room between, it goes round between the rows."""
    out, into = (-1, -1 if kind == "SF" else 1) if kind[0] == "S" else (1, 1)
    into = 1 if kind[1] == "S" else -1
    x = before.x if kind[0] == "S" else before.end
    end = after.x if kind[1] == "S" else after.end
    if before.milestone:
        x += out * 6
    if after.milestone:
        end -= into * 6
    turn, last = x + out * 5, end - into * 7
    if (last - turn) * out >= 0 and out == into:
        return f"M{x:.1f} {y:.1f}H{turn:.1f}V{to:.1f}H{end:.1f}"
    if out != into:
        turn = max(turn, last) if out > 0 else min(turn, last)
        return f"M{x:.1f} {y:.1f}H{turn:.1f}V{to:.1f}H{end:.1f}"
    between = y + (ROW / 2 if to > y else -ROW / 2)
    return f"M{x:.1f} {y:.1f}H{turn:.1f}V{between:.1f}H{last:.1f}V{to:.1f}H{end:.1f}"


def _months(scale: Scale) -> list[tuple[float, str]]:
    found = []
    day = scale.first
    while day <= scale.last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        room = (min(following, scale.last + DAY) - day).days * scale.day
        text = month_tick(day, year=room > 50) if room > 16 else ""
        found.append((scale.of(day), text))
        day = following
    return found


def _ticks(scale: Scale) -> list[tuple[float, str]]:
    """Days, weeks by their Monday, or nothing below the months, as there is room."""
    if scale.day >= NAMED_DAYS:
        return [(scale.of(day), str(day.day)) for day in days(scale.first, scale.last)]
    if scale.day >= NAMED_WEEKS:
        mondays = (day for day in days(scale.first, scale.last) if day.weekday() == 0)
        wide = scale.day * 7 >= 36
        return [(scale.of(day), tick(day) if wide else str(day.day)) for day in mondays]
    return []


def _shaded(scale: Scale, calendar: WorkCalendar) -> list[tuple[float, float]]:
    """Days off, those in a row as one."""
    if scale.day < SHADED:
        return []
    found: list[tuple[float, float]] = []
    for day in calendar.rest_days(scale.first, scale.last):
        x = scale.of(day)
        if found and abs(found[-1][0] + found[-1][1] - x) < 0.3:
            found[-1] = (found[-1][0], round(found[-1][1] + scale.day, 1))
        else:
            found.append((x, round(scale.day, 1)))
    return found


#: Statuses in the legend, in the order in which a task goes through them.
LEGEND = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.PAUSED, Status.WAITING_QC, Status.DONE)
