"""Leave: who is away when."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from erp.access import fetch
from erp.htmx import Request, page
from orgchart import services
from orgchart.calendar_forms import LeaveForm
from orgchart.calendar_tables import leave_page
from orgchart.models import Leave
from orgchart.services.calendar import changes_of_leave, changes_of_return
from orgchart.views.calendar import form_page, remove_page
from orgchart.views.proposal import Proposal, decide

form_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def leave(request: Request) -> HttpResponse:
    shown, lines, show = leave_page(request.user, request.GET)
    crumbs = [{"label": _("Working calendar"), "url": reverse("orgchart:calendar")}, {"label": _("Leave")}]
    may = services.editable_departments(request.user).exists()
    context = {"page": shown, "lines": lines, "show": show, "may_add": may, "crumbs": crumbs}
    return page(request, "orgchart/leave.html", context)


@form_methods
def leave_new(request: Request) -> HttpResponse:
    if not services.editable_departments(request.user).exists():
        raise PermissionDenied
    form = LeaveForm(request.POST if request.method == "POST" else None, user=request.user)
    title, back = _("Add leave"), reverse("orgchart:leave")

    def answer() -> HttpResponse:
        return form_page(request, form, title, "", _crumbs(title), back)

    if not form.is_valid():
        return answer()
    fields = dict(form.cleaned_data)
    person = fields.pop("person")
    proposal = Proposal(
        title=f"{title}: {person}",
        changes=changes_of_leave(form.instance),
        write=lambda: services.add_leave(person, actor=request.user, **fields),
        submit=title,
        said=_("The leave is saved."),
        back=back,
        crumbs=_crumbs(title),
    )
    return decide(request, form, proposal, answer)


@form_methods
def leave_edit(request: Request, pk: int) -> HttpResponse:
    stored = _fetch(request, "change", pk)
    data = request.POST if request.method == "POST" else None
    form = LeaveForm(data, user=request.user, instance=_fetch(request, "change", pk))
    back, remove = reverse("orgchart:leave"), reverse("orgchart:leave_remove", args=[pk])

    def answer() -> HttpResponse:
        return form_page(request, form, str(stored), "", _crumbs(str(stored)), back, remove)

    if not form.is_valid():
        return answer()
    fields = dict(form.cleaned_data)
    version = fields.pop("version")
    proposal = Proposal(
        title=str(stored),
        changes=changes_of_leave(form.instance, stored),
        write=lambda: services.change_leave(stored, actor=request.user, version=version, **fields),
        submit=_("Save leave"),
        said=_("The leave is saved."),
        back=back,
        crumbs=_crumbs(str(stored)),
        record=stored,
    )
    return decide(request, form, proposal, answer)


@form_methods
def leave_remove(request: Request, pk: int) -> HttpResponse:
    row = _fetch(request, "remove", pk)
    title = _("Remove leave")
    proposal = Proposal(
        title=f"{title}: {row}",
        changes=changes_of_return(row),
        write=lambda: services.remove_leave(row, actor=request.user, version=row.version),
        submit=title,
        said=_("%(record)s is removed.") % {"record": row},
        back=reverse("orgchart:leave"),
        crumbs=_crumbs(title),
        record=row,
        danger=True,
    )
    return remove_page(request, proposal)


def _fetch(request: Request, verb: str, pk: int) -> Leave:
    found: Leave = fetch(Leave.objects.select_related("person"), request.user, verb, pk=pk)
    return found


def _crumbs(title: str) -> list[dict[str, Any]]:
    return [
        {"label": _("Working calendar"), "url": reverse("orgchart:calendar")},
        {"label": _("Leave"), "url": reverse("orgchart:leave")},
        {"label": title},
    ]
