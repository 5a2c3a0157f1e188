"""`manage.py import_plan CONTRACT FILE.xml`: the same import as the page, for operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.models import ImportJob
from erp.workflow import Blocked
from orgchart.models import Department
from production.interchange.mspdi_xml import MOST_BYTES
from production.interchange.services import check_plan, run_plan
from production.management.commands.export_plan import contract_named
from production.management.commands.import_contracts import actor_named


class Command(BaseCommand):
    help = (
        "Import tasks from an MS Project XML file into a contract; all or nothing. "
        "将 MS Project XML 文件中的任务导入合同，全部成功或全部不写入。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contract", help="contract number or id / 合同编号或 ID")
        parser.add_argument("file", help="MS Project XML / MS Project XML 文件")
        parser.add_argument(
            "--department", default="", help="for tasks that name none / 未写明部门的任务归入"
        )
        parser.add_argument(
            "--user", default="", help="whose deed it is (default: the boss) / 以谁的身份导入"
        )
        parser.add_argument("--check", action="store_true", help="only check / 仅检查")
        parser.add_argument("--json", action="store_true", help="answer as JSON / 以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, path = actor_named(options["user"]), Path(options["file"])
        contract, department = contract_named(options["contract"]), _department(options["department"])
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        made: list[Any] = []
        try:
            with acting_as(actor, source="import"):
                job = check_plan(contract, path.name, data, actor=actor, department=department)
                if not job.problems and not options["check"]:
                    made = run_plan(job, contract, actor=actor)
        except (Blocked, PermissionDenied) as why:
            raise CommandError(str(why)) from None
        self._report(job, made, as_json=options["json"])
        if job.problems:
            raise CommandError(_("%(n)s problems; nothing was written.") % {"n": len(job.problems)})

    def _report(self, job: ImportJob, made: list[Any], *, as_json: bool) -> None:
        notes, ready = job.payload.get("notes", []), len(job.payload.get("drafts", []))
        if as_json:
            facts = {"ready": ready, "tasks": [task.pk for task in made], "notes": notes}
            self.stdout.write(json.dumps({**facts, "problems": job.problems}, ensure_ascii=False))
            return
        for note in notes:
            self.stdout.write(note)
        for p in job.problems:
            self.stdout.write(f"{p['row']} {p['column']}: {p['text']}")
        if not job.problems:
            self.stdout.write(_("%(done)s imported, %(ready)s ready.") % {"done": len(made), "ready": ready})


def _department(name: str) -> Department | None:
    if not name:
        return None
    found: Department | None = Department.objects.active().filter(name=name).first()
    if found is None:
        raise CommandError(_("There is no department %(name)s.") % {"name": name})
    return found
