"""Working calendars of the site, its departments and people; also as they would be after a change.

For one half-day, what stands further up wins:

    leave > days of the department > days of the site > public holidays and make-up workdays > week

The week is the department's own, else the site's, else Monday to Friday. So a public holiday is off
also where Saturdays are worked, and a make-up Saturday is worked by everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.utils import timezone

from erp import memory
from erp.workdays import WorkCalendar, days, slot_of
from orgchart import festivals
from orgchart.models import CalendarDay, Leave, Person, WorkWeek

#: How far public holidays are laid out around the present year.
YEARS_BACK, YEARS_AHEAD = 5, 5
USUAL_WEEK = frozenset(range(5))
#: So many people are asked for by name; more, and everybody's leave is read.
NAMED = 500
Place = int | None  # a department's key, None for the site


class Rule(NamedTuple):
    """What a special day says. `announced`: it is from the official list of its year."""

    working: bool
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows as they will be, laid over those stored: once written, the same changes say the same.

    `weeks`: weekdays worked (Monday 0) by place, None where the own week is given up.
    `days`: by place and day, None where the entry goes.
    `gone`: keys of leave removed or replaced; `leave`: (person's key, half-days) of leave added."""

    weeks: Mapping[Place, frozenset[int] | None] = field(default_factory=dict)
    days: Mapping[tuple[Place, date], Rule | None] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    leave: tuple[tuple[int, range], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.weeks or self.days or self.gone or self.leave)


NO_CHANGES = Changes()


@dataclass(frozen=True, slots=True)
class _Rows:
    """The stored weeks and special days, by place."""

    weeks: Mapping[Place, frozenset[int]]
    days: Mapping[Place, Mapping[date, Rule]]

    def changed(self, changes: Changes) -> _Rows:
        weeks: dict[Place, frozenset[int] | None] = {**self.weeks, **changes.weeks}
        rules: dict[Place, dict[date, Rule]] = {place: dict(own) for place, own in self.days.items()}
        for (place, day), rule in changes.days.items():
            own = rules.setdefault(place, {})
            own.pop(day, None)
            if rule is not None:
                own[day] = rule
        return _Rows({place: week for place, week in weeks.items() if week is not None}, rules)

    def known(self, year: int) -> bool:
        """Whether the year is announced: by the library, or by a day off entered from the official list
        (a make-up workday alone may belong to the New Year of the next)."""
        if year <= festivals.announced_until():
            return True
        own = self.days.get(None, {})
        return any(r.announced and not r.working and day.year == year for day, r in own.items())


class Calendars:
    """Calendars read together; each answer is made once, and places that differ in nothing share one."""

    def __init__(self, rows: _Rows, homes: Mapping[int, int], away: Mapping[int, frozenset[int]]) -> None:
        self._rows, self._homes, self._away = rows, homes, away
        self._made: dict[tuple[Place, int | None], WorkCalendar] = {}
        self._holidays = _holidays(rows)

    @property
    def site(self) -> WorkCalendar:
        return self.department(None)

    def department(self, pk: Place) -> WorkCalendar:
        """The calendar of a department by its key; None is the site's."""
        if pk is not None and pk not in self._rows.weeks and not self._rows.days.get(pk):
            pk = None
        if (pk, None) not in self._made:
            self._made[pk, None] = self._compose(pk)
        return self._made[pk, None]

    def person(self, pk: int) -> WorkCalendar:
        """The calendar of a person by their key: their department's, less their leave.

        Raises KeyError for somebody who was not asked for."""
        shared = self.department(self._homes[pk])
        away = self._away.get(pk)
        if not away:
            return shared
        if (None, pk) not in self._made:
            self._made[None, pk] = WorkCalendar(shared.rest, shared.off, shared.on, away)
        return self._made[None, pk]

    def work(self, department: Place, person: int | None) -> WorkCalendar:
        """The calendar in which work is done: of whoever does it, else of the department.

        Raises KeyError for somebody who was not asked for."""
        return self.department(department) if person is None else self.person(person)

    def _compose(self, place: Place) -> WorkCalendar:
        worked = self._rows.weeks.get(place) or self._rows.weeks.get(None) or USUAL_WEEK
        rules = dict(self._holidays)
        for layer in (None, place):
            rules.update((day, rule.working) for day, rule in self._rows.days.get(layer, {}).items())
        return WorkCalendar(
            rest=frozenset(range(7)) - worked,
            off=frozenset(day for day, working in rules.items() if not working),
            on=frozenset(day for day, working in rules.items() if working),
        )


