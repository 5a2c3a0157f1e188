"""Reads that other apps ask of the organisation."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from orgchart.models import Organisation


def organisation_name() -> str:
    """Our short name; empty before the organisation is set up."""
    row = Organisation.objects.values_list("short_name", "name").first()
    return (row[0] or row[1]) if row else ""


def ties(record: Model) -> list[tuple[Any, int]]:
    """What still hangs on a record, as (name of the things, how many): asked of every table that
    points at it, so that apps above need not be known."""
    found = []
    for relation in record._meta.related_objects:
        table: Any = relation.related_model
        count = table._base_manager.filter(**{relation.field.name: record}).count()
        if count:
            found.append((table._meta.verbose_name_plural, count))
    return found
