"""Rows of the contract list, ready to print: nothing in the template asks or formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract
from contracts.queries import MAX_PAGE, SORTS
from contracts.states import RUNNING, Stage, Status
from erp.dates import short_day
from erp.money import amount
from erp.roles import reaches_all

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
    "signed_on",
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


def count(rows: QuerySet[Any]) -> Counted:
    found = rows.order_by().values("pk")[: CAP + 1].count()
    return Counted(min(found, CAP), found > CAP)


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


def with_money(rows: QuerySet[Contract], user: User) -> QuerySet[Contract]:
    """Annotate `quote` and `deal` where the user may read them, nothing elsewhere."""
    if reaches_all(user.role, "contracts.contract", "view_finance"):
        return rows.annotate(quote=F("quote_amount"), deal=F("deal_amount"))
    seen = Contract.objects.within(user, "view_finance")
    return rows.annotate(
        quote=Case(When(seen, then=F("quote_amount"))), deal=Case(When(seen, then=F("deal_amount")))
    )


class ContractTable:
    """One page of contracts for one person."""

    def __init__(self, user: User, rows: QuerySet[Contract], query: ContractFilter) -> None:
        self.total = count(rows)
        self.page = Window(query.page, self.total)
        found = self._cut(query.ordered(rows), query)
        self.rows = Printer(user).rows(found, user)
        self.money = any(row[-1] for row in self.rows)

    def _cut(self, rows: Any, query: ContractFilter) -> QuerySet[Contract]:
        """The rows of the page. Deep pages find their keys first: joins of skipped rows cost."""
        start = self.page.start
        if start < PAGE * 10:
            return rows[start : start + PAGE]  # type: ignore[no-any-return]
        keys = list(rows.values_list("pk", flat=True)[start : start + PAGE])
        found: Any = query.ordered(Contract.objects.filter(pk__in=keys))
        return found  # type: ignore[no-any-return]


class Printer:
    """Turns database rows into texts: labels looked up once, dates written by one function."""

    def __init__(self, user: User) -> None:
        self._today = timezone.localdate()
        self._stages = {value: str(label) for value, label in Stage.choices}
        self._statuses = {value: str(label) for value, label in Status.choices}

    def rows(self, rows: QuerySet[Contract], user: User) -> list[tuple[Any, ...]]:
        priced = with_money(rows, user)
        return [self._row(*row) for row in priced.values_list(*COLUMNS, "deal")]

    def _row(
        self, pk: int, number: str, code: str, name: str, short: str, company: str, manager: str,
        stage: str, status: str, signed: Any, due: Any, task: Any, note: str, currency: str, deal: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        late = 0
        if stage in RUNNING:
            late = max(0, (self._today - (min(due, task) if task else due)).days)
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
            short_day(signed),
            short_day(due),
            late_words(late),
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
        "signed": _("Signed on"),
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
