"""What documents may hang on besides their contract; apps above put their models on the register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Model

from erp import register
from erp.access import allowed

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Anchor:
    """A model documents may hang on: whoever sees a row (`for_user`) reads which of the documents they
    see hang on it; `may_attach(user, row)` says who hangs one there (default: whoever sees the row);
    `people(row)` are the persons who work on it and hear of new versions; `type` is the slug of the
    document type chosen before anybody chooses.

    Its rows have `contract` and `get_absolute_url`."""

    label: Any
    people: Callable[[Any], list[Any]] = lambda row: []
    may_attach: Callable[[User, Any], bool] = lambda user, row: allowed(user, "view", row)
    type: str = ""


def anchor_of(row: Model) -> Anchor:
    """Raises KeyError for a model no document may hang on."""
    found: Anchor = register.entries("documents.anchors")[row._meta.label_lower]
    return found


def find_row(label: str, pk: int, user: User) -> Any:
    """The row `pk` of an anchored model, if `user` sees it; None for anything else."""
    if label not in register.entries("documents.anchors"):
        return None
    model: Any = apps.get_model(label)
    return model.objects.for_user(user).select_related("contract").filter(pk=pk).first()
