"""What the planner shows of a plan: today on a phone, the same days after it is read again, milestones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_plan import open_contract

pytestmark = pytest.mark.browser


def planner(page: Any) -> Any:
    open_contract(page, "HT-2026-018", "gantt")
    page.locator(".gantt_task_line").first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    return page


def test_today_is_in_view_on_a_phone(sign_in):
    page = planner(sign_in("pm", viewport={"width": 390, "height": 844}))
    for scale in ("", "day", "week", "month"):
        if scale:
            page.click(f"[data-planner-scale][value={scale}]")
            page.click("[data-planner-today]")
        page.wait_for_timeout(100)
        inside = page.evaluate(
            """() => {
              const line = document.querySelector('.planner-today').getBoundingClientRect();
              const room = gantt.$task.getBoundingClientRect();
              return line.left >= room.left && line.right <= room.right;
            }"""
        )
        assert inside, scale


def test_what_one_looks_at_stays_when_the_plan_is_drawn_anew(sign_in):
    page = planner(sign_in("pm"))
    page.evaluate("gantt.scrollTo(gantt.posFromDate(new Date()) - 190, 0)")
    left = "gantt.dateFromPos(gantt.getScrollState().x).valueOf()"
    before = page.evaluate(left)
    for _ in range(2):
        page.click("[data-planner-late]")
        page.wait_for_timeout(100)
    assert abs(page.evaluate(left) - before) < 86_400_000


def test_a_milestone_lies_in_its_day_and_in_the_legend(sign_in):
    page = planner(sign_in("pm", language="en"))
    days = page.evaluate(
        """() => fetch(document.querySelector('[data-planner]').dataset.url).then(r => r.json()).then(d =>
             d.tasks.filter(t => t.milestone).map(t => {
               const at = gantt.getTask(t.id).start_date;
               return [t.start_date.slice(0, 10), gantt.date.date_to_str('%Y-%m-%d')(at), at.getHours()];
             }))"""
    )
    assert days
    assert all(day == drawn and hour == 12 for day, drawn, hour in days)
    assert "Milestone" in page.locator("[data-planner-legend]").inner_text()
