"""Planning in a real browser: the quick row, the planner, the slider."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def open_contract(page: Any, number: str, tab: str) -> str:
    page.goto(f"/contracts/?q={number}")
    link = page.locator("main a[href^='/contracts/']").filter(
        has_text=re.compile("灌装线改造|果汁无菌灌装机|齿轮箱装配台|PCB")
    )
    path = link.first.get_attribute("href")
    page.goto(f"{path}{tab}/")
    return str(path)


def test_enter_adds_a_task_and_is_ready_for_the_next(sign_in):
    page = sign_in("leader.mech")
    open_contract(page, "HT-2026-020", "tasks")
    for name in ("夹具设计", "夹具加工"):
        page.fill("#quick-add input[name=name]", name)
        page.press("#quick-add input[name=name]", "Enter")
        page.wait_for_selector(f"#tasks th:has-text('{name}')")
        page.wait_for_selector("#quick-add input[name=name]:focus")
        assert page.input_value("#quick-add input[name=name]") == ""


def drag(page: Any, bar: Any, days: int, column: float) -> None:
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * column / 2, y, steps=4)
    page.mouse.move(x + days * column, y, steps=4)
    page.mouse.up()


def dates(page: Any, task: str) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        """(id) => fetch(document.querySelector('[data-planner]').dataset.url).then(r => r.json())
           .then(d => { const t = d.tasks.find(t => String(t.id) === id);
                        return {start: t.start_date, end: t.end_date}; })""",
        task,
    )
    return found


def test_today_and_days_off_lie_under_the_dates_however_far_it_is_scrolled(sign_in):
    page = sign_in("pm")
    open_contract(page, "HT-2026-018", "gantt")
    page.wait_for_selector(".planner-today", state="attached")
    for left in (0, 240, 90):
        page.evaluate("left => gantt.scrollTo(left, 0)", left)
        page.wait_for_timeout(100)
        apart = page.evaluate(
            """() => {
              const now = new Date(), day = new Date(now.getFullYear(), now.getMonth(), now.getDate());
              const place = gantt.$task_data.getBoundingClientRect().left + gantt.posFromDate(day);
              return Math.abs(place - document.querySelector('.planner-today').getBoundingClientRect().left);
            }"""
        )
        assert apart <= 2, left


@pytest.mark.parametrize("width", [390, 1280])
def test_months_above_the_days_never_overlap(sign_in, width):
    page = sign_in("pm", viewport={"width": width, "height": 844})
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
    open_contract(page, "HT-2026-018", "gantt")
    page.wait_for_selector(".gantt_task_line")
    for scale in ("day", "week"):
        page.click(f"[data-planner-scale][value={scale}]")
        named = 0
        for left in range(0, 2000, 130):
            page.evaluate("left => gantt.scrollTo(left, 0)", left)
            page.wait_for_timeout(40)
            labels = page.evaluate(
                """() => [...document.querySelectorAll('.gantt_scale_line:first-child span')]
                  .filter(label => getComputedStyle(label).visibility === 'visible')
                  .map(label => label.getBoundingClientRect()).map(box => [box.left, box.right])"""
            )
            named += len(labels)
            assert all(one[1] <= two[0] for one, two in zip(labels, labels[1:], strict=False)), (scale, left)
        assert named


def test_a_bar_is_dragged_saved_and_undone(sign_in):
    page = sign_in("pm")
    open_contract(page, "HT-2026-018", "gantt")
    page.wait_for_selector(".gantt_row")
    page.wait_for_load_state("networkidle")
    task = page.evaluate("String(gantt.getTaskByTime().find(t => t.can_edit && !t.grouping).id)")
    page.evaluate("id => { gantt.showTask(id); gantt.showDate(gantt.getTask(id).start_date); }", task)
    bar = page.locator(f".gantt_task_line[data-task-id='{task}'], .gantt_task_line[task_id='{task}']").first
    bar.wait_for()
    before = dates(page, task)
    column = page.evaluate(
        "gantt.posFromDate(new Date(2026, 10, 24)) - gantt.posFromDate(new Date(2026, 10, 23))"
    )
    with page.expect_response(lambda r: r.url.endswith(f"/tasks/{task}/reschedule/")) as answer:
        drag(page, bar, 3, column)
    assert answer.value.status == 200
    panel = page.locator("[data-planner-preview]")
    expect(panel.locator("tbody tr").first).to_be_visible()
    assert page.locator(".bar-ghost").count() >= 1
    assert dates(page, task) == before  # seen, not written
    panel.locator("[data-close-dialog]").click()
    expect(panel).to_be_hidden()
    assert page.locator(".bar-ghost").count() == 0
    page.wait_for_timeout(300)  # the chart takes the room of the panel back and draws its bars anew
    drag(page, bar, 3, column)
    panel.locator("select[name=cause]").select_option("supplier")
    page.wait_for_timeout(300)
    sight = "[gantt.dateFromPos(gantt.getScrollState().x) / 864e5, gantt.getScrollState().y]"
    seen = page.evaluate(sight)
    with page.expect_response(lambda r: r.url.endswith(f"/tasks/{task}/reschedule/")) as answer:
        panel.locator("button[type=submit]").click()
    assert answer.value.status == 204
    expect(panel).to_be_hidden()
    page.wait_for_load_state("networkidle")
    day, top = page.evaluate(sight)
    lowest = page.evaluate("gantt.scrollTo(null, 1e6); gantt.getScrollState().y")
    assert (day, top) == pytest.approx((seen[0], min(seen[1], lowest)), abs=2)  # with the panel gone
    assert dates(page, task) != before
    with page.expect_response(lambda r: r.url.endswith("/undo/")) as answer:
        page.click("[data-planner-undo]")
    assert answer.value.status == 200
    assert dates(page, task) == before


def test_who_may_only_look_drags_nothing(sign_in):
    page = sign_in("qc")
    open_contract(page, "HT-2026-018", "gantt")
    bar = page.locator(".gantt_task_line:not(.planner-summary)").first
    bar.wait_for()
    assert page.locator("[data-planner][data-readonly]").count() == 1
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    drag(page, bar, 3, 32)
    page.wait_for_timeout(300)
    assert sent == []


def test_the_slider_reports_progress_on_a_phone(sign_in):
    page = sign_in("staff.mech", viewport={"width": 390, "height": 844})
    page.goto("/tasks/mine/")
    form = page.locator("form.slider").first
    slider = form.locator("input[type=range]")
    name = slider.get_attribute("id")
    slider.fill("55")
    form.locator("button").click()
    page.wait_for_selector(".note-success")
    expect(page.locator(f"#{name}")).to_have_value("55")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dialog_asks_for_the_reason_of_a_pause(sign_in):
    page = sign_in("staff.mech")
    page.goto("/tasks/mine/")
    page.locator("a[href$='/pause/']").first.click()
    dialog = page.locator("#dialog form")
    dialog.locator("button[type=submit]").click()
    page.wait_for_selector("#dialog .error-summary")
    page.fill("#dialog textarea", "等待来料")
    page.locator("#dialog form button[type=submit]").click()
    page.wait_for_selector(".note-success")
    page.wait_for_selector(".status-paused")
