"""Signing in and out, slowed down after failures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import ngettext

from erp.audit import acting_as, current
from erp.audit.services import record
from erp.client import client_ip
from erp.models import LogEntry
from orgchart.backends import find_account
from orgchart.models import SignInThrottle, User
from orgchart.names import clean_line, normal_username
from orgchart.services.records import announce
from orgchart.states import NEW_PLACE
from orgchart.throttle import KNOWN, WINDOW, address_delay_after, delay_after, network_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass
class Throttled(Exception):
    """Too many failures: not looked at. `seconds` to wait, rounded up."""

    seconds: int

    def __str__(self) -> str:
        text = ngettext(
            "Too many attempts. Wait %(n)s second, then try again.",
            "Too many attempts. Wait %(n)s seconds, then try again.",
            self.seconds,
        )
        return text % {"n": self.seconds}


def sign_in(request: HttpRequest, username: str, password: str) -> User | None:
    """Start a session for whoever this is; None when name or password is wrong.

    Attempts count as failures before they are looked at, so parallel ones gain nothing.
    Raises Throttled."""
    account = find_account(username)
    address = network_of(client_ip(request))
    key = _account_key(account, username, address)
    counted = _admit(key, address, account)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        with acting_as(current().user):
            record("sign_in_failed", account or User, name=clean_line(username)[:60])
        return None
    _forgive(counted)  # the counted failure was none
    strange = _is_strange(user, address)
    user.skip_history_when_saving = True  # type: ignore[attr-defined]  # the time of sign-in is no edit
    login(request, user)
    del user.skip_history_when_saving  # type: ignore[attr-defined]
    with acting_as(user):
        record("sign_in", user)
    if strange:
        announce(NEW_PLACE, user, user)
    return user


def sign_out(request: HttpRequest) -> None:
    user = request.user
    if isinstance(user, User) or user.is_authenticated:
        with acting_as(user):
            record("sign_out", user)
    logout(request)


def prune_throttles() -> int:
    """Forget counters that no longer count; returns how many."""
    return SignInThrottle.objects.filter(until__lt=timezone.now() - WINDOW).delete()[0]


def _account_key(account: User | None, username: str, address: str) -> str:
    """Name and e-mail of one account share a counter; unknown names are kept as a hash."""
    name = hashlib.sha256(normal_username(username).encode()).hexdigest()[:32]
    return f"{account.pk if account else name}@{address}"


@transaction.atomic
def _admit(key: str, address: str, account: User | None) -> list[str]:
    """Count an attempt, or raise Throttled; returns the keys it is counted under.

    Who is known at an address that waits is neither stopped nor counted there."""
    now = timezone.now()
    delays = {address: address_delay_after, key: delay_after}
    rows = [_counter(one, now) for one in delays]
    if rows[0].until > now and _is_known(account, address, now):
        del rows[0]
    open_at = max(row.until for row in rows)
    if open_at > now:
        raise Throttled(ceil((open_at - now) / timedelta(seconds=1)))
    for row in rows:
        row.failures += 1
        row.until = now + delays[row.key](row.failures)
        row.save()
    return [row.key for row in rows]


def _is_known(account: User | None, address: str, now: datetime) -> bool:
    """This account signed in from this address lately."""
    if account is None:
        return False
    deeds = LogEntry.objects.filter(verb="sign_in", actor=account, timestamp__gt=now - KNOWN)
    return any(
        network_of(ip) == address for ip in deeds.order_by().values_list("remote_addr", flat=True).distinct()
    )


def _is_strange(account: User, address: str) -> bool:
    """They signed in before, but lately never from this address."""
    before = LogEntry.objects.filter(verb="sign_in", actor=account)
    return before.exists() and not _is_known(account, address, timezone.now())


def _counter(key: str, now: datetime) -> SignInThrottle:
    SignInThrottle.objects.get_or_create(key=key, defaults={"since": now, "until": now})
    row = SignInThrottle.objects.select_for_update().get(key=key)
    if now >= max(row.since, row.until) + WINDOW or ("@" not in key and now >= row.since + WINDOW):
        row.failures, row.since, row.until = 0, now, now
    return row


@transaction.atomic
def _forgive(counted: list[str]) -> None:
    *addresses, key = counted
    SignInThrottle.objects.filter(key=key).delete()
    SignInThrottle.objects.filter(key__in=addresses, failures__gt=0).update(
        failures=F("failures") - 1, until=timezone.now()
    )
