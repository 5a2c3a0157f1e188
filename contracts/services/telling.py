"""Who hears of the life of a contract, of its deliveries and change orders."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from contracts.models import ChangeOrder, Contract, Delivery
from erp.audit import acting_as
from erp.roles import Role
from notifications.services import notify
from orgchart.models import Person

if TYPE_CHECKING:
    from contracts.models import Payment, PaymentMilestone
    from orgchart.models import User


def _team(contract: Contract) -> list[Any]:
    return [place.person for place in contract.team.select_related("person")]


def _answering(contract: Contract) -> list[Any]:
    return [contract.manager, contract.sales_person]


def _bosses(contract: Contract) -> list[Any]:
    return list(Person.objects.filter(user__role=Role.BOSS, active=True))


def customers_of(contract: Contract) -> list[Any]:
    """The accounts of the customer's company, as receivers: they are no people of ours."""
    accounts = contract.company.users.filter(is_active=True)
    return [SimpleNamespace(user_id=pk) for pk in accounts.values_list("pk", flat=True)]


#: Who hears of which deed; the dry run asks the same.
AUDIENCES: dict[str, Callable[[Contract], list[Any]]] = {
    "plan_released": _team,
    "contract_delivered": _answering,
    "delivery_confirmed": _answering,
    "contract_cancelled": lambda contract: [contract.manager, *_team(contract)],
}

#: The same for deeds on change orders; those for the customer's accounts end in `for_you`.
CHANGE_AUDIENCES: dict[str, Callable[[Contract], list[Any]]] = {
    "change_drafted": _bosses,
    "change_sent": _answering,
    "change_for_you": customers_of,
    "change_accepted": lambda contract: [*_answering(contract), *_bosses(contract)],
    "change_rejected": lambda contract: [*_answering(contract), *_bosses(contract)],
    "change_applied": lambda contract: [contract.manager, *_team(contract)],
    "change_withdrawn_for_you": customers_of,
}


def tell_life(event: str, contract: Contract, actor: User) -> None:
    """One message about this step to each of the people it concerns; the actor is passed over."""
    with acting_as(actor):
        notify(
            event,
            contract,
            AUDIENCES[event](contract),
            key=f"{event}-{contract.pk}-{contract.version}",
            contract=contract.number,
            name=contract.name,
        )


def tell_delivery(delivery: Delivery, actor: User) -> None:
    """The customer hears of every delivery; manager and sales of parts (the last one they hear of as a
    step of the contract)."""
    contract, words = delivery.contract, _delivery_words(delivery)
    outside = "delivery_for_you" if delivery.final else "part_for_you"
    with acting_as(actor):
        notify(outside, delivery, customers_of(contract), key=f"{outside}-{delivery.pk}", **words)
        if not delivery.final:
            people = _answering(contract)
            notify("part_delivered", delivery, people, key=f"part_delivered-{delivery.pk}", **words)


def tell_missing(delivery: Delivery, actor: User) -> None:
    """Manager and sales hear what the customer misses."""
    key = f"delivery_missing-{delivery.pk}-{delivery.version}"
    words = {**_delivery_words(delivery), "missing": delivery.missing[:200]}
    with acting_as(actor):
        notify("delivery_missing", delivery, _answering(delivery.contract), key=key, **words)


def _delivery_words(delivery: Delivery) -> dict[str, str]:
    return {
        "contract": delivery.contract.number,
        "name": delivery.contract.name,
        "day": delivery.delivered_on.isoformat(),
    }


def tell_change(event: str, order: ChangeOrder, actor: User) -> None:
    """One message about this deed to each of the people it concerns. No amount is named."""
    contract = order.contract
    with acting_as(actor):
        notify(
            event,
            order,
            CHANGE_AUDIENCES[event](contract),
            key=f"{event}-{order.pk}-{order.version}",
            contract=contract.number,
            name=contract.name,
            order=str(order),
            reason=order.decision_note,
        )


def hear_of_money(milestone: PaymentMilestone) -> list[Any]:
    """Who answers for a payment; whoever holds no right to amounts is passed over by the event."""
    return _answering(milestone.contract)


def tell_payment(payment: Payment, actor: User) -> None:
    """Money came in: sales person and manager hear of it, as far as they may read amounts."""
    milestone = payment.milestone
    with acting_as(actor):
        notify(
            "payment_received",
            milestone,
            hear_of_money(milestone),
            key=f"payment_received-{payment.pk}",
            contract=milestone.contract.number,
            payment=milestone.title,
            amount=f"{milestone.contract.currency} {payment.amount:,.2f}",
        )
