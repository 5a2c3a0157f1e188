"""The life of a feedback: who takes which step from where, what follows, who hears of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from acceptance.models import AcceptanceDefect, AcceptanceItem
from acceptance.services import Defect, reject_step
from contracts.models import Contract
from contracts.services import remove_member, status_differences
from contracts.states import missing_for
from erp.access import allowed
from erp.audit.models import LogEntry
from erp.workflow import Blocked, Stale
from feedback import services
from feedback.models import Feedback
from feedback.states import PATIENCE, Status
from notifications.models import Message
from tests.acceptance.conftest import step_of, submitted
from tests.cast import make_contract
from tests.erp.pages import get


def told(event):
    return set(Message.objects.filter(event=event).values_list("recipient__username", flat=True))


def fresh(row):
    return Feedback.objects.get(pk=row.pk)


def test_it_lives_from_new_to_closed(cast, resolved):
    assert resolved.status == Status.RESOLVED
    assert resolved.solution.startswith("更换")
    closed = services.close_feedback(resolved, actor=cast["sales"])
    assert closed.status == Status.CLOSED
    assert closed.closed_at is not None
    verbs = [r.history_change_reason for r in closed.history.order_by("history_id")]
    assert verbs == [None, "name_handler", "start", "resolve", "close"]


@pytest.mark.parametrize("verb", ["start", "resolve", "close", "reopen"])
@pytest.mark.parametrize("status", list(Status))
def test_only_declared_steps_are_taken(cast, feedback, verb, status):
    Feedback.objects.filter(pk=feedback.pk).update(
        status=status, handler=cast.people["service"], resolved_at=timezone.now() - PATIENCE
    )
    more = {"resolve": {"solution": "已换件"}, "reopen": {"reason": "还漏"}}.get(verb, {})
    step = Feedback.workflow[verb]
    if status in step.sources:
        assert services.STEPS[verb](fresh(feedback), actor=cast["boss"], **more).status == step.target
        return
    with pytest.raises(Blocked):
        services.STEPS[verb](fresh(feedback), actor=cast["boss"], **more)
    assert fresh(feedback).status == status


def test_nobody_takes_up_what_nobody_handles_unless_they_do_it(cast, feedback):
    with pytest.raises(Blocked):
        services.start_feedback(feedback, actor=cast["boss"])  # works on no contract
    started = services.start_feedback(fresh(feedback), actor=cast["service"])
    assert started.handler == cast.people["service"]
    assert started.department == cast.departments["service"]


def test_a_solution_is_written_down(cast, handled):
    with pytest.raises(Blocked):
        services.resolve_feedback(handled, actor=cast["staff.mech"], solution="  ")
    assert fresh(handled).status == Status.IN_PROGRESS


def test_the_office_closes_only_after_fourteen_days(cast, resolved):
    with pytest.raises(Blocked):
        services.close_feedback(resolved, actor=cast["service"])
    Feedback.objects.filter(pk=resolved.pk).update(resolved_at=timezone.now() - PATIENCE + timedelta(hours=1))
    with pytest.raises(Blocked):
        services.close_feedback(fresh(resolved), actor=cast["service"])
    Feedback.objects.filter(pk=resolved.pk).update(resolved_at=timezone.now() - PATIENCE)
    assert services.close_feedback(fresh(resolved), actor=cast["service"]).status == Status.CLOSED


def test_the_customer_confirms_and_opens_again(cast, resolved):
    with pytest.raises(PermissionDenied):
        services.close_feedback(resolved, actor=cast["customer.b"])
    services.close_feedback(resolved, actor=cast["customer.a"])
    Feedback.objects.filter(pk=resolved.pk).update(due_at=resolved.due_at - timedelta(days=9))
    again = services.reopen_feedback(fresh(resolved), actor=cast["customer.a"], reason="又开始滴漏")
    assert (again.status, again.reopened, again.closed_at) == (Status.REOPENED, 1, None)
    assert again.due_at >= resolved.due_at  # time runs anew
    assert {"staff.mech", "pm"} <= told("feedback_reopened")
    assert services.start_feedback(again, actor=cast["staff.mech"]).status == Status.IN_PROGRESS


def test_what_a_customer_reported_only_a_customer_opens_again(cast, make_feedback):
    row = make_feedback(who="customer.a")
    services.start_feedback(row, actor=cast["service"])
    services.resolve_feedback(fresh(row), actor=cast["service"], solution="已处理")
    with pytest.raises(Blocked):
        services.reopen_feedback(fresh(row), actor=cast["service"], reason="客户来电")
    assert services.reopen_feedback(fresh(row), actor=cast["customer.a"], reason="没好").status == "reopened"


def test_to_open_again_one_says_why(cast, resolved):
    with pytest.raises(Blocked):
        services.reopen_feedback(resolved, actor=cast["customer.a"], reason=" ")


@pytest.mark.parametrize(
    ("who", "verbs"),
    [
        ("boss", {"view", "change", "assign", "cover", "rework", "start", "resolve", "comment", "close"}),
        ("admin", {"view", "change", "assign", "cover", "rework", "start", "resolve", "comment", "close"}),
        ("pm", {"view", "change", "assign", "cover", "rework", "start", "resolve", "comment", "close"}),
        ("service", {"view", "change", "assign", "cover", "rework", "start", "resolve", "comment", "close"}),
        ("leader.mech", {"view", "change", "assign", "cover", "rework", "start", "resolve", "comment"}),
        ("staff.mech", {"view", "start", "resolve", "comment"}),
        ("sales", {"view", "comment", "close"}),  # entered it
        ("qc", {"view"}),
        ("leader.elec", set()),
        ("buyer", set()),
        ("outsider", set()),
        ("ex-member", set()),
        ("disabled", set()),
        ("customer.a", {"view", "comment", "close"}),
        ("customer.b", set()),
    ],
)
def test_rights_follow_the_table(cast, handled, who, verbs):
    asked = ["view", "change", "assign", "cover", "rework", "start", "resolve", "comment", "close"]
    assert {verb for verb in asked if allowed(cast[who], verb, handled)} == verbs


def test_what_is_not_shown_to_the_customer_does_not_exist_for_them(cast, make_feedback):
    row = make_feedback(shared=False)
    assert not Feedback.objects.for_user(cast["customer.a"]).exists()
    for deed in (
        lambda: services.close_feedback(row, actor=cast["customer.a"]),
        lambda: services.add_comment(row, actor=cast["customer.a"], text="在吗"),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert not Message.objects.filter(recipient=cast["customer.a"]).exists()


@pytest.mark.parametrize("who", ["leader.mech", "staff.mech", "qc", "buyer", "outsider", "customer.b"])
def test_who_may_not_enter_feedback(cast, make_feedback, who):
    with pytest.raises(PermissionDenied):
        make_feedback(who=who)
    assert not Feedback.objects.exists()


def test_customers_do_not_say_what_only_the_office_says(cast, make_feedback):
    for more in ({"shared": True}, {"caller": "别人"}, {"task": None}, {"defect": None}, {"item": None}):
        with pytest.raises(PermissionDenied):
            make_feedback(who="customer.a", **more)


def test_a_form_sent_twice_is_one_feedback(cast, make_feedback):
    first, second = make_feedback(token="abc"), make_feedback(token="abc")
    assert first == second
    assert make_feedback(who="pm", token="abc") != first  # nobody meets another's token


def test_the_people_it_concerns_hear_of_it(cast, make_feedback):
    row = make_feedback(who="customer.a")
    assert told("feedback_reported") == {"service", "pm"}
    services.assign_feedback(row, actor=cast["service"], person=cast.people["staff.mech"])
    assert told("feedback_assigned") == {"staff.mech"}
    services.start_feedback(fresh(row), actor=cast["staff.mech"])
    services.add_comment(fresh(row), actor=cast["staff.mech"], text="明天到现场", visible=True)
    assert told("feedback_answer") == {"customer.a"}
    services.add_comment(fresh(row), actor=cast["customer.a"], text="好的")
    assert told("feedback_remark") == {"staff.mech"}
    services.resolve_feedback(fresh(row), actor=cast["staff.mech"], solution="更换密封圈")
    assert told("feedback_solution") == {"customer.a"}
    assert told("feedback_resolved") == {"pm"}
    assert "customer.b" not in told("feedback_answer") | told("feedback_solution")


def test_remarks_of_the_office_stay_in_the_office(cast, feedback):
    inside = services.add_comment(feedback, actor=cast["service"], text="客户自己拧坏的")
    outside = services.add_comment(feedback, actor=cast["service"], text="我们明天到", visible=True)
    answer = services.add_comment(feedback, actor=cast["customer.a"], text="几点到？", visible=False)
    seen = set(type(inside).objects.for_user(cast["customer.a"]))
    assert seen == {outside, answer}
    assert set(type(inside).objects.for_user(cast["qc"])) == {inside, outside, answer}


def test_the_handler_joins_the_team_and_brings_the_department(cast, feedback):
    row = services.assign_feedback(feedback, actor=cast["pm"], person=cast.people["outsider"])
    assert cast.own.team.filter(person=cast.people["outsider"]).exists()
    assert row.department == cast.departments["software"]
    assert allowed(cast["outsider"], "resolve", row)


def test_an_inactive_person_handles_nothing(cast, feedback):
    with pytest.raises(Blocked):
        services.assign_feedback(feedback, actor=cast["pm"], person=cast.people["disabled"])


def test_who_leaves_hands_open_feedback_over(cast, handled):
    place = cast.own.team.get(person=cast.people["staff.mech"])
    with pytest.raises(Blocked):
        remove_member(place, actor=cast["pm"])
    remove_member(place, actor=cast["pm"], successor=cast.people["leader.mech"])
    assert fresh(handled).handler == cast.people["leader.mech"]


def test_a_handler_who_left_does_not_handle_what_is_opened_again(cast, resolved):
    place = cast.own.team.get(person=cast.people["staff.mech"])
    remove_member(place, actor=cast["pm"])
    row = services.reopen_feedback(resolved, actor=cast["customer.a"], reason="又漏")
    assert row.handler is None


def test_an_unresolved_feedback_needs_attention_after_the_delivery(cast, make_feedback, deliver):
    contract = deliver(cast.own)
    row = make_feedback(contract)
    assert Contract.objects.get(pk=contract.pk).status == "issue"
    services.start_feedback(row, actor=cast["service"])
    services.resolve_feedback(fresh(row), actor=cast["service"], solution="已换")
    assert Contract.objects.get(pk=contract.pk).status == "unstarted"
    services.reopen_feedback(fresh(row), actor=cast["customer.a"], reason="还漏")
    assert Contract.objects.get(pk=contract.pk).status == "issue"
    assert status_differences() == []


def test_before_the_delivery_it_changes_no_status(cast, feedback):
    assert Contract.objects.get(pk=cast.own.pk).status == "unstarted"


def test_the_archive_waits_for_every_feedback(cast, resolved, deliver):
    contract = deliver(cast.own)
    lines = [missing for missing in missing_for("archive", contract) if "灌装阀滴漏" in str(missing.text)]
    assert [line.url for line in lines] == [resolved.get_absolute_url()]
    services.close_feedback(resolved, actor=cast["customer.a"])
    assert not [line for line in missing_for("archive", contract) if "灌装阀滴漏" in str(line.text)]


def test_an_archived_contract_takes_nothing(cast, handled):
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    row = fresh(handled)
    for deed in (
        lambda: services.report_feedback(
            cast.own, actor=cast["sales"], kind="bug", severity="low", title="新"
        ),
        lambda: services.resolve_feedback(row, actor=cast["staff.mech"], solution="好"),
        lambda: services.add_comment(row, actor=cast["pm"], text="好"),
        lambda: services.set_coverage(row, actor=cast["pm"], coverage="paid", reason="过保"),
        lambda: services.assign_feedback(row, actor=cast["pm"], person=None),
        lambda: services.edit_feedback(row, actor=cast["pm"], title="改"),
    ):
        with pytest.raises(Blocked):
            deed()
    assert fresh(handled).version == handled.version


def test_over_somebody_elses_change_nothing_is_written(cast, feedback):
    services.edit_feedback(feedback, actor=cast["pm"], version=feedback.version, title="滴漏（三号阀）")
    with pytest.raises(Stale):
        services.edit_feedback(feedback, actor=cast["service"], version=feedback.version, title="别的")
    assert fresh(feedback).title == "滴漏（三号阀）"


def test_a_warranty_decision_needs_its_reason_and_is_logged(cast, feedback):
    with pytest.raises(Blocked):
        services.set_coverage(feedback, actor=cast["pm"], coverage="paid", reason="  ")
    row = services.set_coverage(feedback, actor=cast["pm"], coverage="paid", reason="人为损坏")
    assert (row.coverage, row.coverage_reason) == ("paid", "人为损坏")
    entry = LogEntry.objects.filter(verb="cover").get()
    assert (entry.reason, entry.contract_id) == ("人为损坏", cast.own.pk)


@pytest.mark.parametrize("days", [-31, 1])
def test_a_day_before_signing_or_in_the_future_is_refused(cast, make_feedback, days):
    with pytest.raises(ValidationError):
        make_feedback(reported_on=timezone.localdate() + timedelta(days=days))


def test_a_task_of_another_contract_is_refused(cast, make_feedback, task):
    other = make_contract(cast, number="HT-OTHER-1")
    with pytest.raises(ValidationError):
        make_feedback(other, task=task)
    assert make_feedback(task=task).task == task


def test_it_may_be_about_a_defect_that_an_acceptance_found(cast, client, make_feedback, task):
    acceptance = submitted(task, cast["staff.mech"])
    reject_step(
        step_of(acceptance), actor=cast["leader.mech"], reason="孔距不对", defects=[Defect("孔距大两毫米")]
    )
    defect = AcceptanceDefect.objects.get()
    row = make_feedback(who="pm", defect=defect)
    assert "孔距大两毫米" in get(client, cast["pm"], row.get_absolute_url()).content.decode()
    with pytest.raises(ValidationError):
        make_feedback(make_contract(cast, number="HT-OTHER-2"), who="pm", defect=defect)


def test_it_may_be_about_an_item_that_an_acceptance_looked_at(cast, client, make_feedback, task):
    acceptance = submitted(task, cast["staff.mech"])
    step = step_of(acceptance)
    item = AcceptanceItem.objects.create(contract=cast.own, step=step, position=90, text="焊缝外观")
    new = f"/contracts/{cast.own.pk}/feedback/new/"
    assert "焊缝外观" not in get(client, cast["pm"], new).content.decode()  # not looked at yet
    reject_step(step, actor=cast["leader.mech"], reason="焊缝不齐")
    assert f"焊缝外观 · {acceptance}" in get(client, cast["pm"], new).content.decode()
    row = make_feedback(who="pm", item=item)
    assert "焊缝外观" in get(client, cast["pm"], row.get_absolute_url()).content.decode()
    with pytest.raises(ValidationError):
        make_feedback(make_contract(cast, number="HT-OTHER-3"), who="pm", item=item)
