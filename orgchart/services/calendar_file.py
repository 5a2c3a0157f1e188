"""A year's public holidays from a file: checked into an ImportJob, written as a whole or not at all."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.dates import FIRST_DAY, LAST_DAY, short_day
from erp.models import ImportJob
from erp.reading import Sheet, Unreadable, read
from erp.workdays import days
from erp.workflow import Blocked
from orgchart.calendars import Changes, Rule
from orgchart.models import CalendarDay
from orgchart.names import clean_line
from orgchart.services.calendar import changes_of_days, may_edit_calendar, set_days

if TYPE_CHECKING:
    from orgchart.models import User

KIND = "calendar"
MOST_LINES, LONGEST_SPAN, LONGEST_NAME = 500, 60, 60
#: A file says at least so many days off of the year that it announces. Single days before or after
#: belong to a New Year's holiday across the border.
OF_A_YEAR = 5
COLUMNS = {
    "day": ("日期", "开始日期", "开始", "day", "date", "from", "start", "first day"),
    "until": ("结束日期", "结束", "至", "until", "to", "end", "last day"),
    "kind": ("类型", "安排", "休班", "kind", "type"),
    "name": ("名称", "节日", "节假日", "name", "holiday"),
}
#: What the template is headed with, by language.
HEADS = {"zh": ("日期", "结束日期", "类型", "名称"), "en": ("Day", "Until", "Kind", "Name")}
OFF = {"休", "休息", "放假", "休假", "假", "休息日", "off", "holiday", "rest", "day off"}
WORK = {"班", "上班", "补班", "调休", "调休上班", "work", "workday", "on", "make-up workday"}
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
BETWEEN = re.compile(r"\s*(?:~|～|至|到|—|–|\s-\s|\bto\b)\s*")


class _Wrong(ValueError):
    """The cell cannot be understood. The text is for the user."""


@dataclass
class _Found:
    """What a file says: rules and names by day, and what is wrong, cell by cell."""

    rules: dict[date, bool] = field(default_factory=dict)
    names: dict[date, str] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wrong(self, sheet: str, row: int, column: Any, text: Any) -> None:
        self.problems.append({"sheet": sheet, "row": row, "column": str(column), "text": str(text)})


def check_days(name: str, data: bytes, *, actor: User) -> ImportJob:
    """The dry run: nothing but the job is written. Raises PermissionDenied."""
    _demand(actor)
    found = _Found()
    try:
        sheets, notes = read(name, data)
        found.notes += notes
        for sheet in sheets:
            _read_sheet(sheet, found)
        if not found.rules and not found.problems:
            raise Unreadable(_("The file has no rows."))
    except Unreadable as why:
        found.problems.insert(0, {"sheet": "", "row": 0, "column": "", "text": str(why)})
    rules = _announced(found.rules)
    if not found.problems:
        found.notes += _left_over(rules)
    lines = [[day.isoformat(), *rule, found.names.get(day, "")] for day, rule in sorted(rules.items())]
    return ImportJob.objects.create(
        kind=KIND,
        owner=actor,
        file_name=name[:255],
        file_hash=hashlib.sha256(data).hexdigest(),
        payload={"days": [] if found.problems else lines, "notes": found.notes},
        problems=found.problems,
    )


def jobs_of(user: User) -> Any:
    """Nobody sees, guesses or confirms another's job."""
    return ImportJob.objects.filter(kind=KIND, owner=user)


def rules_of(job: ImportJob) -> tuple[dict[date, Rule], dict[date, str]]:
    """The days of a checked job with their names."""
    lines = [(date.fromisoformat(day), *rest) for day, *rest in job.payload.get("days", [])]
    rules = {day: Rule(working, announced) for day, working, announced, _name in lines}
    return rules, {line[0]: line[3] for line in lines}


def changes_of_job(job: ImportJob) -> Changes:
    """What `import_days` would change; nothing once it is written."""
    return changes_of_days(None, rules_of(job)[0])


@transaction.atomic
def import_days(job: ImportJob, *, actor: User) -> ImportJob:
    """Enter every day of a checked job for the whole company. Raises PermissionDenied, Blocked (done,
    discarded or faulty)."""
    job = _open(job, actor)
    rules, names = rules_of(job)
    with acting_as(actor, source="import"):
        moved = len(changes_of_days(None, rules).days)
        set_days(None, rules, actor=actor, name=names)
    return _finish(job, ImportJob.State.DONE, {"days": len(rules), "changed": moved})


@transaction.atomic
def discard_days(job: ImportJob, *, actor: User) -> ImportJob:
    """Nothing of it will be written. Raises Blocked when it was."""
    return _finish(_open(job, actor), ImportJob.State.DISCARDED, {})


def _open(job: ImportJob, actor: User) -> ImportJob:
    _demand(actor)
    stored: ImportJob = jobs_of(actor).select_for_update().get(pk=job.pk)
    if stored.state != ImportJob.State.CHECKED or stored.problems:
        raise Blocked(_("This import is finished or was discarded."))
    return stored


def _finish(job: ImportJob, state: str, result: dict[str, Any]) -> ImportJob:
    job.state, job.result = state, result
    job.payload = {"notes": job.payload.get("notes", [])}
    job.save(update_fields=["state", "result", "payload"])
    return job


def _demand(actor: User) -> None:
    if not may_edit_calendar(actor, None):
        raise PermissionDenied("may not import the calendar")


