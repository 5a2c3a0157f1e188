"""Documents in a real browser: dropped, versioned, checked out, shared, shown to the customer."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]>>endobj\n%%EOF\n"
DROP = """([form, files]) => {
  const data = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
    data.items.add(new File([bytes], name));
  }
  for (const kind of ["dragenter", "dragover", "drop"])
    form.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
}"""


def drop(page: Any, *files: tuple[str, bytes]) -> None:
    """Let files fall on the upload form, as from a folder of the desktop."""
    form = page.locator("form[data-upload]").element_handle()
    page.evaluate(DROP, [form, [(name, base64.b64encode(content).decode()) for name, content in files]])


def tab_of(page: Any, number: str) -> str:
    page.goto(f"/contracts/?q={number}")
    page.click(f"tr:has-text('{number}') a")
    page.click(".tabs a:has-text('文件')")
    page.wait_for_url("**/documents/")
    return str(page.url)


def line(page: Any, name: str) -> Any:
    return page.locator("[data-queue] > li").filter(has_text=name)


def test_files_are_dropped_versioned_shared_and_shown_to_the_customer(sign_in):
    """The whole way of a document, by the people who go it."""
    office = sign_in("pm", viewport={"width": 1280, "height": 900})
    tab = tab_of(office, "HT-2026-018")
    drop(office, ("试车记录.pdf", PDF), ("说明.txt", "试车说明".encode()), ("病毒.exe", b"MZ\0\0"))
    expect(line(office, "试车记录")).to_have_attribute("data-state", "stored")
    expect(line(office, "说明")).to_have_attribute("data-state", "stored")
    expect(line(office, "病毒.exe")).to_have_attribute("data-state", "failed")
    expect(line(office, "病毒.exe")).to_contain_text("exe")
    expect(office.locator("#documents tbody")).to_contain_text("试车记录")  # the list follows by itself

    office.click("#documents tbody a:has-text('试车记录')")
    url = office.url
    office.click("text=签出文件")
    expect(office.locator(".notice")).to_contain_text("你已签出此文件")
    other = sign_in("leader.assembly")
    other.goto(url)
    expect(other.locator(".notice")).to_contain_text("何项目 已签出此文件")
    expect(other.locator("a:has-text('新版本')")).to_have_count(0)

    office.click("a:has-text('新版本')")
    dialog = office.locator("#dialog form[data-upload]")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "试车记录-改.pdf", "mimeType": "application/pdf", "buffer": PDF + b"\n"}
    )
    expect(dialog.locator("[data-chosen]")).to_have_text("试车记录-改.pdf")
    dialog.locator("[name=note]").fill("补充签字页")
    dialog.locator("button[type=submit]").click()
    expect(office.locator("main table")).to_contain_text("补充签字页")
    expect(office.locator("main table tbody tr")).to_have_count(2)
    expect(office.locator(".notice")).to_have_count(0)  # the new version ended the check-out

    office.click("a:has-text('共享文件')")
    office.select_option("#dialog [name=person]", label="小张")
    office.click("#dialog button[type=submit]")
    expect(office.locator(".rail")).to_contain_text("小张")

    office.locator("main table tbody tr").first.locator("text=提供给客户").click()
    office.click("#confirm button[value=yes]")
    expect(office.locator(".subject .chips")).to_contain_text("客户可见 v2")
    customer = sign_in("customer.a")
    customer.goto(tab.replace("/contracts/", "/portal/contracts/").removesuffix("documents/"))
    expect(customer.locator("main")).to_contain_text("试车记录")
    expect(customer.locator("main")).not_to_contain_text("说明")
    assert customer.request.get(url).status == 404

    office.click("summary:has-text('更多')")
    office.click("text=向客户撤回")
    expect(office.locator(".subject .chips")).not_to_contain_text("客户可见")
    customer.reload()
    expect(customer.locator("main")).not_to_contain_text("试车记录")


def test_an_upload_shows_progress_is_cancelled_and_sent_again(sign_in):
    page = sign_in("leader.mech")
    tab_of(page, "HT-2026-018")
    held: list[Any] = []
    page.route("**/documents/upload/", lambda route: held.append(route))
    drop(page, ("慢.pdf", PDF))
    expect(line(page, "慢")).to_have_attribute("data-state", "sending")
    expect(line(page, "慢").locator("progress")).to_be_visible()
    line(page, "慢").get_by_role("button", name="取消上传").click()
    expect(line(page, "慢")).to_have_attribute("data-state", "cancelled")
    page.unroute("**/documents/upload/")
    page.route("**/documents/upload/", lambda route: route.abort())
    line(page, "慢").get_by_role("button", name="重试上传").click()
    expect(line(page, "慢")).to_contain_text("连接中断")
    page.unroute("**/documents/upload/")
    line(page, "慢").get_by_role("button", name="重试上传").click()
    expect(line(page, "慢")).to_have_attribute("data-state", "stored")
    expect(page.locator("#documents tbody")).to_contain_text("慢")


def test_a_file_above_the_limit_is_not_even_sent(sign_in):
    page = sign_in("leader.mech")
    tab_of(page, "HT-2026-018")
    page.evaluate("document.querySelector('[data-upload]').dataset.limit = '10'")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    drop(page, ("大.pdf", PDF))
    expect(line(page, "大.pdf")).to_contain_text("200 MB")
    assert "POST" not in asked


def test_a_photo_is_taken_on_the_task_it_belongs_to(sign_in):
    """On a phone, from the task's page; the picture hangs on the task."""
    page = sign_in("staff.mech", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page.goto("/tasks/mine/")
    page.locator("main [data-rows] a").first.click()
    page.wait_for_url("**/tasks/*/")
    name = page.locator("h1").inner_text()
    panel = page.locator("form[data-upload]")
    camera = panel.locator("label.camera")
    expect(camera).to_be_visible()
    assert camera.locator("input").get_attribute("capture") == "environment"
    panel.locator("select").select_option(label="照片 · 团队")
    png = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    camera.locator("input").set_input_files({"name": "IMG_1.png", "mimeType": "image/png", "buffer": png})
    expect(page.locator("#anchored-list")).to_contain_text("IMG_1")
    expect(page.locator("h1")).to_have_text(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_files_go_up_without_javascript(sign_in):
    page = sign_in("leader.mech", java_script_enabled=False)
    tab_of(page, "HT-2026-018")
    form = page.locator("form.upload")
    files = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": PDF} for n in ("甲图", "乙图")]
    form.locator("input[type=file]").first.set_input_files(files)
    form.locator("button[type=submit]").click()
    expect(page.locator("#documents tbody")).to_contain_text("甲图")
    expect(page.locator("#documents tbody")).to_contain_text("乙图")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible(sign_in, site, theme):
    page = sign_in("pm")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    tab = tab_of(page, "HT-2026-018")
    drop(page, ("轴.pdf", PDF), ("坏.exe", b"MZ"))
    expect(line(page, "轴")).to_have_attribute("data-state", "stored")
    found = {}
    for url in (tab, f"{tab}?bin=1", f"{tab}upload/", ""):
        if url and url != tab:
            page.goto(url)
        elif not url:
            page.goto(tab)
            page.click("#documents tbody a >> nth=0")
        answer = Axe().run(page).response
        found |= {f"{url} {v['id']}": v["nodes"][0]["html"] for v in answer["violations"]}
    assert found == {}
