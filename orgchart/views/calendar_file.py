"""A year's public holidays from a file: choose, look, confirm."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from erp import sheets
from erp.dates import WEEKDAYS, short_day
from erp.fields import SheetForm
from erp.htmx import Request, done, page
from erp.models import ImportJob
from erp.workflow import Blocked
from orgchart import services
from orgchart.services.calendar_file import HEADS, changes_of_job, jobs_of, rules_of
from orgchart.views.proposal import Outlook, outlook


def _demand(request: Request) -> None:
    if not services.may_edit_calendar(request.user, None):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_import(request: Request) -> HttpResponse:
    """Choose a file; it is only looked at."""
    _demand(request)
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        job = services.check_days(file.name, file.read(), actor=request.user)
        return done(request, reverse("orgchart:calendar_import_job", args=[job.pk]))
    recent = jobs_of(request.user).defer("payload", "problems").order_by("-pk")[:5]
    context = {"form": form, "recent": recent, "crumbs": _crumbs()}
    return page(request, "orgchart/calendar_import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_import_job(request: Request, pk: int) -> HttpResponse:
    """What the file says, what is wrong with it and what it moves; POST writes it or throws it away."""
    job = get_object_or_404(jobs_of(request.user), pk=pk)
    _demand(request)
    found, error = outlook(changes_of_job(job), request), ""
    if request.method == "POST":
        try:
            return _confirmed(request, job, found)
        except Blocked as why:
            error = str(why)
    context = {
        "job": job,
        "error": error,
        "outlook": found,
        "open": job.state == ImportJob.State.CHECKED and not job.problems,
        "days": _days(job),
        "notes": job.payload.get("notes", []),
        "crumbs": [*_crumbs(link=True), {"label": job.file_name}],
    }
    return page(request, "orgchart/calendar_import_job.html", context, status=422 if error else 200)


def _confirmed(request: Request, job: ImportJob, found: Outlook) -> HttpResponse:
    if request.POST.get("deed") == "discard":
        services.discard_days(job, actor=request.user)
        return done(request, reverse("orgchart:calendar_import"), message=_("Import discarded."))
    if request.POST.get("confirmed") != found.mark:
        raise Blocked(_("What moves has changed since you looked. Look again, then confirm."))
    years = sorted({day.year for day, rule in rules_of(job)[0].items() if not rule.working})
    job = services.import_days(job, actor=request.user)
    told = _("%(n)s days are entered.") % {"n": job.result["days"]}
    year = f"?year={years[-1]}" if years else ""
    return done(request, f"{reverse('orgchart:calendar')}{year}", message=told)


def _days(job: ImportJob) -> list[dict[str, Any]]:
    rules, names = rules_of(job)
    return [
        {
            "day": short_day(day),
            "weekday": WEEKDAYS[day.weekday()],
            "working": rule.working,
            "name": names.get(day, ""),
        }
        for day, rule in sorted(rules.items())
    ]


@require_safe
def calendar_template(request: Request) -> HttpResponse:
    """A workbook with our headings and two rows that show how."""
    _demand(request)
    heads = HEADS["en" if get_language() == "en" else "zh"]
    rows = [["2027-01-01", "2027-01-03", "休", "元旦"], ["2027-01-09", "", "班", "元旦调休"]]
    return sheets.sheet("xlsx", _("calendar-import"), list(heads), rows)


def _crumbs(*, link: bool = False) -> list[dict[str, Any]]:
    here: dict[str, Any] = {"label": _("Import public holidays")}
    if link:
        here["url"] = reverse("orgchart:calendar_import")
    return [{"label": _("Working calendar"), "url": reverse("orgchart:calendar")}, here]
