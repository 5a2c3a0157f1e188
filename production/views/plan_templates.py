"""Templates of plans, and plans of other contracts, put on a contract: choose, look, confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.models import Contract
from erp.access import allowed, demand, fetch
from erp.htmx import Request, done, page
from erp.workflow import Blocked
from production.interchange.cloning import clone_plan, copy_plan
from production.interchange.drafts import DraftPlan
from production.interchange.forms import CloneForm, SaveTemplateForm, TemplateForm
from production.interchange.models import PlanTemplate
from production.interchange.tables import draft_rows, template_rows
from production.interchange.templates import apply_template, lay_out, may_make, save_template, set_active
from production.views.plan_files import CONTRACTS, planned
from production.views.tasks import crumbs


def _sent(request: Request, name: str) -> Any:
    """What was chosen: by a look (GET) or a confirmation (POST); None at first."""
    if request.method == "POST":
        return request.POST
    return request.GET if name in request.GET else None


def _first_day(contract: Contract) -> dict[str, Any]:
    return {"start": max(contract.signed_on, timezone.localdate())}


@require_http_methods(["GET", "HEAD", "POST"])
def plan_template(request: Request, pk: int) -> HttpResponse:
    """A template on a contract: the dates it would have, then its tasks."""
    contract, departments = planned(request, pk)
    data = _sent(request, "template")
    form = TemplateForm(data, departments=departments, initial=_first_day(contract))
    plan = None
    if form.is_valid():
        chosen, start, places = form.cleaned_data["template"], form.cleaned_data["start"], form.places()
        plan = lay_out(chosen, start, places)
        answer = _written(
            request,
            form,
            contract,
            lambda: apply_template(chosen, contract, actor=request.user, start=start, places=places),
        )
        if answer:
            return answer
    more = {"places": form.place_fields(), "templates": reverse("production:templates")}
    return _look(request, contract, form, plan, _("Apply plan template"), more)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_clone(request: Request, pk: int) -> HttpResponse:
    """The plan of another contract on this one: the dates it would have, then its tasks."""
    contract, departments = planned(request, pk)
    form = CloneForm(
        _sent(request, "source"), user=request.user, contract=contract, initial=_first_day(contract)
    )
    plan = None
    if form.is_valid():
        source, start = form.cleaned_data["source"], form.cleaned_data["start"]
        plan = copy_plan(source, start, user=request.user, departments=departments)
        answer = _written(
            request,
            form,
            contract,
            lambda: clone_plan(source, contract, actor=request.user, start=start, departments=departments),
        )
        if answer:
            return answer
    return _look(request, contract, form, plan, _("Clone plan"), {"numbers": list(form.choices())})


def _written(request: Request, form: Any, contract: Contract, deed: Callable[[], Any]) -> HttpResponse | None:
    """After a confirmation the tasks are there; a refusal becomes a sentence on the form."""
    if request.method != "POST":
        return None
    try:
        tasks = deed()
    except Blocked as why:
        form.add_error(None, str(why))
        return None
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
        return None
    told = _("%(n)s tasks added.") % {"n": len(tasks)}
    return done(request, reverse("production:tasks", args=[contract.pk]), message=told)


def _look(
    request: Request, contract: Contract, form: Any, plan: DraftPlan | None, title: str, more: dict[str, Any]
) -> HttpResponse:
    context = {
        "contract": contract,
        "form": form,
        "title": title,
        "looked": plan is not None,
        "rows": draft_rows(plan, contract, request.user) if plan else [],
        "total": len(plan.drafts) if plan else 0,
        "frozen": contract.frozen(),
        "back": reverse("production:tasks", args=[contract.pk]),
        "crumbs": crumbs(contract, None, title),
        **more,
    }
    status = 422 if form.errors and request.method == "POST" else 200
    return page(request, "production/plan_start.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_template_save(request: Request, pk: int) -> HttpResponse:
    """The plan of a contract as a template for others."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    demand(request.user, "view_tasks", contract)
    if not may_make(request.user):
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form = SaveTemplateForm(data, user=request.user, contract=contract)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("name", "note")}
        try:
            made = save_template(contract, actor=request.user, without=form.without(), **fields)
            return done(request, made.get_absolute_url(), message=_("Template saved."))
        except Blocked as why:
            form.add_error(None, str(why))
    title = _("Save as plan template")
    context = {"contract": contract, "form": form, "title": title, "crumbs": crumbs(contract, None, title)}
    context["back"] = reverse("production:tasks", args=[pk])
    return page(
        request,
        "production/template_save.html",
        context,
        fragment="form",
        status=422 if form.is_bound else 200,
    )


# --- the templates themselves ---------------------------------------------------------------------------


@require_safe
def templates(request: Request) -> HttpResponse:
    """All templates; those put away stand at the end."""
    rows = PlanTemplate.objects.for_user(request.user).annotate(count=Count("tasks"))
    return page(request, "production/templates.html", {"rows": list(rows[:500])})


@require_safe
def template(request: Request, pk: int) -> HttpResponse:
    """One template: its tasks and what they wait for."""
    found = fetch(PlanTemplate.objects.all(), request.user, pk=pk)
    context = {
        "template": found,
        "rows": template_rows(found),
        "may_change": allowed(request.user, "change", found),
        "crumbs": [
            {"url": reverse("production:templates"), "label": _("Plan templates")},
            {"label": found.name},
        ],
    }
    return page(request, "production/template.html", context)


@require_POST
def template_deactivate(request: Request, pk: int) -> HttpResponse:
    """Put a template away."""
    return _turned(request, pk, active=False, message=_("Template put away."))


@require_POST
def template_activate(request: Request, pk: int) -> HttpResponse:
    """Offer a template again."""
    return _turned(request, pk, active=True, message=_("Template is offered again."))


def _turned(request: Request, pk: int, *, active: bool, message: str) -> HttpResponse:
    found = fetch(PlanTemplate.objects.all(), request.user, "change", pk=pk)
    try:
        set_active(found, actor=request.user, active=active)
    except Blocked as why:
        messages.error(request, str(why))
        message = ""
    return done(request, found.get_absolute_url(), message=message)
