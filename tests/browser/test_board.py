"""The board, the load and the printed plan in a real browser: drag, keys, look."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def card(page: Any, status: str, text: str = "") -> Any:
    found = page.locator(f'[data-card][data-status="{status}"]')
    return (found.filter(has_text=text) if text else found).first


def key(found: Any) -> str:
    return str(found.get_attribute("data-card"))


def cell_beside(page: Any, pk: str, status: str) -> Any:
    """The cell of a column in the lane in which a card lies."""
    lane = page.locator(".kanban-lane").filter(has=page.locator(f'[data-card="{pk}"]'))
    return lane.locator(f'[data-cell="{status}"]')


def test_a_card_is_dragged_to_the_column_its_step_leads_to(sign_in):
    page = sign_in("boss", viewport={"width": 1280, "height": 900})
    page.goto("/tasks/board/?contract=HT-2026-020")
    pk = key(card(page, "not_started"))
    moved = page.locator(f'[data-card="{pk}"]')
    moved.drag_to(cell_beside(page, pk, "in_progress"))
    expect(moved).to_have_attribute("data-status", "in_progress")
    expect(page.locator(f"#card-{pk}")).to_be_focused()
    moved.drag_to(cell_beside(page, pk, "paused"))
    expect(page.locator("#dialog")).to_be_visible()
    page.fill("#dialog textarea", "等待图纸")
    page.click("#dialog form button[type=submit]")
    expect(moved).to_have_attribute("data-status", "paused")
    assert "contract=HT-2026-020" in page.url


def test_a_column_no_step_leads_to_says_so(sign_in):
    page = sign_in("boss", language="en", viewport={"width": 1280, "height": 900})
    page.goto("/tasks/board/?contract=HT-2026-019")
    pk = key(card(page, "not_started"))
    page.locator(f'[data-card="{pk}"]').drag_to(cell_beside(page, pk, "paused"))
    expect(page.locator("#toasts .note")).to_contain_text("No step leads from “Not started” to “Paused”.")
    assert page.locator(f'[data-card="{pk}"]').get_attribute("data-status") == "not_started"
    running = key(card(page, "in_progress"))
    page.locator(f'[data-card="{running}"]').drag_to(cell_beside(page, running, "done"))
    expect(page.locator("#toasts .note").last).to_contain_text("needs acceptance")


def test_whoever_may_only_look_is_told_so(sign_in):
    page = sign_in("qc", language="en", viewport={"width": 1280, "height": 900})
    page.goto("/tasks/board/?contract=HT-2026-018")
    found = page.locator('[data-card][data-status="not_started"]:not(:has([data-to]))').first
    pk = key(found)
    found.drag_to(cell_beside(page, pk, "in_progress"))
    expect(page.locator("#toasts .note")).to_contain_text("“Start task” is not open to you here.")


def test_arrows_enter_and_m(sign_in):
    page = sign_in("boss", viewport={"width": 1280, "height": 900})
    page.goto("/tasks/board/?contract=HT-2026-019")
    first = card(page, "not_started")
    first.locator(".card-name").focus()
    page.keyboard.press("ArrowRight")
    beside = page.locator("[data-card]:focus-within")
    assert beside.get_attribute("data-status") != first.get_attribute("data-status")
    page.keyboard.press("ArrowLeft")
    expect(page.locator('[data-card][data-status="not_started"]:focus-within')).to_have_count(1)
    pk = key(page.locator("[data-card]:focus-within"))
    page.keyboard.press("m")
    expect(page.locator(f'[data-card="{pk}"] .menu-item').first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f'[data-card="{pk}"] summary')).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(page.locator(f'[data-card="{pk}"]')).to_have_attribute("data-status", "in_progress")
    expect(page.locator(f"#card-{pk}")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tasks/{pk}/")


def test_the_menu_works_without_scripts(sign_in):
    page = sign_in("boss", java_script_enabled=False)
    page.goto("/tasks/board/?contract=HT-2026-020")
    found = card(page, "not_started")
    pk = key(found)
    found.locator("summary").click()
    found.locator("button.menu-item").first.click()
    assert "/tasks/board/?contract=HT-2026-020" in page.url
    assert page.locator(f'[data-card="{pk}"]').get_attribute("data-status") == "in_progress"


def test_a_cell_of_the_load_opens_its_tasks(sign_in):
    page = sign_in("boss")
    page.goto("/tasks/load/")
    page.locator(".load-map tbody td a").first.click()
    expect(page.locator("#dialog .items a").first).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/tasks/board/", "/contracts/{pk}/board/", "/tasks/load/", "/contracts/{pk}/gantt/print/"]
)
@pytest.mark.parametrize(
    ("theme", "width", "language"),
    [("light", 1280, "zh-hans"), ("dark", 1280, "en"), ("dark", 390, "zh-hans")],
)
def test_pages_are_accessible_and_fit(sign_in, site, path, theme, width, language):
    page = sign_in(
        "boss", language=language, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    page.goto("/contracts/?q=HT-2026-019")
    own = page.locator("#contracts a[href^='/contracts/']").first.get_attribute("href")
    page.goto(path.replace("/contracts/{pk}/", str(own)))
    page.wait_for_load_state("networkidle")
    if summary := page.locator("[data-card] summary").all():
        summary[0].click()
    assert [
        (v["id"], [n["target"] for n in v["nodes"]][:3]) for v in Axe().run(page).response["violations"]
    ] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
