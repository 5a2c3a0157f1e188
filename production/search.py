"""Tasks in the global search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from erp.search import Hit, SearchSource
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User


def find(user: User, text: str, limit: int) -> list[Hit]:
    """Tasks whose name has the text, the newest first."""
    rows = Task.objects.for_user(user).filter(name__icontains=text).order_by("-id")
    found = rows.values_list("pk", "name", "contract__number", "contract__name")[:limit]
    return [Hit(name, f"{number} {contract}", f"/tasks/{pk}/") for pk, name, number, contract in found]


SOURCE = SearchSource(_("Tasks"), "list-check", find)
