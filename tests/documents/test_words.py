"""How texts are cut and asked for: what is in a text is found, wherever it stands."""

from __future__ import annotations

import random

import pytest

from documents.words import (
    AFTER,
    ASKED,
    BEFORE,
    LETTERS,
    asked,
    contains,
    fold,
    grams,
    readable,
    snippet,
    words_of,
)

TEXT = (
    "灌装机GZ-24的底座采用Q235B钢板，\n焊接后退火。"
    "PLC为Siemens 6ES7215-1AG40-0XB0；主轴转速1450 r/min。ＡＢＣ公司"
)


@pytest.mark.parametrize(
    "query",
    ["灌装机", "装机", "底座采用", "q235b", "Q235", "6es7215", "1AG40-0XB0", "siemens", "emens", "gz-24",
     "ＧＺ－２４", "plc为", "1450 r/min", "abc公司", "钢板 退火", "退火 底座", "焊接后退火", "钢板，焊接"],
)  # fmt: skip
def test_what_is_in_a_text_is_asked_for_by_grams_it_has(query):
    text = readable(TEXT, wrapped=True)
    words = words_of(query)
    assert contains(text, words)
    assert asked(words)
    assert set(asked(words)) <= grams(text)


@pytest.mark.parametrize("query", ["包装机", "q345", "6es7 315", "转速 1500", "siemensx"])
def test_what_is_not_in_a_text_is_refused_by_grams_or_by_reading(query):
    words = words_of(query)
    assert not (contains(readable(TEXT), words) and set(asked(words)) <= grams(readable(TEXT)))


def test_any_part_of_any_text_of_two_characters_or_three_letters_is_found():
    chance = random.Random(4)
    letters = "灌装机底座退火泵阀カナ가나0123abcXYZ -_./，。"
    for _round in range(2000):
        text = readable("".join(chance.choices(letters, k=40)))
        start = chance.randrange(len(text) - 8)
        words = words_of(text[start : start + chance.randint(3, 8)])
        assert contains(text, words)
        wanted = asked(words)
        only_start = len(wanted) == 1 and len(wanted[0]) == 2 and wanted[0].isascii()
        assert only_start or set(wanted) <= grams(text), (text, words)


@pytest.mark.parametrize("query", ["", " ", "a", "灌", "-", "%", "_", "\0", "。。。", "\ud800", "🙂"])
def test_too_little_to_ask_asks_nothing(query):
    assert asked(words_of(query)) == []


def test_two_letters_are_found_at_the_start_of_a_word():
    assert asked(["ht"]) == ["ht"]
    assert "ht" in grams("单号 HT2026")
    assert "te" not in grams("item")


def test_lines_are_joined_within_chinese_where_they_end_at_the_margin():
    text = "灌装\n机， \r\n底座 pump\n station"
    assert readable(text, wrapped=True) == "灌装机，底座 pump station"
    assert readable(text) == "灌装 机， 底座 pump station"


def test_nothing_unseen_is_kept():
    assert readable("a\0b\u200b\ud800c\x85d") == "a bc d"
    assert words_of("\u202e泵\0ＰＵmp \ufeff") == ["泵", "pump"]
    assert len(readable("长" * 3 * LETTERS)) == LETTERS


def test_folding_keeps_every_place():
    for text in ("İstanbul ẞ ΑΣ", "ǅ", "ﬁ", TEXT):
        assert len(fold(text)) == len(text)


def test_the_question_is_bounded():
    assert len(asked(words_of("长" * 5 + " " + " ".join(f"{n:04}" for n in range(500))))) == ASKED


def test_snippets_quote_what_was_found_as_it_is_written():
    text = "甲" * 100 + "Pump" + "乙" * 100
    before, found, after = snippet(text, ["pump"])
    assert (before, found, after) == ("…" + "甲" * BEFORE, "Pump", "乙" * AFTER + "…")
    assert snippet("Pump", ["pump"]) == ("", "Pump", "")
