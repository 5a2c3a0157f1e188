"""Feedback with open rework is solved and closed knowingly; an answer that failed is an earlier one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from erp.models import LogEntry
from erp.workflow import Blocked
from feedback import services
from feedback.models import Feedback
from production.models import Task
from tests.feedback.test_outcome import rework

TICK = "我知道返工尚未完成"


def now(feedback):
    return Feedback.objects.get(pk=feedback.pk)


def test_who_reports_the_solution_is_told_of_open_rework(cast, handled, sign_in):
    task = rework(cast, handled)
    client, url = sign_in("staff.mech"), f"/feedback/{handled.pk}/resolve/"
    text = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert f'<a href="{task.get_absolute_url()}">{task.name}</a>' in text
    data = {"version": handled.version, "solution": "已更换密封圈"}
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "返工尚未完成：请先完成返工" in refused.content.decode()
    assert "已更换密封圈" in refused.content.decode()
    assert now(handled).status == "in_progress"
    with pytest.raises(Blocked):
        services.resolve_feedback(now(handled), actor=cast["service"], solution="好")
    assert client.post(url, {**data, "despite_rework": "on"}).status_code == 302
    assert now(handled).status == "resolved"
    deed = LogEntry.objects.filter(verb="resolve", object_id=handled.pk).latest("pk")
    assert deed.reason == f"返工未完成，仍继续：{task.name}"
    assert now(handled).history.first().history_change_reason == "resolve"


def test_finished_rework_asks_nothing(cast, handled, sign_in):
    task = rework(cast, handled)
    Task.objects.filter(pk=task.pk).update(status="done")
    url = f"/feedback/{handled.pk}/resolve/"
    assert TICK not in sign_in("staff.mech").get(url).content.decode()
    services.resolve_feedback(now(handled), actor=cast["staff.mech"], solution="好")


def test_the_office_closes_past_open_rework_only_knowingly(cast, handled, sign_in):
    """One click asks; the answer is the question with the list."""
    task = rework(cast, handled)
    found = services.resolve_feedback(
        now(handled), actor=cast["staff.mech"], solution="好", despite_rework=True
    )
    client, url = sign_in("sales"), f"/feedback/{found.pk}/close/"
    refused = client.post(url, {"version": found.version}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert TICK in refused.content.decode()
    assert now(found).status == "resolved"
    assert client.post(url, {"version": found.version, "despite_rework": "on"}).status_code == 302
    assert now(found).status == "closed"
    assert Task.objects.get(pk=task.pk).status == "not_started"


def test_customers_close_without_being_asked(cast, make_feedback, sign_in):
    row = make_feedback(who="customer.a")
    row = services.assign_feedback(row, actor=cast["service"], person=cast.people["staff.mech"])
    row = services.start_feedback(row, actor=cast["staff.mech"])
    task = rework(cast, row)
    row = services.resolve_feedback(now(row), actor=cast["staff.mech"], solution="好", despite_rework=True)
    client, url = sign_in("customer.a"), f"/portal/feedback/{row.pk}/confirm/"
    text = client.get(url).content.decode()
    assert TICK not in text
    assert task.name not in text
    assert client.post(url, {"version": row.version}).status_code == 302
    assert now(row).status == "closed"


def test_an_answer_that_failed_is_shown_as_the_earlier_one(cast, make_feedback, sign_in):
    row = make_feedback(who="customer.a")
    row = services.assign_feedback(row, actor=cast["service"], person=cast.people["staff.mech"])
    row = services.start_feedback(row, actor=cast["staff.mech"])
    row = services.resolve_feedback(row, actor=cast["staff.mech"], solution="更换密封圈")
    portal, office = f"/portal/feedback/{row.pk}/", f"/feedback/{row.pk}/"
    text = sign_in("customer.a").get(portal).content.decode()
    assert "我们的处理结果" in text
    assert "我们此前的答复" not in text
    told = timezone.now() - timedelta(days=9)
    type(row).history.filter(id=row.pk, status="resolved").update(resolved_at=told)
    row = services.reopen_feedback(row, actor=cast["customer.a"], reason="仍滴漏")
    text = sign_in("customer.a").get(portal).content.decode()
    assert "我们此前的答复" in text
    assert "我们的处理结果" not in text
    day = timezone.localtime(told)
    assert f"{day:%Y}" in text[text.index("我们此前的答复") :][:200]
    assert "此前的处理结果" in sign_in("pm").get(office).content.decode()
    row = services.start_feedback(now(row), actor=cast["staff.mech"])
    services.resolve_feedback(row, actor=cast["staff.mech"], solution="更换阀体")
    text = sign_in("customer.a").get(portal).content.decode()
    assert "我们的处理结果" in text
    assert "更换阀体" in text
