"""The plan of a contract examined and put elsewhere as a whole; proposals, undo, baselines, reasons."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts.frame import frame
from contracts.models import Contract
from erp.access import demand, fetch, held
from erp.htmx import Request, done, page
from erp.workflow import Blocked
from production.analysis import Analysis, deliveries_on_time, moves_in_sight, slips
from production.filters import page_number
from production.foresight import Wish, foresee
from production.forms import BaselineForm, LevelForm, ReasonForm, planned_departments
from production.models import Baseline, Deed, PlanChange, PlanMove, Task
from production.previews import Preview, changed_rows
from production.reasons import why_words
from production.replanning import backward_plan, level_plan, roll_wish
from production.services import (
    Overtaken,
    apply_change,
    decline_change,
    may_wish,
    take_baseline,
    undo_change,
    wish_from,
    wish_of,
)
from production.states import ChangeState
from production.views.answers import REFUSALS, blocked_plan, form_words, why_not
from production.views.planning import told, weigh

CONTRACTS = Contract.objects.select_related("company", "manager")
CHANGES = PlanChange.objects.select_related("contract", "contract__manager", "author")
ROWS, RECENT = 100, 20


@require_safe
def plan(request: Request, pk: int) -> HttpResponse:
    """Where the plan ends, its critical chain, float and slip of every task, and what changed it."""
    contract = fetch(CONTRACTS, request.user, "view_tasks", pk=pk)
    baselines = list(Baseline.objects.for_user(request.user).filter(contract=contract).order_by("id"))
    found = Analysis(contract, request.user, _chosen(request, baselines))
    may = held(request.user, ["manage_tasks"], contract) and not contract.frozen()
    waiting = Case(When(state=ChangeState.PROPOSED, then=Value(0)), default=Value(1))
    changes = CHANGES.for_user(request.user).filter(contract=contract).order_by(waiting, "-id")[:RECENT]
    context: dict[str, Any] = {
        "found": found,
        "rows": Paginator(found.rows, ROWS).get_page(page_number(request.GET)),
        "baselines": baselines,
        "proposals": [change for change in changes if change.state == ChangeState.PROPOSED],
        "changes": [change for change in changes if change.state != ChangeState.PROPOSED],
        "slips": slips(PlanMove.objects.filter(change__contract=contract)),
        "may_decide": bool(may),
        "may_roll": bool(may)
        or (not contract.frozen() and planned_departments(request.user, contract).exists()),
        "baseline_form": BaselineForm(),
        "level_form": LevelForm(),
    }
    return frame(request, contract, "plan", "production/plan.html", context)


def _chosen(request: Request, baselines: list[Baseline]) -> Baseline | None:
    """The asked baseline, else the contract's own, else the newest."""
    asked = request.GET.get("baseline", "")
    by_id = {str(baseline.pk): baseline for baseline in baselines}
    own = next((baseline for baseline in baselines if baseline.of_contract), None)
    return by_id.get(asked) or own or (baselines[-1] if baselines else None)


@require_POST
def plan_roll(request: Request, pk: int) -> HttpResponse:
    """Bring the plan up to today: late work and what waits for it."""
    contract = fetch(CONTRACTS, request.user, "view_tasks", pk=pk)
    if not planned_departments(request.user, contract).exists():
        demand(request.user, "manage_tasks", contract)
    return _weigh(request, contract, roll_wish(), _("Bring the plan up to today"))


@require_POST
def plan_backward(request: Request, pk: int) -> HttpResponse:
    """Plan back from the delivery: everything as late as possible."""
    contract = fetch(CONTRACTS, request.user, "manage_tasks", pk=pk)
    if "edits" in request.POST:
        return _weigh(request, contract, Wish(Deed.BACKWARD), _("Plan back from the delivery"))
    found = backward_plan(contract)
    notes = []
    if found.late_by:
        text = _(
            "It was late at signing already: the plan would have had to begin %(n)s working days earlier."
        )
        notes.append(text % {"n": f"{found.late_by / 2:g}"})
    if found.too_early:
        names = _(", ").join(task.name for task in found.too_early[:5])
        notes.append(
            _("These would have to begin in the past and are put from today on: %(names)s") % {"names": names}
        )
    return _weigh(request, contract, found.wish, _("Plan back from the delivery"), notes)


@require_POST
def plan_level(request: Request, pk: int) -> HttpResponse:
    """Level the load: dates at which nobody has more to do than there is time."""
    contract = fetch(CONTRACTS, request.user, "manage_tasks", pk=pk)
    if "edits" in request.POST:
        return _weigh(request, contract, Wish(Deed.LEVEL), _("Level the load"))
    form = LevelForm(request.POST)
    if not form.is_valid():
        return blocked_plan(request, contract, form_words(form))
    found = level_plan(contract, form.cleaned_data["seconds"])
    return _weigh(request, contract, found.wish, _("Level the load"), found.sentences)


def _weigh(request: Request, contract: Contract, wish: Wish, label: str, notes: Any = ()) -> HttpResponse:
    """The dates that were shown come back with the confirmation, in `edits`."""
    back = reverse("production:plan", args=[contract.pk])
    try:
        if wish.deed != Deed.ROLL and "edits" in request.POST:
            wish = wish_from(wish.deed, request.POST["edits"])
        kept = {"edits": json.dumps(wish.sent())} if wish.deed != Deed.ROLL else {}
        return weigh(request, contract, wish, label=label, back=back, kept=kept, notes=list(notes))
    except REFUSALS as why:
        return blocked_plan(request, contract, why_not(why))


