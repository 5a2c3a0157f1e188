"""Reads that other apps ask of the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Model, Q
from django.urls import reverse

from erp.search import Hit
from orgchart.models import Company, Organisation, Person

if TYPE_CHECKING:
    from orgchart.models import User


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


def find_people(user: User, text: str, limit: int) -> list[Hit]:
    rows = Person.objects.for_user(user).filter(active=True).select_related("department")
    found = rows.filter(words(text, "name", "pinyin", "mobile", "email"))[:limit]
    return [Hit(p.name, f"{p.department} · {p.position}".strip(" ·"), _list("people", p.name)) for p in found]


def find_companies(user: User, text: str, limit: int) -> list[Hit]:
    rows = Company.objects.for_user(user).filter(active=True)
    found = rows.filter(words(text, "name", "short_name", "pinyin", "contact"))[:limit]
    return [Hit(c.name, c.contact, _list("companies", c.name)) for c in found]


def words(text: str, *fields: str) -> Q:
    """Every word somewhere in `fields`."""
    every = Q()
    for word in text.replace("\0", "").split()[:5]:
        some = Q()
        for name in fields:
            some |= Q(**{f"{name}__icontains": word})
        every &= some
    return every


def _list(slug: str, name: str) -> str:
    return f"{reverse(f'orgchart:{slug}')}?{urlencode({'q': name})}"
