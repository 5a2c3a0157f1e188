"""Routes of the money of contracts."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts.models import Payment, PaymentMilestone
from tests.access_rows import INSIDE, TOP, Row, contract_pk

BOTH = ("GET", "POST")
FINANCE = TOP | {"sales"}


def a_milestone(contract: Any) -> PaymentMilestone:
    """A part of the plan, on archived contracts too."""
    row = contract.milestones.order_by("id").first()
    return row or PaymentMilestone.objects.create(contract=contract, title="预付款", amount=Decimal(100))


def milestone(cast: Any, contract: Any) -> dict[str, Any]:
    return {"pk": contract.pk, "milestone": a_milestone(contract).pk}


def payment(cast: Any, contract: Any) -> dict[str, Any]:
    part = a_milestone(contract)
    row = part.payments.first() or Payment.objects.create(
        milestone=part, amount=Decimal(1), received_on=timezone.localdate()
    )
    return {"pk": contract.pk, "payment": row.pk}


def money(methods: tuple[str, ...], kwargs: Any = contract_pk, **data: Any) -> Row:
    return Row("contract", FINANCE, INSIDE - FINANCE, methods, kwargs, data)


ROUTES: dict[str, Row] = {
    "contracts:money": money(("GET",)),
    "contracts:money_plan": money(("POST",), plan="3-3-3-1"),
    "contracts:milestone_new": money(BOTH, title="尾款", kind="other", percent="10", event="signed"),
    "contracts:milestone": money(BOTH, milestone, title="尾款", kind="other", percent="10", event="signed"),
    "contracts:milestone_remove": money(BOTH, milestone),
    "contracts:receive": money(BOTH, milestone, amount="1", received_on="2026-01-05", method="transfer"),
    "contracts:take_back": money(BOTH, payment, reason="记错"),
    "contracts:receivables": Row("site", FINANCE),
    "contracts:tile_receivables": Row("site", FINANCE),
}
