"""Everything that writes tasks and what they wait for."""

from production.services.dependencies import link_tasks, unlink_tasks
from production.services.plan import (
    assign,
    create_task,
    dropped,
    edit_task,
    hand_over,
    hand_over_member,
    may_plan,
    move_task,
    reschedule_task,
)
from production.services.work import (
    STEPS,
    cancel_task,
    finish_task,
    pass_task,
    pause_task,
    reject_task,
    report_progress,
    resume_task,
    start_task,
    submit_task,
)

__all__ = [
    "STEPS",
    "assign",
    "cancel_task",
    "create_task",
    "dropped",
    "edit_task",
    "finish_task",
    "hand_over",
    "hand_over_member",
    "link_tasks",
    "may_plan",
    "move_task",
    "pass_task",
    "pause_task",
    "reject_task",
    "report_progress",
    "reschedule_task",
    "resume_task",
    "start_task",
    "submit_task",
    "unlink_tasks",
]
