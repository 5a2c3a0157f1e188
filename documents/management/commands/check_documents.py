"""`manage.py check_documents`: compare the store with the rows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from documents.services.blobs import broken_versions, drop_orphan, orphans


class Command(BaseCommand):
    help = "Look for versions without their bytes and for bytes without a version. 检查文件与记录是否一致。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hashes", action="store_true", help="read every file and compare its hash")
        parser.add_argument("--repair", action="store_true", help="remove files that belong to no version")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = list(broken_versions(hashes=options["hashes"]))
        lost = list(orphans())
        for found in (*broken, *lost):
            self.stdout.write(f"{found.what}\t{found.key}")
        if options["repair"]:
            gone = sum(drop_orphan(found.key) for found in lost)
            self.stdout.write(_("%(n)s files without a version removed") % {"n": gone})
        if broken:
            raise CommandError(_("%(n)s versions are not whole: restore their files.") % {"n": len(broken)})
