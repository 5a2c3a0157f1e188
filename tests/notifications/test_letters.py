"""Letters: cut between characters, harmless in every dress, links whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.letters import Letter, Line, as_markdown, as_text, clean, cut, harmless

URL = "https://erp.example.com/notifications/77/open/"


@given(st.text(max_size=900), st.integers(60, 2048))
def test_text_is_cut_between_characters_and_keeps_its_link(text, limit):
    letter = Letter(clean(text) or "x", [Line(clean(text))], url=URL)
    found = as_text(letter, limit=limit)
    assert len(found.encode()) <= limit  # and it encodes: no half character
    assert found.endswith(URL)


def test_2048_bytes_hold_682_chinese_characters_and_no_half():
    assert cut("验" * 682, 2048) == "验" * 682
    shorter = cut("验" * 683, 2048)
    assert shorter == "验" * 681 + "…"
    assert len(shorter.encode()) == 2046


@given(
    st.lists(st.tuples(st.text(max_size=300), st.booleans()), max_size=40), st.sampled_from([4096, 18_000])
)
def test_markdown_fits_and_breaks_no_link(lines, limit):
    letter = Letter("标题", [Line(clean(text), URL if linked else "") for text, linked in lines], url=URL)
    found = as_markdown(letter, limit=limit, calls=["<@w-1>"])
    assert len(found.encode()) <= limit
    assert found.endswith("<@w-1>")
    assert found.count("](") == found.count(f"]({URL})")


def test_what_does_not_fit_is_counted():
    letter = Letter("标题", [Line("合同" * 100)] * 30, url=URL)
    found = as_markdown(letter, limit=4096)
    shown = found.count("合同" * 100)
    assert 0 < shown < 30
    assert f"{30 - shown}" in found


@pytest.mark.parametrize(
    "title",
    ["@all 开会", "@所有人", "<@all>", "@13800138000", "<@w-7>", "[点我](javascript:alert(1))", "# 通知",
     "`x`", "**粗**", "> 引用"],
)  # fmt: skip
def test_nobody_is_called_and_nothing_is_linked_by_a_title(title):
    found = as_markdown(Letter(title, [Line(title)], url=URL), limit=4096, calls=["<@w-1>"])
    body = found.removesuffix("<@w-1>").replace(f"]({URL})", "").replace("[打开", "").replace("[Open", "")
    body = body.replace("**", "", 2)
    for mark in ("@", "<", ">", "[", "]", "`", "*", "\n#"):
        assert mark not in body
    assert not harmless(title).startswith("#")


@pytest.mark.parametrize(
    "text",
    ["a\r\nBcc: x@y.z", "a\nb", "a\x00b", "a\u2028b", "a\x1b[31mb", "a\u202egnp.exe", "a\u200bb", "a\ud800b"],
)
def test_a_line_stays_one_visible_line(text):
    found = clean(text)
    found.encode()
    assert "\n" not in found
    assert found.isprintable() or "?" in found
    assert "\u202e" not in found
    assert "\u200b" not in found
