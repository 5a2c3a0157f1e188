"""One contract lived through in the browser: create, assign, plan, execute; seen by some, by others not."""

from __future__ import annotations

import json
import os
import re
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser
TODAY = date.today()  # noqa: DTZ011  the browser's day
NAMES = ["方案设计", "结构设计", "图纸评审", "零件加工", "部件装配"]


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def create_contract(page: Any) -> str:
    page.goto("/contracts/new/")
    page.fill("[name=number]", "ht-2026-９００")
    page.fill("[name=name]", "立式包装线")
    page.fill("[name=signed_on]", day(-1))
    page.fill("[name=planned_delivery]", day(60))
    page.select_option("[name=company]", label="蓝海食品")
    page.select_option("[name=manager]", index=option(page, "[name=manager]", "何项目"))
    page.click("main form button[type=submit].btn-primary")
    page.wait_for_url(re.compile(r"/contracts/\d+/$"))
    assert page.get_by_text("HT-2026-900").first.is_visible()
    return re.sub(r"^https?://[^/]+", "", page.url)


def option(page: Any, select: str, text: str) -> int:
    """Position of the option that contains `text`: people are shown with their department."""
    labels = page.locator(f"{select} option").all_inner_texts()
    return next(i for i, label in enumerate(labels) if text in label)


def name_leader(page: Any, contract: str, person: str) -> None:
    page.goto(f"{contract}team/")
    page.select_option(".quick-add [name=person]", index=option(page, ".quick-add [name=person]", person))
    page.select_option(".quick-add [name=duty]", "leader")
    page.click(".quick-add button[type=submit]")
    page.wait_for_load_state("networkidle")
    assert page.locator(".card-grid").get_by_text(person).first.is_visible()


def plan_tasks(page: Any, contract: str) -> None:
    """Five tasks in the quick row; Enter saves one and is ready for the next."""
    page.goto(f"{contract}tasks/")
    for number, name in enumerate(NAMES):
        row = page.locator("form.quick-add")
        row.locator("[name=name]").fill(name)
        row.locator("[name=assignee]").select_option(index=option(page, ".quick-add [name=assignee]", "小张"))
        row.locator("[name=planned_start]").fill(day(number * 4))
        row.locator("[name=planned_end]").fill(day(number * 4 + 3))
        row.locator("[name=name]").press("Enter")
        page.locator("#tasks, main").get_by_role("link", name=name).first.wait_for()
        page.wait_for_function("document.activeElement && document.activeElement.name === 'name'")


def bars(page: Any, contract: str) -> dict[str, Any]:
    data = json.loads(page.request.get(f"{contract}gantt/data/").text())
    return {task["text"]: task for task in data["tasks"]}


def drag_bar(page: Any, contract: str, name: str) -> None:
    before = bars(page, contract)[name]
    page.goto(f"{contract}gantt/", wait_until="networkidle")
    bar = page.locator(
        f'.gantt_task_line[data-task-id="{before["id"]}"], .gantt_task_line[task_id="{before["id"]}"]'
    )
    bar.first.scroll_into_view_if_needed()
    box = bar.first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with page.expect_response(lambda r: "/reschedule/" in r.url) as saved:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y, steps=6)
        page.mouse.move(x + 90, y, steps=6)
        page.mouse.up()
    assert saved.value.ok
    page.locator("[data-planner-preview] select[name=cause]").select_option("customer")
    with page.expect_response(lambda r: "/reschedule/" in r.url) as confirmed:
        page.locator("[data-planner-preview] button[type=submit]").click()
    assert confirmed.value.status == 204
    after = bars(page, contract)[name]
    assert after["start_date"] > before["start_date"]
    assert after["version"] == before["version"] + 1


def test_contract_from_signing_to_work(sign_in: Any) -> None:
    contract = create_contract(sign_in("sales"))
    boss = sign_in("boss")
    for person in ("李机械", "吴电气"):
        name_leader(boss, contract, person)

    leader = sign_in("leader.mech", viewport={"width": 1440, "height": 1400})
    plan_tasks(leader, contract)
    drag_bar(leader, contract, NAMES[1])

    fitter = sign_in("staff.mech")
    fitter.goto("/notifications/")
    assert fitter.get_by_text(NAMES[0]).first.is_visible()
    task = bars(fitter, contract)[NAMES[0]]["id"]
    fitter.goto(f"/tasks/{task}/")
    with fitter.expect_response(lambda r: "/start/" in r.url and r.request.method == "POST"):
        fitter.get_by_role("button", name="开始任务").click()
    fitter.locator("#task .status-in_progress").first.wait_for()
    fitter.locator("[name=progress]").first.fill("100")
    with fitter.expect_response(lambda r: "/progress/" in r.url and r.request.method == "POST"):
        fitter.locator("form.slider button").first.click()
    fitter.wait_for_load_state("networkidle")
    assert bars(fitter, contract)[NAMES[0]]["progress"] in (1, 100)

    boss.goto("/contracts/?q=HT-2026-900")
    assert boss.locator("#contracts").get_by_text("进行中").first.is_visible()
    boss.goto("/")
    assert boss.locator("[data-tile=kpi-active], .tile").first.is_visible()
    boss.goto("/audit/?q=" + NAMES[0])
    assert boss.get_by_text("小张").first.is_visible()

    for stranger in ("outsider", "customer.b"):
        page = sign_in(stranger)
        for tab in ("", "tasks/", "gantt/", "team/", "history/", "gantt/data/"):
            assert page.request.get(contract + tab).status == 404, (stranger, tab)
        assert "立式包装线" not in page.request.get("/search/?q=HT-2026-900").text()
    customer = sign_in("customer.a")
    assert customer.get_by_text("HT-2026-900").first.is_visible()


