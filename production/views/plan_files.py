"""Plans from MS Project and from task lists: choose, look, confirm; and out again."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.models import Contract
from erp.access import demand, fetch
from erp.fields import SheetForm
from erp.htmx import Request, done, page
from erp.models import ImportJob
from erp.workflow import Blocked
from orgchart.models import Department
from production.interchange.drafts import DraftPlan
from production.interchange.exporting import export_plan
from production.interchange.forms import ColumnsForm, DeedForm, PlanFileForm
from production.interchange.jobs import jobs_of, plannable
from production.interchange.list_columns import LABELS, LIST
from production.interchange.list_services import map_list, open_list
from production.interchange.services import PLAN, check_plan, discard_plan, run_plan
from production.interchange.tables import draft_rows
from production.views.tasks import crumbs

CONTRACTS = Contract.objects.select_related("company", "manager")


def planned(request: Request, pk: int) -> tuple[Contract, list[Department]]:
    """The contract, and the departments one plans for in it: 404, or 403 for none."""
    contract: Contract = fetch(CONTRACTS, request.user, pk=pk)
    return contract, plannable(request.user, contract)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_import(request: Request, pk: int) -> HttpResponse:
    """Choose an MS Project file; it is only looked at."""
    contract, departments = planned(request, pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PlanFileForm(*sent, departments=departments)
    if form.is_valid():
        file, chosen = form.cleaned_data["file"], form.cleaned_data["department"]
        job = check_plan(contract, file.name, file.read(), actor=request.user, department=chosen)
        return done(request, reverse("production:plan_job", args=[pk, job.pk]))
    return _choose(request, contract, form, PLAN, _("Import plan"))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_list(request: Request, pk: int) -> HttpResponse:
    """Choose a workbook or CSV file with a task list; it is only looked at."""
    contract, _departments = planned(request, pk)
    form = SheetForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        file = form.cleaned_data["file"]
        job = open_list(contract, file.name, file.read(), actor=request.user)
        return done(request, reverse("production:plan_list_job", args=[pk, job.pk]))
    return _choose(request, contract, form, LIST, _("Import task list"))


def _choose(request: Request, contract: Contract, form: Any, what: str, title: str) -> HttpResponse:
    recent = jobs_of(request.user, what, contract).defer("payload", "problems").order_by("-pk")[:5]
    context = {
        "contract": contract,
        "form": form,
        "title": title,
        "what": what,
        "recent": recent,
        "labels": list(LABELS.values()),
        "crumbs": crumbs(contract, None, title),
        "back": reverse("production:tasks", args=[contract.pk]),
    }
    status = 422 if form.is_bound else 200
    return page(request, "production/plan_import.html", context, fragment="form", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_job(request: Request, pk: int, job: int) -> HttpResponse:
    """What the file would make and what is wrong with it; POST writes it, or throws it away."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    row = get_object_or_404(jobs_of(request.user, PLAN, contract), pk=job)
    plannable(request.user, contract)
    form = DeedForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _decided(request, row, contract, form.cleaned_data["deed"], "plan_import")
        except Blocked as why:
            form.add_error(None, str(why))
    title = _("Import plan")
    return _job(request, contract, row, form, {"title": title, "again": "plan_import"})


def _decided(request: Request, job: ImportJob, contract: Contract, deed: str, again: str) -> HttpResponse:
    if deed == "discard":
        discard_plan(job, actor=request.user)
        url = reverse(f"production:{again}", args=[contract.pk])
        return done(request, url, message=_("Import discarded."))
    if deed != "import":
        raise Blocked(_("Choose what becomes of the file."))
    tasks = run_plan(job, contract, actor=request.user)
    told = _("%(n)s tasks imported.") % {"n": len(tasks)}
    return done(request, reverse("production:tasks", args=[contract.pk]), message=told)


def _job(
    request: Request, contract: Contract, job: ImportJob, form: Any, more: dict[str, Any]
) -> HttpResponse:
    plan = DraftPlan.from_json(job.payload)
    context = {
        "contract": contract,
        "job": job,
        "form": form,
        "checked": job.state == ImportJob.State.CHECKED,
        "open": job.state == ImportJob.State.CHECKED and not job.problems,
        "rows": draft_rows(plan, contract, request.user),
        "total": len(plan.drafts),
        "links": len(plan.ties),
        "notes": job.payload.get("notes", []),
        "again": reverse(f"production:{more.pop('again')}", args=[contract.pk]),
        "back": reverse("production:tasks", args=[contract.pk]),
        "crumbs": crumbs(contract, None, more["title"]),
        **more,
    }
    return page(request, "production/plan_job.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_list_job(request: Request, pk: int, job: int) -> HttpResponse:
    """Which column is what, what the list would make, what is wrong; POST maps, writes or discards."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    row = get_object_or_404(jobs_of(request.user, LIST, contract), pk=job)
    departments = plannable(request.user, contract)
    form = _columns(row, departments, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            if form.cleaned_data["deed"] in ("import", "discard"):
                return _decided(request, row, contract, form.cleaned_data["deed"], "plan_list")
            chosen = form.cleaned_data["department"]
            map_list(row, contract, form.mapping(), actor=request.user, department=chosen)
            return done(request, request.path)
        except Blocked as why:
            form.add_error(None, str(why))
    return _job(
        request, contract, row, form, {"title": _("Import task list"), "again": "plan_list", "list": True}
    )


def _columns(job: ImportJob, departments: list[Department], data: Any) -> ColumnsForm:
    rows, at = job.payload.get("rows", []), job.payload.get("heading", 0)
    mapping, department = job.payload.get("mapping", {}), job.payload.get("department")
    return ColumnsForm(
        data,
        headings=rows[at] if rows else [],
        samples=rows[at + 1] if len(rows) > at + 1 else [],
        departments=departments,
        initial={**{f"c{place}": name for place, name in mapping.items()}, "department": department},
    )


@require_safe
def plan_export(request: Request, pk: int) -> HttpResponse:
    """The plan as an MS Project file: the tasks one may see."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    demand(request.user, "view_tasks", contract)
    data = export_plan(contract, actor=request.user)
    name = content_disposition_header(True, f"{contract.number}.xml") or ""
    headers = {"Content-Disposition": name}
    return HttpResponse(data, content_type="application/xml; charset=utf-8", headers=headers)
