"""Apps below cannot call the sink: what happens there becomes messages here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from erp.audit import acting_as, current
from notifications.services import notify, tell_user
from orgchart.states import LEADER_NAMED, NEW_PLACE, PASSWORD_RESET, ROLE_CHANGED

if TYPE_CHECKING:
    from erp.workflow import Transition


def organisation_changed(sender: type[Any], obj: Any, transition: Transition, **_: Any) -> None:
    """Tell people of their new department, role or password, and of a strange sign-in."""
    key = f"{transition.verb}-{obj._meta.model_name}-{obj.pk}-{getattr(obj, 'version', 0)}"
    if transition is LEADER_NAMED:
        notify("department_leader", obj, [obj.leader], key=key, department=obj.name)
    elif transition is ROLE_CHANGED:
        tell_user("role_changed", obj, key=key)
    elif transition is PASSWORD_RESET:
        tell_user("password_reset", obj, key=f"{key}-{obj.epoch}")
    elif transition is NEW_PLACE:
        _tell_of_new_place(obj)


def _tell_of_new_place(user: Any) -> None:
    """Whoever signed in may be somebody else: the account is told of its own deed."""
    place, day = current().ip or "—", timezone.localdate()
    with acting_as(None):
        tell_user("sign_in_new_place", user, key=f"sign_in-{user.pk}-{place}-{day}", place=place)
