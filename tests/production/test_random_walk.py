"""Two hundred deeds and more on one plan by dice; the same every time. After each the books are right."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone

from acceptance.models import AcceptanceStep
from acceptance.services import pass_step, reject_step, set_levels
from contracts.models import Contract
from erp.audit.services import seal
from erp.models import LogEntry
from erp.workflow import Blocked
from orgchart import services as orgchart
from orgchart.calendars import Rule
from orgchart.models import CalendarDay, Leave
from production import services
from production.foresight import PLANNED, Wish, foresee, plain
from production.models import Mode, PlanChange, Task, TaskDependency
from production.replanning import backward_plan, level_plan, roll_wish
from production.spans import Span
from production.states import CONSEQUENCES

#: At least so many deeds, then until each kind of deed was seen, and no more than that.
DEEDS, MOST = 200, 800
REFUSED = (Blocked, PermissionDenied, ValidationError)


def books():
    """Everything a plan change may write: dates and rules of tasks, and links."""
    tasks = {task.pk: plain({name: getattr(task, name) for name in PLANNED}) for task in Task.objects.all()}
    links = {(x.predecessor_id, x.successor_id): (x.type, x.lag) for x in TaskDependency.objects.all()}
    return tasks, links


class Walk:
    """One step is one deed by somebody at random, allowed or not."""

    def __init__(self, cast, make_task):
        self.cast, self.taken, self.seen = cast, [], Counter()
        self.dice = random.Random(2016)  # noqa: S311  a dice
        places = [("mechanical", "staff.mech"), ("electrical", "leader.elec"), ("assembly", None)]
        last = None
        for number in range(12):
            department, who = places[number % 3]
            milestone = number == 11
            task = make_task(
                name=f"任务{number}", department=department, who=who, days=1 if milestone else 1 + number % 4,
                starts_in=number * 2, milestone=milestone, not_before=None,
            )  # fmt: skip
            if number % 4:
                services.link_tasks(last, task, actor=cast["boss"])
            last = task

    def step(self):
        name = self.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        before, entries = books(), LogEntry.objects.count()
        try:
            done = getattr(self, name)()
        except REFUSED:
            assert (books(), LogEntry.objects.count()) == (before, entries), name
            self.seen["refused"] += 1
            return
        self.seen["propose" if isinstance(done, PlanChange) and done.state == "proposed" else name] += 1
        if isinstance(done, PlanChange) and done.state == "applied":
            self.taken.append((done, before))
            self.written(done, before)
        elif name != "undo" and name not in DATELESS:
            assert books() == before, name

    def written(self, change, before):
        """Every task that moved, and no other, has its move, its entry in the log and its history."""
        after, _links = books()
        moves = {move.task_id: move for move in change.moves.all()}
        assert {pk for pk in after if after[pk] != before[0][pk]} == moves.keys()
        for pk, move in moves.items():
            assert (move.before, move.after) == (before[0][pk], after[pk])
            assert Task.objects.get(pk=pk).status not in ("done", "cancelled")
            entry = LogEntry.objects.filter(object_id=pk, content_type__model="task").latest("pk")
            assert entry.verb in ("reschedule", "follow_plan")
            assert (
                Task.history.filter(id=pk).latest("history_date").version == Task.objects.get(pk=pk).version
            )

    # --- who and what ---------------------------------------------------------------------------------

    @property
    def actor(self):
        return self.cast[self.dice.choice(["pm", "pm", "boss", "leader.mech", "leader.elec", "staff.mech"])]

    @property
    def planner(self):
        return self.cast[self.dice.choice(["pm", "pm", "leader.mech", "leader.elec"])]

    @property
    def decider(self):
        """Mostly somebody who may decide on proposals: those are rare."""
        return self.cast[self.dice.choice(["pm", "pm", "boss", "leader.mech"])]

    @property
    def task(self):
        """Mostly one that is not over."""
        rows = Task.objects.order_by("pk") if self.dice.random() < 0.1 else Task.objects.open().order_by("pk")
        return self.dice.choice(list(rows) or list(Task.objects.all()))

    def plan(self, wish):
        actor, contract = self.planner, Contract.objects.get(pk=self.cast.own.pk)
        found = foresee(contract, wish, actor)
        return services.change_plan(contract, wish, actor=actor, cause="internal", seen=found.digest)

    # --- plans ----------------------------------------------------------------------------------------

    def reschedule(self):
        task, dice = self.task, self.dice
        start = task.planned_start + timedelta(days=dice.randint(-6, 9))
        length = 0 if task.milestone else dice.randint(0, 6)
        noon, late = dice.random() < 0.2, dice.random() < 0.2 and not task.milestone
        rules = dice.choice([{}, {}, {"mode": dice.choice(Mode.values)}, {"not_before": None}])
        span = Span(start, start + timedelta(days=length), late and length > 0, noon)
        return self.plan(services.reschedule_wish(task, span, **rules))

    def link(self):
        before, after = self.dice.sample(list(Task.objects.open().order_by("pk")) or [None, None], 2)
        if not after:
            raise Blocked
        wait = self.dice.choice(["FS", "FS", "SS", "FF", "SF"]), Decimal(self.dice.randint(-4, 6)) / 2
        return self.plan(Wish("link", after.name, links={(before.pk, after.pk): wait}))

    def unlink(self):
        if not (rows := list(TaskDependency.objects.order_by("pk"))):
            raise Blocked
        link = self.dice.choice(rows)
        return self.plan(Wish("unlink", links={(link.predecessor_id, link.successor_id): None}))

    def roll(self):
        return self.plan(roll_wish())

    def backward(self):
        return self.plan(backward_plan(self.cast.own).wish)

    def level(self):
        return self.plan(level_plan(self.cast.own, 0).wish)

    def undo(self):
        if not self.taken:
            raise Blocked
        change, before = self.taken[-1]
        services.undo_change(change, actor=self.actor)
        self.taken.pop()
        after = books()
        for move in change.moves.all():
            assert after[0][move.task_id] == before[0][move.task_id]
        for first, second, _wanted, _stored in change.asked["links"]:
            assert after[1].get((first, second)) == before[1].get((first, second))

    def apply(self):
        rows = list(PlanChange.objects.filter(state="proposed").order_by("pk"))
        if not rows:
            raise Blocked
        return services.apply_change(self.dice.choice(rows), actor=self.decider)

    def decline(self):
        if not (change := PlanChange.objects.filter(state="proposed").first()):
            raise Blocked
        services.decline_change(change, actor=self.decider, reason="不行")

    # --- work -----------------------------------------------------------------------------------------

    def work(self):
        task = self.task
        verbs = [step.verb for step in task.workflow if task.status in step.sources and step.verb != "recall"]
        verb = self.dice.choice([*verbs, "start"])
        reason = {"reason": "原因"} if verb in ("pause", "reject", "cancel") else {}
        if verb == "cancel" and self.dice.random() < 0.9:
            raise Blocked
        if verb in CONSEQUENCES:
            step = AcceptanceStep.objects.get(round__acceptance__task=task, round__result="pending")
            deed = {"pass": pass_step, "reject": reject_step}[verb]
            deed(step, actor=self.actor, **reason)
        else:
            services.STEPS[verb](task, actor=self.actor, **reason)

    def report(self):
        services.report_progress(self.task, actor=self.actor, progress=self.dice.randint(0, 100))

    def assign(self):
        people = self.cast.people
        person = self.dice.choice([None, people["staff.mech"], people["leader.elec"], people["pm"]])
        services.assign(self.task, actor=self.actor, person=person)

    # --- calendars ------------------------------------------------------------------------------------

    def calendar(self):
        dice = self.dice
        day = timezone.localdate() + timedelta(days=dice.randint(-5, 30))
        changes, boss = PlanChange.objects.count(), self.cast["boss"]
        before = books()
        if dice.random() < 0.5:
            orgchart.set_days(None, {day: Rule(dice.random() < 0.3)}, actor=boss)
        elif dice.random() < 0.6 or not Leave.objects.exists():
            person = self.cast.people[dice.choice(["staff.mech", "leader.elec"])]
            fields = {"first": day, "last": day + timedelta(days=dice.randint(0, 3)), "ends_noon": False}
            orgchart.add_leave(person, actor=boss, **fields, begins_afternoon=dice.random() < 0.3)
        else:
            orgchart.remove_leave(Leave.objects.order_by("pk").first(), actor=boss)
        made = PlanChange.objects.count() - changes
        assert made or books() == before
        return PlanChange.objects.first() if made else None


#: How often each deed is tried.
WEIGHTS = {
    "reschedule": 50, "link": 25, "unlink": 8, "roll": 6, "backward": 5, "level": 3, "undo": 15, "apply": 12,
    "decline": 10, "work": 60, "report": 8, "assign": 8, "calendar": 15,
}  # fmt: skip
#: Deeds of which nothing is asked but that the books hold.
DATELESS = ("work", "report", "assign", "decline", "apply")


def test_two_hundred_deeds_leave_the_books_right(cast, make_task, time_machine):
    time_machine.move_to("2026-11-30 08:00:00+08:00")
    cast.own.signed_on, cast.own.planned_delivery = date(2026, 11, 2), date(2026, 12, 28)
    Contract.objects.filter(pk=cast.own.pk).update(
        signed_on=cast.own.signed_on, planned_delivery=cast.own.planned_delivery
    )
    set_levels(cast.own, actor=cast["boss"], task_quality=False)
    walk = Walk(cast, make_task)
    for number in range(MOST):
        if number >= DEEDS and walk.seen.keys() >= {*WEIGHTS, "propose"}:
            break
        if number % 20 == 19:
            time_machine.shift(timedelta(days=1))
        walk.step()
    assert walk.seen.keys() >= {*WEIGHTS, "propose"}
    assert CalendarDay.objects.exists()
    call_command("recompute_status", "--check")
    call_command("sync_grants", "--check")
    seal()
    call_command("audit_verify")
