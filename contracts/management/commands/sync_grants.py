"""`manage.py sync_grants`: derive every grant again, or prove that all are what they should be."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from contracts.models import Contract
from contracts.services import grant_differences, sync_all_grants
from erp.audit import acting_as


class Command(BaseCommand):
    help = (
        "Derive the grants of every contract from its team and company and store them; "
        "--check only compares and exits 1 on a difference. 按团队与客户重新推导合同权限;--check 只核对。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; 只核对,不写入")
        parser.add_argument("--json", action="store_true", help="for machines; 机器可读输出")

    def handle(self, *args: Any, **options: Any) -> None:
        found = grant_differences()
        if not options["check"]:
            with acting_as(None, source="command"):
                sync_all_grants(Contract.objects.filter(pk__in=[row["contract"] for row in found]))
        if options["json"]:
            self.stdout.write(json.dumps({"differences": found}, ensure_ascii=False))
        else:
            for row in found:
                self.stdout.write("{number}: {grants} grants 项权限".format(**row))
            self.stdout.write(f"{len(found)} differences 处差异")
        if options["check"] and found:
            raise SystemExit(1)
