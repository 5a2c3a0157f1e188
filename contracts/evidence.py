"""Papers that speak for the customer: documents that hang on a delivery or a change order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from contracts.joints import Evidence
from erp import register
from erp.workflow import Blocked

if TYPE_CHECKING:
    from orgchart.models import User


def evidence_on(row: Any, user: User) -> list[Evidence]:
    """The documents on `row` that `user` reads, as apps above tell them; none of no row."""
    if row is None:
        return []
    return [paper for tell in register.entries("contracts.evidence").values() for paper in tell(row, user)]


def named(row: Any, user: User, key: str) -> str:
    """The paper `key` on `row` in words that stay when it is gone. Raises Blocked when there is none."""
    for paper in evidence_on(row, user):
        if paper.key == key:
            return f"{paper.title} · SHA-256 {paper.sha256[:16]}"[:300]
    raise Blocked(_("Choose the document that proves what the customer said."))
