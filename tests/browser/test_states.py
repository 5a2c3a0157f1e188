"""What pages become by a click: previews, dialogs, imports between look and confirmation; in the looks
of the walk through all pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_journey import LOOKS, bars, faults, found_contract, option

pytestmark = pytest.mark.browser
LIST = "任务名称,部门,负责人员,开始,工期\n底座设计,机械部,小张,2030-01-07,2.5\n"
BAD_LIST = "Job,部门,开始\n底座设计,木工部,2030-13-07\n"
BAD_PLAN = '<Project xmlns="http://schemas.microsoft.com/project"><Tasks><Task><UID>1</UID><Name>设计</Name>\
<Duration>PTx</Duration><Start>2030-01-07T08:00:00</Start></Task></Tasks></Project>'
HOLIDAYS = "day,until,kind,name\n2030-01-01,,off,New Year\n2030-01-05,,work,\n"
BAD_HOLIDAYS = "day,until,kind,name\n2030-13-01,,off,New Year\n"
BAD_CONTRACTS = "合同编号,合同名称\nHT-2030-001,\n"


def submit(page: Any) -> None:
    page.locator("main form:not([role=search]) button.btn-primary").first.click()
    page.wait_for_load_state("networkidle")


def upload(page: Any, path: str, name: str, text: str, folder: Path) -> None:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    page.goto(path)
    page.set_input_files("input[type=file]", str(file))
    submit(page)


def load_cell(page: Any, **_: Any) -> None:
    page.goto("/tasks/load/")
    page.locator(".load-map tbody td a").first.click()
    expect(page.locator("#dialog .items a").first).to_be_visible()


def cell_page(page: Any, **_: Any) -> None:
    page.goto("/tasks/load/")
    page.goto(page.locator(".load-map tbody td a").first.get_attribute("href"))


def board_menu(page: Any, **_: Any) -> None:
    page.goto("/tasks/board/")
    page.locator("[data-card] summary").first.click()


def planner_preview(page: Any, own: str, **_: Any) -> None:
    page.goto(f"{own}gantt/")
    page.wait_for_load_state("networkidle")
    task = bars(page, own)["整机调试"]["id"]
    page.evaluate("id => { gantt.showTask(id); gantt.selectTask(id); gantt.focus(); }", str(task))
    page.locator(f".gantt_row[data-task-id='{task}'], .gantt_row[task_id='{task}']").first.click()
    for key in ("m", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("[data-planner-preview] tbody tr").first).to_be_visible()


def level(page: Any, own: str, **_: Any) -> None:
    page.goto(f"{own}plan/")
    page.fill("#id_seconds", "1")
    page.click("form[action$='/plan/level/'] button")
    page.locator("#dialog").wait_for()


def work_week(page: Any, **_: Any) -> None:
    page.goto("/calendar/week/")
    page.locator("main input[type=checkbox]:checked").last.uncheck()
    submit(page)


def special_day(page: Any, **_: Any) -> None:
    page.goto("/calendar/days/new/")
    page.fill("[name=day]", "2030-01-09")
    submit(page)


def leave(page: Any, **_: Any) -> None:
    page.goto("/calendar/leave/new/")
    page.select_option("[name=person]", index=option(page, "[name=person]", "小张"))
    for field in page.locator("main input[type=date]").all():
        field.fill("2030-01-09")
    submit(page)


def list_done(page: Any, spare: str, folder: Path, **_: Any) -> None:
    upload(page, f"{spare}plan/list/", "tasks.csv", LIST, folder)
    job = page.url
    submit(page)
    page.goto(job)


def file_state(path: str, name: str, text: str, mark: str) -> Callable[..., None]:
    """A file looked at: `mark` is on the page that tells what it holds or what is wrong."""

    def state(page: Any, spare: str, folder: Path, **_: Any) -> None:
        upload(page, path.format(spare=spare), name, text, folder)
        expect(page.locator(mark).first).to_be_visible()

    return state


STATES: dict[str, Callable[..., None]] = {
    "cell of the load": load_cell,
    "page of a cell": cell_page,
    "menu of a card": board_menu,
    "preview in the planner": planner_preview,
    "levelled load": level,
    "preview of a work week": work_week,
    "preview of a special day": special_day,
    "preview of leave": leave,
    "holidays with errors": file_state("/calendar/import/", "bad.csv", BAD_HOLIDAYS, ".tone-bad"),
    "holidays to confirm": file_state("/calendar/import/", "days.csv", HOLIDAYS, "main .btn-primary"),
    "plan with errors": file_state("{spare}plan/import/", "bad.xml", BAD_PLAN, ".tone-bad"),
    "columns to choose": file_state("{spare}plan/list/", "bad.csv", BAD_LIST, "select[name=c0]"),
    "tasks to confirm": file_state("{spare}plan/list/", "list.csv", LIST, "main .btn-primary"),
    "tasks imported": list_done,
    "contracts with errors": file_state("/contracts/import/", "bad.csv", BAD_CONTRACTS, ".tone-bad"),
}


@pytest.mark.prove
@pytest.mark.parametrize(("theme", "width", "language"), LOOKS)
def test_states_are_accessible(
    sign_in: Any, site: str, tmp_path: Path, theme: str, width: int, language: str
) -> None:
    """axe finds nothing, and no page scrolls sideways."""
    page = sign_in(
        "boss", language=language, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    own, spare = (found_contract(page, number) for number in ("HT-2026-018", "HT-2026-017"))
    found = []
    for name, reach in STATES.items():
        reach(page, own=own, spare=spare, folder=tmp_path)
        found += faults(page, name)
    assert found == []
