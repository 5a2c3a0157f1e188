"""When a feedback is due, and whether the warranty covers it."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from contracts.models import Contract
from erp.audit.models import LogEntry
from feedback import services
from feedback.models import FeedbackRules
from feedback.rules import proposed_coverage, warranty_ends
from tests.notifications.clockwork import at


@pytest.fixture
def october(cast):
    Contract.objects.filter(pk=cast.own.pk).update(
        signed_on=date(2026, 1, 5), planned_delivery=date(2026, 12, 1)
    )
    cast.own.refresh_from_db()


@pytest.mark.parametrize(
    ("now", "severity", "due"),
    [
        ("10-12 09:00", "critical", "10-12 13:00"),
        ("10-12 16:00", "critical", "10-13 10:00"),  # two hours today, two tomorrow
        ("10-09 17:00", "critical", "10-10 11:00"),  # Saturday is made up
        ("09-30 17:00", "critical", "10-08 11:00"),  # over the national holidays
        ("10-12 09:00", "high", "10-13 09:00"),
        ("10-12 09:00", "normal", "10-15 09:00"),
    ],
)
def test_it_is_due_after_hours_of_work_by_severity(cast, october, make_feedback, now, severity, due):
    with time_machine.travel(at(now), tick=False):
        assert make_feedback(severity=severity).due_at == at(due)


def test_another_severity_counts_from_the_start(cast, october, make_feedback):
    with time_machine.travel(at("10-12 09:00"), tick=False):
        row = make_feedback(severity="normal")
    with time_machine.travel(at("10-13 09:00"), tick=False):
        row = services.edit_feedback(row, actor=cast["pm"], severity="high")
    assert row.due_at == at("10-13 09:00")


def test_a_call_of_yesterday_counts_from_when_work_began_then(cast, october, make_feedback):
    with time_machine.travel(at("10-13 15:00"), tick=False):
        row = make_feedback(severity="critical", reported_on=date(2026, 10, 12))
    assert row.due_at == at("10-12 12:00")


def test_the_hours_of_this_site_hold(cast, october, make_feedback):
    fields = {"critical_hours": 2, "high_hours": 4, "normal_hours": 8, "low_hours": 40, "warranty_months": 24}
    kept = services.save_rules(actor=cast["boss"], version=None, **fields)
    with time_machine.travel(at("10-12 09:00"), tick=False):
        assert make_feedback(severity="critical").due_at == at("10-12 11:00")
    services.save_rules(actor=cast["admin"], version=kept.version, **{**fields, "critical_hours": 3})
    entry = LogEntry.objects.filter(content_type__model="feedbackrules", verb="change").get()
    assert entry.changes["critical_hours"] == ["2", "3"]


@pytest.mark.parametrize("who", ["pm", "service", "sales", "leader.mech", "customer.a", "disabled"])
def test_only_boss_and_administrator_keep_the_rules(cast, who):
    with pytest.raises(PermissionDenied):
        services.save_rules(actor=cast[who], version=None, critical_hours=1)
    assert not FeedbackRules.objects.exists()


@pytest.mark.parametrize("hours", [0, -1, 2001])
def test_impossible_hours_are_refused(cast, hours):
    with pytest.raises(ValidationError):
        services.save_rules(actor=cast["boss"], version=None, critical_hours=hours)


def test_the_warranty_runs_from_the_delivery(cast):
    contract = cast.own
    assert proposed_coverage(contract, date(2026, 5, 1)) == "warranty"  # not delivered
    contract.delivered_on = date(2025, 5, 31)
    assert warranty_ends(contract.delivered_on) == date(2026, 5, 31)
    assert proposed_coverage(contract, date(2026, 5, 31)) == "warranty"
    assert proposed_coverage(contract, date(2026, 6, 1)) == "paid"
    assert warranty_ends(date(2028, 2, 29)) == date(2029, 2, 28)
