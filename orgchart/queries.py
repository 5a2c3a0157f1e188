"""Reads that other apps ask of the organisation."""

from __future__ import annotations

from orgchart.models import Organisation


def organisation_name() -> str:
    """Our short name; empty before the organisation is set up."""
    row = Organisation.objects.values_list("short_name", "name").first()
    return (row[0] or row[1]) if row else ""
