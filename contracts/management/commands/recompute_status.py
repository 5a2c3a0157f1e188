"""`manage.py recompute_status`: derive every status again, or prove that all are what they should be."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from contracts.models import Contract
from contracts.services import refresh_status, status_differences
from erp.audit import acting_as


class Command(BaseCommand):
    help = (
        "Derive the status of every running contract from its facts and store it; "
        "--check only compares and exits 1 on a difference. 重新推导合同状态;--check 只核对。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; 只核对,不写入")
        parser.add_argument("--json", action="store_true", help="for machines; 机器可读输出")

    def handle(self, *args: Any, **options: Any) -> None:
        found = status_differences()
        if not options["check"]:
            with acting_as(None, source="command"):
                for contract in Contract.objects.filter(pk__in={row["contract"] for row in found}):
                    refresh_status(contract)
        if options["json"]:
            self.stdout.write(json.dumps({"differences": found}, default=str, ensure_ascii=False))
        else:
            for row in found:
                self.stdout.write("{number}: {field} {stored} → {derived}".format(**row))
            self.stdout.write(f"{len(found)} differences 处差异")
        if options["check"] and found:
            raise SystemExit(1)
