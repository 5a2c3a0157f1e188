"""Amounts as people read them, in the language now active."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language

SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€"}


def amount(value: Decimal | None, currency: str) -> str:
    """`¥1,234,567.89` in Chinese, `CNY 1,234,567.89` in English, or nothing."""
    if value is None:
        return ""
    if get_language() == "en":
        return f"{currency} {value:,.2f}"
    return f"{SIGNS.get(currency, currency)}{value:,.2f}"
