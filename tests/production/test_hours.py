"""Hours are reported with progress, added up, never below nothing; their rate is nobody else's business."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from erp import register
from erp.models import LogEntry
from orgchart.services import edit_department
from production.services import report_progress


def report(task, cast, hours, progress=10):
    return report_progress(task, actor=cast["pm"], progress=progress, hours=Decimal(hours))


def test_hours_are_added_up_and_the_first_start_the_task(cast, task):
    report(task, cast, "2.5")
    task = report(task, cast, "1.25", progress=20)
    assert (task.hours_spent, task.progress, task.status) == (Decimal("3.75"), 20, "in_progress")
    assert [row.hours_spent for row in task.history.order_by("-history_id")[:2]] == [
        Decimal("3.75"),
        Decimal("2.50"),
    ]
    assert LogEntry.objects.filter(object_id=task.pk, verb="report").count() == 1


def test_a_minus_takes_back_what_was_too_much_but_never_more(cast, task):
    report(task, cast, "8")
    assert report(task, cast, "-7.5").hours_spent == Decimal("0.5")
    with pytest.raises(ValidationError):
        report(task, cast, "-0.51")
    with pytest.raises(ValidationError):
        report(task, cast, "1000000")
    task.refresh_from_db()
    assert task.hours_spent == Decimal("0.5")


def test_hours_need_the_right_to_report(cast, task):
    with pytest.raises(PermissionDenied):
        report_progress(task, actor=cast["qc"], progress=10, hours=Decimal(1))
    task.refresh_from_db()
    assert task.hours_spent == 0


@pytest.mark.parametrize("text", ["NaN", "inf", "1e3", "abc", "1.234", "99999999", "-1"])
def test_bad_hours_are_a_sentence_and_change_nothing(cast, task, text):
    client = Client()
    client.force_login(cast["pm"])
    answer = client.post(
        f"/tasks/{task.pk}/progress/", {"progress": 30, "hours": text, "version": task.version}
    )
    assert answer.status_code == 422
    task.refresh_from_db()
    assert (task.hours_spent, task.progress) == (0, 0)


def test_hours_are_read_as_people_write_them(cast, task):
    client = Client()
    client.force_login(cast["pm"])
    client.post(
        f"/tasks/{task.pk}/progress/", {"progress": 30, "hours": " １２．５ ", "version": task.version}
    )
    task.refresh_from_db()
    assert task.hours_spent == Decimal("12.5")
    assert "12.5" in client.get(f"/tasks/{task.pk}/").content.decode()


def test_hours_times_rate_are_a_cost_per_department(cast, task):
    report(task, cast, "10")
    (cost,) = register.entries("contracts.costs")["hours"](cast.own)
    assert (cost.spent, cost.verb) == (0, "view_finance")
    edit_department(task.department, actor=cast["boss"], version=None, hourly_rate=Decimal("80.55"))
    (cost,) = register.entries("contracts.costs")["hours"](cast.own)
    assert cost.spent == Decimal("805.50")


def test_rates_are_set_by_boss_and_administrator_only(cast):
    for who in ("pm", "sales", "leader.mech"):
        with pytest.raises(PermissionDenied):
            edit_department(
                cast.departments["mechanical"], actor=cast[who], version=None, hourly_rate=Decimal(1)
            )
    for bad in (Decimal(-1), Decimal("1.234"), Decimal(10) ** 7):
        with pytest.raises(ValidationError):
            edit_department(cast.departments["mechanical"], actor=cast["boss"], version=None, hourly_rate=bad)
