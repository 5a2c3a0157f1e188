"""Who hears of what happens to an acceptance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from acceptance.models import AcceptanceStep
from acceptance.separation import deciders
from acceptance.states import Level, Result, Scope, State
from contracts.models import TeamMember
from erp.audit import acting_as
from erp.roles import LEADING, Role
from notifications.services import notify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acceptance.models import Acceptance
    from orgchart.models import User


def tell_waiting(step: AcceptanceStep, actor: User) -> None:
    """Whoever decides this level next; of the last one customers hear in their own words."""
    people = deciders(step)
    inside = [user for user in people if user.role != Role.CUSTOMER]
    _tell("acceptance_waiting", step, accounts(inside), actor, level=Level(step.level).label)
    if outside := [user for user in people if user.role == Role.CUSTOMER]:
        _tell("acceptance_customer_asked", step, accounts(outside), actor)


def tell_decided(step: AcceptanceStep, actor: User) -> None:
    """The round is over. What happens to its task, the task tells; of the contract those hear who answer
    for it."""
    acceptance = step.round.acceptance
    rejected = step.result == Result.REJECTED
    if actor.role == Role.CUSTOMER:
        _tell("acceptance_customer_decided", step, answering(acceptance), actor, result=_word(step))
    elif acceptance.scope == Scope.CONTRACT:
        event = "acceptance_rejected" if rejected else "acceptance_passed"
        _tell(event, step, answering(acceptance), actor, reason=step.reason)
    elif rejected:  # of the task its assignee hears; here whoever submitted it for them
        _tell("acceptance_rejected", step, applicant(acceptance), actor, reason=step.reason)


def waiting_for(acceptance: Acceptance) -> list[Any]:
    """The people of the office who decide next, as receivers."""
    step = pending_step(acceptance)
    if step is None:
        return []
    return accounts(user for user in deciders(step) if user.role != Role.CUSTOMER)


def names_of(acceptance: Acceptance, step: AcceptanceStep | None = None) -> list[str]:
    """The names of those who decide next (`step`, where somebody has it); a crowd is cut short."""
    step = step or pending_step(acceptance)
    return [str(user) for user in deciders(step)[:5]] if step else []


def pending_step(acceptance: Acceptance) -> AcceptanceStep | None:
    """The step that is to be decided now."""
    if acceptance.level is None:
        return None
    steps = AcceptanceStep.objects.filter(
        round__acceptance=acceptance, round__result=State.PENDING, result=Result.PENDING
    )
    found: AcceptanceStep | None = (
        steps.filter(level=acceptance.level).select_related("round__worker").first()
    )
    if found is not None:
        found.round.acceptance = acceptance
    return found


def customers(acceptance: Acceptance) -> list[Any]:
    """The accounts of the customer, while the last level waits for them."""
    step = pending_step(acceptance)
    if step is None or step.level != Level.CUSTOMER:
        return []
    return accounts(user for user in deciders(step) if user.role == Role.CUSTOMER)


def answering(acceptance: Acceptance) -> list[Any]:
    """Manager, sales person, who applied, and the leaders in the team."""
    contract = acceptance.contract
    places = TeamMember.objects.filter(contract=contract, duty__in=LEADING).select_related("person")
    people = [contract.manager, contract.sales_person, *(place.person for place in places)]
    return [*dict.fromkeys(person for person in people if person), *applicant(acceptance)]


def applicant(acceptance: Acceptance) -> list[Any]:
    """Who applied for the latest round, unless the task tells them as its assignee."""
    user, task = acceptance.round.applied_by, acceptance.task
    if user is None or (task is not None and task.assignee and task.assignee.user_id == user.pk):
        return []
    return accounts([user])


def accounts(users: Iterable[User]) -> list[Any]:
    """Accounts as receivers, whether or not there is a person of ours behind them."""
    return [SimpleNamespace(user_id=user.pk) for user in users]


#: Who hears of which deed; the dry run asks the same.
AUDIENCES = {
    "acceptance_waiting": waiting_for,
    "acceptance_passed": answering,
    "acceptance_rejected": answering,
    "acceptance_customer_asked": customers,
    "acceptance_customer_decided": answering,
}


def _word(step: AcceptanceStep) -> Any:
    return Result(step.result).label


def _tell(event: str, step: AcceptanceStep, people: list[Any], actor: User, **more: Any) -> None:
    if not people:
        return
    round_ = step.round
    acceptance = round_.acceptance
    with acting_as(actor):
        notify(
            event,
            acceptance,
            people,
            key=f"{event}-{step.pk}",
            contract=acceptance.contract.number,
            title=acceptance.title,
            n=str(round_.number),
            **more,
        )
