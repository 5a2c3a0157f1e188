"""From the outbox to the far end: claim, send, record. Any number of workers do it side by side.

A row is leased first and marked `sending` right before its call, so a worker that dies leaves either a
row that never left, or one that may have: that one is repeated and says so.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from erp.memory import remembered
from notifications import pace
from notifications.channels import Called, Receiver, adapter
from notifications.channels.base import mobile_of, person_field
from notifications.events import DIGEST
from notifications.failures import Failure, Limited, Permanent, Transient
from notifications.letters import letter_for
from notifications.models import Channel, Dispatch, Meter
from notifications.routing import group_channels, may_hear
from notifications.services.accounts import account_of
from notifications.services.claims import (
    Claim,
    busy_channels,
    claim,
    let_go,
    merge,
    release_lost,
    settle,
    start,
)
from notifications.services.outbox import pass_on, users
from notifications.services.trouble import tell_of_dead
from notifications.states import DispatchState, Dropped
from notifications.wishes import language_of

log = logging.getLogger(__name__)

RUN = 60.0  # seconds after which a run makes room for the next
PATIENCE = 3  # failures after which the next robot of a place is asked
SAID = 1000  # signs kept of an answer


def deliver(owner: str = "", seconds: float = RUN) -> int:
    """Send what is due, channel by channel in turns, until nothing is left or time is over. Returns how
    many were taken or refused for good. A channel in trouble has had its turn: the next run tries it."""
    owner = owner or f"{socket.gethostname()[:20]}:{os.getpid()}:{threading.get_ident() % 10**6}"
    release_lost()
    end, sent, done = monotonic() + seconds, 0, set[int]()
    for channel in busy_channels():
        merge(channel)
    while (channels := [c for c in busy_channels() if c.pk not in done]) and monotonic() < end:
        for channel in channels:
            left, more = _turn(channel, owner)
            sent += left
            if not more:
                done.add(channel.pk)
    return sent


def _turn(channel: Channel, owner: str) -> tuple[int, bool]:
    """One claim of a channel; returns how many are done, and whether it may have another turn."""
    taken = claim(channel, owner)
    with remembered():  # the account is opened once
        left, well = _send_all(taken, channel, owner)
    return left, well and bool(taken.rows)


def _send_all(taken: Claim, channel: Channel, owner: str) -> tuple[int, bool]:
    """How many of the rows are done; stops at the first that has to wait and gives the others back."""
    left = 0
    for row in taken.rows:
        row.channel = channel
        if _drop(row, owner) or not start(row, owner):
            continue
        if not _send(row, owner, works=taken.works):
            let_go(channel, owner)
            return left, False
        left += 1
    return left, True


def _drop(row: Dispatch, owner: str) -> bool:
    """Leave out what need not be sent. What cannot even be looked at goes on and fails like a call."""
    try:
        why = _obstacle(row)
    except Exception:
        log.exception("dispatch %s", row.pk)
        return False
    if why is None:
        return False
    settle(row, owner, DispatchState.DROPPED, why=why, done_at=timezone.now())
    return True


def _obstacle(row: Dispatch) -> Dropped | None:
    """Why this need not be sent (any more), asked right before it is."""
    if not row.channel.active:
        return Dropped.CHANNEL_OFF
    if row.event == DIGEST:
        return _digest_obstacle(row)
    if row.target_id is not None and row.target is None:
        return Dropped.UNSEEN
    if row.recipient is None and row.contract_id is None and row.department_id is None:
        return None  # a robot chosen by hand, of no place (`services.reports`)
    if row.recipient is None:
        robots = group_channels(row.contract_id, row.department_id)
        return None if row.channel in robots else Dropped.ROUTE_OFF
    if not row.recipient.is_active:
        return Dropped.INACTIVE
    if not may_hear(row.recipient, row.event, row.target):
        return Dropped.UNSEEN
    where = adapter(row.channel.kind).address
    return None if where is not None and where(row.recipient) else Dropped.NO_ADDRESS


def _digest_obstacle(digest: Dispatch) -> Dropped | None:
    """A digest brings what its receiver may still hear; with nothing left it stays."""
    left = 0
    for row in digest.merged.filter(state=DispatchState.MERGED).select_related("recipient__person"):
        row.channel = digest.channel
        if found := _obstacle(row):
            Dispatch.objects.filter(pk=row.pk).update(state=DispatchState.DROPPED, why=found)
        else:
            left += 1
    return None if left else Dropped.UNSEEN


def _send(row: Dispatch, owner: str, *, works: bool) -> bool:
    """One call, and what came of it in the row and the meter; False when it has to be tried again."""
    try:
        answer = _call(row)
    except Failure as failure:
        _failed(row, owner, failure)
        return isinstance(failure, Permanent)  # this one is settled; the next may be well
    except Exception as wrong:
        log.exception("dispatch %s", row.pk)
        _failed(row, owner, Transient(f"{type(wrong).__name__}: {wrong}", taken=True))
        return False
    with transaction.atomic():
        settle(row, owner, DispatchState.SENT, answer=answer[:SAID], last_error="", done_at=timezone.now())
        if not works:
            Meter.objects.filter(channel=row.channel).update(failures=0, open_until=None)
    return True


def _call(row: Dispatch) -> str:
    kind = adapter(row.channel.kind)
    merged = list(row.merged.filter(state=DispatchState.MERGED).order_by("pk")) if row.event == DIGEST else []
    with translation.override(language_of(row.recipient)):
        letter = letter_for(row, merged)
        return kind.send(account_of(row.channel), letter, _receiver(row))


def _receiver(row: Dispatch) -> Receiver:
    if row.recipient is not None:
        where = adapter(row.channel.kind).address
        return Receiver(where(row.recipient) if where else "")
    called = [user for user in users(row.mentions) if may_hear(user, row.event, row.target)]
    names = [Called(person_field("wecom_id")(user), mobile_of(user)) for user in called]
    return Receiver(calls=tuple(one for one in names if one.wecom_id or one.mobile))


@transaction.atomic
def _failed(row: Dispatch, owner: str, failure: Failure) -> None:
    said, now = str(failure)[:SAID], timezone.now()
    log.warning("dispatch %s by %s: %s", row.pk, row.channel, said)
    if isinstance(failure, Limited):
        until = now + pace.span(failure.seconds)
        settle(row, owner, DispatchState.WAITING, attempts=row.attempts - 1, next_at=until, last_error=said)
        Meter.objects.filter(channel=row.channel).update(paused_until=until)
        return
    _count(row.channel)
    wait = None if isinstance(failure, Permanent) else pace.retry_after(row.attempts)
    if (wait is None or row.attempts >= PATIENCE) and _handed_on(row, owner, failure):
        return
    if wait is None:
        if settle(row, owner, DispatchState.DEAD, last_error=said, done_at=now):
            tell_of_dead(row, said)
        return
    _again(row, owner, failure, wait)


def _again(row: Dispatch, owner: str, failure: Failure, wait: timedelta) -> None:
    repeated = row.possibly_repeated or getattr(failure, "taken", False)
    said, at = str(failure)[:SAID], timezone.now() + wait
    settle(row, owner, DispatchState.WAITING, next_at=at, last_error=said, possibly_repeated=repeated)


def _handed_on(row: Dispatch, owner: str, failure: Failure) -> bool:
    """A robot that does not take it makes room for the next of its place, where it cannot have it yet."""
    if row.recipient_id is not None or row.event == DIGEST:
        return False
    if row.possibly_repeated or getattr(failure, "taken", False) or not pass_on(row):
        return False
    said = str(failure)[:SAID]
    return settle(
        row, owner, DispatchState.DROPPED, why=Dropped.PASSED_ON, last_error=said, done_at=timezone.now()
    )


def _count(channel: Channel) -> None:
    """One more failure in a row; after several the channel rests."""
    meter = Meter.objects.filter(channel=channel)
    meter.update(failures=F("failures") + 1)
    meter.filter(failures__gte=pace.FAILURES).update(open_until=timezone.now() + pace.span(pace.REST))