@require_POST
def plan_baseline(request: Request, pk: int) -> HttpResponse:
    """Keep the plan as it stands under a name."""
    contract = fetch(CONTRACTS, request.user, "manage_tasks", pk=pk)
    form = BaselineForm(request.POST)
    if not form.is_valid():
        return blocked_plan(request, contract, form_words(form))
    try:
        baseline = take_baseline(contract, actor=request.user, name=form.cleaned_data["name"])
    except Blocked as why:
        return blocked_plan(request, contract, str(why))
    url = reverse("production:plan", args=[pk]) + f"?baseline={baseline.pk}"
    return done(request, url, message=_("Baseline “%(name)s” taken.") % {"name": baseline})


@require_safe
def plan_change(request: Request, pk: int) -> HttpResponse:
    """One change: what it moved, or, proposed, what it would move now."""
    change = fetch(CHANGES, request.user, pk=pk)
    context: dict[str, Any] = {"change": change, "contract": change.contract}
    may = held(request.user, ["apply", "decline", "undo"], change)
    if change.state == ChangeState.PROPOSED:
        try:
            found = foresee(change.contract, wish_of(change), request.user)
        except REFUSALS as why:
            context["blocked"] = why_not(why)
        else:
            context |= {"preview": Preview(found, request.user), "seen": found.digest}
        context |= {"may_decide": "apply" in may, "decline_form": ReasonForm()}
    else:
        may_undo = "undo" in may and change.state == ChangeState.APPLIED
        if may_undo and "apply" not in may:  # an author, who may have lost the right to plan this
            may_undo = may_wish(change.contract, wish_of(change), request.user)
        context |= {"rows": changed_rows(change, request.user), "may_undo": may_undo}
    return page(request, "production/plan_change.html", context, fragment="change")


@require_POST
def plan_apply(request: Request, pk: int) -> HttpResponse:
    """The manager agrees to what was shown."""
    change = fetch(CHANGES, request.user, "apply", pk=pk)
    try:
        change = apply_change(change, actor=request.user, seen=request.POST.get("seen") or "-")
    except Overtaken:
        text = _("The plan has changed meanwhile: look again.")
        return blocked_plan(request, change.contract, text, change.get_absolute_url())
    except REFUSALS as why:
        return blocked_plan(request, change.contract, why_not(why), change.get_absolute_url())
    return told(request, change, reverse("production:plan", args=[change.contract_id]))


@require_POST
def plan_decline(request: Request, pk: int) -> HttpResponse:
    """The manager says no, and why."""
    change = fetch(CHANGES, request.user, "decline", pk=pk)
    form = ReasonForm(request.POST)
    try:
        if not form.is_valid():
            raise Blocked(_("Say why it is declined."))
        decline_change(change, actor=request.user, reason=form.cleaned_data["reason"])
    except Blocked as why:
        return blocked_plan(request, change.contract, str(why), change.get_absolute_url())
    url = reverse("production:plan", args=[change.contract_id])
    return done(request, url, message=_("Declined: %(change)s") % {"change": change})


@require_POST
def plan_undo(request: Request, pk: int) -> HttpResponse:
    """Take an applied change back, all of it."""
    change = fetch(CHANGES, request.user, "undo", pk=pk)
    try:
        undo_change(change, actor=request.user)
    except REFUSALS as why:
        return blocked_plan(request, change.contract, why_not(why))
    return told(request, change, reverse("production:plan", args=[change.contract_id]), undone=True)


@require_safe
def task_why(request: Request, pk: int) -> HttpResponse:
    """Why this date: the chain of reasons back to the first."""
    task = fetch(Task.objects.select_related("contract", "department", "assignee"), request.user, pk=pk)
    found = Analysis(task.contract, request.user)
    known = pk in found.layout.tasks
    context = {
        "task": task,
        "contract": task.contract,
        "reasons": why_words(found.layout, pk, request.user) if known else [],
        "row": found.row(pk) if known else None,
        "drifted": known and found.layout.span(pk) != found.planned(pk),
        "engine": found.engine_words(pk) if known else "",
    }
    return page(request, "production/task_why.html", context, fragment="why")


@require_safe
def gantt_analysis(request: Request, pk: int) -> JsonResponse:
    """What the planner draws beside the bars: the critical path and the baseline."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    rows = Baseline.objects.for_user(request.user).filter(contract=contract).order_by("id")
    found = Analysis(contract, request.user, _chosen(request, list(rows)))
    kept = {pk: span for pk, span in found.kept.items() if pk in found.seen}
    return JsonResponse(
        {
            "critical": sorted(found.critical),
            "broken": found.broken,
            "baseline": [[pk, span.start.isoformat(), span.end.isoformat()] for pk, span in kept.items()],
            "baseline_name": str(found.baseline or ""),
        }
    )


@require_safe
def slip_reasons(request: Request) -> HttpResponse:
    """Why plans slip, per department, over the contracts whose tasks one may read: the last year."""
    since = timezone.now() - timedelta(days=365)
    rows = moves_in_sight(request.user).filter(change__applied_at__gte=since)
    kept, all_of_them = deliveries_on_time(request.user, since.date())
    context = {"slips": slips(rows), "kept": kept, "delivered": all_of_them}
    return page(request, "production/slips.html", context)
