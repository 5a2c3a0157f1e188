"""An acceptance lived through in the browser: a task on a phone with rejection and rework, then the contract
up to the customer's own decision; the certificate opens and its code is checked."""

from __future__ import annotations

import base64
import re
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser.test_journey import faults, name_leader, option

pytestmark = pytest.mark.browser
TASK, FAT = "支架焊接与校正", "出厂验收 FAT"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DEFECT, REASON = "焊缝有裂纹", "焊缝不合格，返修后复验"


def open_contract(sign_in: Any, number: str, **more: str) -> str:
    """A contract of 蓝海食品 with mechanics and quality in its team; its manager is 郑装配. `more` are
    other fields of the form."""
    page, today = sign_in("sales"), date.today()  # noqa: DTZ011  the browser's day
    page.goto("/contracts/new/")
    known = {"number": number, "name": "夹具改造", "signed_on": today.isoformat()}
    for name, text in {**known, **more}.items():
        page.fill(f"[name={name}]", text)
    page.fill("[name=planned_delivery]", (today + timedelta(days=60)).isoformat())
    page.select_option("[name=company]", label="蓝海食品")
    page.select_option("[name=manager]", index=option(page, "[name=manager]", "郑装配"))
    page.click("main form button[type=submit].btn-primary")
    page.wait_for_url(re.compile(r"/contracts/\d+/$"))
    contract = re.sub(r"^https?://[^/]+", "", page.url)
    boss = sign_in("boss")
    for person in ("李机械", "赵质检"):
        name_leader(boss, contract, person)
    return contract


def plan_task(page: Any, contract: str) -> None:
    page.goto(f"{contract}tasks/")
    row = page.locator("form.quick-add")
    row.locator("[name=name]").fill(TASK)
    row.locator("[name=assignee]").select_option(index=option(page, ".quick-add [name=assignee]", "小张"))
    today = date.today()  # noqa: DTZ011  the browser's day
    row.locator("[name=planned_start]").fill(today.isoformat())
    row.locator("[name=planned_end]").fill((today + timedelta(days=3)).isoformat())
    row.locator("[name=name]").press("Enter")
    page.get_by_role("link", name=TASK, exact=True).first.wait_for()


def task_of(page: Any, contract: str) -> str:
    page.goto(f"{contract}tasks/")
    link = page.get_by_role("link", name=TASK, exact=True).first
    return str(link.get_attribute("href"))


def press(page: Any, name: str, path: str) -> None:
    """Press a button and wait for the answer to its deed."""
    with page.expect_response(lambda r: path in r.url and r.request.method == "POST") as answer:
        page.get_by_role("button", name=name, exact=True).first.click()
    assert answer.value.status in (200, 204, 302), answer.value.status
    page.wait_for_load_state("networkidle")


def submit(fitter: Any, task: str) -> None:
    fitter.goto(task)
    if fitter.get_by_role("button", name="开始任务").count():
        press(fitter, "开始任务", "/start/")
        fitter.locator("#task .status-in_progress").first.wait_for()
    press(fitter, "提交验收", "/submit/")
    fitter.locator("#task .status-waiting_qc").first.wait_for()


def submit_again(fitter: Any, task: str, rework: str) -> None:
    """One click is answered with the rework that is open; with the tick it goes on."""
    fitter.goto(task)
    fitter.get_by_role("button", name="提交验收", exact=True).first.click()
    form = fitter.locator("dialog[open] form.form-card")
    expect(form.locator(".notice a")).to_contain_text(rework)
    form.locator("[name=despite_rework]").check()
    form.get_by_role("button", name="提交验收", exact=True).click()
    fitter.locator("#task .status-waiting_qc").first.wait_for()


def waiting(page: Any, title: str) -> str:
    """Open what waits for this person, from the list."""
    page.goto("/acceptance/?state=mine")
    page.locator("#acceptances").get_by_role("link", name=title, exact=True).first.click()
    page.locator("#acceptance h1").wait_for()
    page.wait_for_load_state("networkidle")
    return re.sub(r"^https?://[^/]+", "", page.url)


def add_photos(page: Any, acceptance: str) -> None:
    """Hang a photo on every item that asks for one."""
    asked = page.locator(".check-item a.btn", has_text="添加照片（必需）")
    for url in [str(link.get_attribute("href")) for link in asked.all()]:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        photo = {"name": "现场.png", "mimeType": "image/png", "buffer": PNG}
        page.locator("main input[type=file]").first.set_input_files(photo)
        expect(page.locator("#anchored-list")).to_contain_text("现场")
    page.goto(acceptance)
    page.wait_for_load_state("networkidle")


def mark(page: Any, *, bad: int = -1) -> int:
    """Mark the items that are open: OK, but for the one at `bad`. Returns how many were open."""
    opened = 0
    for place, item in enumerate(page.locator(".check-item").all()):
        if item.locator("input:checked").count():
            continue
        item.locator("label.mark-not_ok" if place == bad else "label.mark-ok").click()
        opened += 1
    return opened


