"""`manage.py export_contract NUMBER`: everything of a contract in one folder or zip, for operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contracts.exporting import Bundle, Told, to_folder, to_zip
from contracts.exporting.names import safe
from contracts.models import Contract
from contracts.services import export_contract, normal_number
from erp.audit import acting_as
from erp.roles import REACH_ALL, Role
from orgchart.models import User

#: Exit codes besides 0: nothing was written; written, but files were damaged or missing.
REFUSED, DAMAGED = 1, 2


class Command(BaseCommand):
    help = (
        "Write everything of a contract (summary, lists, files, log, manifest) into a new folder or zip. "
        "Exit codes: 0 done, 1 refused, 2 done but some files are damaged or missing. "
        "将合同的全部内容（摘要、清单、文件、操作日志、校验清单）导出到新文件夹或 zip。"
        "退出码：0 成功，1 拒绝，2 已导出但有文件损坏或缺失。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contract", help="contract number or id / 合同编号或 ID")
        parser.add_argument(
            "--to",
            default="",
            help="new folder, existing folder to put it in, or new .zip (default: a folder here) / "
            "新文件夹、放入其中的已有文件夹，或新的 .zip 文件（默认：当前目录下的文件夹）",
        )
        parser.add_argument(
            "--user", default="", help="whose deed it is (default: the boss) / 以谁的身份导出"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON / 以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, contract = _actor(options["user"]), _contract(options["contract"])
        target = _target(options["to"], contract)
        try:
            with acting_as(actor, source="command"):
                bundle = export_contract(contract, actor=actor, to=target.suffix.lower() or "folder")
            told = _write(bundle, target)
        except PermissionDenied as why:
            raise CommandError(str(why), returncode=REFUSED) from None
        except OSError as why:
            words = {"path": target, "why": why.strerror or why}
            raise CommandError(_("%(path)s cannot be written: %(why)s") % words) from None
        self._report(contract, target, told, as_json=options["json"])
        if told.problems:
            text = _("%(n)s files are damaged or missing; the manifest names them.")
            raise CommandError(text % {"n": len(told.problems)}, returncode=DAMAGED)

    def _report(self, contract: Contract, target: Path, told: Told, *, as_json: bool) -> None:
        facts = {"contract": contract.number, "to": str(target), "files": len(told.files), "bytes": told.size}
        if as_json:
            self.stdout.write(json.dumps({**facts, "problems": told.problems}, ensure_ascii=False))
            return
        for problem in told.problems:
            self.stderr.write(problem)
        self.stdout.write(_("%(contract)s exported to %(to)s: %(files)s files, %(bytes)s bytes.") % facts)


def _write(bundle: Bundle, target: Path) -> Told:
    with bundle:
        return (to_zip if target.suffix.lower() == ".zip" else to_folder)(bundle, target)


def _target(asked: str, contract: Contract) -> Path:
    """Where to write: something new. Raises CommandError where that is taken or cannot be."""
    own = safe(f"{contract.number} {contract.code}")
    path = Path(asked) if asked else Path(own)
    if path.is_dir() and asked:
        path /= own
    if path.exists():
        raise CommandError(_("%(path)s exists already; nothing is overwritten.") % {"path": path})
    if not path.absolute().parent.is_dir():
        raise CommandError(_("There is no folder %(path)s.") % {"path": path.absolute().parent})
    return path


def _actor(username: str) -> User:
    """The active user of this name, else the boss, else an administrator. Raises CommandError."""
    rows = User.objects.filter(is_active=True)
    found = rows.filter(username=username) if username else rows.filter(role__in=REACH_ALL)
    ranked = sorted(found, key=lambda user: (user.role != Role.BOSS, user.pk))
    if not ranked:
        raise CommandError(_("There is no active user %(name)s.") % {"name": username or Role.BOSS.label})
    return ranked[0]


def _contract(word: str) -> Contract:
    """The contract of this number, else of this id. Raises CommandError."""
    rows = Contract.objects.select_related("company", "manager", "sales_person")
    found = rows.filter(number=normal_number(word)).first()
    if found is None and word.isascii() and word.isdigit() and len(word) < 19:
        found = rows.filter(pk=int(word)).first()
    if found is None:
        raise CommandError(_("There is no contract %(word)s.") % {"word": word})
    return found
