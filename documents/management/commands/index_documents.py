"""`manage.py index_documents`: have the texts of all documents read again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from documents.services.indexing import rebuild_index


class Command(BaseCommand):
    help = "Have the texts of all documents read again for the search. 重建文件全文索引。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_("%(n)s documents will be read in the background") % {"n": rebuild_index()})
