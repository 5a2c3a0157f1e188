"""Every text has its Chinese, the same text the same Chinese, and one word stands for one idea."""

import subprocess
import sys
from collections import defaultdict
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

CATALOGUES = sorted(settings.BASE_DIR.glob("*/locale/zh_Hans/LC_MESSAGES/django.po"))
#: word that must not appear → the word of the glossary; allowed inside the longer words.
FORBIDDEN = {
    "项目": ("合同", ("项目编号", "项目总负责人")),
    "客户端": ("客户公司", ()),
    "雇员": ("人员", ()),
    "归档": ("存档", ()),
    "催促": ("催办", ()),
    "审批": ("验收", ()),
    "工单": ("任务", ()),
    "订单": ("合同", ()),
    "里程表": ("里程碑", ()),
    "登陆": ("登录", ()),
    "帐号": ("账号", ()),
    "帐户": ("账户", ()),
    "日志记录": ("操作日志", ()),
    "前驱": ("前置任务", ()),
    "紧前": ("前置任务", ()),
}
HALF_WIDTH = (",", "?", "!", ";")


def messages(path):
    catalogue = read_po(BytesIO(path.read_bytes()), locale="zh_Hans", domain="django")
    return [m for m in catalogue if m.id]


def texts(message):
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def every():
    return [(path.parts[-5], m) for path in CATALOGUES for m in messages(path)]


@pytest.fixture(scope="module")
def found():
    return every()


def test_every_text_is_in_its_catalogue_and_translated():
    done = subprocess.run(
        [sys.executable, "requirements/messages.py", "--check"],  # noqa: S603
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_translation_is_empty_or_fuzzy(found):
    assert CATALOGUES
    assert [(app, m.id) for app, m in found if m.fuzzy or not all(texts(m))] == []


def test_the_same_text_has_the_same_chinese_everywhere(found):
    chinese = defaultdict(set)
    for _app, m in found:
        chinese[m.context, m.id].add(tuple(texts(m)))
    assert {key: sorted(words) for key, words in chinese.items() if len(words) > 1} == {}


def test_placeholders_survive(found):
    import re

    def names(text):
        return set(re.findall(r"%\(\w+\)[sd]|\{\w*\}|%%", text))

    odd = []
    for app, m in found:
        ids = [m.id] if isinstance(m.id, str) else list(m.id)
        wanted = set().union(*(names(text) for text in ids))
        odd += [(app, text) for text in texts(m) if names(text) - wanted or (wanted - names(text))]
    assert odd == []


def test_one_word_for_one_idea(found):
    odd = []
    for app, m in found:
        for text in texts(m):
            for word, (better, fine) in FORBIDDEN.items():
                rest = text
                for longer in fine:
                    rest = rest.replace(longer, "")
                if word in rest:
                    odd.append(f"{app}: {text!r}: {better}, not {word}")
    assert odd == []


def test_chinese_sentences_use_full_width_marks(found):
    odd = [
        (app, text)
        for app, m in found
        for text in texts(m)
        for before, mark in zip(text, text[1:], strict=False)
        if m.id != "yes,no"  # read by the filter `yesno`
        and mark in HALF_WIDTH
        and "\u4e00" <= before <= "\u9fff"
    ]
    assert odd == []
