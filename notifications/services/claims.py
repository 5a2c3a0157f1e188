"""Which rows a worker takes, and when: due, at the pace of their channel, crowds as one digest.

All takers of one channel queue at its meter (a locked row), so tokens, pauses and digests are counted
once, however many workers there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from notifications import pace
from notifications.events import DIGEST, known
from notifications.models import Channel, Dispatch, Meter
from notifications.states import DispatchState

BATCH = 20  # rows leased at once where the pace allows


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows leased to one worker, of a channel that `works` (its last call went well) or is on trial."""

    rows: list[Dispatch]
    works: bool = True


def due(now: datetime) -> QuerySet[Dispatch]:
    """What may leave `now` and is nobody's."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Dispatch.objects.filter(free, state=DispatchState.WAITING, next_at__lte=now)


def busy_channels() -> list[Channel]:
    """Channels with something due that neither rest nor pause."""
    now = timezone.now()
    resting = Meter.objects.filter(Q(open_until__gt=now) | Q(paused_until__gt=now), channel=OuterRef("pk"))
    waiting = due(now).filter(channel=OuterRef("pk")).order_by()
    return list(Channel.objects.filter(Exists(waiting)).exclude(Exists(resting)))


@transaction.atomic
def claim(channel: Channel, owner: str) -> Claim:
    """Lease what `channel` may be given now: one row where it has a pace or is on trial, else a batch."""
    meter, now = _meter(channel), timezone.now()
    rows, works = due(now).filter(channel=channel), not meter.failures
    if _resting(meter, now) or not (works or _alone(channel, now)):
        return Claim([])
    bucket = _bucket(channel, meter, now)
    if bucket is not None and (bucket := bucket.filled(now).take()) is None:
        return Claim([])
    size = BATCH if works and bucket is None else 1
    around = ("actor__person", "recipient__person", "recipient__rhythm")
    rows = rows.select_related(*around).prefetch_related("target")
    found = list(rows.order_by("next_at", "pk")[:size])
    if not found:
        return Claim([])
    if bucket is not None:
        Meter.objects.filter(pk=meter.pk).update(tokens=bucket.tokens, filled_at=bucket.at)
    keys = [row.pk for row in found]
    due(now).filter(pk__in=keys).update(lease_owner=owner, lease_until=now + pace.span(pace.LEASE))
    return Claim(found, works)


def _meter(channel: Channel) -> Meter:
    Meter.objects.get_or_create(channel=channel)
    return Meter.objects.select_for_update().get(channel=channel)


def _resting(meter: Meter, now: datetime) -> bool:
    return any(until is not None and until > now for until in (meter.open_until, meter.paused_until))


def _alone(channel: Channel, now: datetime) -> bool:
    """Nobody else is trying this channel."""
    return not Dispatch.objects.undelivered().filter(channel=channel, lease_until__gt=now).exists()


def _bucket(channel: Channel, meter: Meter, now: datetime) -> pace.Bucket | None:
    if not channel.rate:
        return None
    full = pace.Bucket(channel.rate, 0.0, now)
    if meter.filled_at is None:
        return pace.Bucket(channel.rate, float(full.burst), now)
    return pace.Bucket(channel.rate, meter.tokens, meter.filled_at)


@transaction.atomic
def merge(channel: Channel) -> int:
    """Turn crowds waiting for one receiver, and what waits for a daily digest, into one digest each.
    Returns digests made."""
    _meter(channel)
    now = timezone.now()
    single = [DIGEST, *_composed()]
    rows = due(now).filter(channel=channel, possibly_repeated=False).exclude(event__in=single)
    counts = (
        rows.order_by().values("recipient").annotate(n=Count("pk"), held=Count("pk", filter=Q(bundle=True)))
    )
    crowds = counts.filter(Q(n__gt=pace.CROWD) | Q(held__gt=1))
    for crowd in crowds:
        every = rows.filter(recipient=crowd["recipient"])
        _bind(channel, every if crowd["n"] > pace.CROWD else every.filter(bundle=True), now)
    return len(crowds)


def _composed() -> list[str]:
    """Events with letters of their own: cards and reports are not digested."""
    from erp import register

    return [name for name in register.entries("notifications.events") if known(name).compose]


def _bind(channel: Channel, rows: QuerySet[Dispatch], now: datetime) -> None:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:500])
    first = Dispatch.objects.get(pk=keys[0])
    digest = Dispatch.objects.create(
        key=f"{DIGEST}-{first.pk}-{keys[-1]}",
        event=DIGEST,
        params={"n": str(len(keys))},
        channel=channel,
        recipient_id=first.recipient_id,
        next_at=now,
    )
    Dispatch.objects.filter(pk__in=keys).update(state=DispatchState.MERGED, digest=digest, done_at=now)


def release_lost() -> int:
    """Rows whose worker died in the middle of the call wait again, marked: the far end may have them."""
    lost = Dispatch.objects.filter(state=DispatchState.SENDING, lease_until__lte=timezone.now())
    return lost.update(
        state=DispatchState.WAITING, possibly_repeated=True, next_at=F("lease_until"), lease_until=None
    )


def start(row: Dispatch, owner: str) -> bool:
    """Mark `row` as being sent, right before the call; False when the lease is gone."""
    now = timezone.now()
    mine = Dispatch.objects.filter(
        pk=row.pk, lease_owner=owner, state=DispatchState.WAITING, lease_until__gt=now
    )
    until = now + pace.span(pace.LEASE)
    started = mine.update(state=DispatchState.SENDING, attempts=F("attempts") + 1, lease_until=until)
    row.attempts += 1
    return bool(started)


def settle(row: Dispatch, owner: str, state: DispatchState, **fields: Any) -> bool:
    """Write what became of a leased row; False when it is somebody else's by now."""
    mine = Dispatch.objects.undelivered().filter(pk=row.pk, lease_owner=owner)
    return bool(mine.update(state=state, lease_until=None, **fields))


def let_go(channel: Channel, owner: str) -> None:
    """Give back what was leased and not begun."""
    mine = Dispatch.objects.filter(channel=channel, lease_owner=owner, state=DispatchState.WAITING)
    mine.filter(lease_until__isnull=False).update(lease_until=None)
