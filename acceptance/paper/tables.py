"""What the records say now, as rows beside the answer of the check page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from acceptance.paper.services import Verdict
from acceptance.states import Level, Result
from erp.dates import moment


@dataclass(frozen=True, slots=True)
class DecidedRow:
    round: str
    level: str
    result: str
    result_label: str
    who: str
    at: str
    reason: str


def verdict_rows(verdict: Verdict) -> list[DecidedRow]:
    """The decisions that stand recorded up to the instant of the paper."""
    return [
        DecidedRow(
            round=_("Round %(n)s") % {"n": row["number"]},
            level=str(Level(step["level"]).label),
            result=step["result"],
            result_label=str(Result(step["result"]).label),
            who=step["decided_by"],
            at=moment(datetime.fromisoformat(step["decided_at"])),
            reason=step["reason"],
        )
        for row in verdict.facts["rounds"]
        for step in row["steps"]
    ]
