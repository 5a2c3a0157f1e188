"""`manage.py load_volume`: fill any database with plausible bulk data."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.volume import Done, Plan, load

SIZES = ("contracts", "tasks_per_contract", "audit_rows")


class Command(BaseCommand):
    help = str(gettext_lazy("Fill the database with plausible bulk data for benchmarks. 批量生成测试数据。"))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contracts", type=int, default=Plan.contracts)
        parser.add_argument("--tasks-per-contract", type=int, default=Plan.tasks_per_contract)
        parser.add_argument("--audit-rows", type=int, default=Plan.audit_rows)
        parser.add_argument("--seed", type=int, default=Plan.seed)
        parser.add_argument("--json", action="store_true", help="the report for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        if any(options[name] < 0 for name in SIZES):
            raise CommandError(_("Sizes cannot be negative."))
        plan = Plan(seed=options["seed"], **{name: options[name] for name in SIZES})
        report = load(plan, self._tell if not options["json"] else lambda done: None)
        rows, seconds = sum(d.rows for d in report), sum(d.seconds for d in report)
        speed = round(rows / seconds) if seconds else 0
        total = {"rows": rows, "seconds": round(seconds, 3), "rows_per_second": speed}
        if options["json"]:
            self.stdout.write(json.dumps({"parts": [asdict(done) for done in report], **total}))
        else:
            self.stdout.write(_("%(rows)s rows in %(seconds)s s, %(rows_per_second)s rows/s") % total)

    def _tell(self, done: Done) -> None:
        self.stdout.write(f"{done.part}: {done.rows} ({done.seconds:.1f} s)")
