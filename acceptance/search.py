"""Acceptances in the global search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from acceptance.models import Acceptance
from erp.search import Hit, SearchSource

if TYPE_CHECKING:
    from orgchart.models import User


def find(user: User, text: str, limit: int) -> list[Hit]:
    """Acceptances of contracts as a whole whose title has the text, the newest first; those of tasks are
    found by their task."""
    rows = Acceptance.objects.for_user(user).filter(title__icontains=text, task=None).order_by("-id")
    found = rows.values_list("pk", "title", "contract__number", "contract__name")[:limit]
    return [Hit(title, f"{number} {contract}", f"/acceptance/{pk}/") for pk, title, number, contract in found]


SOURCE = SearchSource(_("Acceptance"), "checklist", find)
