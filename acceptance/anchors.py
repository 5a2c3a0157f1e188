"""Where photos and papers of an acceptance hang: on the application, and on each checked item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from acceptance.models import Acceptance, AcceptanceItem
from documents.anchors import Anchor
from erp.access import allowed

if TYPE_CHECKING:
    from orgchart.models import User


def may_show(user: User, item: AcceptanceItem) -> bool:
    """Whoever sees the item, while its level waits: what was decided keeps what it was decided on."""
    return not item.frozen() and allowed(user, "view", item)


def at_work(acceptance: Acceptance) -> list[object]:
    task = acceptance.task
    return [task.assignee] if task else []


#: Model label → anchor. Photos of an acceptance are read by team and quality.
ANCHORS = {
    "acceptance.acceptance": Anchor(_("Acceptance"), people=at_work, type="acceptance"),
    "acceptance.acceptanceitem": Anchor(_("check item"), may_attach=may_show, type="acceptance"),
}
