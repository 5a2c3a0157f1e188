"""MS Project's tasks to drafts of ours: departments, people, half-days, constraints, progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from erp.dates import FIRST_DAY, LAST_DAY
from erp.workdays import DAY, slot_of
from production.calendar import working_calendar
from production.importing.cells import Wrong
from production.importing.lookups import Lookups, key
from production.interchange.drafts import Draft, DraftPlan, Tie, wrong
from production.interchange.mspdi import (
    AFTERNOON,
    ASAP,
    FINISH_NO_LATER,
    MORNING,
    MUST_START_ON,
    NOON,
    START_NO_EARLIER,
    Entry,
    Project,
    Remark,
)
from production.layout import slots_of
from production.models import Mode, Priority
from production.spans import Span
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

#: Constraints that only the file knows, in its own words.
FOREIGN = {
    1: "As Late As Possible",
    3: "Must Finish On",
    5: "Start No Later Than",
    6: "Finish No Earlier Than",
}
LONGEST_NAME, LONGEST_NOTE = 200, 5000
MINUTES_PER_HALF = 240


class Understanding:
    """One pass over a project. `plannable`: departments the reader plans for; `decides`: those whose
    finished work the reader may take as done; `otherwise`: where tasks of unknown departments go."""

    def __init__(
        self,
        project: Project,
        user: User,
        *,
        plannable: Collection[int],
        decides: Collection[int],
        otherwise: int | None,
    ) -> None:
        self.project, self.user = project, user
        self.plannable, self.decides, self.otherwise = plannable, decides, otherwise
        self.look = Lookups()
        self.plan = DraftPlan()
        self.problems: list[Remark] = [*project.problems]
        self.notes: Counter[str] = Counter()
        self._places: dict[int, int] = {}
        self._own: int | None = getattr(getattr(user, "person", None), "pk", None)
        self._people = self._find_people()

    def run(self) -> None:
        """Fill `plan`, `problems` and `notes`."""
        for remark in self.project.remarks:
            self.notes[_(remark.text) % remark.names] += 1
        above: list[Entry] = []
        for entry in self.project.entries:
            above = [one for one in above if one.level < entry.level]
            if entry.level > 0 and not entry.summary:
                self._task(entry, above)
            elif entry.waits:
                self.notes[_("Links of summary tasks are not taken over.")] += 1
            above.append(entry)
        self._tie()
        if not self.plan.drafts and not self.problems:
            self.problems.append(Remark(_("The file has no tasks.")))

    def _problem(self, entry: Entry, text: str) -> None:
        self.problems.append(Remark(text, entry.line, entry.name[:60]))

    # --- departments and people ---------------------------------------------------------------------

    def _find_people(self) -> dict[int, tuple[int | None, int | None]]:
        """Task → (person, department of the resource); who is nobody of ours is told."""
        known: dict[int, tuple[int | None, int | None]] = {}
        for resource in self.project.resources:
            group = self.look.departments.get(key(resource.group))
            try:
                known[resource.uid] = (self.look.person(resource.name, group), group)
            except Wrong as why:
                known[resource.uid] = (None, group)
                self.notes[_("A resource becomes nobody's work: %(why)s") % {"why": why}] += 1
        found: dict[int, tuple[int | None, int | None]] = {}
        for task, uid in self.project.assignments:
            if uid not in known:
                continue
            if task in found and found[task][0] is not None:
                self.notes[_("Of several people assigned to a task the first is taken.")] += 1
            else:
                found[task] = known[uid]
        return found

    def _department(self, entry: Entry, above: list[Entry]) -> int | None:
        """That of the nearest summary task with a department's name, else the resource's or its own
        department, else the one chosen on the page."""
        for one in reversed(above):
            if (found := self.look.departments.get(key(one.name))) is not None:
                return found
        person, group = self._people.get(entry.uid, (None, None))
        if group is None and person is not None:
            group = next((d for rows in self.look.people.values() for pk, d in rows if pk == person), None)
        if group is None and self.otherwise is not None:
            self.notes[_("Tasks without a known department go to the chosen one.")] += 1
        return group or self.otherwise

    # --- one task -----------------------------------------------------------------------------------

    def _task(self, entry: Entry, above: list[Entry]) -> None:
        department = self._department(entry, above)
        if not entry.name or len(entry.name) > LONGEST_NAME or len(entry.notes) > LONGEST_NOTE:
            self._problem(entry, _("needs a name of at most 200 and a note of at most 5,000 characters"))
        if department is None:
            self._problem(entry, _("belongs to no known department: choose one for such tasks"))
        elif department not in self.plannable:
            self._problem(entry, _("you do not plan for its department in this contract"))
        span = _span_of(entry)
        if span is None:
            self._problem(entry, _("has no start, or neither finish nor duration"))
            return
        draft = self._draft(entry, span, department or 0)
        for sentences in wrong(draft).values():
            self._problem(entry, " ".join(sentences))
        self._places[entry.uid] = len(self.plan.drafts)
        self.plan.drafts.append(draft)

    def _draft(self, entry: Entry, span: Span, department: int) -> Draft:
        values: dict[str, Any] = {
            "name": entry.name,
            "department_id": department,
            "assignee_id": self._people.get(entry.uid, (None, None))[0],
            **span.fields(),
            "milestone": entry.milestone,
            "needs_acceptance": not entry.milestone,
            "description": entry.notes,
            "priority": _priority(entry.priority),
            **self._rules(entry),
            **self._progress(entry, span, department),
        }
        if entry.milestone and entry.finish and entry.finish.time() <= MORNING:
            self.notes[_("Milestones at the beginning of a day count at its end here.")] += 1
        base = None
        if entry.baseline:
            base = _span(*entry.baseline, milestone=entry.milestone)
        return Draft(values, base.fields() if base else None)

    def _rules(self, entry: Entry) -> dict[str, Any]:
        """Mode and constraints. What only the file knows is named; the dates are kept."""
        rules: dict[str, Any] = {"mode": Mode.MANUAL if entry.manual else Mode.AUTO}
        late = [entry.deadline] if entry.deadline else []
        day, kind = entry.constraint_date, entry.constraint
        if kind == MUST_START_ON and day:
            rules |= {"mode": Mode.FIXED, **_not_before(day)}
        elif kind == START_NO_EARLIER and day:
            rules |= _not_before(day)
        elif kind == FINISH_NO_LATER and day:
            late.append(day)
        elif kind != ASAP:
            words = FOREIGN.get(kind, str(kind))
            self.notes[
                _("The constraint “%(words)s” is not known here; dates are kept.") % {"words": words}
            ] += 1
            if entry.start and not entry.manual:
                rules |= _not_before(entry.start)
        if late:
            rules["not_after"] = _last_day(min(late))
        return rules

    def _progress(self, entry: Entry, span: Span, department: int) -> dict[str, Any]:
        """Begun is begun, and done is done where the reader could say so here as well."""
        if not (entry.percent or entry.actual_start or entry.actual_finish):
            return {}
        today = timezone.localdate()
        begun = entry.actual_start.date() if entry.actual_start else min(span.start, today)
        ended = _last_day(entry.actual_finish) if entry.actual_finish else None
        if begun > today or (ended and ended > today):
            self._problem(entry, _("its actual dates lie in the future"))
        if any(day and day.date() < FIRST_DAY for day in (entry.actual_start, entry.actual_finish)):
            self._problem(entry, _("Plans lie between the years 2000 and 2100."))
        if ended is None:
            return {"status": Status.IN_PROGRESS, "progress": entry.percent, "actual_start": begun}
        own = self._own is not None and self._people.get(entry.uid, (None, None))[0] == self._own
        if entry.milestone or (department in self.decides and not own):
            begun = min(begun, ended)
            return {"status": Status.DONE, "progress": 100, "actual_start": begun, "actual_end": ended}
        self.notes[_("Finished tasks that you may not pass come as in progress, 100%.")] += 1
        return {"status": Status.IN_PROGRESS, "progress": 100, "actual_start": begun}

    # --- links --------------------------------------------------------------------------------------

    def _tie(self) -> None:
        seen: set[tuple[int, int]] = set()
        for entry in self.project.entries:
            after = self._places.get(entry.uid)
            for link in entry.waits if after is not None else ():
                before = self._places.get(link.uid)
                if before is None:
                    self.notes[_("Links from summary or unknown tasks are not taken over.")] += 1
                elif before == after or (before, after) in seen:
                    self._problem(entry, _("waits for itself, or twice for the same task"))
                elif after is not None:
                    seen.add((before, after))
                    self.plan.ties.append(Tie(before, after, str(link.kind), link.lag))
        if ring := self.plan.circle():
            names = " → ".join(self.plan.drafts[place].name for place in ring[:10])
            self.problems.append(
                Remark(_("The tasks wait for each other in a circle: %(names)s"), names={"names": names})
            )


# --- times ------------------------------------------------------------------------------------------


def _span_of(entry: Entry) -> Span | None:
    """From start and finish, else from one of them and the duration in working days of the site."""
    start, finish = entry.start, entry.finish
    if start and finish:
        return _span(start, finish, milestone=entry.milestone)
    if start is None or entry.minutes is None:
        return None
    outside = not FIRST_DAY <= start.date() <= LAST_DAY  # refused later
    if entry.milestone or not entry.minutes or outside:
        return _span(start, start, milestone=True)
    slots = slots_of(working_calendar(), date(start.year - 1, 1, 1), date(start.year + 11, 12, 31))
    first = slots.at(slots.before(slot_of(start.date(), afternoon=start.time() >= NOON)))
    length = max(1, -(-entry.minutes // MINUTES_PER_HALF))
    if length > 2 * 3660:
        return None
    return Span.between(first, slots.end(slots.before(first) + length))


def _span(start: datetime, finish: datetime, *, milestone: bool) -> Span:
    """Times of day to half-days. A finish in the small hours or at the beginning of the day is the end
    of the day before; a milestone is the day it stands on."""
    if milestone:
        return Span(finish.date(), finish.date(), ends_noon=finish.time() == NOON)
    afternoon = start.time() >= NOON
    end = finish
    if finish.time() <= MORNING and finish > start:
        end = datetime.combine(_day_before(finish), time.max)
    noon = end.time() <= AFTERNOON and end.time() > MORNING
    if start.date() == end.date() and afternoon and noon:
        noon = False
    return Span(start.date(), end.date(), afternoon, noon)


def _last_day(finish: datetime) -> date:
    """The last day worked until `finish`; midnight belongs to the day before."""
    return finish.date() if finish.time() > time(0) else _day_before(finish)


def _day_before(day: datetime) -> date:
    """Files hold any day, the first of all days too; it is refused later."""
    return max(day.date(), date.min + DAY) - DAY


def _not_before(day: datetime) -> dict[str, Any]:
    return {"not_before": day.date(), "not_before_afternoon": day.time() >= NOON}


def _priority(number: int) -> Priority:
    for limit, priority in ((400, Priority.LOW), (600, Priority.NORMAL), (800, Priority.HIGH)):
        if number <= limit:
            return priority
    return Priority.URGENT
