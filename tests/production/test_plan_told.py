"""What people are told of a change: before it, why it is so, and once each after it."""

import html
import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from notifications.models import Message
from orgchart import services as orgchart
from orgchart.calendars import Rule
from production import services
from production.foresight import foresee
from production.models import Deed, PlanChange, Task
from production.previews import Preview, changed_rows
from production.reasons import why_words
from production.replanning import backward_plan
from production.spans import Span
from tests.production.test_changes import MONDAY, chain, dates, wish_for
from tests.production.test_plan_pages import act, seen_in, typed

__all__ = ["act", "chain"]


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield


def preview(cast, wish, who="pm"):
    return Preview(foresee(cast.own, wish, cast[who]), cast[who])


# --- why ------------------------------------------------------------------------------------------


def test_every_step_of_the_reasons_names_its_task(client, cast, chain):
    client.force_login(cast["pm"])
    page = client.get(f"/tasks/{chain[2].pk}/why/").content.decode()
    assert re.findall(r"<li><b>(.*?)</b>", page) == ["接线", "加工", "设计"]


def test_steps_out_of_sight_are_named_neutrally(client, cast, chain):
    """小张 sees 设计 and 加工; 接线 waits for them and 验收, his again, for 接线."""
    last = services.create_task(
        cast.own, actor=cast["boss"], department=cast.departments["mechanical"], name="验收",
        planned_start=date(2026, 12, 17), planned_end=date(2026, 12, 17), not_before=None,
        assignee=cast.people["staff.mech"],
    )  # fmt: skip
    services.link_tasks(chain[2], last, actor=cast["boss"])
    client.force_login(cast["staff.mech"])
    page = client.get(f"/tasks/{last.pk}/why/").content.decode()
    names = re.findall(r"<li><b>(.*?)</b>", page)
    assert names == ["验收", "A task of another department", "加工", "设计"]
    assert "接线" not in page


# --- what a look warns of -----------------------------------------------------------------------------


def test_fixing_warns_of_the_links_it_breaks(act, cast, chain):
    """加工 fixed on the Tuesday begins while 设计 still runs until Wednesday."""
    make = chain[1]
    data = typed(make, -2, mode="fixed")
    page = html.unescape(act("pm", f"/tasks/{make.pk}/reschedule/", data).content.decode())
    assert "“加工” would keep its dates, 2 working days earlier than its link with “设计” allows." in page
    shown = act("pm", f"/tasks/{make.pk}/reschedule/", data, as_json=True).json()
    assert any("“加工” would keep its dates" in note for note in shown["notes"])


def test_fixing_where_the_links_allow_it_warns_of_nothing(cast, chain):
    assert preview(cast, wish_for(chain[1], 0, mode="fixed")).warnings == []


def test_a_missed_latest_finish_is_told(cast, chain):
    promised = date(2026, 12, 16)
    Task.objects.filter(pk=chain[2].pk).update(not_after=promised)
    assert preview(cast, wish_for(chain[0], 0, mode="fixed")).warnings == []
    assert preview(cast, wish_for(chain[0], 1)).warnings == [
        "“接线” would end 1 working day after “finish no later than” (16 Dec 2026)."
    ]


def test_what_is_broken_already_is_told_only_when_it_gets_worse(cast, chain):
    Task.objects.filter(pk=chain[2].pk).update(not_after=date(2026, 12, 15))
    assert preview(cast, wish_for(chain[1], 0, mode="fixed")).warnings == []
    assert len(preview(cast, wish_for(chain[0], 1)).warnings) == 1


def test_done_work_is_no_longer_warned_of(cast, chain):
    done = {"status": "done", "actual_start": date(2026, 11, 23), "actual_end": date(2026, 11, 24)}
    Task.objects.filter(pk=chain[1].pk).update(**done)
    assert preview(cast, wish_for(chain[0], 3)).warnings == []


def test_warnings_count_what_one_may_not_see(cast, chain):
    Task.objects.filter(pk=chain[2].pk).update(not_after=date(2026, 12, 16))
    found = preview(cast, wish_for(chain[0], 1), "staff.mech")
    assert found.warnings == ["1 more link or latest finish would not be kept."]


def test_a_proposal_warns_whoever_decides(client, cast, chain):
    Task.objects.filter(pk=chain[2].pk).update(not_after=date(2026, 12, 18))
    change = services.change_plan(
        cast.own, wish_for(chain[0], 7), actor=cast["leader.mech"], cause="internal"
    )
    assert change.state == "proposed"
    client.force_login(cast["pm"])
    assert "“finish no later than”" in html.unescape(client.get(change.get_absolute_url()).content.decode())


# --- marks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["leader.mech", "pm", "boss"])
def test_moves_beyond_float_are_marked_for_everybody(cast, chain, who):
    """Four working days are more than the three there are; two are not."""
    far, near = (preview(cast, wish_for(chain[0], days), who) for days in (7, 2))
    assert {row.name for row in far.rows if row.beyond} == {"设计", "加工", "接线"}
    assert all(move["beyond"] for move in far.json()["moves"])
    assert not any(row.beyond for row in near.rows)
    assert far.proposes is (who == "leader.mech")


