"""The lives of a version (where its type is controlled) and of a preview, and who holds which verb."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.workflow import Transition, Workflow


class Status(models.TextChoices):
    """Where a version of a controlled document (a drawing) stands."""

    DRAFT = "draft", pgettext_lazy("document", "Draft")
    RELEASED = "released", pgettext_lazy("document", "Released")
    SUPERSEDED = "superseded", pgettext_lazy("document", "Superseded")


def newest(version: Any, actor: Any) -> str:
    """Drawings are released, other documents just are; only what is newest: an older one would hide
    the work since."""
    if not version.document.type.controlled:
        return str(_("Versions of this type of document are not released."))
    if version.document.current_id == version.pk:
        return ""
    return str(_("There is a newer version; release that one, or restore this one first."))


#: Releasing a version supersedes the one released before it; that step is no button of its own.
LIFE = Workflow(
    Transition("release", (Status.DRAFT,), Status.RELEASED, _("Release version"), newest),
    Transition("supersede", (Status.RELEASED,), Status.SUPERSEDED, _("Supersede version")),
)


class State(models.TextChoices):
    """Where the preview of some content stands."""

    QUEUED = "queued", pgettext_lazy("preview", "Queued")
    CONVERTING = "converting", pgettext_lazy("preview", "Converting")
    READY = "ready", pgettext_lazy("preview", "Ready")
    FAILED = "failed", pgettext_lazy("preview", "Failed")
    UNAVAILABLE = "unavailable", pgettext_lazy("preview", "Unavailable")


#: Which of the reasons of `DocumentQuerySet.reasons` puts a verb into somebody's hands. Everything is
#: held by whoever manages all documents of the contract (`whole`): boss, administrator, manager.
HELD_BY: dict[str, tuple[str, ...]] = {
    "view": ("own", "whole", "audience", "department", "shared"),
    "change": ("own", "whole", "led", "department"),
    "remove": ("own", "whole", "led"),
    "restore": ("own", "whole", "led"),
    "share": ("own", "whole", "led"),
    "break_check_out": ("whole",),
    "release": ("whole", "led"),
    "publish": ("whole", "published"),
}
