"""Reads that the shell asks of messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp import register
from notifications.models import Channel, Dispatch, GroupRoute, Message
from notifications.states import DispatchState

if TYPE_CHECKING:
    from orgchart.models import User


def unread(user: User) -> int:
    """The number on the bell: unread messages about things one may still see."""
    return Message.objects.unread().for_user(user).count()


#: What the page of the outbox shows: slug → words.
OUTBOX_VIEWS = {
    "dead": gettext_lazy("Failed"),
    "waiting": gettext_lazy("Waiting"),
    "all": gettext_lazy("All"),
}
TONES = {
    DispatchState.SENT: "ok",
    DispatchState.MERGED: "ok",
    DispatchState.DEAD: "bad",
    DispatchState.DROPPED: "warn",
    DispatchState.SENDING: "info",
}


@dataclass(frozen=True, slots=True)
class DispatchLine:
    """One dispatch as lists show it: what it is about, never its words."""

    pk: int
    event: str
    receiver: str
    channel: str
    state: str
    tone: str
    note: str
    short: str
    at: str
    iso: str
    attempts: int
    dead: bool


def dispatches(show: str, channel: Channel | None) -> QuerySet[Dispatch]:
    """The rows of one view of the outbox, newest first."""
    rows = Dispatch.objects.all()
    if show == "dead":
        rows = rows.dead()
    elif show == "waiting":
        rows = rows.undelivered()
    if channel is not None:
        rows = rows.filter(channel=channel)
    return rows.select_related("channel", "recipient").order_by("-pk")


def contract_dispatches(contract_id: int, user: User, *, whole: bool) -> QuerySet[Dispatch]:
    """What left about a contract, newest first: all of it for those who see to it, else what the group
    and oneself heard. What asks for a right of its own only if it is one's own."""
    rows = Dispatch.objects.filter(contract_id=contract_id).select_related("channel", "recipient")
    if not whole:
        rows = rows.filter(Q(recipient=user) | Q(recipient=None))
    events = register.entries("notifications.events").items()
    closed = [name for name, event in events if event.right]
    return rows.filter(Q(recipient=user) | ~Q(event__in=closed)).order_by("-pk")


def contract_robots(contract_id: int) -> list[GroupRoute]:
    """The group robots of a contract, the first one first."""
    rows = GroupRoute.objects.filter(contract_id=contract_id, active=True)
    return list(rows.select_related("channel").order_by("position", "pk"))


def robots() -> QuerySet[Channel]:
    """Every channel in use that speaks to a group."""
    keys = [channel.pk for channel in Channel.objects.active() if channel.is_robot]
    return Channel.objects.filter(pk__in=keys)


def dispatch_lines(rows: Iterable[Dispatch]) -> list[DispatchLine]:
    return [_line(row) for row in rows]


def _line(row: Dispatch) -> DispatchLine:
    local = timezone.localtime(row.done_at or row.created)
    note = row.get_why_display() or row.last_error
    return DispatchLine(
        pk=row.pk,
        event=str(row),
        receiver=str(row.recipient) if row.recipient else _("Group"),
        channel=row.channel.name,
        state=row.get_state_display(),
        tone=TONES.get(DispatchState(row.state), ""),
        note=note,
        short=Truncator(note).chars(90),
        at=date_format(local, "SHORT_DATETIME_FORMAT"),
        iso=local.isoformat(),
        attempts=row.attempts,
        dead=row.state == DispatchState.DEAD,
    )


def state_of(channel: Channel) -> str:
    """How a channel does, in words: works, rests after failures, pauses because it was too fast."""
    now, meter = timezone.now(), getattr(channel, "meter", None)
    if not channel.active:
        return _("switched off")
    for until, text in (
        (meter and meter.paused_until, _("paused until %(time)s")),
        (meter and meter.open_until, _("resting until %(time)s after failures")),
    ):
        if until and until > now:
            return text % {"time": date_format(timezone.localtime(until), "TIME_FORMAT")}
    if meter and meter.failures:
        return _("%(n)s failures in a row") % {"n": meter.failures}
    return _("in use")
