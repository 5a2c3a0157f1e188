"""Take the pictures of README.md and the user guides from a freshly started demo company.

    DEBUG=1 DATA_DIR=build/pictures .venv/bin/python manage.py serve --demo --port 8105
    .venv/bin/python docs/screenshots.py http://127.0.0.1:8105

Use a new DATA_DIR: the demo counts its dates from the day it is loaded. Writes six PNG files beside
this script: Chinese, light, 1280 wide, one of a phone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
PASSWORD = "flow-demo-2026"  # noqa: S105  # of the demo, in README.md
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def signed_in(browser: Browser, base: str, username: str, device: dict[str, Any]) -> Page:
    """The first page of this demo person."""
    context = browser.new_context(
        base_url=base,
        color_scheme="light",
        reduced_motion="reduce",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        **device,
    )
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def shoot(page: Page, name: str) -> None:
    """Save what the window shows once charts and tiles have drawn."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    page.screenshot(path=HERE / f"{name}.png")
    page.context.close()


def open_contract(page: Page, number: str) -> None:
    page.goto(f"/contracts/?q={number}")
    page.click("main tbody a >> nth=0")
    page.wait_for_load_state("networkidle")


def take_all(browser: Browser, base: str) -> None:
    shoot(signed_in(browser, base, "boss", DESK), "dashboard")

    page = signed_in(browser, base, "boss", DESK)
    open_contract(page, "HT-2026-018")
    page.click("main button >> text=月")
    shoot(page, "contract")

    page = signed_in(browser, base, "boss", DESK)
    open_contract(page, "HT-2026-019")
    page.click("main nav >> text=甘特")
    page.wait_for_selector(".gantt_task_line")
    page.click("[data-planner-scale][value=week]")
    page.evaluate("document.querySelector('[data-planner]').scrollIntoView({block: 'end'})")
    shoot(page, "gantt")

    page = signed_in(browser, base, "boss", DESK)
    open_contract(page, "HT-2026-019")
    page.click("main nav >> text=排期")
    page.wait_for_selector("#plan")
    page.evaluate("document.querySelector('#plan').scrollIntoView()")
    page.evaluate("scrollBy(0, -120)")
    shoot(page, "schedule")

    page = signed_in(browser, base, "boss", DESK)
    open_contract(page, "HT-2026-018")
    page.click("main nav >> text=文件")
    page.click("main tbody a >> text=灌装线改造评审汇报")
    page.click("main a >> text=预览")
    page.wait_for_selector("[data-painted][data-opened]", timeout=120_000)
    page.click("[data-act=thumbs]")
    shoot(page, "viewer")

    page = signed_in(browser, base, "staff.mech", PHONE)
    page.goto("/tasks/mine/")
    shoot(page, "phone")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("base", help="address of the running demo, http://127.0.0.1:8105")
    parser.add_argument("--chromium", help="a Chromium to use instead of Playwright's own")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        take_all(browser, options.base.rstrip("/"))
        browser.close()


if __name__ == "__main__":
    main()
