"""A feedback becomes rework in the plan or a contract of its own; both lead to each other."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from contracts.models import Contract
from erp.workflow import Blocked
from feedback import services
from feedback.models import Feedback, FeedbackRework
from notifications.models import Message
from production.models import Task
from tests.erp.pages import get


def rework(cast, feedback, who="service", **more):
    fields = {"department": cast.departments["mechanical"], "name": "更换密封圈"}
    fields |= {"assignee": cast.people["staff.mech"], **more}
    return services.create_rework(feedback, actor=cast[who], **fields)


def test_rework_is_a_task_of_the_plan_and_its_people_hear_of_it(cast, feedback):
    task = rework(cast, feedback)
    assert task.planned_start > timezone.localdate()
    assert (task.contract, task.assignee) == (cast.own, cast.people["staff.mech"])
    told = Message.objects.filter(recipient=cast["staff.mech"], target_id=task.pk).values_list(
        "event", flat=True
    )
    assert "task_assigned" in told or "rework_added" in told


def test_both_pages_lead_to_each_other(cast, client, feedback):
    task = rework(cast, feedback)
    assert task.get_absolute_url() in get(client, cast["pm"], feedback.get_absolute_url()).content.decode()
    page = get(client, cast["pm"], task.get_absolute_url()).content.decode()
    (panel,) = re.findall(rf'hx-get="(/tasks/{task.pk}/feedback/)"', page)
    assert feedback.get_absolute_url() in get(client, cast["pm"], panel, htmx=True).content.decode()
    # 小张 does the task, and handles nothing: he sees the task without the feedback
    text = get(client, cast["staff.mech"], panel, htmx=True).content.decode()
    assert feedback.title not in text


@pytest.mark.parametrize(
    ("who", "department", "may"),
    [
        ("pm", "electrical", True),
        ("service", "electrical", True),
        ("leader.mech", "mechanical", True),
        ("leader.mech", "electrical", False),
        ("staff.mech", "mechanical", False),
        ("sales", "mechanical", False),
        ("customer.a", "mechanical", False),
    ],
)
def test_who_adds_rework_to_which_plan(cast, handled, who, department, may):
    where = {"department": cast.departments[department], "assignee": None}
    if may:
        task = rework(cast, handled, who, **where)
        assert FeedbackRework.objects.get(task=task).feedback == handled
        return
    with pytest.raises(PermissionDenied):
        rework(cast, handled, who, **where)
    assert not Task.objects.exists()


def test_what_is_resolved_needs_no_rework(cast, resolved):
    with pytest.raises(Blocked):
        rework(cast, resolved)
    assert not Task.objects.exists()


def test_one_click_makes_the_task(cast, client, feedback):
    url = f"{feedback.get_absolute_url()}rework/"
    page = get(client, cast["service"], url).content.decode()
    assert feedback.title in page
    data = {
        "department": cast.departments["mechanical"].pk,
        "name": "更换密封圈",
        "days": "１.５",
        "note": "",
    }
    assert client.post(url, data).status_code == 302
    assert FeedbackRework.objects.get(feedback=feedback).task.name == "更换密封圈"


@pytest.mark.parametrize("days", ["", "0", "-1", "NaN", "1e309", "0.3", "99999", "abc"])
def test_impossible_days_are_a_sentence_and_no_task(cast, client, feedback, days):
    client.force_login(cast["service"])
    data = {"department": cast.departments["mechanical"].pk, "name": "更换", "days": days}
    answer = client.post(f"{feedback.get_absolute_url()}rework/", data)
    assert answer.status_code == 422
    assert "更换" in answer.content.decode()
    assert not Task.objects.exists()


def header(cast, **more):
    today = timezone.localdate()
    return {
        "number": "HT-2026-777",
        "name": "灌装线二期",
        "company": cast.companies["a"],
        "manager": cast.people["pm"],
        "signed_on": today,
        "planned_delivery": today + timedelta(days=90),
        **more,
    }


def test_a_follow_up_contract_keeps_the_link_both_ways(cast, client, make_feedback):
    row = make_feedback(kind="requirement", title="增加瓶型")
    made = services.create_follow_up(row, actor=cast["sales"], **header(cast))
    row = Feedback.objects.get(pk=row.pk)
    assert row.follow_up == made
    assert made.number in get(client, cast["sales"], row.get_absolute_url()).content.decode()
    for contract, other in ((cast.own, made.get_absolute_url()), (made, row.get_absolute_url())):
        overview = get(client, cast["sales"], contract.get_absolute_url()).content.decode()
        assert f'hx-get="/contracts/{contract.pk}/feedback/panel/"' in overview
        panel = get(client, cast["sales"], f"/contracts/{contract.pk}/feedback/panel/", htmx=True)
        assert other in panel.content.decode()
    tab = get(client, cast["sales"], f"/contracts/{made.pk}/feedback/").content.decode()
    assert row.get_absolute_url() in tab
    with pytest.raises(Blocked):
        services.create_follow_up(row, actor=cast["sales"], **header(cast, number="HT-2026-778"))


def test_who_sees_only_one_end_learns_nothing_of_the_other(cast, client, make_feedback):
    row = make_feedback(title="增加瓶型")
    made = services.create_follow_up(row, actor=cast["boss"], **header(cast, manager=cast.people["boss"]))
    text = get(client, cast["qc"], row.get_absolute_url()).content.decode()
    assert made.number not in text
    csv = get(client, cast["qc"], "/feedback/", export="csv").content.decode("utf-8-sig")
    assert "增加瓶型" in csv
    assert made.number not in csv
    assert made.number in get(client, cast["boss"], "/feedback/", export="csv").content.decode("utf-8-sig")


@pytest.mark.parametrize("who", ["pm", "service", "qc", "customer.a", "outsider"])
def test_who_may_not_open_contracts_opens_no_follow_up(cast, feedback, who):
    before = Contract.objects.count()
    with pytest.raises(PermissionDenied):
        services.create_follow_up(feedback, actor=cast[who], **header(cast))
    assert Contract.objects.count() == before


def test_the_form_of_the_follow_up_is_filled_in(cast, client, make_feedback):
    row = make_feedback(title="增加瓶型", text="330 毫升")
    url = f"{row.get_absolute_url()}follow-up/"
    page = get(client, cast["sales"], url).content.decode()
    assert f"{cast.own.name} · 增加瓶型" in page
    assert "330 毫升" in page
    fields = {k: getattr(v, "pk", v) for k, v in header(cast).items()}
    answer = client.post(url, {**fields, "contact": "林经理", "contact_phone": "0532", "currency": "CNY"})
    made = Contract.objects.get(number="HT-2026-777")
    assert answer.url == made.get_absolute_url()
    assert client.post(url, {**fields, "number": "HT-2026-777"}).status_code == 422
