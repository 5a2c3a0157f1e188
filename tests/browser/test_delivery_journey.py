"""The end of a contract in the browser: changed by agreement, delivered, confirmed, archived, exported."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_acceptance_journey import open_contract

pytestmark = pytest.mark.browser
LATER = (date.today() + timedelta(days=120)).isoformat()  # noqa: DTZ011  the browser's day
TITLE = "增加自动换型"


def confirm(page: Any) -> None:
    """The button of the question on the page or in the dialog."""
    page.locator("form.form-card button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")


def change_by_agreement(boss: Any, customer: Any, contract: str) -> None:
    boss.goto(f"{contract}changes/new/")
    boss.fill("[name=title]", TITLE)
    boss.fill("[name=reason]", "客户新增规格")
    boss.fill("[name=scope]", "增加三种瓶型的自动换型")
    boss.fill("[name=price_change]", "¥ 1２,500.50")
    boss.fill("[name=new_delivery]", LATER)
    confirm(boss)
    boss.get_by_role("link", name="确认并发给客户").click()
    boss.locator("#dialog, main").get_by_text("12,500.50").last.wait_for()
    confirm(boss)
    expect(boss.get_by_text("待客户答复").first).to_be_visible()

    customer.goto(f"/portal{contract}")
    customer.get_by_role("link", name=TITLE).click()
    assert customer.get_by_text("12,500.50").first.is_visible()
    assert customer.get_by_text(LATER).first.is_visible()
    customer.get_by_role("link", name="同意变更单").click()
    confirm(customer)
    expect(customer.get_by_text("客户已同意").first).to_be_visible()

    boss.reload()
    boss.get_by_role("link", name="执行变更单").click()
    boss.locator("form.form-card").wait_for()
    confirm(boss)
    expect(boss.get_by_text("已执行").first).to_be_visible()
    boss.goto(contract)
    assert boss.locator(".subject .facts").get_by_text(LATER).first.is_visible()
    assert boss.get_by_text("增加三种瓶型的自动换型").first.is_visible()


def deliver(boss: Any, customer: Any, contract: str) -> None:
    boss.goto(f"{contract}deliver/")
    assert boss.locator(".notice a").first.is_visible()  # what is missing, with links
    boss.fill("[name=place]", "青岛工厂")
    boss.fill("[name=waybill]", "DB-JOURNEY")
    boss.fill("[name=reason]", "客户急用")
    confirm(boss)
    expect(boss.locator(".subject").get_by_text("已交付").first).to_be_visible()

    customer.goto(f"/portal{contract}")
    expect(customer.get_by_text("DB-JOURNEY").first).to_be_visible()
    customer.get_by_role("link", name="反馈缺件").first.click()
    customer.fill("[name=missing]", "少一箱备件")
    confirm(customer)
    boss.goto(f"{contract}delivery/")
    assert boss.get_by_text("少一箱备件").first.is_visible()
    customer.goto(f"/portal{contract}")
    customer.get_by_role("link", name="确认收货").first.click()
    assert customer.get_by_text("DB-JOURNEY").first.is_visible()
    confirm(customer)
    expect(customer.get_by_text("已确认收货").first).to_be_visible()


def archive_and_export(boss: Any, contract: str) -> None:
    boss.goto(f"{contract}archive/")
    if boss.locator("[name=reason]").count():
        boss.fill("[name=reason]", "客户已验收")
    confirm(boss)
    expect(boss.locator(".subject").get_by_text("已存档").first).to_be_visible()
    assert boss.get_by_role("link", name="编辑合同").count() == 0
    boss.locator(".actions summary").click()
    boss.get_by_role("link", name="导出合同").click()
    with boss.expect_download() as download:
        boss.locator("form.form-card button[type=submit]").click()
    with zipfile.ZipFile(download.value.path()) as book:
        manifest = next(name for name in book.namelist() if name.endswith("/manifest.json"))
        facts = json.loads(book.read(manifest))
        assert book.testzip() is None
    assert (facts["stage"], facts["problems"]) == ("archived", [])


def test_from_change_order_to_archive(sign_in: Any) -> None:
    boss, customer = sign_in("boss"), sign_in("customer.a")
    contract = open_contract(sign_in, "HT-2026-913", deal_amount="600000")
    change_by_agreement(boss, customer, contract)
    deliver(boss, customer, contract)
    archive_and_export(boss, contract)
