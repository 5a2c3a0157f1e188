"""What forms and planner do when one saves, leaves, or is signed out meanwhile."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.test_plan import dates, drag, open_contract

pytestmark = pytest.mark.browser


def test_saving_never_asks_to_stay(sign_in):
    """Neither a form sent by htmx nor a plain one; leaving without saving does ask."""
    page = sign_in("admin")
    asked: list[str] = []

    def hear(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", hear)
    for url in ("/org/departments/1/", "/org/settings/"):
        page.goto(url)
        field = page.locator("form[data-guard] [name=name]")
        field.press_sequentially("x")
        with page.expect_navigation():
            page.locator("form[data-guard] .btn-primary").click()
        page.wait_for_load_state("networkidle")
        assert asked == []
    page.locator("form[data-guard] [name=name]").press_sequentially("y")
    page.goto("/org/people/")
    assert asked == ["beforeunload"]


@pytest.fixture
def planner(sign_in):
    """A page with the planner, the id of a task that can be dragged, its bar and the width of a day."""
    page = sign_in("pm")
    open_contract(page, "HT-2026-018", "gantt")
    page.wait_for_selector(".gantt_row")
    page.wait_for_load_state("networkidle")
    task = page.evaluate("String(gantt.getTaskByTime().find(t => t.can_edit && !t.grouping).id)")
    page.evaluate("id => { gantt.showTask(id); gantt.showDate(gantt.getTask(id).start_date); }", task)
    bar = page.locator(f".gantt_task_line[data-task-id='{task}'], .gantt_task_line[task_id='{task}']").first
    bar.wait_for()
    width = page.evaluate("gantt.getScale().col_width")
    return page, task, bar, width


def shown(page: Any, task: str) -> str:
    return str(
        page.evaluate("(id) => gantt.date.date_to_str('%Y-%m-%d')(gantt.getTask(id).start_date)", task)
    )


def test_a_drag_after_the_session_goes_back_and_to_sign_in(planner):
    page, task, bar, width = planner
    before = shown(page, task)
    page.context.clear_cookies(name="sessionid")
    with page.expect_response(lambda r: "/reschedule/" in r.url) as refused:
        drag(page, bar, 3, width)
    assert refused.value.status in (401, 403)
    page.wait_for_selector("#toasts .note-error")
    assert shown(page, task) == before
    page.wait_for_url(re.compile(r"/login/\?next=.*gantt"))


def test_after_a_conflict_the_next_drag_works(planner):
    page, task, bar, width = planner
    stored = dates(page, task)
    page.evaluate("(id) => { gantt.getTask(id).version -= 1; }", task)
    with page.expect_response(lambda r: "/gantt/data/" in r.url), \
            page.expect_response(lambda r: "/reschedule/" in r.url) as refused:  # fmt: skip
        drag(page, bar, 3, width)
    assert refused.value.status == 409
    page.wait_for_selector("#toasts .note-error")
    page.wait_for_load_state("networkidle")
    assert dates(page, task) == stored
    page.evaluate("id => { gantt.showTask(id); gantt.showDate(gantt.getTask(id).start_date); }", task)
    with page.expect_response(lambda r: "/reschedule/" in r.url) as saved:
        drag(page, bar, 3, width)
    assert saved.value.ok
    with page.expect_response(lambda r: "/reschedule/" in r.url):
        page.locator("[data-planner-preview] button[type=submit]").click()
    page.wait_for_load_state("networkidle")
    assert dates(page, task) != stored
    with page.expect_response(lambda r: "/undo/" in r.url) as undone:
        page.click("[data-planner-undo]")
    assert undone.value.ok
    assert dates(page, task) == stored