PAGES = {
    "boss": [
        "/",
        "/contracts/",
        "/contracts/new/",
        "/audit/",
        "/gantt/",
        "/org/people/",
        "/org/settings/",
        "/search/?q=HT",
        "/tasks/load/",
        "/gantt/slips/",
        "/calendar/",
        "/calendar/week/",
        "/notifications/settings/",
        "/notifications/card/",
        "/notifications/reports/",
        "/notifications/nudges/",
        "/notifications/rules/",
        "/notifications/wordings/",
        "/notifications/wordings/task_assigned/zh-hans/",
        "/notifications/dry-run/?event=task_assigned&q=HT-2026-018",
        "/calendar/days/new/",
        "/calendar/import/",
        "/calendar/leave/",
        "/calendar/leave/new/",
        "/plan-templates/",
        "/plan-templates/1/",
        "/contracts/import/",
        "{own}delivery/",
        "{own}deliver/",
        "{own}changes/",
        "{own}changes/new/",
        "{own}export/",
        "{own}plan/",
        "{own}plan/import/",
        "{own}plan/list/",
        "{own}plan/template/",
        "{own}plan/template/save/",
        "{own}plan/clone/",
        "{own}plan/template/?template=1&start=2030-01-07",
        "{own}plan/clone/?source=HT-2026-019&start=2030-01-07",
    ],
    "leader.mech": [
        "/",
        "{own}",
        "{own}tasks/",
        "{own}tasks/new/",
        "{own}board/",
        "{own}gantt/",
        "{own}gantt/print/",
        "{own}plan/",
        "/tasks/board/",
        "{task}",
        "{task}edit/",
        "{task}reschedule/",
        "{task}links/",
        "{task}why/",
        "{own}team/",
        "{own}history/",
        "/tasks/by-person/",
    ],
    "staff.mech": ["/", "/tasks/mine/", "/notifications/", "/account/", "/calendar/", "/calendar/feed/"],
    "customer.a": ["/portal/", "/portal{own}"],
}
#: Two looks tell most; `make prove` goes through all of them.
LOOKS = [("light", 1280, "zh-hans"), ("dark", 390, "en")]
if os.environ.get("PROVE"):
    LOOKS = list(product(("light", "dark"), (1280, 768, 390, 320), ("zh-hans", "en")))


def found_contract(page: Any, number: str) -> str:
    page.goto(f"/contracts/?q={number}")
    return str(page.locator("#contracts a[href^='/contracts/']").first.get_attribute("href"))


def faults(page: Any, name: str) -> list[str]:
    """What axe finds, and by how much the page is too wide."""
    page.wait_for_load_state("networkidle")
    found = []
    for violation in Axe().run(page).response["violations"]:
        nodes = [node["target"] for node in violation["nodes"]][:3]
        found.append(f"{name}: {violation['id']} {nodes}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.append(f"{name}: {wide} px too wide")
    return found


@pytest.mark.prove
@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize(("theme", "width", "language"), LOOKS)
def test_pages_are_accessible(
    sign_in: Any, site: str, who: str, theme: str, width: int, language: str
) -> None:
    """axe finds nothing, and no page scrolls sideways."""
    boss = sign_in("boss")
    own, other = (found_contract(boss, number) for number in ("HT-2026-018", "HT-2026-019"))
    task = f"/tasks/{bars(boss, other)['机加工件制作']['id']}/"
    page = sign_in(who, language=language, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    found = []
    for path in PAGES[who]:
        answer = page.goto(path.format(own=own, task=task))
        assert answer.ok, path
        found += faults(page, path)
    if who == "boss":
        page.goto(f"{own}plan/")
        page.click("form[action$='/plan/roll/'] button")
        page.locator("dialog [data-plan-preview]").wait_for()
        found += faults(page, "what the plan brought up to today would move")
    assert found == []
