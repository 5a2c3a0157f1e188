"""The lists of the organisation: columns, searches, filters; rows prepared as plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from erp.roles import Function, Role
from orgchart.models import Company, Department, Person, User
from orgchart.phones import shown_mobile
from orgchart.queries import words

if TYPE_CHECKING:
    from django.http import QueryDict

PAGE, LONGEST_QUERY, LONGEST_TREE = 50, 100, 1000
SHOW = (("active", _("Active")), ("inactive", _("Inactive")), ("all", _("All")))


@dataclass(frozen=True, slots=True)
class Column:
    """`order` are the fields it sorts by; empty when it does not."""

    key: str
    label: Any
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A select over `field`; `choices` gives (value, label) pairs."""

    key: str
    label: Any
    field: str
    choices: Callable[[], Iterable[tuple[Any, Any]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One row as shown: the first text is its title."""

    pk: int
    url: str
    active: bool
    title: str
    labelled: tuple[tuple[str, str], ...]  # (column, text)
    indent: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    stem: str  # person → /org/people/<pk>/
    plural: str
    rows: Callable[[], QuerySet[Any]]
    columns: tuple[Column, ...]
    search: tuple[str, ...]
    cells: Callable[[Any], tuple[str, ...]]
    filters: tuple[Filter, ...] = ()
    active: str = "active"


@dataclass
class Listing:
    """A table as asked for by a URL: what is chosen, which rows, in which order."""

    table: Table
    q: str
    show: str
    sort: str
    chosen: dict[str, str]
    page: Page[Any] | None = None
    lines: list[Line] = field(default_factory=list)


def read(table: Table, rows: QuerySet[Any], asked: QueryDict, *, writable: bool) -> Listing:
    """The rows that `asked` (a query string) wants; junk in it counts as not said."""
    q = asked.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    show = asked.get("show", "")
    sort = asked.get("sort", "")
    orders = {c.key: c.order for c in table.columns if c.order}
    listing = Listing(
        table,
        q,
        show if show in dict(SHOW) else "active",
        sort if sort.lstrip("-") in orders and not sort.startswith("--") else "",
        {},
    )
    rows = _narrow(listing, rows, asked)
    if listing.sort:
        order = orders[listing.sort.lstrip("-")]
        down = "-" if listing.sort.startswith("-") else ""
        rows = rows.order_by(*(f"{down}{name}" for name in order), "pk")
    tree = table.stem == "department" and not (listing.sort or q or any(listing.chosen.values()))
    found: Any = _tree(rows[:LONGEST_TREE]) if tree else rows
    listing.page = Paginator(found, PAGE).get_page(asked.get("page"))
    labels = [str(column.label) for column in table.columns[1:]]
    listing.lines = [_line(table, row, labels, writable=writable) for row in listing.page]
    return listing


def _narrow(listing: Listing, rows: QuerySet[Any], asked: QueryDict) -> QuerySet[Any]:
    table = listing.table
    if listing.show != "all":
        rows = rows.filter(**{table.active: listing.show == "active"})
    for filter_ in table.filters:
        value = asked.get(filter_.key, "")
        known = {str(v) for v, _label in filter_.choices()}
        listing.chosen[filter_.key] = value if value in known else ""
        if value in known:
            rows = rows.filter(**{filter_.field: value})
    return rows.filter(words(listing.q, *table.search)) if listing.q else rows


def _line(table: Table, row: Any, labels: list[str], *, writable: bool) -> Line:
    title, *cells = table.cells(row)
    url = f"/org/{table.plural}/{row.pk}/" if writable else ""
    depth = getattr(row, "depth", 0)
    indent = "\u3000" * depth + "└ " if depth else ""
    return Line(
        row.pk, url, getattr(row, table.active), title, tuple(zip(labels, cells, strict=True)), indent
    )


def _tree(departments: Iterable[Any]) -> list[Any]:
    """Departments in tree order; one whose parent is filtered out stands on its own."""
    rows = list(departments)
    shown = {row.pk for row in rows}
    below: dict[int | None, list[Any]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in shown else None, []).append(row)
    ordered: list[Any] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in below.get(parent, ()):
            row.depth = depth
            ordered.append(row)
            walk(row.pk, depth + 1)

    walk(None, 0)
    return ordered


def head(listing: Listing, asked: QueryDict) -> list[dict[str, Any]]:
    """Column headings with the link that sorts by them and the present order."""
    heads = []
    for column in listing.table.columns:
        now = {column.key: "ascending", f"-{column.key}": "descending"}.get(listing.sort, "")
        query = asked.copy()
        query["sort"] = f"-{column.key}" if now == "ascending" else column.key
        query.pop("page", None)
        heads.append(
            {"label": column.label, "url": f"?{query.urlencode()}" if column.order else "", "now": now}
        )
    return heads


def selects(listing: Listing) -> list[dict[str, Any]]:
    """The filters with their choices, the chosen one marked."""
    offered = [
        (f.key, f.label, ("", _("All")), f.choices(), listing.chosen[f.key]) for f in listing.table.filters
    ]
    shown = [
        {"key": key, "label": label, "options": _options([first, *choices], chosen)}
        for key, label, first, choices, chosen in offered
    ]
    return [*shown, {"key": "show", "label": _("State"), "options": _options(SHOW, listing.show)}]


def _options(choices: Iterable[tuple[Any, Any]], chosen: str) -> list[tuple[str, Any, bool]]:
    return [(str(value), label, str(value) == chosen) for value, label in choices]


def _departments() -> list[tuple[Any, Any]]:
    return list(Department.objects.active().values_list("pk", "name"))


def _when(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else "—"


def _department_cells(row: Any) -> tuple[str, ...]:
    return (
        row.name,
        row.get_function_display(),
        str(row.leader or "—"),
        str(row.members),
        str(row.parent or "—"),
    )


def _person_cells(row: Any) -> tuple[str, ...]:
    account = row.user.username if row.user else "—"
    return (row.name, row.department.name, row.position, shown_mobile(row.mobile), row.email, account)


def _user_cells(row: Any) -> tuple[str, ...]:
    person = getattr(row, "person", None)
    place = row.company or (person.department if person else "—")
    role = str(row.get_role_display())
    return (row.username, row.name, role, str(place), row.email, _when(row.last_login))


def _company_cells(row: Any) -> tuple[str, ...]:
    return (row.name, row.short_name, row.contact, row.phone, row.email, str(row.accounts))


DEPARTMENTS = Table(
    "department",
    "departments",
    lambda: (
        Department.objects.select_related("leader", "parent")
        .annotate(members=Count("people", filter=Q(people__active=True)))
        .order_by("position", "id")
    ),  # counting forgets the usual order
    (
        Column("name", _("Department"), ("name",)),
        Column("function", _("Function"), ("function",)),
        Column("leader", _("Leader"), ("leader__pinyin",)),
        Column("people", _("People"), ("members",)),
        Column("parent", _("Belongs to")),
    ),
    ("name", "leader__name", "leader__pinyin"),
    _department_cells,
    (Filter("function", _("Function"), "function", lambda: Function.choices),),
)
PEOPLE = Table(
    "person",
    "people",
    lambda: Person.objects.select_related("department", "user"),
    (
        Column("name", _("Full name"), ("pinyin",)),
        Column("department", _("Department"), ("department__position", "pinyin")),
        Column("position", _("Position"), ("position", "pinyin")),
        Column("mobile", _("Mobile")),
        Column("email", _("E-mail")),
        Column("account", _("Account")),
    ),
    ("name", "pinyin", "mobile", "email", "position"),
    _person_cells,
    (Filter("department", _("Department"), "department", _departments),),
)
USERS = Table(
    "user",
    "users",
    lambda: User.objects.select_related("person__department", "company"),
    (
        Column("username", _("User name"), ("username",)),
        Column("name", _("Full name"), ("name",)),
        Column("role", _("Role"), ("role", "username")),
        Column("place", _("Department or company")),
        Column("email", _("E-mail"), ("email",)),
        Column("last", _("Last sign-in"), ("last_login",)),
    ),
    ("username", "name", "email", "person__pinyin", "company__name", "company__pinyin"),
    _user_cells,
    (Filter("role", _("Role"), "role", lambda: Role.choices),),
    active="is_active",
)
COMPANIES = Table(
    "company",
    "companies",
    lambda: Company.objects.annotate(accounts=Count("users", filter=Q(users__is_active=True))).order_by(
        "pinyin", "id"
    ),
    (
        Column("name", _("Customer company"), ("pinyin",)),
        Column("short", _("Short name"), ("short_name",)),
        Column("contact", _("Contact"), ("contact",)),
        Column("phone", _("Phone")),
        Column("email", _("E-mail")),
        Column("accounts", _("Portal accounts"), ("accounts",)),
    ),
    ("name", "short_name", "pinyin", "contact", "phone"),
    _company_cells,
)


def new_url(table: Table) -> str:
    return reverse(f"orgchart:{table.stem}_new")
