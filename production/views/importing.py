"""Contracts with their tasks from an office's workbook: choose, look, confirm."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.services import may_create
from erp import sheets
from erp.fields import SheetForm
from erp.htmx import Request, done, page
from erp.models import ImportJob
from erp.workflow import Blocked
from production.importing.columns import HEADS, TEMPLATE
from production.importing.services import check_import, discard_import, jobs_of, run_import


class ConfirmForm(forms.Form):
    open_companies = forms.BooleanField(required=False)
    deed = forms.ChoiceField(choices=[("import", ""), ("discard", "")], required=False)


def _demand(request: Request) -> None:
    if not may_create(request.user):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def import_contracts(request: Request) -> HttpResponse:
    """Choose a file; it is only looked at."""
    _demand(request)
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        job = check_import(file.name, file.read(), actor=request.user)
        return done(request, reverse("production:import_job", args=[job.pk]))
    context = {"form": form, "heads": list(HEADS.values()), "recent": _recent(request)}
    return page(
        request, "production/import.html", context, fragment="form", status=422 if form.is_bound else 200
    )


def _recent(request: Request) -> Any:
    return jobs_of(request.user).defer("payload", "problems").order_by("-pk")[:5]


@require_http_methods(["GET", "HEAD", "POST"])
def import_job(request: Request, pk: int) -> HttpResponse:
    """What the file says and what is wrong with it; POST writes it, or throws it away."""
    job = get_object_or_404(jobs_of(request.user), pk=pk)
    _demand(request)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _confirmed(request, job, form.cleaned_data)
        except Blocked as why:
            form.add_error(None, str(why))
    plan = job.payload.get("contracts", [])
    context = {
        "job": job,
        "form": form,
        "open": job.state == ImportJob.State.CHECKED and not job.problems,
        "contracts": plan[:50],
        "counts": {"contracts": len(plan), "tasks": sum(len(row["tasks"]) for row in plan)},
        "new_companies": job.payload.get("new_companies", []),
        "notes": job.payload.get("notes", []),
    }
    return page(request, "production/import_job.html", context, status=422 if form.errors else 200)


def _confirmed(request: Request, job: ImportJob, data: dict[str, Any]) -> HttpResponse:
    if data["deed"] == "discard":
        discard_import(job, actor=request.user)
        return done(request, reverse("production:import"), message=_("Import discarded."))
    job = run_import(job, actor=request.user, open_companies=data["open_companies"])
    told = _("%(n)s contracts imported.") % {"n": len(job.result["contracts"])}
    return done(request, reverse("contracts:list"), message=told)


@require_safe
def import_template(request: Request) -> HttpResponse:
    """An empty workbook with our headings and one row that shows how."""
    _demand(request)
    example = {
        "number": "HT-2026-101",
        "name": "灌装线改造",
        "company": "蓝海食品",
        "manager": "何项目",
        "signed_on": "2026-03-02",
        "planned_delivery": "2026-06-30",
        "deal_amount": "980000",
        "task": "机械结构设计",
        "department": "机械部",
        "start": "2026-03-05",
        "duration": "10",
    }
    rows = [[example.get(key, "") for key in TEMPLATE]]
    return sheets.sheet("xlsx", _("contract-import"), [HEADS[key] for key in TEMPLATE], rows)
