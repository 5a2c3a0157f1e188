"""Everything that writes feedback: entered, handled, answered, turned into work, closed."""

from feedback.services.entry import edit_feedback, may_report, report_feedback, set_coverage
from feedback.services.outcome import create_follow_up, create_rework, rework_departments
from feedback.services.settings import save_rules
from feedback.services.talk import add_comment
from feedback.services.work import (
    STEPS,
    assign_feedback,
    close_feedback,
    hand_over_member,
    reopen_feedback,
    resolve_feedback,
    start_feedback,
)

__all__ = [
    "STEPS",
    "add_comment",
    "assign_feedback",
    "close_feedback",
    "create_follow_up",
    "create_rework",
    "edit_feedback",
    "hand_over_member",
    "may_report",
    "reopen_feedback",
    "report_feedback",
    "resolve_feedback",
    "rework_departments",
    "save_rules",
    "set_coverage",
    "start_feedback",
]
