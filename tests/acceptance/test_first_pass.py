"""First-pass yield: which rounds count, for whom, in which months; page, tile, card and report."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from acceptance.firstpass.card import failed_this_month, yields
from acceptance.firstpass.queries import Period, Yield, by_department, by_month, month_before, total
from acceptance.models import Acceptance, AcceptanceRound, AcceptanceStep
from erp.dashboard import tiles_of
from production.models import Task
from tests.cast import make_contract

THIS = timezone.localdate().replace(day=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def decided(cast, make_task):
    """A decided first round of a task, written past the services so that it may be of any month."""

    def make(result="passed", *, department="mechanical", at=None, contract=None, number=1, scope="task"):
        contract = contract or cast.own
        task = make_task(contract, department=department, who="") if scope == "task" else None
        acceptance = Acceptance.objects.create(
            contract=contract, department=task.department if task else None, scope=scope, task=task,
            title="x", state=result, applied_by=cast["boss"],
        )  # fmt: skip
        now = at or timezone.now()
        round_ = AcceptanceRound.objects.create(
            acceptance=acceptance,
            number=number,
            opened_at=now - timedelta(days=1),
            closed_at=now,
            result=result,
        )
        decided = {"result": result, "decided_by": cast["qc"], "decided_at": now, "reason": "尺寸超差"}
        if result != "withdrawn":
            AcceptanceStep.objects.create(round=round_, level=2, **decided)
        return acceptance

    return make


def lines(user, period=None):
    return [(row.name, row.passed, row.decided) for row in by_department(user, period or Period.usual())]


def test_departments_in_their_order_then_contracts_as_a_whole(cast, decided):
    decided(scope="contract")
    decided(department="electrical")
    decided(department="mechanical")
    decided("rejected", department="mechanical")
    assert lines(cast["boss"]) == [("机械部", 1, 2), ("电气部", 1, 1), ("Contracts as a whole", 1, 1)]


def test_only_first_rounds_that_were_decided_count(cast, of_task, decide):
    from tests.acceptance.conftest import submitted

    assert lines(cast["boss"]) == []
    found = decide(decide(of_task), "reject")
    assert lines(cast["boss"]) == [("机械部", 0, 1)]
    decide(decide(submitted(found.task, cast["staff.mech"])))
    assert lines(cast["boss"]) == [("机械部", 0, 1)]


def test_withdrawn_rounds_do_not_count(cast, decided):
    decided("withdrawn")
    assert lines(cast["boss"]) == []


def test_everybody_counts_what_they_may_see(cast, decided):
    decided()
    decided("rejected", contract=cast.foreign)
    assert lines(cast["boss"]) == [("机械部", 1, 2)]
    assert lines(cast["qc"]) == lines(cast["pm"]) == [("机械部", 1, 1)]
    assert lines(cast["outsider"]) == lines(cast["ex-member"]) == lines(cast["customer.b"]) == []


def test_months_end_at_midnight_on_site(cast, decided):
    """23:30 on the last day in Shanghai is the afternoon before in UTC; half past midnight is the next
    month already."""
    zone = timezone.get_default_timezone()
    decided("rejected", at=datetime(2026, 5, 31, 23, 30, tzinfo=zone))
    decided(at=datetime(2026, 6, 1, 0, 30, tzinfo=zone))
    found = by_month(cast["boss"], Period(date(2026, 5, 1), date(2026, 6, 1)))
    assert [(row.name, row.passed, row.decided) for row in found] == [("2026-05", 0, 1), ("2026-06", 1, 1)]


def test_a_rate_is_rounded_down_and_nothing_has_none():
    assert [Yield("", *pair).rate for pair in ((199, 200), (2, 3), (0, 5), (7, 7), (0, 0))] == [
        "99%", "66%", "0%", "100%", "—",
    ]  # fmt: skip
    assert total([Yield("", 1, 2), Yield("", 2, 2)]).rate == "75%"


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", month_before(THIS, 5), THIS),
        ("from=2026-01&to=2026-03", date(2026, 1, 1), date(2026, 3, 1)),
        ("to=2026-03", date(2025, 10, 1), date(2026, 3, 1)),
        ("from=2026-04&to=2026-03", month_before(THIS, 5), THIS),
        ("from=2001-01&to=2026-03", date(2023, 4, 1), date(2026, 3, 1)),
        ("from=2026-13&to=x", month_before(THIS, 5), THIS),
        ("from=0000-00&to=9999-12", month_before(THIS, 5), THIS),
        ("from=２０２６-01", month_before(THIS, 5), THIS),
        ("to=2100-12", date(2100, 7, 1), date(2100, 12, 1)),
    ],
)
def test_a_period_is_read_from_the_address(query, first, last):
    assert Period.read(QueryDict(query)) == Period(first, last)


def test_the_page_has_the_numbers_as_a_table_beside_the_chart(client, cast, decided):
    decided()
    decided("rejected")
    client.force_login(cast["qc"])
    answer = client.get("/acceptance/yield/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "50%" in text
    assert 'data-chart="yield-departments"' in text
    assert "机械部" in text
    empty = client.get("/acceptance/yield/", {"from": "2020-01", "to": "2020-02"}).content.decode()
    assert "data-chart" not in empty
    fragment = client.get("/acceptance/yield/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment


def test_the_page_costs_the_same_for_one_and_for_many(client, cast, decided):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            client.get("/acceptance/yield/")
        return len(seen)

    decided("rejected")
    client.force_login(cast["qc"])
    client.get("/acceptance/yield/")
    one = cost()
    for department in ("mechanical", "electrical", "assembly"):
        decided("rejected", department=department)
    assert cost() == one <= 12


def test_the_tile_of_quality_people_stands_where_others_see_deliveries(client, cast, decided):
    decided()
    found = {name: tiles_of(cast[name]) for name in ("qc", "boss", "sales", "leader.mech")}
    assert {"acceptance-yield", "acceptance-waiting", "acceptance-rejected"} <= found["qc"].keys()
    assert {"trend6m", "kpi-risk", "kpi-todo"}.isdisjoint(found["qc"])
    for name in ("boss", "sales", "leader.mech"):
        assert not [slug for slug in found[name] if slug.startswith("acceptance-")]
        assert {"trend6m", "kpi-risk"} <= found[name].keys()
    client.force_login(cast["qc"])
    assert 'data-tile="trend6m"' in client.get("/acceptance/tiles/first-pass/").content.decode()


@pytest.mark.parametrize(("slug", "by"), [("acceptance-waiting", "qc"), ("acceptance-rejected", "qc")])
def test_figures_are_the_lists_behind_them(client, cast, of_task, of_contract, decide, make_task, slug, by):
    from tests.acceptance.conftest import submitted

    decide(of_task)
    other = submitted(make_task(name="另一个"), cast["staff.mech"])
    decide(decide(other), "reject")
    kpi = tiles_of(cast[by])[slug].kpi(cast[by])
    client.force_login(cast[by])
    assert kpi.count == 1
    assert len(client.get(kpi.url).context["rows"]) == kpi.count


def test_names_in_a_figure_are_text(cast, of_task, decide):
    Task.objects.filter(pk=of_task.task_id).update(name="x")
    Acceptance.objects.filter(pk=of_task.pk).update(title="<script>alert(1)</script>")
    decide(of_task, "reject")
    note = str(tiles_of(cast["qc"])["acceptance-rejected"].kpi(cast["qc"]).note)
    assert "<script>" not in note
    assert "&lt;script&gt;" in note


def test_the_morning_card_counts_what_failed_this_month(client, cast, decided):
    decided("rejected")
    decided()
    decided("rejected", at=timezone.now() - timedelta(days=70))
    measure = failed_this_month(cast["qc"])
    assert measure.count == 1
    assert [point.text for point in measure.points] == ["机械部: 1 of 2 passed at first try (50%)"]
    assert measure.url == f"/acceptance/yield/?from={THIS:%Y-%m}&to={THIS:%Y-%m}"
    assert failed_this_month(cast["outsider"]).count == 0
    client.force_login(cast["qc"])
    page = client.get(measure.url)
    assert page.context["page"].paginator.count == measure.count
    assert "尺寸超差" in page.content.decode()


def test_the_report_ends_with_the_sum(cast, decided):
    assert yields(cast["qc"]).rows == []
    decided()
    decided("rejected", department="electrical")
    assert list(yields(cast["qc"]).rows) == [
        ("机械部", "1", "1", "100%"),
        ("电气部", "1", "0", "0%"),
        ("Together", "2", "1", "50%"),
    ]


def test_a_new_contract_of_somebody_else_changes_nothing(cast, decided):
    decided()
    other = make_contract(cast, number="HT-OTHER-1", team={}, manager="boss")
    decided("rejected", contract=other)
    assert lines(cast["qc"]) == [("机械部", 1, 1)]