def calendars_for(
    departments: Iterable[int] = (),
    people: Iterable[int] = (),
    changes: Changes = NO_CHANGES,
    homes: Mapping[int, int] | None = None,
) -> Calendars:
    """The calendars of the site, of all departments and of these people (by their keys), with
    `changes`. Two queries, two more when there are people, however many; one less for whoever knows
    already in which departments they are (`homes`)."""
    rows = _rows().changed(changes) if changes else _rows()
    wanted = set(people)
    if not wanted:
        return Calendars(rows, {}, {})
    return Calendars(rows, _homes(wanted) if homes is None else homes, _away(wanted, changes))


def _homes(people: set[int]) -> dict[int, int]:
    rows = Person.objects.order_by().values_list("pk", "department_id")
    return dict(rows.filter(pk__in=people) if len(people) <= NAMED else rows)


def site_calendar(changes: Changes = NO_CHANGES) -> WorkCalendar:
    """When the site works. Read once per request."""
    return _shared(changes).site


def calendar_of_department(department: int | None, changes: Changes = NO_CHANGES) -> WorkCalendar:
    """When a department (its key) works. Read once per request."""
    return _shared(changes).department(department)


def calendar_of_person(person: int, changes: Changes = NO_CHANGES) -> WorkCalendar:
    """When a person (their key) works: the department's calendar, less their leave.

    Raises KeyError for a person there is not."""
    return calendars_for(people=[person], changes=changes).person(person)


def known_until(changes: Changes = NO_CHANGES) -> date:
    """The last day for which the public holidays are announced; later ones are estimated."""
    rows = _rows().changed(changes)
    year = timezone.localdate().year - 1
    while rows.known(year + 1):
        year += 1
    return date(year, 12, 31)


def is_provisional(day: date, changes: Changes = NO_CHANGES) -> bool:
    """Whether the holidays of this day's year are only estimated yet."""
    return not _rows().changed(changes).known(day.year)


def dates_that_change(changes: Changes) -> list[date]:
    """The days on which somebody's or some place's working time differs after `changes`, in order. A
    changed week counts from today to the end of next year, a special day and leave whenever they are."""
    gone = Leave.objects.in_bulk(changes.gone)
    people = {person for person, _slots in changes.leave} | {row.person_id for row in gone.values()}
    places: set[Place] = {*changes.weeks, *(place for place, _day in changes.days)}
    before, after = calendars_for((), people), calendars_for((), people, changes)
    pairs = [(before.department(place), after.department(place)) for place in places]
    pairs += [(before.person(pk), after.person(pk)) for pk in people]
    differ = [pair for pair in pairs if pair[0] != pair[1]]
    return [
        day
        for day in sorted(_touched(changes, gone.values()))
        if any(
            old.works(slot) != new.works(slot)
            for old, new in differ
            for slot in (slot_of(day), slot_of(day, afternoon=True))
        )
    ]


def _touched(changes: Changes, gone: Iterable[Leave]) -> set[date]:
    """The days on which something may differ; an official list moves the estimates of its years, too."""
    today = timezone.localdate()
    found = {day for _place, day in changes.days}
    if changes.weeks:
        found.update(days(today, date(today.year + 1, 12, 31)))
    for year in {day.year for (place, day) in changes.days if place is None}:
        if year > festivals.announced_until():
            found.update(festivals.days_of([year]))
    for slots in (*(slots for _person, slots in changes.leave), *(row.slots for row in gone)):
        found.update(date.fromordinal(slot // 2) for slot in slots)
    return found


def _rows() -> _Rows:
    return memory.recall("orgchart.calendars.rows", _read)


def _shared(changes: Changes) -> Calendars:
    if changes:
        return calendars_for(changes=changes)
    return memory.recall("orgchart.calendars.shared", calendars_for)


def _read() -> _Rows:
    weeks = {week.department_id: week.worked for week in WorkWeek.objects.all()}
    rules: dict[Place, dict[date, Rule]] = {}
    stored = CalendarDay.objects.order_by().values_list("department_id", "day", "working", "announced")
    for place, day, *rule in stored:
        rules.setdefault(place, {})[day] = Rule(*rule)
    return _Rows(weeks, rules)


def _holidays(rows: _Rows) -> Mapping[date, bool]:
    """The public holidays around the present year. Where the site entered the official list itself,
    the estimate has had its day."""
    this = timezone.localdate().year
    until = festivals.announced_until()
    around = range(this - YEARS_BACK, this + YEARS_AHEAD + 1)
    return festivals.days_of(year for year in around if year <= until or not rows.known(year))


def _away(people: set[int], changes: Changes) -> dict[int, frozenset[int]]:
    rows = Leave.objects.order_by().exclude(pk__in=changes.gone)
    if len(people) <= NAMED:
        rows = rows.filter(person__in=people)
    slots: dict[int, set[int]] = {}
    for row in rows:
        slots.setdefault(row.person_id, set()).update(row.slots)
    for person, added in changes.leave:
        slots.setdefault(person, set()).update(added)
    return {person: frozenset(found) for person, found in slots.items()}
