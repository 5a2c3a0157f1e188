"""One acceptance: its rounds, the checklist of the level that waits, and its decision."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from acceptance import services
from acceptance.forms import CheckForm, RejectForm
from acceptance.models import Acceptance, AcceptanceStep
from acceptance.queries import step_waiting, with_rounds
from acceptance.services.telling import names_of, pending_step
from acceptance.states import Result, may_decide
from acceptance.tables import rounds_of, scope_word, tasks_seen
from contracts.forms import attempt, overtaken
from erp.access import allowed, fetch, held
from erp.htmx import Request, done, open_to_customers, page
from erp.roles import Role
from erp.workflow import Stale

ACCEPTANCES = Acceptance.objects.select_related(
    "contract__manager__user", "contract__company", "department", "task__assignee", "applied_by"
)


@open_to_customers
@require_safe
def acceptance(request: Request, pk: int) -> HttpResponse:
    """The page of one acceptance; a customer is led to their own."""
    found: Acceptance = fetch(ACCEPTANCES, request.user, pk=pk)
    if request.user.role == Role.CUSTOMER:
        return redirect("acceptance:portal_acceptance", pk=pk)
    return _page(request, found)


@require_POST
def check(request: Request, pk: int) -> HttpResponse:
    """Keep what was found so far; nothing is decided."""
    found, step = step_here(request, pk, "check")
    form = CheckForm(request.POST, step=step, user=request.user)
    return _answer(request, found, form, keeping(request, step, form), _("Findings saved."))


@require_http_methods(["GET", "HEAD", "POST"])
def pass_(request: Request, pk: int) -> HttpResponse:
    """Pass the level that waits, with the findings of the form."""
    found, step = step_here(request, pk, "pass_step")
    if request.method != "POST":
        return _page(request, found)
    form = CheckForm(request.POST, step=step, user=request.user)

    def deed() -> Any:
        return services.pass_step(
            step,
            actor=request.user,
            version=seen(form),
            findings=form.findings(),
            evidence=form.evidence(),
            despite_rework=form.knows_rework(),
        )

    return _answer(request, found, form, deed, _("Level passed."))


@require_http_methods(["GET", "HEAD", "POST"])
def reject(request: Request, pk: int) -> HttpResponse:
    """Reject the level that waits: reason, defects, rework."""
    found, step = step_here(request, pk, "reject_step")
    if "findings" in request.POST:
        return _findings_first(request, found, step)
    form = RejectForm(request.POST if request.method == "POST" else None, step=step, user=request.user)
    status = 200 if not form.is_bound else 422
    try:
        if rejected(form, step, request):
            return done(request, found.get_absolute_url(), message=_("Acceptance rejected."))
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else was faster. Look at it again."))
    context = {**_about(found), "form": form, "step": step}
    return page(request, "acceptance/reject.html", context, fragment="form", status=status)


def rejected(form: RejectForm, step: AcceptanceStep, request: Request) -> Any:
    """The rejection as typed; None when the form or the service refuses it."""
    return attempt(
        form,
        lambda: services.reject_step(
            step,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            version=seen(form),
            defects=form.defects(),
            evidence=form.evidence(),
        ),
    )


def _findings_first(request: Request, found: Acceptance, step: AcceptanceStep) -> HttpResponse:
    """From the checklist to the rejection: what was found is kept on the way."""
    form = CheckForm(request.POST, step=step, user=request.user)
    return _answer(request, found, form, keeping(request, step, form), "", f"/acceptance/{found.pk}/reject/")


def keeping(request: Request, step: AcceptanceStep, form: CheckForm) -> Any:
    """The deed that keeps what was found so far."""
    return lambda: services.check_items(
        step, actor=request.user, findings=form.findings(), version=seen(form)
    )


def step_here(request: Request, pk: int, verb: str) -> tuple[Acceptance, AcceptanceStep]:
    """The acceptance and the step that waits, or the last one decided: the service says what is possible.
    404 out of sight, 403 for somebody else's level."""
    found: Acceptance = fetch(ACCEPTANCES, request.user, pk=pk)
    step = pending_step(found) or found.round.steps.order_by("-level").first()
    rows = AcceptanceStep.objects.select_related("round__acceptance__contract")
    return found, fetch(rows, request.user, verb, pk=step.pk if step else 0)


def seen(form: Any) -> int:
    version: int = form.cleaned_data["version"]
    return version


def _answer(
    request: Request, found: Acceptance, form: CheckForm, deed: Any, told: str, to: str = ""
) -> HttpResponse:
    """Do it and go on, or show the page with what was typed and why not."""
    status = 422
    try:
        if attempt(form, deed) is not None:
            return done(request, to or found.get_absolute_url(), message=told)
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else was faster. Look at it again."))
    return _page(request, fetch(ACCEPTANCES, request.user, pk=found.pk), form, status)


def _page(
    request: Request, found: Acceptance, form: CheckForm | None = None, status: int = 200
) -> HttpResponse:
    step = step_waiting(with_rounds(found))
    mine = bool(step) and allowed(request.user, "pass_step", step) if step else False
    why = (may_decide(step, request.user) or found.frozen()) if step and mine else ""
    if form is not None and (step is None or form.step.pk != step.pk):  # somebody else decided it
        why, form = " ".join(map(str, form.non_field_errors())), None
    elif step and mine and not why and form is None:
        form = CheckForm(step=step, user=request.user)
    verbs = held(request.user, {"withdraw", "reapply"}, found) if not found.frozen() else set()
    seen = tasks_seen(found, request.user)
    context = {
        **_about(found),
        "rounds": rounds_of(found, seen),
        "step": step,
        "form": form,
        "may_decide": mine and not why,
        "why": why,
        "waits_for": _(", ").join(names_of(found, step)),
        "may_withdraw": "withdraw" in verbs and _untouched(found),
        "may_reapply": "reapply" in verbs and found.state in ("rejected", "withdrawn"),
        "sees_task": found.task_id in seen,
    }
    return page(request, "acceptance/acceptance.html", context, fragment="acceptance", status=status)


def _untouched(found: Acceptance) -> bool:
    """Under review, and nobody has decided yet."""
    steps = found.rounds.all()[0].steps.all()
    return found.state == "pending" and all(step.result == Result.PENDING for step in steps)


def _about(found: Acceptance) -> dict[str, Any]:
    contract = found.contract
    return {
        "acceptance": found,
        "contract": contract,
        "what": scope_word(found),
        "frozen": found.frozen(),
        "crumbs": crumbs(found),
    }


def crumbs(found: Acceptance, last: Any = "") -> list[dict[str, Any]]:
    contract = found.contract
    way: list[dict[str, Any]] = [
        {"url": f"/contracts/{contract.pk}/acceptance/", "label": f"{contract.number} {contract.name}"},
        {"url": found.get_absolute_url() if last else "", "label": found.title},
    ]
    return [*way, {"url": "", "label": last}] if last else way
