"""Entries as people read them: words for stored values, secrets kept."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.utils import translation

from contracts.models import Contract
from contracts.services import edit_contract, reopen
from erp.audit.timeline import HIDDEN, lines, recent
from erp.models import LogEntry, Record


@pytest.fixture
def edited(cast):
    """The own contract after one change of text, person and amount."""
    return edit_contract(
        cast.own,
        actor=cast["sales"],
        version=None,
        name="新灌装线",
        manager=cast.people["pm"],
        deal_amount="1234.50",
    )


def newest(contract):
    return LogEntry.objects.filter(contract_id=contract.pk, verb="change").order_by("-pk")[:1]


def test_lines_name_people_and_fields(cast, edited):
    edit_contract(cast.own, actor=cast["boss"], version=None, manager=cast.people["sales"])
    (line,) = lines(newest(cast.own), cast["boss"], values=True)
    (change,) = line.changes
    assert (change.before, change.after) == ("何项目", "陈销售")
    assert line.who == "王总"


@pytest.mark.parametrize(("who", "told"), [("boss", True), ("sales", True), ("pm", False)])
def test_lines_keep_amounts_to_those_who_may_read_them(cast, edited, who, told):
    (line,) = lines(newest(cast.own), cast[who], values=True)
    shown = {change.after for change in line.changes}
    assert ("1234.50" in shown) is told
    assert (HIDDEN in shown) is not told
    assert "新灌装线" in shown


def test_lines_without_values_tell_neither_fields_nor_reasons(cast, edited):
    (line,) = lines(newest(cast.own), cast["staff.mech"], values=False)
    assert (line.changes, line.reason, line.ip) == ([], "", "")


def test_recent_tells_only_of_what_one_sees(cast, edited):
    everything = {line.object for line in recent(cast["boss"], 500)}
    assert str(cast.foreign) in everything
    mine = {line.object for line in recent(cast["staff.mech"], 500)}
    assert str(edited) in mine
    assert str(cast.foreign) not in mine
    outside = recent(cast["outsider"], 500)
    assert {line.contract for line in outside} <= {None}


def test_lines_tell_instants_in_the_zone_of_the_site(cast):
    reopened = Contract.objects.get(pk=cast.archived.pk)
    Contract.objects.filter(pk=reopened.pk).update(archived_at=datetime(2026, 11, 23, 20, 5, tzinfo=UTC))
    reopened.refresh_from_db()
    reopen(reopened, actor=cast["boss"], reason="补资料")
    entry = LogEntry.objects.filter(contract_id=reopened.pk, verb="reopen")
    shown = {change.before for line in lines(entry, cast["boss"], values=True) for change in line.changes}
    assert "2026-11-24 04:05" in shown


def test_every_field_that_history_names_has_a_chinese_name():
    with translation.override("zh-hans"):
        plain = [
            f"{kind._meta.label}.{column.name}"
            for kind in apps.get_models()
            if issubclass(kind, Record)
            for column in kind._meta.concrete_fields
            if not column.primary_key and str(column.verbose_name).isascii()
        ]
    assert plain == []


def test_recent_costs_no_query_per_row(cast, edited, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        recent(cast["boss"], 100)
