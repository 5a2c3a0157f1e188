"""Everything that writes tasks and what they wait for."""

from production.services.baselines import take_baseline
from production.services.changes import (
    Overtaken,
    apply_change,
    change_plan,
    decline_change,
    may_wish,
    undo_change,
    wish_from,
    wish_of,
)
from production.services.dependencies import link_tasks, unlink_tasks
from production.services.plan import (
    assign,
    create_task,
    edit_task,
    hand_over,
    hand_over_member,
    may_plan,
    move_task,
)
from production.services.rescheduling import (
    check_seen,
    dropped,
    reschedule_task,
    reschedule_wish,
    set_material_date,
)
from production.services.rework import create_rework_task
from production.services.work import (
    STEPS,
    cancel_task,
    finish_task,
    pass_task,
    pause_task,
    recall_task,
    reject_task,
    report_progress,
    resume_task,
    start_task,
    submit_task,
)

__all__ = [
    "STEPS",
    "Overtaken",
    "apply_change",
    "assign",
    "cancel_task",
    "change_plan",
    "check_seen",
    "create_rework_task",
    "create_task",
    "decline_change",
    "dropped",
    "edit_task",
    "finish_task",
    "hand_over",
    "hand_over_member",
    "link_tasks",
    "may_plan",
    "may_wish",
    "move_task",
    "pass_task",
    "pause_task",
    "recall_task",
    "reject_task",
    "report_progress",
    "reschedule_task",
    "reschedule_wish",
    "resume_task",
    "set_material_date",
    "start_task",
    "submit_task",
    "take_baseline",
    "undo_change",
    "unlink_tasks",
    "wish_from",
    "wish_of",
]
