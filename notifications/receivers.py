"""Apps below cannot call the sink: what happens there becomes messages here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifications.services import notify, tell_user
from orgchart.states import LEADER_NAMED, PASSWORD_RESET, ROLE_CHANGED

if TYPE_CHECKING:
    from erp.workflow import Transition


def organisation_changed(sender: type[Any], obj: Any, transition: Transition, **_: Any) -> None:
    """Tell people of their new department, role or password."""
    key = f"{transition.verb}-{obj._meta.model_name}-{obj.pk}-{getattr(obj, 'version', 0)}"
    if transition is LEADER_NAMED:
        notify("department_leader", obj, [obj.leader], key=key, department=obj.name)
    elif transition is ROLE_CHANGED:
        tell_user("role_changed", obj, key=key)
    elif transition is PASSWORD_RESET:
        tell_user("password_reset", obj, key=f"{key}-{obj.epoch}")
