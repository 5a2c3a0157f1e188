"""What acceptance tells the apps around it: status, gates, stations, days, export, search, messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from acceptance import services
from acceptance.models import Acceptance
from acceptance.nudging import overdue, overdue_now, people_of, unanswered
from contracts.models import Contract
from contracts.services import deliver
from contracts.states import missing_for
from contracts.stations import stations, with_stations
from erp import register
from erp.search import find
from erp.workflow import Blocked
from notifications.models import Message
from notifications.rules import rules
from production.models import Task
from production.services import finish_task, start_task
from tests.acceptance.conftest import step_of, submitted


def missing(contract, verb):
    return [str(one.text) for one in missing_for(verb, Contract.objects.get(pk=contract.pk))]


@pytest.fixture
def finished(cast, make_task):
    """`cast.own` with one task, done without acceptance."""
    task = start_task(make_task(needs_acceptance=False), actor=cast["boss"])
    return finish_task(task, actor=cast["boss"])


def test_delivery_waits_for_levels_one_and_two_of_the_contract(cast, finished, decide):
    assert "尚未申请合同验收。" in missing(cast.own, "deliver")
    with pytest.raises(Blocked):
        deliver(cast.own, actor=cast["pm"])
    found = services.apply_acceptance(cast.own, actor=cast["boss"], kind="fat")
    assert [text for text in missing(cast.own, "deliver") if "部门自检" in text or "质检" in text]
    found = decide(found)
    assert not any("部门自检" in text for text in missing(cast.own, "deliver"))
    assert any("质检" in text for text in missing(cast.own, "deliver"))
    decide(found)
    assert missing(cast.own, "deliver") == []
    assert deliver(cast.own, actor=cast["pm"]).stage == "delivered"


def test_a_rejection_shuts_the_gate_again(cast, finished, of_contract, decide):
    found = decide(decide(decide(of_contract)), "reject") if False else decide(decide(of_contract))
    found = decide(found, "reject")
    services.reapply_acceptance(found, actor=cast["boss"])
    assert len(missing(cast.own, "deliver")) == 2


def test_delivery_asks_only_for_the_levels_the_contract_wants(cast, finished):
    flags = {"contract_self": False, "contract_quality": False}
    services.set_levels(cast.own, actor=cast["pm"], **flags)
    assert missing(cast.own, "deliver") == []


def test_a_withdrawn_application_opens_no_gate(cast, finished, of_contract):
    services.withdraw_acceptance(of_contract, actor=cast["boss"])
    assert "尚未申请合同验收。" in missing(cast.own, "deliver")
    cast.own.refresh_from_db()
    assert cast.own.status == "processing"


def test_archive_waits_for_the_customers_level(cast, finished, of_contract, decide):
    found = decide(decide(of_contract))
    deliver(cast.own, actor=cast["pm"])
    assert any("终验" in text for text in missing(cast.own, "archive"))
    decide(found)
    assert not any("终验" in text for text in missing(cast.own, "archive"))


def test_archive_asks_for_no_level_three_where_none_is_wanted(cast):
    services.set_levels(cast.own, actor=cast["pm"], contract_customer=False)
    assert not any("验收" in text for text in missing(cast.own, "archive"))


def test_the_station_has_the_day_on_which_it_was_checked_inside(cast, of_contract, decide):
    def day():
        row = with_stations(Contract.objects.filter(pk=cast.own.pk)).get()
        return next(s.date for s in stations(row, late=False) if s.key == "acceptance")

    found = decide(of_contract)
    assert day() == ""
    found = decide(found)
    assert day() != ""
    services.reapply_acceptance(decide(found, "reject"), actor=cast["boss"])
    assert day() == ""


def test_the_day_the_contract_passed_is_an_event_that_payments_may_hang_on(cast, of_contract, decide):
    expression = register.entries("contracts.event_days")["acceptance_passed"]

    def day():
        return Contract.objects.filter(pk=cast.own.pk).annotate(day=expression).get().day

    found = decide(decide(of_contract))
    assert day() is None
    decide(found)
    assert day() == timezone.localdate()
    assert Contract.objects.filter(pk=cast.foreign.pk).annotate(day=expression).get().day is None


def test_the_stored_status_is_what_the_facts_say(cast, make_task, of_contract, decide, capsys):
    decide(submitted(make_task(), cast["staff.mech"]), "reject")
    call_command("recompute_status", "--check")
    decide(of_contract, "reject")
    call_command("recompute_status", "--check")
    services.reapply_acceptance(Acceptance.objects.get(pk=of_contract.pk), actor=cast["boss"])
    call_command("recompute_status", "--check")


def test_a_rejected_task_is_the_same_fact_for_tasks_and_for_acceptances(cast, make_task, decide):
    for name in "一二三":
        submitted(make_task(name=name), cast["staff.mech"])
    for found in Acceptance.objects.order_by("pk")[:2]:
        decide(found, "reject")
    submitted(Task.objects.get(name="一"), cast["staff.mech"])
    by_tasks = set(Task.objects.filter(reworking=True).values_list("pk", flat=True))
    by_rounds = set(Acceptance.objects.filter(state="rejected").values_list("task", flat=True))
    assert by_tasks == by_rounds == {Task.objects.get(name="二").pk}


def test_the_export_tells_decisions_findings_and_defects(cast, checklist, make_task):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    step = step_of(found)
    item = step.items.first()
    services.reject_step(
        step, actor=cast["leader.mech"], reason="尺寸超差", findings={item.pk: ("not_ok", "差 2 mm")},
        defects=[services.Defect("孔距不对", item=item.pk, rework=True)],
    )  # fmt: skip
    sheets = register.entries("contracts.export_sheets")
    told = {
        slug: list(sheets[slug].rows(cast.own))
        for slug in ("acceptance", "acceptance_items", "acceptance_defects")
    }
    for slug, rows in told.items():
        assert all(len(row) == len(sheets[slug].heads) for row in rows)
    assert any("尺寸超差" in row for row in told["acceptance"])
    assert any("差 2 mm" in row for row in told["acceptance_items"])
    assert told["acceptance_defects"][0][4].startswith("返工")
    assert list(sheets["acceptance"].rows(cast.foreign)) == []


def test_the_search_finds_what_one_may_see(cast, of_contract):
    def hits(who):
        return [hit.url for group in find(cast[who], "出厂验收") for hit in group.hits]

    assert of_contract.get_absolute_url() in hits("qc")
    assert of_contract.get_absolute_url() not in hits("outsider")


def told(event):
    return set(Message.objects.filter(event=event).values_list("recipient__username", flat=True))


def test_whoever_decides_next_is_told(cast, of_task, decide):
    assert told("acceptance_waiting") == {"leader.mech"}
    decide(of_task)
    assert told("acceptance_waiting") == {"leader.mech", "qc"}


def test_the_customer_is_asked_and_their_answer_is_told(cast, of_contract, decide):
    found = decide(decide(of_contract, by="admin"))
    assert told("acceptance_customer_asked") == {"customer.a"}
    assert "pm" in told("acceptance_waiting")
    decide(found, "reject", reason="产量不足")
    heard = told("acceptance_customer_decided")
    assert {"pm", "boss", "leader.mech"} <= heard
    assert "customer.a" not in heard


def test_a_rejection_is_told_to_who_did_the_work_and_who_submitted_it(cast, make_task, decide):
    found = submitted(make_task(), cast["pm"])
    decide(found, "reject")
    assert told("task_rejected") == {"staff.mech"}
    assert told("acceptance_rejected") == {"pm"}


def test_what_waits_too_long_is_reminded_and_then_told_to_the_manager(cast, of_task, time_machine):
    today = timezone.localdate()
    assert list(overdue(today, rules())) == []
    assert overdue_now(of_task) is None
    (matter,) = overdue(today + timedelta(days=14), rules())
    assert matter.target == of_task
    assert [person.user for person in matter.people] == [cast["leader.mech"]]
    services.pass_step(step_of(of_task), actor=cast["leader.mech"])
    of_task.refresh_from_db()
    assert people_of(of_task) == [cast.people["qc"]]
    again = list(overdue(today + timedelta(days=14), rules()))
    assert again[0].key != matter.key


def test_an_unanswered_customer_is_told_to_who_looks_after_them(cast, of_contract, decide):
    decide(decide(of_contract))
    later = timezone.localdate() + timedelta(days=14)
    assert not list(overdue(later, rules()))
    (matter,) = unanswered(later, rules())
    assert cast.people["pm"] in matter.people
