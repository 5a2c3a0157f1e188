"""Plan templates and copies: laid out over Spring Festival, kept in working days, by right."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from erp.models import LogEntry
from erp.workflow import Blocked
from production.calendar import working_calendar
from production.interchange.cloning import clone_plan, copy_plan
from production.interchange.demo import MACHINE, UPGRADE, build_templates
from production.interchange.models import PlanTemplate
from production.interchange.templates import (
    apply_template,
    lay_out,
    make_template,
    may_make,
    save_template,
    set_active,
    usual_places,
)
from production.models import Mode, Task, TaskDependency
from production.services import cancel_task, create_task, link_tasks
from production.spans import Span
from tests.cast import make_contract

#: The Monday before Spring Festival 2026: off from 15 to 23 February, Saturdays 14 and 28 are worked.
BEFORE_FESTIVAL = date(2026, 2, 9)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def plan(cast):
    boss, own = cast["boss"], cast.own

    def add(name, department, start, end, **fields):
        return create_task(
            own, actor=boss, department=cast.departments[department], name=name,
            planned_start=start, planned_end=end, assignee=cast.people["staff.mech"], **fields,
        )  # fmt: skip

    a = add("设计", "mechanical", date(2026, 3, 2), date(2026, 3, 6))
    b = add("制作", "mechanical", date(2026, 3, 9), date(2026, 3, 11), ends_noon=True)
    c = add("接线", "electrical", date(2026, 3, 10), date(2026, 3, 13), not_after=date(2026, 3, 20))
    d = add("验收", "quality", date(2026, 3, 16), date(2026, 3, 16), milestone=True, mode=Mode.MANUAL)
    gone = add("不做了", "mechanical", date(2026, 3, 2), date(2026, 3, 6))
    cancel_task(gone, actor=boss, reason="客户取消")
    link_tasks(a, b, actor=boss)
    link_tasks(b, d, actor=boss, type="FF", lag=Decimal("1.5"))
    return [a, b, c, d]


def places(cast):
    return usual_places(list(cast.departments.values()))


def dates(plan):
    return {draft.name: (draft.span.start, draft.span.end, draft.span.ends_noon) for draft in plan.drafts}


def test_a_saved_plan_has_no_dates_but_days_and_links(cast, plan):
    template = save_template(cast.own, actor=cast["leader.mech"], name="灌装线", note="常用")
    rows = template.tasks.values_list("name", "function", "days", "offset", "milestone")
    assert list(rows) == [
        ("设计", "mechanical", Decimal(5), None, False),
        ("制作", "mechanical", Decimal("2.5"), None, False),
        ("接线", "electrical", Decimal(4), Decimal(6), False),
        ("验收", "quality", Decimal(1), Decimal(10), True),
    ]
    assert set(template.links.values_list("before__name", "after__name", "type", "lag")) == {
        ("设计", "制作", "FS", Decimal(0)),
        ("制作", "验收", "FF", Decimal("1.5")),
    }


def test_a_template_is_laid_out_over_spring_festival(cast, plan):
    template = save_template(cast.own, actor=cast["boss"], name="灌装线")
    found = dates(lay_out(template, date(2026, 2, 12), places(cast)))
    assert found["设计"] == (date(2026, 2, 12), date(2026, 2, 25), False)  # Thu Fri Sat, then Tue Wed
    assert found["制作"] == (date(2026, 2, 26), date(2026, 2, 28), True)
    assert found["接线"][0] == date(2026, 2, 27)  # six working days after the first
    calendar = working_calendar()
    assert all(calendar.is_working(day) for start, end, _noon in found.values() for day in (start, end))


def test_applying_writes_tasks_links_and_audit(cast, plan):
    template = save_template(cast.own, actor=cast["boss"], name="灌装线")
    contract = make_contract(cast, number="HT-NEW")
    before = Task.objects.count()
    lay_out(template, BEFORE_FESTIVAL, places(cast))
    assert Task.objects.count() == before
    apply_template(template, contract, actor=cast["pm"], start=BEFORE_FESTIVAL, places=places(cast))
    assert [task.name for task in contract.tasks.order_by("position")] == ["设计", "制作", "接线", "验收"]
    assert contract.tasks.get(name="制作").not_before is None
    assert contract.tasks.get(name="接线").not_before == contract.tasks.get(name="接线").planned_start
    assert TaskDependency.objects.filter(successor__contract=contract).count() == 2
    entry = LogEntry.objects.filter(contract_id=contract.pk, object_repr="制作").latest("pk")
    assert (entry.actor, entry.source) == (cast["pm"], "import")
    assert "灌装线" in entry.reason


def test_a_leader_applies_to_the_own_department_only(cast, plan):
    template = save_template(cast.own, actor=cast["boss"], name="灌装线")
    own = {"mechanical": cast.departments["mechanical"], "electrical": None, "quality": None}
    leader = cast["leader.mech"]
    made = apply_template(template, cast.own, actor=leader, start=BEFORE_FESTIVAL, places=own)
    assert [task.name for task in made] == ["设计", "制作"]
    with pytest.raises(PermissionDenied):
        apply_template(template, cast.own, actor=leader, start=BEFORE_FESTIVAL, places=places(cast))
    with pytest.raises(Blocked, match="at least one"):
        apply_template(template, cast.own, actor=leader, start=BEFORE_FESTIVAL, places={})


def test_who_makes_templates(cast, plan):
    makers = {name for name in cast.users if may_make(cast[name])}
    assert makers == {"admin", "boss", "leader.mech", "leader.elec", "leader.assembly", "buyer", "qc"}
    with pytest.raises(PermissionDenied):
        save_template(cast.own, actor=cast["pm"], name="x")
    with pytest.raises(PermissionDenied):
        save_template(cast.foreign, actor=cast["leader.mech"], name="x")
    assert not PlanTemplate.objects.for_user(cast["customer.a"]).exists()


def test_names_are_taken_once_and_nothing_is_deleted(cast, plan):
    boss = cast["boss"]
    first = save_template(cast.own, actor=boss, name="灌装线")
    with pytest.raises(Blocked, match="already"):
        save_template(cast.own, actor=boss, name="灌装线")
    first = set_active(first, actor=boss, active=False)
    save_template(cast.own, actor=boss, name="灌装线")
    with pytest.raises(Blocked, match="already"):
        set_active(first, actor=boss, active=True)
    with pytest.raises(Blocked, match="put away"):
        apply_template(first, cast.own, actor=boss, start=BEFORE_FESTIVAL, places=places(cast))
    with pytest.raises(PermissionDenied):
        set_active(first, actor=cast["pm"], active=True)
    with pytest.raises(Blocked, match="1 to"):
        make_template(actor=boss, name="leer", note="", tasks=[], ties=[])


def test_the_back_office_renames_but_takes_no_name_twice(cast, plan, client):
    boss = cast["boss"]
    first = save_template(cast.own, actor=boss, name="灌装线")
    save_template(cast.own, actor=boss, name="贴标机")
    client.force_login(cast["admin"])
    address = f"/admin/production/plantemplate/{first.pk}/change/"
    assert client.post(address, {"name": "贴标机", "note": "", "seen": first.version}).status_code == 200
    assert client.post(address, {"name": "洗瓶机", "note": "", "seen": first.version}).status_code == 302
    assert PlanTemplate.objects.get(pk=first.pk).name == "洗瓶机"


def test_the_demo_has_two_templates(cast):
    build_templates({"users": cast.users})
    build_templates({"users": cast.users})
    assert PlanTemplate.objects.count() == 2
    for template, rows in zip(PlanTemplate.objects.order_by("pk"), (MACHINE, UPGRADE), strict=True):
        found = lay_out(template, BEFORE_FESTIVAL, places(cast))
        assert len(found.drafts) == len(rows)
        assert not found.circle()


# --- copies ---------------------------------------------------------------------------------------------


def test_a_copy_keeps_every_distance_in_working_days(cast, plan):
    contract = make_contract(cast, number="HT-NEW")
    made = clone_plan(
        cast.own, contract, actor=cast["boss"], start=date(2026, 2, 12), departments=cast.departments.values()
    )
    calendar = working_calendar()
    assert [task.name for task in made] == ["设计", "制作", "接线", "验收"]
    assert made[0].planned_start == date(2026, 2, 12)
    for old, new in zip(plan, made, strict=True):
        old_days, new_days = (
            sum(calendar.works(slot) for slot in range(Span.of(t).first, Span.of(t).until))
            for t in (old, new)
        )
        assert (old_days, old.mode, old.milestone) == (new_days, new.mode, new.milestone)
        behind = [
            sum(calendar.works(slot) for slot in range(Span.of(first).first, Span.of(t).until))
            for first, t in ((plan[0], old), (made[0], new))
        ]
        assert behind[0] == behind[1]
        assert new.assignee is None
    assert made[2].not_after > made[2].planned_end
    links = TaskDependency.objects.filter(successor__contract=contract)
    assert set(links.values_list("predecessor__name", "successor__name", "type", "lag")) == {
        ("设计", "制作", "FS", Decimal(0)),
        ("制作", "验收", "FF", Decimal("1.5")),
    }


def test_a_copy_begins_on_the_first_working_day(cast, plan):
    found = copy_plan(cast.own, date(2026, 2, 16), user=cast["boss"], departments=cast.departments.values())
    assert found.drafts[0].span.start == date(2026, 2, 24)


def test_copies_by_right(cast, plan):
    contract, leader = make_contract(cast, number="HT-NEW"), cast["leader.mech"]
    own = [cast.departments["mechanical"]]
    made = clone_plan(cast.own, contract, actor=leader, start=BEFORE_FESTIVAL, departments=own)
    assert [task.name for task in made] == ["设计", "制作"]
    with pytest.raises(PermissionDenied):
        copy_plan(cast.foreign, BEFORE_FESTIVAL, user=leader, departments=own)
    with pytest.raises(PermissionDenied):
        copy_plan(cast.own, BEFORE_FESTIVAL, user=cast["staff.mech"], departments=own)
    with pytest.raises(Blocked, match="nothing"):
        clone_plan(
            cast.own,
            contract,
            actor=cast["boss"],
            start=BEFORE_FESTIVAL,
            departments=[cast.departments["sales"]],
        )


def test_a_plan_before_the_calendar_begins_is_copied(cast, plan):
    shift = timedelta(days=365 * 20)
    Task.objects.filter(pk=plan[0].pk).update(
        planned_start=plan[0].planned_start - shift, planned_end=plan[0].planned_end - shift
    )
    found = copy_plan(cast.own, BEFORE_FESTIVAL, user=cast["boss"], departments=cast.departments.values())
    assert found.drafts[0].span.start == BEFORE_FESTIVAL
