"""The morning card and the lists one may have sent: what apps put on the register, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from erp import register
from erp.dates import long_day
from erp.shell import everybody
from notifications.letters import Attachment, Letter, Line, absolute
from notifications.papers import NoFont, as_pdf, as_xlsx

if TYPE_CHECKING:
    from notifications.models import Dispatch
    from orgchart.models import User

MIME = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing behind a figure; `url` is a path of ours."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a figure says to one person: the number, the list that has exactly so many rows, some of them."""

    count: int
    url: str
    points: Sequence[Point] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the card; `measure(user)` counts what that person may see. It stands on the card of
    those to whom it is `visible`."""

    label: Any
    order: int
    measure: Callable[[User], Measure]
    visible: Callable[[User], bool] = everybody


@dataclass(frozen=True, slots=True)
class Table:
    """A list on paper: headings, rows of text, and the share of the width each column takes."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A list one may have sent; `table(user)` has what that person may see when it is written."""

    label: Any
    table: Callable[[User], Table]


def card(user: User) -> list[tuple[Figure, Measure]]:
    """The figures of today for `user`, in order."""
    found = sorted(register.entries("notifications.figures").values(), key=lambda figure: figure.order)
    return [(figure, figure.measure(user)) for figure in found if figure.visible(user)]


def card_letter(dispatch: Dispatch, reader: User | None) -> Letter:
    """The card as it stands when it is sent, with a link to the list behind every figure."""
    title = _("This morning · %(day)s") % {"day": long_day(timezone.localdate())}
    if reader is None:  # a group: what the one who sends it sees
        reader = getattr(dispatch.target, "user", None)
    lines = []
    for figure, measure in card(reader) if reader is not None else []:
        text = _("%(about)s: %(text)s") % {"about": figure.label, "text": measure.count}
        lines.append(Line(text, absolute(measure.url)))
        lines += [
            Line(f"· {point.text}", absolute(point.url) if point.url else "") for point in measure.points
        ]
    return Letter(title, lines, url=absolute("/notifications/card/"))


def report_letter(dispatch: Dispatch, reader: User | None) -> Letter:
    """A list as PDF or workbook, written when it is sent, with what the receiver may see then."""
    paper: Paper | None = register.entries("notifications.reports").get(dispatch.params.get("subject"))
    if paper is None or reader is None:
        return Letter(_("Scheduled report"))
    table, form = paper.table(reader), str(dispatch.params.get("form"))
    lines = [Line(_("%(n)s rows, as you may see them today.") % {"n": len(table.rows)})]
    try:
        content = as_pdf(table) if form == "pdf" else as_xlsx(table)
    except NoFont as why:
        content, form = as_xlsx(table), "xlsx"
        lines.append(Line(str(why)))
    file = Attachment(f"{table.title} {timezone.localdate()}.{form}", content, MIME[form])
    return Letter(table.title, lines, url=absolute("/notifications/reports/"), files=[file])
