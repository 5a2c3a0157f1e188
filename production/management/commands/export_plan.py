"""`manage.py export_plan CONTRACT`: a contract's plan as an MS Project file, for operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.services import normal_number
from erp.audit import acting_as
from production.interchange.exporting import export_plan
from production.management.commands.import_contracts import actor_named


class Command(BaseCommand):
    help = "Write the plan of a contract as an MS Project XML file. 将合同计划导出为 MS Project XML 文件。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contract", help="contract number or id / 合同编号或 ID")
        parser.add_argument("--output", default="", help="file (default: standard output) / 输出文件")
        parser.add_argument(
            "--user", default="", help="whose deed it is (default: the boss) / 以谁的身份导出"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON / 以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actor_named(options["user"])
        contract = contract_named(options["contract"])
        with acting_as(actor, source="command"):
            data = export_plan(contract, actor=actor)
        if not options["output"]:
            self.stdout.write(data.decode(), ending="")
            return
        path = Path(options["output"])
        try:
            path.write_bytes(data)
        except OSError as why:
            raise CommandError(
                _("%(path)s cannot be written: %(why)s") % {"path": path, "why": why}
            ) from None
        facts = {"contract": contract.number, "file": str(path), "bytes": len(data)}
        told = _("Plan of %(contract)s written to %(file)s.") % facts
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else told)


def contract_named(word: str) -> Contract:
    """The contract of this number, else of this id. Raises CommandError."""
    found = Contract.objects.filter(number=normal_number(word)).first()
    if found is None and word.isascii() and word.isdigit() and len(word) < 19:
        found = Contract.objects.filter(pk=int(word)).first()
    if found is None:
        raise CommandError(_("There is no contract %(word)s.") % {"word": word})
    return found
