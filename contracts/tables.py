"""Rows of the contract list, ready to print: nothing in the template asks or formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, QuerySet, When
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contracts.models import Contract, past_due
from contracts.queries import MAX_PAGE, SORTS
from contracts.states import RUNNING, Stage, Status
from erp.dates import short_day
from erp.money import amount
from erp.roles import reaches_all
from erp.stencil import Stencil

if TYPE_CHECKING:
    from contracts.filters import ContractFilter
    from orgchart.models import User

PAGE = 50
CAP = PAGE * MAX_PAGE
COLUMNS = (
    "pk",
    "number",
    "code",
    "name",
    "company__short_name",
    "company__name",
    "manager__name",
    "stage",
    "status",
    "planned_delivery",
    "next_task_end",
    "status_note",
    "currency",
)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows there are, up to 10,000."""

    count: int
    more: bool

    def __str__(self) -> str:
        return f"{self.count:,}" + ("+" if self.more else "")


def count(found: QuerySet[Any], user: User, query: ContractFilter) -> Counted:
    """How long the asked list is; the bare list of live contracts is counted without reading it."""
    if query.bare:
        rows = Contract.objects.count_live(user, CAP + 1)
    else:
        rows = found.order_by().values("pk")[: CAP + 1].count()
    return Counted(min(rows, CAP), rows > CAP)


class Window:
    """A page of the list, with what `components/pagination.html` asks of a page."""

    def __init__(self, number: int, total: Counted) -> None:
        self.paginator = total
        last = max(1, -(-total.count // PAGE))
        self.number, self._last = min(number, last), last

    @property
    def start(self) -> int:
        return (self.number - 1) * PAGE

    def start_index(self) -> int:
        return self.start + 1 if self.paginator.count else 0

    def end_index(self) -> int:
        return min(self.start + PAGE, self.paginator.count)

    def has_previous(self) -> bool:
        return self.number > 1

    def has_next(self) -> bool:
        return self.number < self._last

    def has_other_pages(self) -> bool:
        return self._last > 1

    def previous_page_number(self) -> int:
        return self.number - 1

    def next_page_number(self) -> int:
        return self.number + 1


def with_money(rows: QuerySet[Contract], user: User, *names: str) -> QuerySet[Contract]:
    """Annotate `names` of `quote` and `deal` where the user may read them, nothing elsewhere."""
    if reaches_all(user.role, "contracts.contract", "view_finance"):
        return rows.annotate(**{name: F(f"{name}_amount") for name in names})
    seen = Contract.objects.within(user, "view_finance")
    return rows.annotate(**{name: Case(When(seen, then=F(f"{name}_amount"))) for name in names})


#: What a row prints, in the order of `_row`.
NAMES = (
    "url", "number", "code", "name", "company", "manager", "stage", "status", "status_label", "due",
    "row_class", "late", "note", "deal",
)  # fmt: skip


class ContractTable:
    """One page of contracts for one person. `found` counts cheaply, `walked` reads in order and
    stops after a page; what fits one page is counted by reading it."""

    def __init__(
        self, user: User, query: ContractFilter, found: QuerySet[Contract], walked: QuerySet[Contract]
    ) -> None:
        first = self._read(user, query, walked, 0) if query.page == 1 else []
        if query.page == 1 and len(first) <= PAGE:
            self.total = Counted(len(first), more=False)
        else:
            self.total = count(found, user, query)
        self.page = Window(query.page, self.total)
        start = self.page.start
        self._rows = first[:PAGE] if first or not start else self._read(user, query, walked, start)[:PAGE]
        self.money = any(row[-1] for row in self._rows)

    def _read(self, user: User, query: ContractFilter, walked: Any, start: int) -> list[tuple[Any, ...]]:
        """A page and, of the first, one row more. Skipped rows cost: deep pages find their keys
        before they join anything, and walk from the nearer end."""
        rows = query.ordered(walked)
        if start < PAGE * 10:
            rows = rows[start : start + PAGE + 1]
        else:
            total = self.total.count
            end = min(start + PAGE, total)
            from_end = total - end < start and not self.total.more
            keys = rows.reverse()[total - end : total - start] if from_end else rows[start:end]
            found = list(keys.values_list("pk", flat=True))
            rows = query.ordered(Contract.objects.filter(pk__in=found))
        return Printer().rows(with_money(rows, user, "deal").values_list(*COLUMNS, "deal"))

    def html(self, template: str) -> SafeString:
        """The rows, each printed by `template`."""
        return _row(template, self.money, get_language() or "").fill(self._rows)


@cache
def _row(template: str, money: bool, language: str) -> Stencil:
    return Stencil(template, NAMES, {"words": labels(), "money": money})


class Printer:
    """Turns database rows into texts: labels looked up once, dates written by one function."""

    def __init__(self) -> None:
        self._today = timezone.localdate()
        self._stages = {value: str(label) for value, label in Stage.choices}
        self._statuses = {value: str(label) for value, label in Status.choices}

    def rows(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [self._row(*row) for row in rows]

    def _row(
        self, pk: int, number: str, code: str, name: str, short: str, company: str, manager: str,
        stage: str, status: str, due: Any, task: Any, note: str, currency: str, deal: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        late = 0
        if stage in RUNNING:
            late = past_due(due, task, self._today)
        return (
            f"/contracts/{pk}/",
            number,
            code,
            name,
            short or company,
            manager,
            self._stages[stage],
            status,
            self._statuses[status],
            short_day(due),
            "late" if late else "",
            format_html('<span class="overdue">{}</span>', late_words(late)) if late else "",
            note,
            amount(deal, currency),
        )


def late_words(days: int) -> str:
    """`逾期 3 天`, or nothing."""
    if not days:
        return ""
    return ngettext("%(n)s day overdue", "%(n)s days overdue", days) % {"n": days}


def labels() -> dict[str, str]:
    """What the columns are called."""
    return {
        "number": _("Contract"),
        "company": _("Customer company"),
        "manager": _("Project manager"),
        "stage": _("Stage"),
        "status": _("Status"),
        "due": _("Planned delivery"),
        "deal": _("Deal"),
        "note": _("Status note"),
    }


def headings(query: ContractFilter) -> list[dict[str, str]]:
    """Heads of the sortable columns with the address that sorts by them and, where it does, the
    direction."""
    return [
        {
            "label": label,
            "url": query.link(sort=f"-{key}" if query.sort == key else key),
            "sorted": {key: "ascending", f"-{key}": "descending"}.get(query.sort, ""),
        }
        for key, label in labels().items()
        if key in SORTS
    ]
