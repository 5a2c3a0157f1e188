"""`manage.py calendar_import FILE`: the same import as the page, for operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.models import ImportJob
from erp.reading import MOST_BYTES
from erp.roles import Role
from erp.workflow import Blocked
from orgchart.effects import effects_of
from orgchart.models import User
from orgchart.services import check_days, import_days
from orgchart.services.calendar_file import changes_of_job, rules_of


class Command(BaseCommand):
    help = (
        "Enter a year's public holidays and make-up workdays from a workbook or CSV file; all or nothing. "
        "从 Excel 或 CSV 导入一年的法定节假日和调休上班日，全部成功或全部不写入。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="xlsx or CSV / xlsx 或 CSV 文件")
        parser.add_argument(
            "--user", default="", help="whose deed it is (default: the boss) / 以谁的身份导入"
        )
        parser.add_argument("--check", action="store_true", help="only check / 仅检查，不写入")
        parser.add_argument("--json", action="store_true", help="answer as JSON / 以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, path = _actor(options["user"]), Path(options["file"])
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        try:
            with acting_as(actor, source="import"):
                job = check_days(path.name, data, actor=actor)
                facts = _facts(job, actor)
                if not job.problems and not options["check"]:
                    job = import_days(job, actor=actor)
        except (Blocked, PermissionDenied) as why:
            raise CommandError(str(why)) from None
        self._report({"state": job.state, **facts}, as_json=options["json"])
        if job.problems:
            raise CommandError(_("%(n)s problems; nothing was written.") % {"n": len(job.problems)})

    def _report(self, facts: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        for note in facts["notes"]:
            self.stdout.write(note)
        for p in facts["problems"]:
            self.stdout.write(f"{p['sheet']} {p['row']} {p['column']}: {p['text']}")
        for line in facts["moves"]:
            self.stdout.write(line)
        if not facts["problems"]:
            self.stdout.write(_("%(days)s days, %(changed)s of them new or different.") % facts)


def _facts(job: ImportJob, actor: User) -> dict[str, Any]:
    """What the file says and would move, told before it is written."""
    changes = changes_of_job(job)
    return {
        "days": len(rules_of(job)[0]),
        "changed": len(changes.days),
        "moves": [f"{line.text}: {line.detail}" for line in effects_of(changes, actor)],
        "notes": job.payload.get("notes", []),
        "problems": job.problems,
    }


def _actor(username: str) -> User:
    rows = User.objects.filter(is_active=True)
    found = rows.filter(username=username) if username else rows.filter(role=Role.BOSS)
    actor = found.order_by("pk").first()
    if actor is None:
        raise CommandError(_("There is no active user %(name)s.") % {"name": username or Role.BOSS.label})
    return actor
