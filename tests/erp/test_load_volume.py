"""Bulk data: parts in order, counted, the same again for the same seed."""

import json

import pytest
from django.core.management import CommandError, call_command

from erp import register
from erp.volume import Plan, load


@pytest.fixture
def parts(monkeypatch):
    found = {}
    monkeypatch.setitem(register._entries, "erp.volume", found)
    return found


def test_load_runs_parts_in_order_and_counts(parts):
    def second(plan):
        return plan.kept["first"] + plan.random.randint(1, 9)

    def first(plan):
        plan.kept["first"] = 10 * plan.contracts
        return 1

    parts[20], parts[10] = second, first
    report = load(Plan(contracts=5, seed=3))
    assert [done.part for done in report] == ["tests.first", "tests.second"]
    assert report[1].rows == load(Plan(contracts=5, seed=3))[1].rows > 50


def test_load_volume_says_what_it_did(parts, capsys):
    parts[1] = lambda plan: plan.audit_rows
    call_command("load_volume", "--audit-rows", "7", "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 7
    call_command("load_volume", "--audit-rows", "7")
    assert "7" in capsys.readouterr().out


def test_load_volume_refuses_negative_sizes():
    with pytest.raises(CommandError):
        call_command("load_volume", "--contracts", "-1")


def test_load_audit_rows_are_sealed_and_verify(cast):
    from erp.audit.services import seal, verify
    from erp.audit.volume import load_audit
    from erp.models import LogEntry

    seal()
    before = LogEntry.objects.count()
    assert load_audit(Plan(audit_rows=50)) == 50
    assert LogEntry.objects.count() == before + 50
    assert LogEntry.objects.filter(sequence=None).count() == 0
    assert list(verify()) == []


def test_load_on_an_empty_and_on_a_filled_database():
    from contracts.models import ChangeOrder, CodeYear, Contract, Delivery
    from contracts.services import derived, read_facts, sync_all_grants
    from erp.audit.services import verify
    from erp.models import LogEntry
    from production.models import Task

    for once in (1, 2):
        load(Plan(contracts=6, tasks_per_contract=3, audit_rows=20, seed=once))
        assert Contract.objects.count() == 6 * once
        assert Task.objects.count() == 18 * once
        assert LogEntry.objects.filter(reason="load_volume").count() == 20 * once
    assert CodeYear.objects.get().last == 12
    assert Delivery.objects.count() == Contract.objects.exclude(delivered_on=None).count() > 0
    assert ChangeOrder.objects.count() == 2  # one of each load
    assert sync_all_grants() == 0
    assert list(verify()) == []
    for contract in read_facts(Contract.objects.all()):
        found = derived(contract)
        assert (contract.status, contract.next_task_end) == (found["status"], found["next_task_end"])
        contract.full_clean()
