"""`manage.py demo`: the demo company, built through the services."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp import register
from erp.audit import acting_as
from erp.models import LogEntry


class Command(BaseCommand):
    help = str(gettext_lazy("Fill an empty database with the demo company. 载入演示公司。"))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--insecure", action="store_true", help="also when DEBUG is off")
        parser.add_argument("--if-empty", action="store_true", help="say so and stop when filled")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["insecure"]):
            raise CommandError(_("The demo has known passwords: refused while DEBUG is off."))
        if LogEntry.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(_("The database is not empty: the demo needs a fresh one."))
        with transaction.atomic(), acting_as(None, source="command"):
            cast: dict[str, Any] = {}
            for _order, build in sorted(register.entries("erp.demo").items()):
                build(cast)
        self.stdout.write(self.style.SUCCESS(_("The demo company is ready.")))
