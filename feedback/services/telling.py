"""Who hears of what happens to a feedback."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from contracts.models import TeamMember
from erp.audit import acting_as
from erp.roles import LEADING, Function, Role
from feedback.models import Feedback
from notifications.services import notify

if TYPE_CHECKING:
    from orgchart.models import User


def tell(event: str, feedback: Feedback, *, actor: User, key: str = "", **more: str) -> None:
    """One message about this deed to each of the people of the office it concerns; the actor is passed
    over."""
    _notify(event, feedback, AUDIENCES[event](feedback), actor, key, more)


def tell_customer(event: str, feedback: Feedback, *, actor: User, key: str = "", **more: str) -> None:
    """The people of the customer's company hear of what is shown to them."""
    if feedback.shared:
        _notify(event, feedback, customers(feedback), actor, key, more)


def _notify(
    event: str, feedback: Feedback, people: list[Any], actor: User, key: str, more: dict[str, str]
) -> None:
    with acting_as(actor):
        notify(
            event,
            feedback,
            people,
            key=f"{event}-{feedback.pk}-{feedback.version}{key}",
            title=feedback.title,
            contract=feedback.contract.number,
            **more,
        )


def customers(feedback: Feedback) -> list[Any]:
    """The accounts of the customer's company, as receivers: they are no people of ours."""
    accounts = feedback.contract.company.users.filter(is_active=True, role=Role.CUSTOMER)
    return [SimpleNamespace(user_id=pk) for pk in accounts.values_list("pk", flat=True)]


def answering(feedback: Feedback) -> list[Any]:
    """Whoever sees to new feedback of the contract: its service people, its manager."""
    places = TeamMember.objects.filter(
        contract=feedback.contract_id, department__function=Function.SERVICE
    ).select_related("person")
    return [*(place.person for place in places), feedback.contract.manager]


def leaders_of(feedback: Feedback) -> list[Any]:
    """Leader and co-leaders of the handling department in the contract."""
    if feedback.department_id is None:
        return []
    places = TeamMember.objects.filter(
        contract=feedback.contract_id, department=feedback.department_id, duty__in=LEADING
    )
    return [place.person for place in places.select_related("person")]


def handling(feedback: Feedback) -> list[Any]:
    """The handler; while there is none, whoever sees to new feedback."""
    return [feedback.handler] if feedback.handler else answering(feedback)


def entering(feedback: Feedback) -> list[Any]:
    """Whoever of the office entered it."""
    reporter = feedback.reporter
    return [] if reporter.role == Role.CUSTOMER else [SimpleNamespace(user_id=reporter.pk)]


#: Who hears of which deed; the dry run asks the same.
AUDIENCES: dict[str, Callable[[Feedback], list[Any]]] = {
    "feedback_reported": answering,
    "feedback_assigned": lambda feedback: [feedback.handler],
    "feedback_remark": lambda feedback: [*handling(feedback), *entering(feedback)],
    "feedback_resolved": lambda feedback: [*entering(feedback), feedback.contract.manager],
    "feedback_closed": handling,
    "feedback_reopened": lambda feedback: [*handling(feedback), feedback.contract.manager],
}
