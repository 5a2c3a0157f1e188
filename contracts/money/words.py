"""Amounts written out, as Chinese papers have them: 壹佰贰拾叁元肆角伍分."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
MYRIADS = ("", "万", "亿", "兆")


def in_words(value: Decimal) -> str:
    """`1234.50` → 壹仟贰佰叁拾肆元伍角整. For yuan; 0 ≤ value < 10¹⁶."""
    cents = int((value * 100).to_integral_value(ROUND_HALF_UP))
    yuan, rest = divmod(cents, 100)
    tenths, hundredths = divmod(rest, 10)
    whole = f"{_whole(yuan)}元" if yuan or not rest else ""
    if not rest:
        return f"{whole}整"
    parts = [f"{DIGITS[tenths]}角" if tenths else ("零" if whole else "")]
    parts.append(f"{DIGITS[hundredths]}分" if hundredths else "整")
    return whole + "".join(parts)


def _whole(number: int) -> str:
    """Groups of four digits, each with its myriad; gaps between them are one 零."""
    if not number:
        return DIGITS[0]
    text = ""
    for power in reversed(range(len(MYRIADS))):
        group = number // 10_000**power % 10_000
        if not group:
            continue
        gap = text and (group < 1000 or number // 10_000 ** (power + 1) % 10_000 == 0)
        text += ("零" if gap else "") + _group(group) + MYRIADS[power]
    return text


def _group(group: int) -> str:
    text, gap = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text
