"""The working calendar as a year on one page, and leave as a list; prepared as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from erp.dates import WEEKDAYS, short_day
from erp.workdays import WorkCalendar, days
from orgchart import festivals
from orgchart.calendars import Calendars, calendar_of_department, calendars_for, is_provisional
from orgchart.models import CalendarDay, Department, Leave

if TYPE_CHECKING:
    from orgchart.models import User

LEAVE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Special:
    """A day that differs from the week, by whoever says so last."""

    day: date
    working: bool
    name: str
    source: str  # holiday, site, department
    pk: int = 0
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    number: int
    looks: str  # classes
    mark: str
    title: str
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    label: str
    weeks: list[list[Cell | None]]


@dataclass(frozen=True, slots=True)
class SpecialLine:
    day: str
    weekday: str
    working: bool
    kind: str
    name: str
    source: str
    provisional: bool
    url: str


@dataclass(slots=True)
class Year:
    year: int
    provisional: bool
    months: list[Month] = field(default_factory=list)
    lines: list[SpecialLine] = field(default_factory=list)
    working_days: int = 0
    weekdays: list[str] = field(default_factory=list)  # Mon … Sun
    worked: str = ""


def year_of(year: int, department: Department | None, user: User) -> Year:
    """The year in a department, or (None) on the site, with links to what `user` may change."""
    place = department.pk if department else None
    calendar, special = calendar_of_department(place), specials(year, department)
    first, last = date(year, 1, 1), date(year, 12, 31)
    changeable = CalendarDay.objects.for_user(user, "change").filter(day__range=(first, last))
    mine = set(changeable.order_by().values_list("pk", flat=True))
    return Year(
        year,
        is_provisional(first),
        months=[_month(year, number, calendar, special) for number in range(1, 13)],
        lines=[_line(span, department, mine) for span in _spans(special)],
        working_days=calendar.between(first, last),
        weekdays=[str(name) for name in WEEKDAYS],
        worked=week_text(frozenset(range(7)) - calendar.rest),
    )


def week_text(worked: Iterable[int]) -> str:
    """`Mon Tue Wed Thu Fri`"""
    return " ".join(str(WEEKDAYS[number]) for number in sorted(worked))


def specials(year: int, department: Department | None) -> dict[date, Special]:
    """Public holidays under the site's days under the department's."""
    guessed = is_provisional(date(year, 1, 1))
    found = {}
    if guessed or year <= festivals.announced_until():
        found = {
            day: Special(day, working, name, "holiday", provisional=guessed)
            for day, (working, name) in festivals.named_days(year).items()
        }
    span = (date(year, 1, 1), date(year, 12, 31))
    site = CalendarDay.objects.filter(department__isnull=True, day__range=span)
    own = CalendarDay.objects.filter(department=department, day__range=span) if department else ()
    for source, rows in (("site", site), ("department", own)):
        for row in rows:
            found[row.day] = Special(row.day, row.working, row.name, source, row.pk)
    return found


def _month(year: int, number: int, calendar: WorkCalendar, special: dict[date, Special]) -> Month:
    first = date(year, number, 1)
    last = date(year + number // 12, number % 12 + 1, 1).toordinal() - 1
    cells: list[Cell | None] = [None] * first.weekday()
    cells += [_cell(day, calendar, special.get(day)) for day in days(first, date.fromordinal(last))]
    cells += [None] * (-len(cells) % 7)
    return Month(str(MONTHS[number]), [cells[n : n + 7] for n in range(0, len(cells), 7)])


def _cell(day: date, calendar: WorkCalendar, special: Special | None) -> Cell:
    looks, mark, title = "" if calendar.is_working(day) else "rest", "", ""
    if special:
        looks, mark = ("on", pgettext("mark in a calendar", "W")) if special.working else ("off", "")
        mark = mark or pgettext("mark in a calendar", "H")
        title = f"{short_day(day)} {_kind(special)} {special.name}".strip()
        looks += " provisional" * special.provisional + " own" * (special.source == "department")
    return Cell(day.day, looks, mark, title, day == timezone.localdate())


def _kind(special: Special) -> str:
    if special.working:
        return _("Make-up workday")
    return _("Public holiday") if special.source == "holiday" else _("Day off")


def _spans(special: dict[date, Special]) -> list[tuple[Special, Special]]:
    """First and last of public holidays that follow each other and are called the same; whatever was
    entered here stands for itself, with its link."""
    spans: list[tuple[Special, Special]] = []
    for _day, one in sorted(special.items()):
        first, last = spans[-1] if spans else (one, one)
        if replace(one, day=last.day) == last and not one.pk and (one.day - last.day).days == 1:
            spans[-1] = (first, one)
        else:
            spans.append((one, one))
    return spans


def _line(span: tuple[Special, Special], department: Department | None, mine: set[int]) -> SpecialLine:
    special, last = span
    return SpecialLine(
        _from_to(short_day(special.day), short_day(last.day)),
        _from_to(str(WEEKDAYS[special.day.weekday()]), str(WEEKDAYS[last.day.weekday()])),
        special.working,
        _kind(special),
        special.name,
        str(department) if special.source == "department" else _("Whole company"),
        special.provisional,
        f"/calendar/days/{special.pk}/" if special.pk in mine else "",
    )


def _from_to(first: str, last: str) -> str:
    return first if first == last else f"{first} – {last}"


# --- leave ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaveLine:
    person: str
    department: str
    first: str
    last: str
    working_days: str
    note: str
    now: bool
    url: str


def leave_page(user: User, asked: Any) -> tuple[Page[Any], list[LeaveLine], str]:
    """The page of leave in sight that the query string `asked` wants, its lines, and what is shown:
    `coming` (also present) or `past`. A fixed number of queries."""
    show = "past" if asked.get("show") == "past" else "coming"
    today = timezone.localdate()
    rows = Leave.objects.for_user(user).select_related("person__department")
    rows = rows.filter(last__lt=today) if show == "past" else rows.filter(last__gte=today)
    order = ("-first", "-pk") if show == "past" else ("first", "pk")
    page = Paginator(rows.order_by(*order), LEAVE_ROWS).get_page(asked.get("page"))
    on_page = list(page)
    keys = [row.pk for row in on_page]
    mine = set(Leave.objects.for_user(user, "change").filter(pk__in=keys).values_list("pk", flat=True))
    calendars = calendars_for()
    return page, [_leave_line(row, calendars, row.pk in mine) for row in on_page], show


def _leave_line(row: Leave, calendars: Calendars, mine: bool) -> LeaveLine:
    halves = sum(map(calendars.department(row.person.department_id).works, row.slots))
    first, last = short_day(row.first), short_day(row.last)
    return LeaveLine(
        row.person.name,
        row.person.department.name,
        _("%(day)s, from noon") % {"day": first} if row.begins_afternoon else first,
        _("%(day)s, until noon") % {"day": last} if row.ends_noon else last,
        f"{halves / 2:g}",
        row.note,
        row.first <= timezone.localdate() <= row.last,
        f"/calendar/leave/{row.pk}/" if mine else "",
    )
