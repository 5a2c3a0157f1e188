"""Documents in the global search: by title and name of the current file, then by what is written in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.fulltext import matches, quotes
from documents.models import Document
from erp.roles import Role
from erp.search import Hit, SearchSource

if TYPE_CHECKING:
    from orgchart.models import User

SHOWN = ("pk", "title", "contract__number", "contract__name")


def find(user: User, text: str, limit: int) -> list[Hit]:
    """Documents called so, the newest first, then those whose current text has every word of it. Only
    the office searches texts: customers see versions that need not be the current one."""
    if user.role == Role.CUSTOMER:
        return []
    seen = Document.objects.for_user(user)
    named = Q(title__icontains=text) | Q(current__file_name__icontains=text)
    called = Document.objects.filter(named).for_user(user)  # names first: asking them costs less than rights
    rows = list(called.order_by("-pk").values_list(*SHOWN)[:limit])
    quoted = quotes([row[0] for row in rows], text)
    if len(rows) < limit:
        known = {row[0] for row in rows}
        inside = matches(seen.exclude(pk__in=known), text, limit - len(rows))
        quoted |= {match.document: match.quote for match in inside}
        others = seen.filter(pk__in=[match.document for match in inside])
        found = {row[0]: row for row in others.values_list(*SHOWN)}
        rows += [found[match.document] for match in inside if match.document in found]
    return [
        Hit(title, f"{number} {name}", f"/documents/{pk}/", quoted.get(pk))
        for pk, title, number, name in rows
    ]


SOURCE = SearchSource(_("Documents"), "files", find)
