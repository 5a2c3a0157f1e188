"""Money as sales live with it: a plan by one click, a part received, the overdue list."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from tests.browser.test_journey import day, option

pytestmark = pytest.mark.browser


def contract_with_deal(page: Any) -> str:
    page.goto("/contracts/new/")
    page.fill("[name=number]", "HT-2026-950")
    page.fill("[name=name]", "托盘缠绕机")
    page.fill("[name=signed_on]", (date.today() - timedelta(days=40)).isoformat())  # noqa: DTZ011  the browser's day
    page.fill("[name=planned_delivery]", day(60))
    page.select_option("[name=company]", label="蓝海食品")
    page.select_option("[name=manager]", index=option(page, "[name=manager]", "何项目"))
    page.fill("[name=deal_amount]", "１００,０００.05")
    page.click("main form button[type=submit].btn-primary")
    page.wait_for_url(re.compile(r"/contracts/\d+/$"))
    return re.sub(r"^https?://[^/]+", "", page.url)


def test_sales_plan_payments_receive_in_parts_and_chase_what_is_late(sign_in: Any) -> None:
    sales = sign_in("sales")
    contract = contract_with_deal(sales)
    sales.goto(f"{contract}money/")
    assert sales.get_by_text("壹拾万元零伍分").first.is_visible()
    sales.get_by_role("button", name="采用 3-3-3-1 方案").click()
    sales.get_by_role("rowheader", name=re.compile("质保金")).wait_for()
    assert sales.get_by_text("¥30,000.02").first.is_visible()

    sales.get_by_role("link", name="登记收款").first.click()
    form = sales.locator("#dialog-body form")
    form.locator("[name=amount]").fill("10,000")
    form.locator("button[type=submit]").click()
    sales.locator("#money").get_by_text("¥20,000.02").first.wait_for()

    sales.get_by_role("link", name="登记收款").first.click()
    form = sales.locator("#dialog-body form")
    form.locator("[name=amount]").fill("20,000.03")
    form.locator("button[type=submit]").click()
    sales.locator("#dialog-body [name=over][type=checkbox]").wait_for()
    sales.keyboard.press("Escape")

    sales.goto("/money/?state=overdue&q=HT-2026-950")
    row = sales.locator("#receivables tbody tr", has_text="HT-2026-950")
    assert row.get_by_text("逾期").first.is_visible()
    assert row.get_by_text("¥20,000.02").first.is_visible()
    with sales.expect_download() as file:
        sales.locator("#receivables details.menu summary").click()
        sales.get_by_role("link", name="Excel 工作簿（xlsx）").click()
    assert file.value.suggested_filename.endswith(".xlsx")

    manager = sign_in("pm")
    assert manager.request.get(f"{contract}money/").status == 403
    manager.goto(contract)
    assert "30,000.0" not in manager.content()
    assert manager.get_by_role("link", name="收付款").count() == 0
