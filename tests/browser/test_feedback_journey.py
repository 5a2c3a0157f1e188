"""Feedback lived through in the browser: the customer reports on a phone with a photo, service names the
handler, a fitter mends it, the customer confirms; another one is opened again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.test_journey import option
from tests.documents.papers import picture

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def report(page: Any, title: str, *, photo: bool = False) -> str:
    """From the customer's contract page to the sent report; its address in the portal."""
    page.goto("/portal/")
    page.get_by_role("link", name="洗瓶机升级").click()
    page.get_by_role("link", name="提交反馈").click()
    page.wait_for_url(re.compile(r"/feedback/new/$"))
    page.get_by_label("缺陷").check()
    page.fill("[name=title]", title)
    page.fill("[name=text]", "停机后仍有滴漏")
    page.select_option("[name=severity]", "high")
    if photo:
        file = {"name": "漏点.png", "mimeType": "image/png", "buffer": picture()}
        page.locator("input[name=files]").first.set_input_files([file])
    assert fits(page)
    page.get_by_role("button", name="发送反馈").click()
    page.wait_for_url(re.compile(r"/portal/feedback/\d+/$"))
    return re.sub(r"^https?://[^/]+", "", page.url)


def fits(page: Any) -> bool:
    """Nothing scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def dialog(
    page: Any, button: str, fill: dict[str, str] | None = None, person: str = "", tick: str = ""
) -> None:
    """Open the dialog of a deed, fill it in, and send it."""
    page.get_by_role("link", name=button, exact=True).first.click()
    form = page.locator("dialog[open] form.form-card")
    form.wait_for()
    for name, text in (fill or {}).items():
        form.locator(f"[name={name}]").fill(text)
    if person:
        form.locator("[name=person]").select_option(index=option(page, "dialog[open] [name=person]", person))
    if tick:
        form.locator(f"[name={tick}]").check()
    form.get_by_role("button", name=button, exact=True).click()
    page.locator("dialog[open] form.form-card").wait_for(state="detached")


def resolve(page: Any, number: str, tick: str = "") -> None:
    page.goto(f"/feedback/{number}/")
    page.get_by_role("button", name="开始处理").click()
    page.locator(".subject .status-in_progress").wait_for()
    dialog(page, "提交处理结果", {"solution": "更换密封圈，试机两小时无滴漏"}, tick=tick)
    page.locator(".subject .status-resolved").wait_for()


def test_from_a_photo_on_the_phone_to_the_confirmation(sign_in):
    customer = sign_in("customer.a", **PHONE)
    address = report(customer, "三号阀滴漏", photo=True)
    assert customer.get_by_text("漏点").first.is_visible()
    assert fits(customer)
    number = re.findall(r"\d+", address)[-1]

    service = sign_in("service")
    service.goto(f"/feedback/{number}/")
    assert service.get_by_role("heading", name="三号阀滴漏").is_visible()
    dialog(service, "指定处理人", person="小张")
    service.get_by_text("小张").first.wait_for()
    service.get_by_role("link", name="生成返工任务").click()
    form = service.locator("dialog[open] form.form-card")
    form.locator("[name=department]").select_option(label="机械部")
    form.locator("[name=assignee]").select_option(
        index=option(service, "dialog[open] [name=assignee]", "小张")
    )
    form.get_by_role("button", name="生成返工任务").click()
    service.get_by_role("link", name="返工：三号阀滴漏").wait_for()

    fitter = sign_in("staff.mech")
    fitter.goto("/tasks/mine/")
    fitter.get_by_role("link", name="返工：三号阀滴漏").first.click()
    fitter.get_by_role("link", name="三号阀滴漏", exact=True).first.wait_for()
    resolve(fitter, number, tick="despite_rework")  # the rework is in the plan, and not finished
    fitter.get_by_text("漏点").first.wait_for()  # the photo came along with the work

    customer.goto(address)
    assert customer.get_by_text("更换密封圈").is_visible()
    customer.get_by_role("link", name="确认已解决").click()
    customer.get_by_role("button", name="确认已解决").click()
    customer.locator(".status-closed").first.wait_for()


def test_another_one_is_opened_again(sign_in):
    customer = sign_in("customer.a", **PHONE)
    address = report(customer, "气缸异响")
    number = re.findall(r"\d+", address)[-1]
    service = sign_in("service")
    resolve(service, number)
    customer.goto(address)
    customer.get_by_role("link", name="没有解决，重开").click()
    customer.fill("[name=reason]", "换件后当天又响")
    customer.get_by_role("button", name="没有解决，重开").click()
    customer.locator(".status-reopened").first.wait_for()
    service.goto("/feedback/board/?q=气缸异响")
    assert service.locator(f'[data-cell="reopened"] [data-card="{number}"]').is_visible()
