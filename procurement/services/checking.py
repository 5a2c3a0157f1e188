"""Values as they are stored: one visible line of text, numbers and days that fit their column."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from erp.workflow import Blocked
from orgchart.models import Department, Person


def checked(model: type[models.Model], fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` of `model`, cleaned. Raises ValidationError naming the field."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        field: Any = model._meta.get_field(name)
        if isinstance(field, models.CharField) and isinstance(value, str):
            value = one_line(value)
        try:
            plain = field.is_relation or (value is None and field.null)
            found[name] = value if plain else field.clean(value, None)
        except ValidationError as bad:
            raise ValidationError({name: bad.messages}) from bad
    return found


def one_line(text: str) -> str:
    """Breaks and tabs become spaces, what nobody sees goes: controls, marks that turn text round."""
    kinds = ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFC", text))
    shown = (" " if c.isspace() else "" if kind in ("Cc", "Cf", "Cs", "Cn") else c for c, kind in kinds)
    return " ".join("".join(shown).split())


def demand_active(*things: Department | Person | Any | None) -> None:
    """Raise Blocked for a department, person or supplier that is no longer active."""
    for thing in things:
        if thing is not None and not thing.active:
            raise Blocked(_("%(thing)s is no longer active.") % {"thing": thing})
