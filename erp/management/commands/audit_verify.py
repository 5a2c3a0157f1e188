"""`manage.py audit_verify`: prove that the operation log is whole."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from erp.audit import acting_as
from erp.audit.services import record, verify
from erp.models import AuditHead


class Command(BaseCommand):
    help = "Check every keyed hash and link of the operation log; exit 1 when one is broken. 校验操作日志。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = [{"row": row, "problem": text} for row, text in verify()]
        head = AuditHead.objects.filter(pk=1).first()
        with acting_as(None, source="command"):
            record("verify_audit", AuditHead, problems=len(problems))
        report = {"sealed": head.sequence if head else 0, "problems": problems}
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write(f"{report['sealed']} sealed rows, {len(problems)} problems")
            for problem in problems:
                self.stdout.write(f"{problem['row']}: {problem['problem']}")
        if problems:
            raise SystemExit(1)
