"""Everything that writes channels and the routes of groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from erp import memory
from erp.access import demand
from erp.audit import acting_as
from erp.audit.services import record
from erp.workflow import change, create
from notifications.channels import Receiver, adapter
from notifications.failures import Failure
from notifications.letters import Letter, Line, absolute
from notifications.models import Channel, Meter
from notifications.services.accounts import account_of, keep_secrets
from notifications.wishes import language_of
from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test brought: whether it was taken, and what the far end really said."""

    sent: bool
    answer: str


@transaction.atomic
def create_channel(channel: Channel, *, actor: User, secrets: dict[str, str], reason: str = "") -> Channel:
    """Store a new channel with its secrets. Raises ValidationError."""
    create(channel, actor=actor, reason=reason)
    Meter.objects.create(channel=channel)
    _keep(channel, actor, {name: text for name, text in secrets.items() if text})
    return channel


@transaction.atomic
def edit_channel(
    channel: Channel, *, actor: User, secrets: dict[str, str], reason: str = "", **fields: Any
) -> Channel:
    """Change settings; `secrets` are those to replace ("" forgets one). Whatever held the channel back is
    forgotten: a repaired one is tried at once. Raises PermissionDenied, Stale, ValidationError."""
    row = change(channel, actor=actor, reason=reason, **fields)
    _keep(row, actor, secrets)
    Meter.objects.filter(channel=row).update(failures=0, open_until=None)
    return row


def _keep(channel: Channel, actor: User, secrets: dict[str, str]) -> None:
    memory.forget()
    if names := keep_secrets(channel, secrets):
        with acting_as(actor):
            record("set_secret", channel, names=names)


def send_test(channel: Channel, *, actor: User, to: User | None = None) -> Outcome:
    """Send one message now, past the outbox, and say what the far end said. Raises PermissionDenied."""
    demand(actor, "change", channel)
    receiver = to or actor
    with translation.override(language_of(receiver)):
        letter = Letter(
            _("Test of the channel %(name)s") % {"name": channel.name},
            [Line(_("If you read this, the channel works."))],
            url=absolute("/notifications/"),
            ident=f"test-{channel.pk}-{timezone.now():%Y%m%d%H%M%S%f}",
        )
        outcome = _try(channel, letter, receiver)
    with acting_as(actor):
        record("send_test", channel, sent=outcome.sent, answer=outcome.answer[:200])
    return outcome


def _try(channel: Channel, letter: Letter, receiver: User) -> Outcome:
    kind = adapter(channel.kind)
    address = kind.address(receiver) if kind.address and not channel.is_robot else ""
    if not address and not channel.is_robot:
        return Outcome(False, _("%(name)s has no address for this channel.") % {"name": receiver})
    try:
        return Outcome(True, kind.send(account_of(channel), letter, Receiver(address)))
    except Failure as failure:
        return Outcome(False, str(failure))