def _announced(rules: dict[date, bool]) -> dict[date, Rule]:
    off = Counter(day.year for day, working in rules.items() if not working)
    return {day: Rule(working, off[day.year] >= OF_A_YEAR) for day, working in rules.items()}


def _left_over(rules: dict[date, Rule]) -> list[str]:
    """Days imported earlier for the same years, which this file no longer names."""
    years = sorted({day.year for day, rule in rules.items() if rule.announced})
    rows = CalendarDay.objects.filter(department__isnull=True, announced=True, day__year__in=years)
    kept = sorted(day for day in rows.values_list("day", flat=True) if day not in rules)
    if not kept:
        return []
    text = _("Entered earlier and not in this file, they stay: %(days)s")
    return [text % {"days": "、".join(short_day(day) for day in kept[:20])}]


# --- sheets and cells -------------------------------------------------------------------------------


def _read_sheet(sheet: Sheet, found: _Found) -> None:
    """Headings in any order; every row below is one day or one span of days."""
    heads = next((n for n, row in enumerate(sheet.rows) if "day" in _columns(row)), None)
    if heads is None:
        text = _("A column “%(heading)s” is missing.") % {"heading": _("Date")}
        return found.wrong(sheet.name, 1, "", text)
    columns = _columns(sheet.rows[heads])
    if "kind" not in columns:
        text = _("A column “%(heading)s” is missing.") % {"heading": _("Kind")}
        return found.wrong(sheet.name, heads + 1, "", text)
    if len(sheet.rows) - heads > MOST_LINES:
        text = _("The sheet has more than %(n)s rows.") % {"n": MOST_LINES}
        return found.wrong(sheet.name, 1, "", text)
    titles = {key: _plain(sheet.rows[heads][place]) for key, place in columns.items()}
    for number, row in enumerate(sheet.rows[heads + 1 :], heads + 2):
        cells = {key: row[place] if place < len(row) else "" for key, place in columns.items()}
        if any(_plain(cell) for cell in cells.values()):
            _read_row(cells, titles, (sheet.name, number), found)
    return None


def _columns(row: list[Any]) -> dict[str, int]:
    heads = [_plain(cell).casefold() for cell in row]
    return {
        key: next(n for n, head in enumerate(heads) if head in names)
        for key, names in COLUMNS.items()
        if any(head in names for head in heads)
    }


def _read_row(cells: dict[str, Any], titles: dict[str, str], place: tuple[str, int], found: _Found) -> None:
    read: dict[str, Any] = {}
    for key, parse in (("day", _span), ("until", _end), ("kind", _kind), ("name", _name)):
        try:
            read[key] = parse(cells.get(key, ""))
        except _Wrong as why:
            found.wrong(*place, titles.get(key, ""), why)
    if not {"day", "until", "kind", "name"} <= read.keys():
        return
    first, last = read["day"][0], read["until"] or read["day"][1]
    if not first <= last <= first + timedelta(days=LONGEST_SPAN):
        text = _("from %(first)s to %(last)s is no span of at most %(most)s days")
        days_of_it = {"first": short_day(first), "last": short_day(last), "most": LONGEST_SPAN}
        found.wrong(*place, titles.get("until", titles["day"]), text % days_of_it)
        return
    for day in days(first, last):
        if found.rules.setdefault(day, read["kind"]) != read["kind"]:
            text = _("%(day)s is both off and worked") % {"day": short_day(day)}
            found.wrong(*place, titles["kind"], text)
        found.names.setdefault(day, read["name"])


def _plain(cell: Any) -> str:
    return clean_line(unicodedata.normalize("NFKC", str(cell)))


def _span(cell: Any) -> tuple[date, date]:
    """One day, or two with a mark between; the second may leave out its year and month."""
    if isinstance(cell, datetime | date):
        day = _bounded(cell)
        return day, day
    first_text, *rest = BETWEEN.split(str(cell).strip(), maxsplit=1)
    first = _day(first_text)
    return first, _end_of(first, rest[0]) if rest else first


def _end_of(first: date, text: str) -> date:
    short = re.fullmatch(r"(?:(\d{1,2})\s*[-/.月]\s*)?(\d{1,2})\s*日?", _plain(text))
    if not short:
        return _day(text)
    return _day(f"{first.year}-{short[1] or first.month}-{short[2]}")


def _end(cell: Any) -> date | None:
    return _day(cell) if _plain(cell) else None


def _day(cell: Any) -> date:
    if isinstance(cell, datetime | date):
        return _bounded(cell)
    plain = _plain(cell)
    if re.fullmatch(r"\d{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    match = DATE.fullmatch(plain)
    try:
        if match:
            return _bounded(date(*(int(part) for part in match.groups())))
    except ValueError:
        pass
    raise _Wrong(_("“%(cell)s” is no date (write 2026-01-02)") % {"cell": plain[:40]})


def _bounded(day: date) -> date:
    found = day.date() if isinstance(day, datetime) else day
    if not FIRST_DAY <= found <= LAST_DAY:
        raise _Wrong(_("“%(cell)s” is no date (write 2026-01-02)") % {"cell": found.isoformat()})
    return found


def _kind(cell: Any) -> bool:
    """Whether the day is worked."""
    word = _plain(cell).casefold()
    if word in OFF | WORK:
        return word in WORK
    raise _Wrong(_("“%(cell)s” is neither off nor work (write 休 or 班)") % {"cell": word[:40]})


def _name(cell: Any) -> str:
    plain = _plain(cell)
    if len(plain) > LONGEST_NAME:
        raise _Wrong(_("longer than %(most)s characters") % {"most": LONGEST_NAME})
    return plain
