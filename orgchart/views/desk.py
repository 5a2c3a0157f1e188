"""What all pages of one kind of record share: list, new, edit, deactivate, activate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from erp.access import allowed, fetch
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.workflow import Blocked, Stale
from orgchart import queries, tables
from orgchart.services.records import may_add

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """One kind of record: its table, form, services and words."""

    table: tables.Table
    model: Any
    form: Any
    create: Callable[..., Any]
    edit: Callable[..., Any]
    deactivate: Callable[..., Any]
    activate: Callable[..., Any]
    title: Any  # of the list
    new: Any  # button and title of the empty form
    save: Any  # button
    off: Any  # button that deactivates
    on: Any  # button that activates
    off_means: Any  # what deactivating does, said before
    top_only: bool = False  # others may not even look

    @property
    def list_url(self) -> str:
        return reverse(f"orgchart:{self.table.plural}")

    def url(self, deed: str, pk: int) -> str:
        return reverse(f"orgchart:{self.table.stem}_{deed}", args=[pk])


def attempt(form: Any, deed: Callable[[], T]) -> T | None:
    """Do it, or say in the form why not (then None). Stale goes on to the conflict page."""
    try:
        with transaction.atomic():
            return deed()
    except Blocked as why:
        form.add_error(None, str(why))
    except ValidationError as wrong:
        for name, errors in getattr(wrong, "error_dict", {None: wrong}).items():
            form.add_error(name if name in form.fields else None, errors)
    except IntegrityError:
        form.add_error(None, _("Somebody else saved the same just now. Choose another name."))
    return None


def list_page(request: Request, desk: Desk) -> HttpResponse:
    demand_look(request, desk)
    rows = desk.table.rows().for_user(request.user)  # type: ignore[attr-defined]  # ScopedQuerySet
    may = may_add(request.user, desk.model)
    listing = tables.read(desk.table, rows, request.GET, writable=may)
    context = {
        "desk": desk,
        "listing": listing,
        "head": tables.head(listing, request.GET),
        "selects": tables.selects(listing),
        "new_url": tables.new_url(desk.table) if may else "",
        "crumbs": [{"label": desk.title}],
    }
    return page(request, "orgchart/list.html", context, fragment="table")


def new_page(request: Request, desk: Desk) -> HttpResponse:
    if not may_add(request.user, desk.model):
        raise PermissionDenied
    form = desk.form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = attempt(form, lambda: desk.create(actor=request.user, **form.cleaned_data))
        if made is not None:
            return done(request, desk.list_url, message=_("%(record)s is saved.") % {"record": made})
    return form_page(request, desk, form)


def edit_page(request: Request, desk: Desk, pk: int) -> HttpResponse:
    demand_look(request, desk)
    record = fetch(desk.model.objects.all(), request.user, "change", pk=pk)
    form = desk.form(request.POST if request.method == "POST" else None, instance=record)
    if form.is_valid():
        try:
            saved = attempt(form, lambda: desk.edit(_stored(record), actor=request.user, **form.cleaned_data))
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if saved is not None:
            return done(request, desk.list_url, message=_("%(record)s is saved.") % {"record": saved})
    return form_page(request, desk, form, _stored(record))


def form_page(request: Request, desk: Desk, form: Any, record: Any = None) -> HttpResponse:
    active = record is not None and getattr(record, desk.table.active)
    switchable = record is not None and allowed(request.user, "deactivate", record)
    title = str(record) if record is not None else desk.new
    context = {
        "desk": desk,
        "form": form,
        "title": title,
        "record": record,
        "off_url": desk.url("deactivate", record.pk) if switchable and active else "",
        "on_url": desk.url("activate", record.pk) if switchable and not active else "",
        "password_url": desk.url("password", record.pk) if record and desk.top_only else "",
        "crumbs": [{"label": desk.title, "url": desk.list_url}, {"label": title}],
    }
    status = 422 if form.errors else 200
    return page(request, "orgchart/record_form.html", context, fragment="form", status=status)


def deactivate_page(request: Request, desk: Desk, pk: int) -> HttpResponse:
    demand_look(request, desk)
    record = fetch(desk.model.objects.all(), request.user, "deactivate", pk=pk)
    why = ""
    if request.method == "POST":
        try:
            desk.deactivate(record, actor=request.user)
        except Blocked as blocked:
            why = str(blocked)
        else:
            return done(request, desk.list_url, message=_("%(record)s is deactivated.") % {"record": record})
    context = {
        "desk": desk,
        "record": record,
        "why": why,
        "ties": queries.ties(record),
        "back": desk.url("edit", pk),
        "crumbs": [{"label": desk.title, "url": desk.list_url}, {"label": record}],
    }
    return page(request, "orgchart/record_deactivate.html", context, status=422 if why else 200)


def activate(request: Request, desk: Desk, pk: int) -> HttpResponse:
    demand_look(request, desk)
    record = fetch(desk.model.objects.all(), request.user, "activate", pk=pk)
    try:
        desk.activate(record, actor=request.user)
    except Blocked as why:
        messages.error(request, str(why))
        return done(request, desk.url("edit", pk))
    return done(request, desk.list_url, message=_("%(record)s is active again.") % {"record": record})


def demand_look(request: Request, desk: Desk) -> None:
    if desk.top_only and not may_add(request.user, desk.model):
        raise PermissionDenied


def _stored(record: Any) -> Any:
    """The row as stored: a form writes what was typed into the instance it was given."""
    return type(record)._base_manager.filter(pk=record.pk).first()
