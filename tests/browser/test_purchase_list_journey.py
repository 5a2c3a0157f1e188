"""A purchaser's day in the browser: a bill of materials pasted and confirmed, ordered and received at once,
seen as a kit; sent again it leaves alone what is ordered."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_journey import faults, found_contract

pytestmark = pytest.mark.browser
CONTRACT = "HT-2026-019"
HEAD = "序号\t图号\t名称\t数量\t单位\t备注"
LIST = f"治具物料清单\n{HEAD}\n1\tZJ-01\t定位销\t8\t件\t\n2\tZJ-02\t压块\t4\t件\t淬火\n合计\t\t\t12\t\t\n"
NEWER = LIST.replace("\t8\t", "\t9\t").replace("2\tZJ-02\t压块\t4", "2\tZJ-03\t底座\t1")


def look_at(page: Any, contract: str, text: str, task: str = "") -> None:
    """Paste a list and look at what it would change."""
    page.goto(f"{contract}procurement/bom/")
    page.get_by_label("从 Excel 复制的单元格").fill(text)
    page.get_by_role("button", name="检查清单").click()
    page.wait_for_url(re.compile(r"/procurement/bom/\d+/$"))
    if task:
        field = page.get_by_label("使用任务")
        labels = field.locator("option").all_inner_texts()
        at = next(i for i, words in enumerate(labels) if task in words)
        field.select_option(index=at)
        page.get_by_label("需求部门").select_option(label=labels[at].split(" · ")[0])
        page.get_by_role("button", name="按这些列检查").click()
        page.wait_for_load_state("networkidle")


def tick(page: Any, contract: str, *names: str) -> None:
    page.goto(f"{contract}procurement/?q=ZJ-0")
    for name in names:
        page.get_by_role("row", name=re.compile(name)).get_by_role("checkbox").check()


def test_a_list_is_pasted_ordered_received_and_sent_again(sign_in: Any) -> None:
    page = sign_in("buyer")
    contract = found_contract(page, CONTRACT)
    look_at(page, contract, LIST, "整机调试")
    wrong = faults(page, "look")
    page.get_by_role("button", name="写入采购项").click()
    page.wait_for_url(re.compile(r"/procurement/$"))
    expect(page.locator("body")).to_contain_text("新增 2 项")
    tick(page, contract, "定位销", "压块")
    page.locator("#selection").get_by_role("button", name="批量下单").click()
    wrong += faults(page, "order")
    page.get_by_label("供应商").select_option(index=1)
    page.get_by_label("定位销 的单价").fill("￥１２.5")
    page.locator("main form").get_by_role("button", name="批量下单").click()
    page.wait_for_url(re.compile(r"/procurement/$"))
    tick(page, contract, "定位销")
    page.locator("#selection").get_by_role("button", name="批量到货").click()
    page.locator("main form").get_by_role("button", name="批量到货").click()
    page.wait_for_url(re.compile(r"/procurement/$"))
    page.goto(f"{contract}procurement/kits/")
    kit = page.locator("details", has_text="整机调试")
    expect(kit.get_by_role("row", name=re.compile("定位销"))).to_contain_text("已到货")
    expect(kit.get_by_role("row", name=re.compile("压块"))).to_contain_text("已下单")
    wrong += faults(page, "kits")
    look_at(page, contract, NEWER, "整机调试")
    expect(page.locator("#part-new")).to_contain_text("底座")
    held = page.locator("#part-held")
    expect(held).to_contain_text("清单为 9，已下单 8")
    expect(held).to_contain_text("压块")
    page.goto("/procurement/late/")
    wrong += faults(page, "late")
    assert wrong == []
