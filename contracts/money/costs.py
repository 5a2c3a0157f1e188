"""What a contract costs, and what is left of the deal: for those who may read all that is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from contracts.joints import Cost
from erp import register
from erp.access import held
from erp.money import amount

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Line:
    """One cost, ready to print; a line whose verb its reader does not hold has no amounts."""

    label: Any
    spent: str
    bound: str
    note: Any
    url: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Total:
    currency: str
    spent: Decimal
    bound: Decimal

    @property
    def spent_text(self) -> str:
        return amount(self.spent, self.currency)

    @property
    def bound_text(self) -> str:
        return amount(self.bound, self.currency)


@dataclass(frozen=True, slots=True)
class Margin:
    """Deal less costs: of what is spent, and with what is bound by orders."""

    now: Decimal
    bound: Decimal
    percent: Decimal | None
    currency: str

    @property
    def now_text(self) -> str:
        return amount(self.now, self.currency)

    @property
    def bound_text(self) -> str:
        return amount(self.bound, self.currency)


@dataclass(frozen=True, slots=True)
class CostView:
    """The costs of a contract for one reader. `why` says why there is no margin."""

    lines: list[Line]
    totals: list[Total]
    margin: Margin | None
    why: str


def all_costs(contract: Contract) -> list[Cost]:
    """Every cost that apps tell of a contract, whoever asks."""
    return [cost for tell in register.entries("contracts.costs").values() for cost in tell(contract)]


#: What is asked of the reader of this page, in one query.
VERBS = frozenset({"view", "view_finance", "manage_finance", "view_purchase_price", "view_procurement"})


def cost_view(contract: Contract, user: User, may: set[str] | None = None) -> CostView:
    """Costs as `user` may read them, who holds `view_finance`: with a line hidden there is neither total
    nor margin, since the hidden amount would follow from them. Currencies are never added. `may`: those
    of `VERBS` that are known to be held."""
    costs = all_costs(contract)
    asked = {verb for cost in costs for verb in (cost.verb, cost.page)}
    if may is None or asked - VERBS:
        may = held(user, asked, contract)
    lines = [_line(cost, may) for cost in costs]
    if any(line.hidden for line in lines):
        return CostView(lines, [], None, _("You do not read all of these costs, so there is no total."))
    totals = _totals(costs)
    margin, why = _margin(contract, totals)
    return CostView(lines, totals, margin, why)


def _line(cost: Cost, may: set[str]) -> Line:
    if cost.verb not in may:
        return Line(cost.label, "", "", "", "", hidden=True)
    spent, bound = amount(cost.spent, cost.currency), amount(cost.bound, cost.currency)
    return Line(cost.label, spent, bound, cost.note, cost.url if cost.page in may else "", hidden=False)


def _totals(costs: Iterable[Cost]) -> list[Total]:
    sums: dict[str, Total] = {}
    for cost in costs:
        so_far = sums.get(cost.currency, Total(cost.currency, Decimal(0), Decimal(0)))
        sums[cost.currency] = Total(cost.currency, so_far.spent + cost.spent, so_far.bound + cost.bound)
    return [total for _key, total in sorted(sums.items()) if total.spent or total.bound]


def _margin(contract: Contract, totals: list[Total]) -> tuple[Margin | None, str]:
    deal = contract.deal_amount
    if deal is None:
        return None, _("Enter the deal, and the margin follows.")
    if any(total.currency != contract.currency for total in totals):
        return None, _("Costs and deal are in different currencies, so there is no margin.")
    spent = sum((total.spent for total in totals), Decimal(0))
    bound = spent + sum((total.bound for total in totals), Decimal(0))
    percent = ((deal - bound) / deal * 100).quantize(Decimal("0.1")) if deal else None
    return Margin(deal - spent, deal - bound, percent, contract.currency), ""