def test_the_deciding_manager_sees_the_marks(client, cast, chain):
    change = services.change_plan(
        cast.own, wish_for(chain[0], 7), actor=cast["leader.mech"], cause="internal"
    )
    client.force_login(cast["pm"])
    assert client.get(change.get_absolute_url()).content.decode().count("beyond its float") == 3


# --- once each ---------------------------------------------------------------------------------------


def inbox(user):
    return list(Message.objects.filter(recipient=user, event__in=TOLD).order_by("id"))


TOLD = ("task_rescheduled", "own_tasks_moved", "plan_changed")


def test_whose_tasks_move_hears_once(cast, chain):
    Message.objects.all().delete()
    change = services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="design")
    (mine,) = inbox(cast["staff.mech"])
    assert (str(mine), mine.target) == ("HT-OWN-1: 2 of your tasks moved (设计).", cast.own)
    assert Message.objects.for_user(cast["staff.mech"]).filter(pk=mine.pk).exists()
    (one,) = inbox(cast["leader.elec"])
    assert (one.event, one.target) == ("task_rescheduled", chain[2])
    services.undo_change(change, actor=cast["pm"])
    assert [message.event for message in inbox(cast["staff.mech"])] == ["own_tasks_moved"] * 2
    assert len(inbox(cast["leader.elec"])) == 2


def test_who_reads_changes_is_led_to_the_change(cast, chain):
    for task in chain[:2]:
        services.assign(task, actor=cast["boss"], person=cast.people["leader.mech"])
    Message.objects.all().delete()
    change = services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="design")
    (message,) = inbox(cast["leader.mech"])
    assert (message.event, message.target) == ("own_tasks_moved", change)


def test_a_leader_who_hears_of_the_whole_hears_no_more(cast, chain):
    """接线 is the leader's own; 机械 pushed it."""
    Message.objects.all().delete()
    services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["leader.mech"], cause="design")
    assert [message.event for message in inbox(cast["leader.elec"])] == ["plan_changed"]
    assert [message.event for message in inbox(cast["staff.mech"])] == ["own_tasks_moved"]


def test_the_calendar_tells_once_too(cast, chain):
    Message.objects.all().delete()
    off = {MONDAY + timedelta(days=1): Rule(working=False)}
    orgchart.set_days(None, off, actor=cast["boss"])
    for who in ("staff.mech", "leader.mech", "leader.elec", "pm"):
        assert len(inbox(cast[who])) == 1, who


# --- back from the delivery ------------------------------------------------------------------------


def test_planning_back_lists_no_task_that_stays(cast, chain):
    """接线 stands at its latest already: nothing is asked of it, and nothing of anybody the second time."""
    wire = chain[2]
    last = Span(date(2026, 12, 17), date(2026, 12, 21))
    services.change_plan(cast.own, services.reschedule_wish(wire, last), actor=cast["pm"], cause="design")
    found = backward_plan(cast.own)
    assert {row.name for row in preview(cast, found.wish).rows} == {"设计", "加工"}
    services.change_plan(cast.own, found.wish, actor=cast["pm"], cause="customer")
    assert [dates(task)[0].day for task in chain] == [10, 15, 17]
    assert backward_plan(cast.own).wish.edits == {}


def test_planning_back_holds_what_the_others_would_pull_along(cast, chain):
    """接线 follows its links and stands at its latest only because 加工 ends the day before; 设计 is
    shortened. Every task is where the delivery allows, and none is listed that does not move."""
    design, make, wire = chain
    services.change_plan(
        cast.own, services.reschedule_wish(design, Span(date(2026, 12, 10), date(2026, 12, 14))),
        actor=cast["pm"], cause="design",
    )  # fmt: skip
    assert dates(wire) == (date(2026, 12, 17), date(2026, 12, 21))
    assert backward_plan(cast.own).wish.edits == {}
    services.unlink_tasks(make.outgoing.get(), actor=cast["boss"])
    services.link_tasks(make, wire, actor=cast["boss"], type="SS", lag=2)
    found = backward_plan(cast.own)
    shown = preview(cast, found.wish)
    assert all(row.old != row.new for row in shown.rows)
    change = services.change_plan(cast.own, found.wish, actor=cast["pm"], cause="customer")
    assert dates(wire) == (date(2026, 12, 17), date(2026, 12, 21))
    if change is not None:
        assert all(row.old != row.new for row in changed_rows(change, cast["pm"]))


def test_a_change_of_rules_alone_is_listed(act, cast, chain):
    url, data = f"/tasks/{chain[0].pk}/reschedule/", typed(chain[0], 0, mode="fixed")
    act("pm", url, {**data, "seen": seen_in(act("pm", url, data)), "cause": "design"})
    change = PlanChange.objects.get()
    assert change.deed == Deed.RESCHEDULE
    assert [row.name for row in changed_rows(change, cast["pm"])] == ["设计"]


def test_why_words_of_a_hidden_task_tell_no_name(cast, chain):
    found = foresee(cast.own, wish_for(chain[0], 1), cast["pm"])
    steps = why_words(found.layout, chain[2].pk, cast["outsider"])
    assert {step.name for step in steps} == {"a task of another department"}
