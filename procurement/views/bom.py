"""Bills of materials: paste or choose a file, say what its columns are, look, confirm."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.models import Contract
from erp.access import fetch
from erp.htmx import Request, done, page
from erp.models import ImportJob
from erp.workflow import Blocked
from procurement.bom.columns import LABELS
from procurement.bom.forms import BomForm, DeedForm, SourceForm
from procurement.bom.services import (
    BOM,
    compared,
    departments_of,
    discard_bom,
    map_bom,
    name_of,
    open_bom,
    run_bom,
    tasks_of,
)
from procurement.bom.tables import parts_of
from procurement.services import may_price
from production.interchange.jobs import jobs_of

CONTRACTS = Contract.objects.select_related("company", "manager")


@require_http_methods(["GET", "HEAD", "POST"])
def bom(request: Request, pk: int) -> HttpResponse:
    """Paste cells or choose a file; it is only looked at."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    departments_of(request.user, contract)
    form = SourceForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        job = open_bom(contract, *form.source(), actor=request.user)
        return done(request, reverse("procurement:bom_job", args=[pk, job.pk]))
    jobs = jobs_of(request.user, BOM, contract).defer("payload", "problems").order_by("-pk")[:5]
    recent = [(job, name_of(job)) for job in jobs]
    context = {**_frame(contract), "form": form, "recent": recent, "labels": list(LABELS.values())}
    status = 422 if form.is_bound else 200
    return page(request, "procurement/bom.html", context, fragment="form", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def bom_job(request: Request, pk: int, job: int) -> HttpResponse:
    """What the list says, what is wrong, what it would change; POST maps, writes or discards."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    row = get_object_or_404(jobs_of(request.user, BOM, contract), pk=job)
    departments = departments_of(request.user, contract)
    data = request.POST if request.method == "POST" else None
    tasks = tasks_of(request.user, contract)
    form = BomForm(data, job=row, departments=departments, tasks=tasks)
    try:
        if data is not None and (answer := _decided(request, row, contract, form)):
            return answer
    except Blocked as why:
        form.add_error(None, str(why))
    return _job(request, contract, row, form)


def _decided(request: Request, job: ImportJob, contract: Contract, form: BomForm) -> HttpResponse | None:
    deed = DeedForm(request.POST)
    if not deed.is_valid():  # neither confirmed nor thrown away: the columns count
        if not form.is_valid():
            return None
        map_bom(job, contract, form.choice(), actor=request.user)
        return done(request, request.path)
    if deed.cleaned_data["deed"] == "discard":
        discard_bom(job, actor=request.user)
        url = reverse("procurement:bom", args=[contract.pk])
        return done(request, url, message=_("Import discarded."))
    digest, drop = deed.cleaned_data["digest"], deed.cleaned_data["drop"]
    counts = run_bom(job, contract, actor=request.user, digest=digest, drop=drop)
    told = _("%(added)s items added, %(changed)s changed, %(dropped)s cancelled.") % counts
    return done(request, reverse("procurement:items", args=[contract.pk]), message=told)


def _job(request: Request, contract: Contract, job: ImportJob, form: BomForm) -> HttpResponse:
    open_now = job.state == ImportJob.State.CHECKED
    found = compared(job, contract, actor=request.user)
    context = {
        **_frame(contract),
        "job": job,
        "name": name_of(job),
        "form": form,
        "checked": open_now,
        "ready": open_now and not job.problems and found.anything,
        "parts": parts_of(found) if open_now else [],
        "idle": open_now and not job.problems and not found.anything,
        "gone": len(found.gone),
        "digest": found.digest,
        "prices": may_price(request.user, contract),
        "skipped": job.payload.get("skipped", []),
        "notes": job.payload.get("notes", []),
    }
    return page(request, "procurement/bom_job.html", context, status=422 if form.errors else 200)


def _frame(contract: Contract) -> dict[str, Any]:
    tab = reverse("procurement:items", args=[contract.pk])
    again = reverse("procurement:bom", args=[contract.pk])
    crumbs = [
        {"url": tab, "label": f"{contract.number} {contract.name}"},
        {"url": "", "label": _("Import bill of materials")},
    ]
    return {"contract": contract, "back": tab, "again": again, "crumbs": crumbs}
