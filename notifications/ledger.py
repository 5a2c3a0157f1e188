"""The ledger of nudges as pages show it: who, whom, about what, whether it arrived, what was promised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from erp import register
from erp.dates import moment, short_day
from notifications.models import Dispatch, Message, NudgeReceiver
from notifications.states import DispatchState
from notifications.subjects import name_of

#: How a dispatch looks as a chip.
TONES = {DispatchState.SENT: "ok", DispatchState.MERGED: "ok", DispatchState.DEAD: "bad"}


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody was reached, and how far it got."""

    name: str
    state: str
    tone: str = ""

    @property
    def text(self) -> str:
        return _("%(about)s: %(text)s") % {"about": self.name, "text": self.state}


@dataclass(frozen=True, slots=True)
class Line:
    pk: int
    url: str
    author: str
    person: str
    about: str
    about_url: str
    text: str
    at: str
    ways: list[Way]
    answered: str
    promised: str
    late: bool
    reply: str


def receivers() -> Any:
    """Rows with everything a line needs."""
    targets = [entry.rows() for entry in register.entries("notifications.subjects").values()]
    return (
        NudgeReceiver.objects.select_related("nudge__author", "person")
        .prefetch_related(GenericPrefetch("nudge__target", targets))  # type: ignore[misc]  # two steps away
        .order_by("-id")
    )


def lines(rows: Sequence[NudgeReceiver]) -> list[Line]:
    """Receivers as lines of a ledger; two queries for all deliveries."""
    keys = {row.nudge.key for row in rows}
    ways: dict[tuple[str, int | None], list[Way]] = defaultdict(list)
    for sent in Dispatch.objects.filter(key__in=keys).select_related("channel").order_by("id"):
        tone = TONES.get(DispatchState(sent.state), "")
        way = Way(sent.channel.name, str(sent.get_state_display()), tone)
        ways[sent.key, sent.recipient_id].append(way)
    read = set(Message.objects.filter(key__in=keys, read_at__isnull=False).values_list("key", "recipient_id"))
    today = timezone.localdate()
    return [_line(row, ways, read, today) for row in rows]


def _line(row: NudgeReceiver, ways: Any, read: set[Any], today: date) -> Line:
    nudge, who = row.nudge, (row.nudge.key, row.person.user_id)
    target: Model | None = nudge.target
    inbox = Way(_("Inbox"), _("Read"), "ok") if who in read else Way(_("Inbox"), _("Unread"))
    return Line(
        pk=row.pk,
        url=f"/notifications/nudges/{nudge.pk}/",
        author=str(nudge.author),
        person=row.person.name,
        about=name_of(target) if target else "",
        about_url=target.get_absolute_url() if target else "",  # type: ignore[attr-defined]  # every subject has a page
        text=nudge.text,
        at=moment(nudge.created),
        ways=[inbox, *ways.get(who, ())],
        answered=moment(row.acknowledged_at) if row.acknowledged_at else "",
        promised=short_day(row.promised_on),
        late=bool(row.promised_on and row.promised_on < today),
        reply=_("%(about)s: %(text)s") % {"about": _("Reply"), "text": row.reply} if row.reply else "",
    )
