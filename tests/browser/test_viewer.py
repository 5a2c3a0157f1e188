"""Documents read in a real browser: Office files converted by LibreOffice, pictures, tables, models."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.documents.shapes import chinese_docx, step_box, stl_ring

pytestmark = pytest.mark.browser
CONTRACT = "HT-2026-018"
#: A conversion in a cold LibreOffice, on a machine that does other things too.
LONG = 90_000


def contract_of(page: Any) -> str:
    page.goto(f"/contracts/?q={CONTRACT}")
    path: str = (
        page.locator("main a[href^='/contracts/']").filter(has_text="灌装线改造").first.get_attribute("href")
    )
    return path


def send(page: Any, path: str, name: str, content: bytes, **form: str) -> str:
    """Upload a file as the page's own script does; the address of its document."""
    token = page.evaluate("window.erp.csrf()")
    files = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    answer = page.request.post(
        path,
        multipart={"csrfmiddlewaretoken": token, "files": files, **form},
        headers={"accept": "application/json", "referer": page.url},
    )
    assert answer.ok, answer.text()
    return str(answer.json()["url"])


def upload(page: Any, name: str, content: bytes) -> str:
    path = f"{contract_of(page)}documents/upload/"
    page.goto(path)
    kind = page.locator("select[name=type] option").filter(has_text="技术文档").first.get_attribute("value")
    return send(page, path, name, content, type=kind)


def view(page: Any, document: str, number: int = 1) -> None:
    """Open the viewer and wait until something is painted."""
    page.goto(f"{document}v/{number}/preview/")
    page.locator("[data-painted][data-opened]").wait_for(timeout=LONG)


