"""First-pass yield drawn: bars of departments in percent, months as stacks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from acceptance.firstpass.queries import Yield


def department_option(lines: list[Yield]) -> dict[str, Any]:
    """Percent per department."""
    return {
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", "min": 0, "max": 100},
        "yAxis": {"type": "category", "inverse": True, "data": [line.name for line in lines]},
        "series": [
            {
                "name": _("First-pass yield (%)"),
                "type": "bar",
                "barMaxWidth": 18,
                "color": "--accepted-line",
                "data": [line.percent for line in lines],
            }
        ],
    }


def month_option(lines: list[Yield]) -> dict[str, Any]:
    """First rounds per month: passed, and not."""
    stacks = (
        (_("Passed at first try"), "--accepted-line", [line.passed for line in lines]),
        (_("Rejected at first try"), "--issue-line", [line.failed for line in lines]),
    )
    return {
        "xAxis": {"type": "category", "data": [line.name for line in lines]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": name, "type": "bar", "stack": "rounds", "color": colour, "data": data}
            for name, colour, data in stacks
        ],
    }
