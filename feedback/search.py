"""Feedback in the global search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.roles import Role
from erp.search import Hit, SearchSource
from feedback.models import Feedback

if TYPE_CHECKING:
    from orgchart.models import User


def find(user: User, text: str, limit: int) -> list[Hit]:
    """Feedback whose title or description has the text, the newest first; for the office."""
    if user.role == Role.CUSTOMER:
        return []
    said = Q(title__icontains=text) | Q(text__icontains=text) | Q(caller__icontains=text)
    rows = Feedback.objects.filter(said).for_user(user).order_by("-id")
    found = rows.values_list("pk", "title", "contract__number", "contract__name")[:limit]
    return [Hit(title, f"{number} {name}", f"/feedback/{pk}/") for pk, title, number, name in found]


SOURCE = SearchSource(_("Feedback"), "message-report", find)
