"""Quantities as people read them, the same on every page."""

from __future__ import annotations

from decimal import Decimal


def number(value: Decimal | int) -> str:
    """`12`, `4.5`, `1,000`: without idle zeros."""
    return f"{Decimal(value).normalize():,f}"
