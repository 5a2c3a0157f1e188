"""The page for two people who edited one record: what it was, what it is now, what you typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from erp.htmx import Request, own_frame, page
from erp.workflow import Stale


class VersionedForm(forms.Form):
    """A form that remembers which version of the record its author was looking at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


@dataclass(frozen=True, slots=True)
class Row:
    label: Any
    was: str
    theirs: str
    yours: str
    collides: bool  # both sides changed it, differently


def conflict_page(request: Request, form: Any, stale: Stale, url: str) -> HttpResponse:
    """409 with both versions side by side. Nothing was written; `form` is bound and valid.

    Offers: take theirs (a link), keep mine, or merge — mine where I changed something, theirs
    everywhere else — the last two as ordinary posts to `url` that carry the stored version."""
    history = stale.obj.history.order_by("history_id")
    was = history.filter(version=stale.seen).last()
    mine, merged, rows = form.data.copy(), form.data.copy(), []
    for name, field in form.fields.items():
        if name == "version" or not hasattr(stale.obj, name):
            continue
        yours, theirs = form.cleaned_data.get(name), getattr(stale.obj, name)
        before = getattr(was, name, theirs)
        if yours == before:
            _put(merged, form.add_prefix(name), field, theirs)
        if yours != theirs:
            old, now, new = (_shown(field, value) for value in (before, theirs, yours))
            rows.append(Row(field.label, old, now, new, collides=before not in (theirs, yours)))
    for data in (mine, merged):
        data[form.add_prefix("version")] = str(stale.obj.version)
    context = {
        "frame": own_frame(request),
        "rows": rows,
        "url": url,
        "object": stale.obj,
        "changed_by": history.last(),
        "mine": _pairs(mine),
        "merged": _pairs(merged),
    }
    return page(request, "409.html", context, fragment="conflict", status=409)


def _put(data: QueryDict, name: str, field: forms.Field, value: Any) -> None:
    """Write a stored value as the browser would post it; an unticked box posts nothing."""
    data.pop(name, None)
    if value not in (None, False, ""):
        data[name] = "on" if value is True else str(field.prepare_value(value))


def _shown(field: Any, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(field, "queryset"):
        return str(value)
    return str(dict(getattr(field, "choices", ())).get(value, value))


def _pairs(data: QueryDict) -> list[tuple[str, str]]:
    return [(k, v) for k, vs in data.lists() for v in vs if k != "csrfmiddlewaretoken"]
