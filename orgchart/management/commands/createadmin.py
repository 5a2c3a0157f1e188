"""`manage.py createadmin`: the first administrator of an empty site, or one more."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.roles import Role
from orgchart import services


class Command(BaseCommand):
    help = (
        "Create an administrator account. 创建系统管理员账号。\n"
        "Exit code 0: created; 1: refused, with the reason. 退出码 0 成功，1 失败并说明原因。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True, help="user name to sign in with 登录用户名")
        parser.add_argument("--email", default="", help="e-mail, signs in as well 电子邮箱，也可用于登录")
        parser.add_argument("--name", default="", help="full name 姓名")
        parser.add_argument(
            "--password-file",
            type=Path,
            help="file whose first line is the password; without it you are asked "
            "首行为密码的文件；不指定时会提示输入",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = _read(options["password_file"]) if options["password_file"] else _ask()
        try:
            with acting_as(None, source="command"):
                user = services.create_user(
                    actor=None,
                    username=options["username"],
                    email=options["email"],
                    name=options["name"],
                    role=Role.ADMIN,
                    password=password,
                )
        except ValidationError as wrong:
            raise CommandError("\n".join(_sentences(wrong))) from None
        text = _("Administrator %(name)s can sign in now.") % {"name": user.username}
        self.stdout.write(self.style.SUCCESS(text))


def _sentences(wrong: ValidationError) -> list[str]:
    return [f"{name}: {text}" for name, texts in wrong.message_dict.items() for text in texts]


def _read(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as why:
        raise CommandError(_("The password file cannot be read: %(why)s") % {"why": why}) from None
    return lines[0] if lines else ""


def _ask() -> str:
    if not sys.stdin.isatty():
        raise CommandError(_("Nobody is there to type a password: use --password-file."))
    password = getpass(_("Password: "))
    if password != getpass(_("Password again: ")):
        raise CommandError(_("The two passwords differ."))
    return password
