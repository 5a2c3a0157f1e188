"""The board: who sees which cards where, what they may do, how it is narrowed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from production import board as boards
from production.models import Task
from production.services import pass_task, pause_task, start_task, submit_task
from tests.erp.pages import get

ACROSS = "/tasks/board/"


def of_contract(cast):
    return f"/contracts/{cast.own.pk}/board/"


def cards(html, status=None):
    """The keys of the cards of a page, of one column or of all."""
    column = f' data-status="{status}"' if status else ""
    return {int(pk) for pk in re.findall(rf'data-card="(\d+)"{column}', html)}


def counts(html):
    return [
        int(n)
        for n in re.findall(
            r'class="kanban-top"><span[^>]*>[^<]*</span> <span class="count">(\d+)</span>', html
        )
    ]


@pytest.mark.parametrize("url", [of_contract, lambda cast: ACROSS])
def test_a_card_stands_in_the_column_of_its_status(cast, client, make_task, url):
    tasks = [make_task() for _ in range(5)]
    for task in tasks[1:]:
        start_task(task, actor=cast["staff.mech"])
    pause_task(tasks[2], actor=cast["staff.mech"], reason="等图纸")
    for task in tasks[3:]:
        submit_task(task, actor=cast["staff.mech"])
    pass_task(tasks[4], actor=cast["leader.mech"])
    html = get(client, cast["boss"], url(cast)).content.decode()
    for task, status in zip(tasks, boards.COLUMNS, strict=True):
        assert cards(html, status.value) == {task.pk}
    assert counts(html) == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("boss", {"own", "foreign"}),
        ("pm", {"own"}),
        ("leader.elec", {"own"}),
        ("staff.mech", {"own"}),
        ("staff.elec", set()),
        ("outsider", set()),
    ],
)
def test_the_board_shows_what_one_may_see(cast, client, make_task, who, sees):
    found = {"own": make_task(), "foreign": make_task(cast.foreign, who=None)}
    html = get(client, cast[who], ACROSS).content.decode()
    assert cards(html) == {found[name].pk for name in sees}
    assert ("HT-FOREIGN-1" in html) is ("foreign" in sees)


def test_a_member_sees_only_the_own_cards_of_a_contract(cast, client, make_task):
    mine, other = make_task(), make_task(who="leader.mech")
    assert cards(get(client, cast["staff.mech"], of_contract(cast)).content.decode()) == {mine.pk}
    assert cards(get(client, cast["leader.mech"], of_contract(cast)).content.decode()) == {mine.pk, other.pk}


def test_strangers_and_customers_find_no_board(cast, client, make_task):
    make_task()
    assert get(client, cast["outsider"], of_contract(cast)).status_code == 404
    for url in (of_contract(cast), ACROSS):
        assert get(client, cast["customer.a"], url).status_code == 404


def test_the_menu_offers_what_the_reader_may_do(cast, client, make_task):
    task = make_task()

    def offered(who):
        html = get(client, cast[who], of_contract(cast)).content.decode()
        return set(re.findall(rf'(?:href|formaction)="/tasks/{task.pk}/(\w+)/"', html))

    assert offered("staff.mech") == {"start"}
    assert offered("pm") == offered("leader.mech") == {"start", "cancel"}
    assert offered("qc") == offered("sales") == set()
    start_task(task, actor=cast["staff.mech"])
    assert offered("staff.mech") == {"pause", "submit"}
    submit_task(task, actor=cast["staff.mech"])
    assert offered("leader.mech") == {"cancel"}
    assert offered("staff.mech") == set()


def test_the_menu_moves_without_scripts_and_leads_back(cast, client, make_task):
    task = make_task()
    html = get(client, cast["staff.mech"], of_contract(cast) + "?q=机架").content.decode()
    assert f'form="moves" formaction="/tasks/{task.pk}/start/" name="version" value="1"' in html
    back = re.search(r'<form id="moves".*?name="next" value="([^"]+)"', html, re.S)
    assert back is not None
    answer = client.post(f"/tasks/{task.pk}/start/", {"version": "1", "next": back[1]})
    assert (answer.status_code, answer["Location"]) == (302, back[1])
    assert cards(get(client, cast["boss"], of_contract(cast)).content.decode(), "in_progress") == {task.pk}


def test_a_step_with_a_reason_is_a_link_to_its_question(cast, client, make_task):
    task = make_task()
    start_task(task, actor=cast["staff.mech"])
    html = get(client, cast["staff.mech"], of_contract(cast)).content.decode()
    assert f'href="/tasks/{task.pk}/pause/" data-dialog data-to="paused"' in html
    assert f'formaction="/tasks/{task.pk}/pause/"' not in html


def test_an_archived_contract_offers_no_steps(cast, client):
    today = timezone.localdate()
    task = Task.objects.create(
        contract=cast.archived, department=cast.departments["mechanical"], name="旧任务",
        planned_start=today, planned_end=today,
    )  # fmt: skip
    html = get(client, cast["boss"], f"/contracts/{cast.archived.pk}/board/").content.decode()
    assert cards(html) == {task.pk}
    assert "formaction=" not in html
    assert task.pk not in cards(get(client, cast["boss"], ACROSS).content.decode())


def test_lanes_are_departments_in_their_order(cast, client, make_task):
    make_task(cast.own, who="leader.elec", department="electrical")
    make_task()
    html = get(client, cast["boss"], of_contract(cast)).content.decode()
    assert re.findall(r'class="kanban-name" id="lane-\d"><span>([^<]+)', html) == ["机械部", "电气部"]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"department": "mechanical"}, {"weld"}),
        ({"person": "leader.elec"}, {"wire"}),
        ({"q": "焊接"}, {"weld"}),
        ({"q": "ＨＡＮＪＩＥ"}, set()),
        ({"contract": "own-1"}, {"weld", "wire"}),
        ({"contract": "HT-FOREIGN"}, set()),
        ({"contract": "OWN", "department": "electrical"}, {"wire"}),
    ],
)
def test_filters(cast, client, make_task, query, kept):
    found = {
        "weld": make_task(),
        "wire": make_task(who="leader.elec", department="electrical", name="电柜接线"),
    }
    keys = {"department": lambda v: cast.departments[v].pk, "person": lambda v: cast.people[v].pk}
    asked = {name: keys.get(name, str)(value) for name, value in query.items()}
    for htmx in (False, True):
        html = get(client, cast["pm"], ACROSS, htmx=htmx, **asked).content.decode()
        assert cards(html) == {found[name].pk for name in kept}
        assert ("<html" in html) is not htmx


JUNK = ["", "0", "-1", "1.5", "９", "x", "'", "\0", "%_[", "9" * 30, "a" * 5000, "<b>"]


@pytest.mark.parametrize("value", JUNK)
def test_junk_in_the_address_never_breaks(cast, client, make_task, value):
    make_task()
    for url in (of_contract(cast), ACROSS):
        for name in ("q", "contract", "department", "person", "page"):
            assert get(client, cast["boss"], url, **{name: value}).status_code == 200


def test_done_cards_are_the_late_ones_only(cast, client, make_task):
    done = [make_task() for _ in range(2)]
    today = timezone.localdate()
    for task, days in zip(done, (boards.DONE_DAYS, boards.DONE_DAYS + 1), strict=True):
        Task.objects.filter(pk=task.pk).update(
            status="done", actual_start=today, actual_end=today - timedelta(days=days)
        )
    html = get(client, cast["boss"], of_contract(cast)).content.decode()
    assert cards(html) == {done[0].pk}
    assert f"/contracts/{cast.own.pk}/tasks/?status=done" in html


def test_a_long_board_is_cut_and_says_so(cast, client, make_task, monkeypatch):
    monkeypatch.setattr(boards, "MOST", 3)
    tasks = [make_task(starts_in=n) for n in range(5)]
    html = get(client, cast["boss"], ACROSS, language="en").content.decode()
    assert cards(html) == {task.pk for task in tasks[:3]}
    assert "3 of 5 cards" in html
    assert counts(html)[0] == 5


def test_an_overdue_card_says_how_long(cast, client, make_task):
    make_task(starts_in=-10, days=5)
    html = get(client, cast["boss"], ACROSS, language="en").content.decode()
    assert '<span class="overdue">6 days overdue</span>' in html


@pytest.mark.parametrize("who", ["boss", "leader.mech", "staff.mech"])
@pytest.mark.parametrize("url", [of_contract, lambda cast: ACROSS])
def test_three_cards_ask_as_much_as_one(cast, client, make_task, who, url):
    make_task()
    client.force_login(cast[who])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url(cast), headers={"HX-Request": "true"}).status_code == 200
        return len(asked)

    queries()
    few = queries()
    make_task()
    start_task(make_task(), actor=cast["staff.mech"])
    assert queries() == few <= 18
