"""What the morning card and the scheduled lists say of acceptances, to each what they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acceptance.filters import AcceptanceFilter
from acceptance.models import Acceptance
from acceptance.queries import waiting_for
from acceptance.tables import acceptance_rows
from notifications.cards import Figure, Measure, Paper, Point, Table

if TYPE_CHECKING:
    from orgchart.models import User

#: The card names so many; a list on paper holds so many.
NAMED, LISTED = 5, 2000
LIST = "/acceptance/"


def waiting(user: User) -> Measure:
    """What waits for this person's decision, the oldest by name."""
    chosen = AcceptanceFilter(state="mine")
    rows = chosen.narrow(Acceptance.objects.for_user(user), user)
    oldest = rows.select_related("contract").order_by("pk")[:NAMED]
    points = [Point(f"{a.contract.number} {a.title}", a.get_absolute_url()) for a in oldest]
    return Measure(rows.order_by().count(), LIST + chosen.link(), points)


FIGURES = {"acceptances_waiting": Figure(gettext_lazy("Acceptances that wait for you"), 40, waiting)}


def undecided(user: User) -> Table:
    """Everything under review that one may see, what waits for oneself marked."""
    rows = Acceptance.objects.for_user(user).open().select_related("contract", "department")
    mine = set(rows.filter(waiting_for(user)).order_by().values_list("pk", flat=True))
    heads = [
        _("Contract"),
        _("Acceptance"),
        _("What"),
        _("Department"),
        _("Round"),
        _("Level"),
        _("Applied on"),
        "",
    ]
    lines = [
        (
            row.contract, row.title, row.what, row.department, str(row.round), row.level, row.applied,
            _("Waits for me") if row.mine else "",
        )
        for row in acceptance_rows(list(rows.order_by("pk")[:LISTED]), mine)
    ]  # fmt: skip
    return Table(_("Acceptances under review"), heads, lines, widths=(3, 4, 2, 2, 1, 2, 2, 2))


PAPERS = {"acceptances": Paper(gettext_lazy("Acceptances under review"), undecided)}