def test_a_task_is_rejected_mended_and_passed(sign_in: Any) -> None:
    contract = open_contract(sign_in, "HT-2026-911")
    leader = sign_in("leader.mech")
    plan_task(leader, contract)
    task = task_of(leader, contract)
    fitter = sign_in("staff.mech", **PHONE)
    submit(fitter, task)
    assert fitter.evaluate("document.documentElement.scrollWidth") <= 390

    page = waiting(leader, TASK)
    add_photos(leader, page)
    assert mark(leader) >= 3
    press(leader, "通过验收", "/pass/")
    expect(leader.locator("#acceptance")).to_contain_text("质检")

    inspector = sign_in("qc", **PHONE)
    page = waiting(inspector, TASK)
    add_photos(inspector, page)
    mark(inspector, bad=1)
    press(inspector, "驳回验收", "/reject/")
    inspector.locator("[name=reason]").fill(REASON)
    line = inspector.locator(".defect-line").first
    line.locator("input[type=text]").first.fill(DEFECT)
    line.locator("input[type=checkbox]").check()
    press(inspector, "驳回验收", "/reject/")
    inspector.goto(page)
    expect(inspector.locator("#acceptance .status-rejected").first).to_be_visible()

    leader.goto(f"{contract}tasks/")
    assert leader.get_by_text(DEFECT).first.is_visible()  # the rework stands in the plan
    fitter.goto("/notifications/")
    assert fitter.get_by_text(TASK).first.is_visible()
    submit_again(fitter, task, DEFECT)
    page = waiting(leader, TASK)
    assert mark(leader) == 0  # all was OK before: carried over
    leader.locator("[name=despite_rework]").check()
    press(leader, "通过验收", "/pass/")
    page = waiting(inspector, TASK)
    assert mark(inspector) == 1  # only what had failed
    inspector.locator("[name=despite_rework]").check()
    press(inspector, "通过验收", "/pass/")
    fitter.goto(task)
    expect(fitter.locator("#task .status-done").first).to_be_visible()

    opens(inspector, f"{page}evidence.pdf", "第 2 轮", DEFECT, REASON)


def opens(page: Any, url: str, *words: str) -> str:
    """The certificate is a PDF with these words; the page of its code says that it agrees."""
    answer = page.request.get(url)
    assert answer.ok
    assert answer.headers["content-type"] == "application/pdf"
    with closing(pypdfium2.PdfDocument(answer.body())) as pdf:
        text = "".join(sheet.get_textpage().get_text_bounded() for sheet in pdf)
    for word in words:
        assert word.replace(" ", "") in re.sub(r"\s", "", text)
    code = re.search(r"[AC]\d+-[0-9A-Z]{9}(-[0-9A-Z]{4}){3}", text)
    assert code
    page.goto("/acceptance/check/")
    page.fill("[name=code]", code[0].lower())
    page.get_by_role("button", name="核对验证码").click()
    expect(page.locator("main .notice")).to_contain_text("本证明与系统记录一致")
    return code[0]


def test_a_contract_is_accepted_by_its_customer(sign_in: Any) -> None:
    contract = open_contract(sign_in, "HT-2026-912")
    manager = sign_in("leader.assembly")
    manager.goto(f"{contract}acceptance/apply/")
    manager.select_option("[name=kind]", "fat")
    manager.fill("[name=title]", FAT)
    manager.locator("main form button[type=submit]").first.click()
    manager.wait_for_load_state("networkidle")

    for who in ("boss", "qc"):  # the manager applied: the boss decides the manager's level
        page = sign_in(who)
        acceptance = waiting(page, FAT)
        add_photos(page, acceptance)
        mark(page)
        press(page, "通过验收", "/pass/")

    customer = sign_in("customer.a", viewport={"width": 390, "height": 844})
    customer.goto(f"/portal{contract}")
    customer.get_by_role("link", name=FAT).first.click()
    customer.locator("#acceptance h1").wait_for()
    assert faults(customer, "acceptance in the portal") == []
    mark(customer)
    press(customer, "通过验收", "/pass/")
    expect(customer.locator("#acceptance .status-passed").first).to_be_visible()
    code = opens(customer, f"/portal{acceptance}evidence.pdf", "蓝海食品", "客户联")
    office = opens(manager, f"{acceptance}evidence.pdf", "赵质检", "整机照片")
    assert customer.goto(f"/acceptance/check/?code={office}").status == 404
    assert sign_in("customer.b").request.get(f"/acceptance/check/?code={code}").status == 404
    manager.goto(contract)
    expect(manager.locator(".status-accepted").first).to_be_visible()


def test_a_checklist_is_written_row_by_row(sign_in: Any) -> None:
    """Buttons arrange the rows and save nothing; Enter saves."""
    page = sign_in("qc")
    page.goto("/acceptance/checklists/new/")
    page.fill("[name=name]", "软件自检")
    page.select_option("[name=function]", "software")
    rows = page.locator(".checklist-item")
    page.fill("[name=item-0-text]", "程序已备份")
    page.get_by_role("button", name="添加检查项").click()
    expect(rows).to_have_count(2)
    expect(page.locator("[name=item-0-text]")).to_have_value("程序已备份")
    page.fill("[name=item-1-text]", "联锁逻辑测试通过")
    page.locator("[name=item-1-needs_evidence]").check()
    page.get_by_role("button", name="上移第 2 项").click()
    expect(page.locator("[name=item-0-text]")).to_have_value("联锁逻辑测试通过")
    expect(page.locator("[name=item-0-needs_evidence]")).to_be_checked()
    page.get_by_role("button", name="添加检查项").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="删除第 3 项").click()
    expect(rows).to_have_count(2)
    page.locator("[name=item-1-text]").press("Enter")
    page.wait_for_url(re.compile(r"/acceptance/checklists/\d+/$"))
    texts = page.locator("main tbody th").all_inner_texts()
    assert texts == ["联锁逻辑测试通过", "程序已备份"]


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1280, "zh-hans"), ("dark", 390, "en")])
def test_pages_of_quality_are_accessible(
    sign_in: Any, site: str, theme: str, width: int, language: str
) -> None:
    page = sign_in("qc", language=language, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    found = []
    for path in ("/", "/acceptance/checklists/", "/acceptance/checklists/new/", "/acceptance/checklists/1/",
                 "/acceptance/checklists/1/edit/", "/acceptance/check/", "/acceptance/yield/"):  # fmt: skip
        answer = page.goto(path)
        assert answer.ok, path
        found += faults(page, path)
    assert found == []
