"""Payment plans and receipts of the demo contracts, dollars and overdue ones among them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts import services
from contracts.models import Contract
from contracts.money.states import Kind, Method, On
from erp.roles import Function
from orgchart.services import edit_department

#: What an hour of a department's people costs.
RATES = {
    Function.MECHANICAL: 85,
    Function.ELECTRICAL: 92,
    Function.SOFTWARE: 120,
    Function.ASSEMBLY: 78,
    Function.QUALITY: 80,
    Function.PROCUREMENT: 70,
    Function.SERVICE: 75,
}
#: Contract → its usual plan, and what came in on each part: share of the part in percent, days from
#: today on which it came.
BOOKS: dict[str, tuple[str, list[tuple[int, int]]]] = {
    "HT-2026-010": ("3-3-3-1", [(100, -250), (100, -150), (100, -118)]),
    "HT-2026-011": ("3-6-1", [(100, -222), (100, -104)]),
    "HT-2026-012": ("3-3-3-1", [(100, -190), (100, -88), (60, -50)]),
    "HT-2026-013": ("3-3-3-1", [(100, -171), (100, -49), (100, -20)]),
    "HT-2026-014": ("3-3-3-1", [(100, -141), (40, -20)]),
    "HT-2026-015": ("5-4-1", [(100, -121)]),
    "HT-2026-016": ("5-5", [(100, -80)]),
    "HT-2026-017": ("3-6-1", [(100, -52)]),
    "HT-2026-019": ("3-3-3-1", [(100, -22)]),
    "HT-2026-020": ("3-3-3-1", []),
}
#: The export contract is paid in dollars.
ABROAD, DOLLARS = "HT-2026-021", 128_000
SHOW = "HT-2026-018"


def build(cast: dict[str, Any]) -> None:
    """Demo part 64: rates of the departments, payment plans, receipts."""
    sales, boss = cast["users"]["sales"], cast["users"]["boss"]
    for department in cast["departments"].values():
        if rate := RATES.get(department.function):
            edit_department(department, actor=boss, version=None, hourly_rate=Decimal(rate))
    for number, (plan, came) in BOOKS.items():
        contract = Contract.objects.get(number=number)
        _receive(services.apply_plan(contract, plan, actor=sales), came, sales)
    _show(sales)
    _abroad(sales)


def _receive(milestones: list[Any], came: list[tuple[int, int]], sales: Any) -> None:
    for milestone, (share, day) in zip(milestones, came, strict=False):
        amount = (services.claim_of(milestone).amount or Decimal(0)) * share / 100
        _book(milestone, amount, day, sales)
        milestone.refresh_from_db()
        services.edit_milestone(
            milestone,
            actor=sales,
            version=None,
            invoice_number=f"24372000{milestone.pk:04d}",
            invoiced_on=timezone.localdate() + timedelta(days=day - 5),
        )


def _book(milestone: Any, amount: Decimal, day: int, sales: Any, method: str = Method.TRANSFER) -> Any:
    return services.receive_payment(
        milestone,
        actor=sales,
        amount=amount.quantize(Decimal("0.01")),
        received_on=timezone.localdate() + timedelta(days=day),
        method=method,
    )


def _show(sales: Any) -> None:
    """The show contract: five parts, one overdue and received in half, one receipt taken back."""
    contract = Contract.objects.get(number=SHOW)
    day = timezone.localdate() - timedelta(days=18)
    parts: list[dict[str, Any]] = [
        {"title": "预付款", "kind": Kind.DEPOSIT, "percent": 30, "event": On.SIGNED, "offset_days": 7},
        {"title": "进度款", "kind": Kind.PROGRESS, "percent": 20, "event": On.FIXED, "fixed_on": day,
         "note": "主要外购件到厂后支付"},
        {"title": "发货款", "kind": Kind.SHIPMENT, "percent": 30, "event": On.DELIVERED, "offset_days": 7},
        {"title": "验收款", "kind": Kind.ACCEPTANCE, "percent": 10, "event": On.ACCEPTED, "offset_days": 30},
        {"title": "质保金", "kind": Kind.RETENTION, "percent": 10, "event": On.ACCEPTED, "offset_months": 12},
    ]  # fmt: skip
    made = [
        services.add_milestone(contract, actor=sales, **{**part, "percent": Decimal(part["percent"])})
        for part in parts
    ]
    _receive(made, [(100, -66)], sales)
    wrong = _book(made[1], Decimal(60_000), -10, sales)
    services.take_back_payment(wrong, actor=sales, reason="客户其它合同的款项，误记到本合同")
    _book(made[1], Decimal(120_000), -9, sales, Method.DRAFT)


def _abroad(sales: Any) -> None:
    contract = Contract.objects.get(number=ABROAD)
    contract = services.edit_contract(
        contract,
        actor=sales,
        version=None,
        currency="USD",
        quote_amount=Decimal(DOLLARS + 7000),
        deal_amount=Decimal(DOLLARS),
    )
    _receive(services.apply_plan(contract, "5-4-1", actor=sales), [(100, -30)], sales)
