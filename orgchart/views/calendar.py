"""The working calendar: the year, the week, special days."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from erp.access import fetch
from erp.htmx import Request, page
from orgchart import services
from orgchart.calendar_forms import DayEditForm, DayForm, VersionForm, week_form
from orgchart.calendar_tables import year_of
from orgchart.calendars import YEARS_AHEAD, YEARS_BACK, known_until
from orgchart.models import CalendarDay, Department, WorkWeek
from orgchart.services.calendar import changes_of_days, changes_of_edit, changes_of_removal, changes_of_week
from orgchart.views.proposal import Proposal, decide, outlook, preview

form_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def calendar(request: Request) -> HttpResponse:
    today = timezone.localdate()
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    year = _number(request.GET.get("year", ""))
    year = year if year in years else today.year
    departments = list(Department.objects.for_user(request.user).active())
    department = next((d for d in departments if d.pk == _number(request.GET.get("department", ""))), None)
    may = services.may_edit_calendar(request.user, department)
    context = {
        "year": year_of(year, department, request.user),
        "department": department,
        "departments": departments,
        "before": year - 1 if year - 1 in years else 0,
        "after": year + 1 if year + 1 in years else 0,
        "may_edit": may,
        "may_add": may or _keeps_any(request),
        "may_import": services.may_edit_calendar(request.user, None),
        "known_until": known_until(),
        "crumbs": [{"label": _("Working calendar")}],
    }
    return page(request, "orgchart/calendar.html", context)


@form_methods
def calendar_week(request: Request) -> HttpResponse:
    """`?department=` names the department; without, the whole company."""
    department = _kept_department(request)
    row = WorkWeek.objects.for_user(request.user).filter(department=department).first()
    form = week_form(request.POST if request.method == "POST" else None, row, department)
    crumbs, back = _crumbs(_("Edit work week"), department), _home(department)

    def answer() -> HttpResponse:
        lead = str(department or _("Whole company"))
        return form_page(request, form, _("Edit work week"), lead, crumbs, back)

    if not form.is_valid():
        return answer()
    weekdays, version = form.weekdays(), form.cleaned_data["version"]
    proposal = Proposal(
        title=_("Edit work week"),
        changes=changes_of_week(department, weekdays),
        write=lambda: services.set_week(department, weekdays, actor=request.user, version=version),
        submit=_("Save work week"),
        said=_("The work week is saved."),
        back=back,
        crumbs=crumbs,
        record=row,
    )
    return decide(request, form, proposal, answer)


@form_methods
def calendar_day_new(request: Request) -> HttpResponse:
    if not _keeps_any(request):
        raise PermissionDenied
    asked = {key: request.GET.get(key, "") for key in ("department", "day")}
    form = DayForm(request.POST if request.method == "POST" else None, user=request.user, initial=asked)
    title = _("Add special day")
    crumbs = _crumbs(title)

    def answer() -> HttpResponse:
        return form_page(request, form, title, "", crumbs, _home())

    if not form.is_valid():
        return answer()
    department, rules, name = form.cleaned_data["department"], form.rules(), form.cleaned_data["name"]
    proposal = Proposal(
        title=title,
        changes=changes_of_days(department, rules),
        write=lambda: services.set_days(department, rules, actor=request.user, name=name, fresh=True),
        submit=title,
        said=_("The special day is saved."),
        back=_home(department, min(rules).year),
        crumbs=crumbs,
    )
    return decide(request, form, proposal, answer)


@form_methods
def calendar_day_edit(request: Request, pk: int) -> HttpResponse:
    row = fetch(CalendarDay.objects.select_related("department"), request.user, "change", pk=pk)
    stored = fetch(CalendarDay.objects.select_related("department"), request.user, pk=pk)
    form = DayEditForm(request.POST if request.method == "POST" else None, instance=row)
    crumbs = _crumbs(str(stored), stored.department)

    def answer() -> HttpResponse:
        lead, remove = str(stored.department or _("Whole company")), _remove_url(stored)
        return form_page(request, form, str(stored), lead, crumbs, _home(stored.department), remove)

    if not form.is_valid():
        return answer()
    fields = dict(form.cleaned_data)
    version = fields.pop("version")
    proposal = Proposal(
        title=str(stored),
        changes=changes_of_edit(stored, fields),
        write=lambda: services.change_day(stored, actor=request.user, version=version, **fields),
        submit=_("Save special day"),
        said=_("The special day is saved."),
        back=_home(stored.department, fields["day"].year),
        crumbs=crumbs,
        record=stored,
    )
    return decide(request, form, proposal, answer)


@form_methods
def calendar_day_remove(request: Request, pk: int) -> HttpResponse:
    row = fetch(CalendarDay.objects.select_related("department"), request.user, "remove", pk=pk)
    title = _("Remove special day")
    proposal = Proposal(
        title=f"{title}: {row}",
        changes=changes_of_removal(row),
        write=lambda: services.remove_day(row, actor=request.user, version=row.version),
        submit=title,
        said=_("%(record)s is removed.") % {"record": row},
        back=_home(row.department, row.day.year),
        crumbs=_crumbs(title, row.department),
        record=row,
        danger=True,
    )
    return remove_page(request, proposal)


def remove_page(request: Request, proposal: Proposal) -> HttpResponse:
    """The preview of a removal at once: there is nothing to type."""
    fresh = QueryDict(mutable=True)
    fresh["version"] = str(proposal.record.version)
    form = VersionForm(request.POST if request.method == "POST" else fresh)

    def again() -> HttpResponse:
        found, status = outlook(proposal.changes, request), 422 if request.method == "POST" else 200
        return preview(request, VersionForm(fresh), proposal, found, status=status)

    if request.method != "POST" or not form.is_valid():
        return again()
    return decide(request, form, proposal, again)


def form_page(
    request: Request, form: Any, title: str, lead: str, crumbs: Any, back: str, remove_url: str = ""
) -> HttpResponse:
    """The form of a proposal, empty or as typed."""
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "crumbs": crumbs,
        "back": back,
        "remove_url": remove_url,
    }
    return page(request, "orgchart/calendar_form.html", context, status=422 if form.errors else 200)


def _kept_department(request: Request) -> Department | None:
    """The department that the URL names, None for the whole company. Raises Http404 for one there is
    not, PermissionDenied for a calendar that the asking person may not change."""
    asked = request.GET.get("department", "")
    rows = Department.objects.for_user(request.user).active()
    found: Department | None = rows.filter(pk=_number(asked)).first() if asked else None
    if asked and found is None:
        raise Http404
    if not services.may_edit_calendar(request.user, found):
        raise PermissionDenied
    return found


def _keeps_any(request: Request) -> bool:
    """Whether there is a calendar that the asking person may change."""
    return (
        services.may_edit_calendar(request.user, None) or services.editable_departments(request.user).exists()
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _home(department: Department | None = None, year: int = 0) -> str:
    query = QueryDict(mutable=True)
    if year:
        query["year"] = str(year)
    if department:
        query["department"] = str(department.pk)
    return reverse("orgchart:calendar", query=query)


def _remove_url(row: CalendarDay) -> str:
    return reverse("orgchart:calendar_day_remove", args=[row.pk])


def _crumbs(title: str, department: Department | None = None) -> list[dict[str, Any]]:
    return [{"label": _("Working calendar"), "url": _home(department)}, {"label": title}]
