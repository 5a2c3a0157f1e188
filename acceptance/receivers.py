"""What happens to acceptances when something happens to a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acceptance.services import open_for_task, withdraw_with_task

if TYPE_CHECKING:
    from erp.workflow import Transition
    from orgchart.models import User
    from production.models import Task


def task_moved(sender: type[Any], obj: Task, transition: Transition, actor: User, **_: Any) -> None:
    """A submitted task asks for its acceptance, a cancelled one for none."""
    if sender._meta.label != "production.Task":
        return
    if transition.verb == "submit":
        open_for_task(obj, actor=actor)
    elif transition.verb == "cancel":
        withdraw_with_task(obj, actor=actor)
