"""What people may do with the plan of a contract as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Contract
from production.interchange.templates import may_make

if TYPE_CHECKING:
    from orgchart.models import User


def plan_menu(user: User, contract: Contract, *, may_plan: bool, whole: bool) -> list[dict[str, Any]]:
    """What one may do with the plan as a whole; `whole`: one reads all its tasks."""
    words = (
        ("plan_template", _("Apply plan template"), may_plan),
        ("plan_clone", _("Clone plan"), may_plan),
        ("plan_import", _("Import plan"), may_plan),
        ("plan_list", _("Import task list"), may_plan),
        ("plan_export", _("Export plan"), whole),
        ("plan_template_save", _("Save as plan template"), whole and may_make(user)),
    )
    return [
        {
            "url": reverse(f"production:{name}", args=[contract.pk]),
            "label": label,
            "file": name == "plan_export",
        }
        for name, label, may in words
        if may
    ]