@pytest.fixture
def watched(site: str, sign_in: Any) -> Iterator[Any]:
    """`sign_in` with an ear at the console and the network: both must stay quiet."""
    noise: list[str] = []

    def watched(username: str, **options: Any) -> Any:
        page = sign_in(username, **options)
        page.on("console", lambda m: noise.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on(
            "request",
            lambda r: noise.append(r.url) if not r.url.startswith((site, "data:", "blob:")) else None,
        )
        return page

    yield watched
    assert noise == []


@pytest.fixture(scope="module")
def papers() -> dict[str, str]:
    """Addresses of what the first test that needed it uploaded."""
    return {}


def proposal(page: Any, papers: dict[str, str]) -> str:
    """A Chinese Word document in two versions."""
    if "proposal" not in papers:
        papers["proposal"] = upload(page, "灌装机技术协议.docx", chinese_docx(4, "联轴器选型"))
        page.goto(papers["proposal"])
        send(page, f"{papers['proposal']}version/", "灌装机技术协议.docx", chinese_docx(5, "减速机选型"))
    return papers["proposal"]


def inked(picture: bytes) -> int:
    """How many pixels of a picture stand out from its most common colour."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    counts = image.histogram()
    return sum(counts) - max(sum(counts[max(0, n - 12) : n + 13]) for n in range(256))


@pytest.mark.libreoffice
def test_a_chinese_word_document_is_read_in_the_browser(watched, papers):
    page = watched("pm")
    document = proposal(page, papers)
    view(page, document)
    expect(page.locator("[data-pages]")).to_have_text("4")
    assert inked(page.locator(".page canvas").first.screenshot()) > 2000
    expect(page.locator(".textLayer").first).to_contain_text("联轴器选型")
    mark = page.locator(".page .viewer-mark").first
    assert re.fullmatch(
        rf"何项目 · \d{{4}}-\d\d-\d\d \d\d:\d\d · {CONTRACT}", mark.get_attribute("data-text")
    )
    assert "svg" in mark.evaluate("mark => getComputedStyle(mark).backgroundImage")


@pytest.mark.libreoffice
def test_chinese_words_are_found_and_counted(watched, papers):
    page = watched("pm")
    view(page, proposal(page, papers))
    page.keyboard.press("/")
    search = page.locator("[data-act=search]")
    expect(search).to_be_focused()
    search.fill("联轴器选型")
    found = page.locator("[data-found]")
    expect(found).to_have_text("第 1 处，共 4 处")
    page.keyboard.press("Enter")
    expect(found).to_have_text("第 2 处，共 4 处")
    expect(page.locator("[data-act=page]")).to_have_value("2")
    page.keyboard.press("Shift+Enter")
    expect(found).to_have_text("第 1 处，共 4 处")
    search.fill("第3.7条")  # converters put gaps between Chinese and Latin letters
    expect(found).to_have_text("第 1 处，共 1 处")
    expect(page.locator("[data-act=page]")).to_have_value("3")
    expect(page.locator(".textLayer .highlight.selected").first).to_be_visible()
    search.fill("绝无此词")
    expect(found).to_have_text("没有找到")
    page.keyboard.press("Escape")
    expect(search).to_have_value("")


@pytest.mark.libreoffice
def test_pages_zoom_and_rotation_by_keys_and_buttons(watched, papers):
    page = watched("pm")
    view(page, proposal(page, papers))
    number, size = page.locator("[data-act=page]"), page.locator(".page").first
    for key, expected in (
        ("ArrowRight", "2"),
        ("PageDown", "3"),
        ("End", "4"),
        ("PageUp", "3"),
        ("Home", "1"),
    ):
        page.keyboard.press(key)
        expect(number).to_have_value(expected)
    page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'End', isComposing: true, bubbles: true}))"
    )
    page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'End', keyCode: 229, bubbles: true}))"
    )
    expect(number).to_have_value("1")
    wide = size.bounding_box()["width"]
    page.keyboard.press("-")
    page.wait_for_timeout(100)
    assert size.bounding_box()["width"] < wide
    page.click("[data-act=in]")
    page.select_option("[data-act=scale]", "page")
    page.wait_for_timeout(100)
    box, frame = size.bounding_box(), page.locator(".viewer-scroll").bounding_box()
    assert box["height"] <= frame["height"]
    page.keyboard.press("r")
    page.wait_for_timeout(200)
    turned = size.bounding_box()
    assert turned["width"] > turned["height"]
    number.fill("3")
    number.press("Enter")
    expect(number).to_have_value("3")
    page.keyboard.press("0")
    page.click("[data-act=thumbs]")
    expect(page.locator("[data-viewer-thumbs] canvas").first).to_be_visible()
    page.wait_for_timeout(300)
    assert size.bounding_box()["width"] < page.locator(".viewer-scroll").bounding_box()["width"]
    current = page.locator("[data-viewer-thumbs] [aria-current=true]")
    expect(current).to_have_attribute("value", number.input_value())
    page.click("[data-viewer-thumbs] button[value='2']")
    expect(number).to_have_value("2")
    page.keyboard.press("Escape")
    expect(page.locator("[data-viewer-thumbs]")).to_be_hidden()


@pytest.mark.libreoffice
def test_printed_pages_carry_the_watermark(watched, papers):
    page = watched("pm")
    view(page, proposal(page, papers))
    page.evaluate("() => { window.print = () => { document.body.dataset.printed = 'yes'; }; }")
    page.keyboard.press("Control+p")
    page.locator("body[data-printed]").wait_for(timeout=LONG)
    sheets = page.locator(".viewer-print img")
    assert sheets.count() == 4
    page.emulate_media(media="print")
    expect(sheets.first).to_be_visible()
    expect(page.locator(".viewer")).to_be_hidden()
    grey = sheets.first.evaluate(
        """image => {
             const canvas = document.createElement('canvas');
             [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
             const pen = canvas.getContext('2d');
             pen.drawImage(image, 0, 0);
             const low = pen.getImageData(0, canvas.height * 0.8, canvas.width, canvas.height * 0.2).data;
             return low.filter((value, at) => at % 4 === 0 && value < 245).length;
           }"""
    )
    assert grey > 500, "below the text there is the mark only"


@pytest.mark.libreoffice
@pytest.mark.parametrize("width", [1280, 390])
def test_two_versions_scroll_together(watched, papers, width):
    page = watched("pm", viewport={"width": width, "height": 800})
    page.goto(f"{proposal(page, papers)}v/2/compare/")
    page.locator("[data-painted][data-opened]").nth(1).wait_for(timeout=LONG)
    sides = page.locator(".viewer-side")
    expect(sides.nth(0)).to_contain_text("联轴器选型")
    expect(sides.nth(1)).to_contain_text("减速机选型")
    one, two = (sides.nth(n).bounding_box() for n in range(2))
    assert one["y"] < two["y"] if width == 390 else one["x"] < two["x"]

    def tops() -> list[float]:
        found: list[float] = page.evaluate(
            "Array.from(document.querySelectorAll('.viewer-scroll')).map(s => s.scrollTop)"
        )
        return found

    page.locator(".viewer-scroll").nth(1).evaluate("s => s.scrollTop = 700")
    page.wait_for_timeout(700)
    assert abs(tops()[0] - 700) < 40
    page.click("[data-act=sync]")
    page.locator(".viewer-scroll").nth(1).evaluate("s => s.scrollTop = 100")
    page.wait_for_timeout(700)
    assert tops()[0] > 600
    assert abs(tops()[1] - 100) < 5


@pytest.mark.libreoffice
def test_the_page_waits_and_then_shows_by_itself(watched):
    page = watched("pm")
    document = upload(page, "新方案.docx", chinese_docx(2, "灌装阀清单"))
    page.goto(f"{document}v/1/preview/")
    page.locator("[data-painted][data-opened]").wait_for(timeout=LONG)
    assert page.url.endswith(f"{document}v/1/preview/")
    expect(page.locator("[data-pages]")).to_have_text("2")


@pytest.mark.libreoffice
def test_for_reading_only_no_file_reaches_the_browser(watched, papers):
    owner = watched("pm")
    document = upload(owner, "仅供阅读.docx", chinese_docx(3, "保密工艺"))
    owner.goto(f"{document}edit/")
    owner.check("input[name=preview_only]")
    owner.click("main form button[type=submit]")
    owner.wait_for_url(lambda url: "/edit/" not in url)
    view(owner, document)
    reader, kinds = watched("qc"), []
    reader.on(
        "response", lambda r: kinds.append(r.headers.get("content-type", "")) if document in r.url else None
    )
    view(reader, document)
    assert inked(reader.locator(".viewer-sheet img").first.screenshot()) > 2000
    assert "保密工艺" not in reader.content()
    assert "application/pdf" not in kinds
    assert "image/jpeg" in kinds
    expect(reader.locator("a[href$='/download/']")).to_have_count(0)
    expect(reader.locator("[data-act=print]")).to_have_count(0)
    for route in ("content", "download"):
        assert reader.request.get(f"{document}v/1/{route}/").status == 403
    reader.keyboard.press("End")
    expect(reader.locator("[data-act=page]")).to_have_value("3")


def test_a_picture_is_enlarged_turned_and_moved(watched):
    out = io.BytesIO()
    Image.effect_noise((800, 500), 90).convert("RGB").save(out, "JPEG")
    page = watched("pm")
    view(page, upload(page, "现场.jpg", out.getvalue()))
    sheet = page.locator(".viewer-sheet")
    before = sheet.bounding_box()
    assert before["width"] > before["height"]
    assert sheet.locator(".viewer-mark").count() == 1
    page.keyboard.press("r")
    page.wait_for_timeout(100)
    assert sheet.bounding_box()["height"] > sheet.bounding_box()["width"]
    page.keyboard.press("r")
    for _ in range(8):
        page.keyboard.press("+")
    page.wait_for_timeout(100)
    assert sheet.bounding_box()["width"] > before["width"] * 2
    scroll = page.locator(".viewer-scroll")
    frame = scroll.bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    start = scroll.evaluate("s => s.scrollLeft")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y, steps=4)
    page.mouse.up()
    assert abs(scroll.evaluate("s => s.scrollLeft") - start - 120) <= 2


def test_ranges_and_names_come_through_the_real_server(sign_in):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("数据.bin", bytes(range(256)) * 8000)
    content = packed.getvalue()
    page = sign_in("pm")
    url = f"{upload(page, '数据 包.zip', content)}v/1/download/"
    whole = page.request.get(url)
    assert whole.headers["content-disposition"].startswith("attachment; filename*=utf-8''%E6%95%B0")
    assert whole.body() == content
    for asked, found in (("bytes=22-30", content[22:31]), ("bytes=-256", content[-256:])):
        part = page.request.get(url, headers={"range": asked})
        assert (part.status, part.body()) == (206, found)
    assert page.request.get(url, headers={"range": "bytes=99999999-"}).status == 416
    empty = page.request.head(url)
    assert (empty.status, empty.body(), empty.headers["content-length"]) == (200, b"", str(len(content)))


def test_a_table_is_searched(watched):
    lines = "\n".join(f"{n},轴承 60{n:02},个" for n in range(200))
    page = watched("pm")
    page.goto(f"{upload(page, '清单.csv', lines.encode())}v/1/preview/")
    page.locator("[data-opened]").wait_for(timeout=LONG)
    expect(page.locator(".viewer-table tr")).to_have_count(200)
    page.keyboard.press("/")
    page.locator("[data-act=search]").fill("轴承 6017")
    expect(page.locator("[data-found]")).to_have_text(re.compile("第 1 处，共 (1|11) 处"))
    row = page.locator(".viewer-table tr").nth(17).bounding_box()
    frame = page.locator(".viewer-table").bounding_box()
    assert frame["y"] <= row["y"] <= frame["y"] + frame["height"]


@pytest.mark.parametrize(("name", "content"), [("圆环.stl", stl_ring()), ("方块.step", step_box())])
def test_models_are_drawn_and_turned(watched, name, content):
    page = watched("pm")
    view(page, upload(page, name, content))
    canvas = page.locator("canvas.viewer-model")
    first = canvas.screenshot()
    assert inked(first) > 5000
    canvas.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    turned = canvas.screenshot()
    assert turned != first
    page.click("[data-act=in]")
    page.wait_for_timeout(200)
    assert inked(canvas.screenshot()) > inked(turned)
    page.click("[data-act=fit]")
    page.wait_for_timeout(200)
    assert abs(inked(canvas.screenshot()) - inked(first)) < inked(first) / 10


def test_workers_are_held_by_policies_of_their_own(watched):
    page = watched("pm")
    policies = page.evaluate(
        """Promise.all(['pdfjs/pdf.worker.min.mjs', 'occt/occt-import-js-worker.js'].map(
             part => fetch('/static/vendor/' + part).then(r => r.headers.get('content-security-policy'))))"""
    )
    assert all("default-src 'none'" in policy and "connect-src 'self'" in policy for policy in policies)


def test_a_right_taken_back_clears_the_open_page(sign_in):
    owner = sign_in("pm")
    document = upload(owner, "共享.csv", "a,保密内容\n".encode())
    owner.goto(f"{document}share/")
    option = (
        owner.locator("select[name=person] option").filter(has_text="陈销售").first.get_attribute("value")
    )
    owner.select_option("select[name=person]", option)
    owner.click("main form button[type=submit]")
    owner.wait_for_url(lambda url: "/share/" not in url)
    reader = sign_in("sales")
    reader.goto(f"{document}v/1/preview/")
    reader.locator("[data-opened]").wait_for(timeout=LONG)
    expect(reader.locator(".viewer-table")).to_contain_text("保密内容")
    owner.goto(document)
    owner.once("dialog", lambda dialog: dialog.accept())
    owner.locator("form[action*='/unshare/'] button").first.click()
    if owner.locator("#confirm[open]").count():
        owner.locator("#confirm button[value=yes]").click()
    owner.wait_for_load_state("networkidle")
    reader.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(reader.locator(".viewer-state")).to_contain_text("您已无权查看此文件")
    assert "保密内容" not in reader.content()
    expect(reader.locator("[data-viewer-tools]")).to_be_hidden()
    expect(reader.locator("a[href$='/download/']")).to_be_hidden()


@pytest.mark.libreoffice
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_viewer_is_accessible_and_fits(watched, papers, theme, width):
    page = watched("pm", viewport={"width": width, "height": 800})
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    document = proposal(page, papers)
    for path in (f"{document}v/1/preview/", f"{document}v/2/compare/"):
        page.goto(path)
        page.locator("[data-painted][data-opened]").last.wait_for(timeout=LONG)
        page.wait_for_timeout(300)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert [
            (v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found.response["violations"]
        ] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.libreoffice
def test_without_javascript_the_pages_are_pictures(site, sign_in, browser, papers):
    page = sign_in("pm")
    document = proposal(page, papers)
    view(page, document)
    plain = browser.new_context(
        base_url=site, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    try:
        quiet = plain.new_page()
        quiet.goto(f"{document}v/1/preview/")
        picture = quiet.locator(".viewer-stage img")
        expect(picture).to_be_visible()
        expect(quiet.locator(".viewer-plain a")).to_have_count(4)
        assert inked(picture.screenshot()) > 2000
        expect(quiet.locator("a[href$='/download/']").first).to_be_visible()
    finally:
        plain.close()
