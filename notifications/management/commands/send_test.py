"""`manage.py send_test`: one message by a channel, now, and what the far end answers."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.roles import Role
from notifications.models import Channel
from notifications.services import send_test
from orgchart.models import User


class Command(BaseCommand):
    help = (
        "Send a test message by one channel and print the answer of the far end; exit code 1 when it was "
        "not taken. Without a channel: list them.\n"
        "用指定通道发送测试消息并显示对方的真实应答；对方未接收时退出码为 1；不带参数则列出通道。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("channel", nargs="?", default="", help="name or number of the channel")
        parser.add_argument("--to", default="", help="user name of the receiver")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["channel"]:
            self._list(options["json"])
            return
        channel = _channel(options["channel"])
        actor = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
        if actor is None:
            raise CommandError(_("There is no active administrator."))
        to = _user(options["to"]) if options["to"] else actor
        with acting_as(actor, source="command"):
            outcome = send_test(channel, actor=actor, to=to)
        self._print(
            options["json"], {"channel": channel.name, "sent": outcome.sent, "answer": outcome.answer}
        )
        if not outcome.sent:
            raise SystemExit(1)

    def _list(self, as_json: bool) -> None:
        rows = [
            {"id": row.pk, "name": row.name, "kind": row.kind, "active": row.active}
            for row in Channel.objects.all()
        ]
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            state = "" if row["active"] else f" ({_('switched off')})"
            self.stdout.write(f"{row['id']:>4}  {row['kind']:<16} {row['name']}{state}")

    def _print(self, as_json: bool, found: dict[str, Any]) -> None:
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            self.stdout.write(f"{'OK' if found['sent'] else 'FAILED'}  {found['channel']}: {found['answer']}")


def _channel(name: str) -> Channel:
    row = Channel.objects.filter(name=name).first()
    if row is None and name.isascii() and name.isdecimal() and len(name) < 10:
        row = Channel.objects.filter(pk=int(name)).first()
    if row is None:
        raise CommandError(_("There is no channel %(name)s.") % {"name": name})
    return row


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(_("There is no active account %(name)s.") % {"name": name})
    return user
