"""`manage.py import_contracts FILE`: the same import as the page, for operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.models import ImportJob
from erp.roles import Role
from erp.workflow import Blocked
from orgchart.models import User
from production.importing.reading import MOST_BYTES
from production.importing.services import check_import, run_import


class Command(BaseCommand):
    help = (
        "Import contracts with their tasks from a workbook or CSV file; all or nothing. "
        "从 Excel 或 CSV 导入合同及任务，全部成功或全部不写入。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="xlsx or CSV / xlsx 或 CSV 文件")
        parser.add_argument(
            "--user", default="", help="whose deed it is (default: the boss) / 以谁的身份导入"
        )
        parser.add_argument("--dry-run", action="store_true", help="only check / 仅检查")
        parser.add_argument(
            "--open-companies", action="store_true", help="open unknown companies / 新建客户公司"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON / 以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, path = actor_named(options["user"]), Path(options["file"])
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        try:
            with acting_as(actor, source="import"):
                job = check_import(path.name, data, actor=actor)
                if not job.problems and not options["dry_run"]:
                    job = run_import(job, actor=actor, open_companies=options["open_companies"])
        except (Blocked, PermissionDenied) as why:
            raise CommandError(str(why)) from None
        self._report(job, as_json=options["json"])
        if job.problems:
            raise CommandError(_("%(n)s problems; nothing was written.") % {"n": len(job.problems)})

    def _report(self, job: ImportJob, *, as_json: bool) -> None:
        contracts = job.result.get("contracts", [])
        notes = job.payload.get("notes", [])
        ready = len(job.payload.get("contracts", []))
        if as_json:
            facts = {
                "state": job.state,
                "ready": ready,
                "contracts": contracts,
                "notes": notes,
                "problems": job.problems,
            }
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        for note in notes:
            self.stdout.write(note)
        for p in job.problems:
            self.stdout.write(f"{p['sheet']} {p['row']} {p['column']}: {p['text']}")
        if not job.problems:
            self.stdout.write(
                _("%(done)s imported, %(ready)s ready.") % {"done": len(contracts), "ready": ready}
            )


def actor_named(username: str) -> User:
    """The active user of this name, else the boss. Raises CommandError."""
    rows = User.objects.filter(is_active=True)
    found = rows.filter(username=username) if username else rows.filter(role=Role.BOSS)
    actor = found.order_by("pk").first()
    if actor is None:
        raise CommandError(_("There is no active user %(name)s.") % {"name": username or Role.BOSS.label})
    return actor
