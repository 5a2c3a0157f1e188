"""One task at a time: its transitions, progress, dates, links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from erp.access import demand, fetch
from erp.htmx import Request, page
from erp.workflow import Blocked, Stale
from production.foresight import Wish
from production.forms import LinkForm, ProgressForm, ReasonForm, RescheduleForm, StepForm, tried
from production.models import Deed, Task, TaskDependency
from production.reworking import ask_despite, rework_of, reworking
from production.services import (
    STEPS,
    check_seen,
    dropped,
    move_task,
    report_progress,
    reschedule_wish,
)
from production.spans import Span
from production.states import LIFE
from production.views.answers import REFUSALS, blocked, refused, saved, wants_json
from production.views.planning import weigh

TASKS = Task.objects.select_related("contract", "department", "assignee")


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, pk: int, verb: str) -> HttpResponse:
    """Ask for and take one transition; the table of transitions knows the rest."""
    task, move = fetch(TASKS, request.user, verb, pk=pk), LIFE[verb]
    kind = ReasonForm if move.needs_reason else StepForm
    form = kind(request.POST if request.method == "POST" else None, initial={"version": task.version})
    if verb in ("submit", "finish"):
        ask_despite(form, reworking(rework_of(task), request.user))
    if form.is_valid():
        try:
            moved = tried(form, lambda: STEPS[verb](task, actor=request.user, **form.cleaned_data))
        except Stale as stale:
            return _overtaken(request, form, stale, move.label)
        if moved is not None:
            return saved(
                request,
                moved,
                _("%(task)s: %(state)s") % {"task": moved, "state": moved.get_status_display()},
            )
    return _asked(request, task, form, move.label, danger=verb == "cancel")


@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: Request, pk: int) -> HttpResponse:
    """The slider of a row, and the same as a page. Done often: the service asks for the right, the
    view only when it does not get that far."""
    task = fetch(TASKS, request.user, pk=pk)
    values = {"progress": task.progress, "version": task.version}
    form = ProgressForm(request.POST if request.method == "POST" else None, initial=values)
    if form.is_valid():
        try:
            deed = tried(form, lambda: report_progress(task, actor=request.user, **form.cleaned_data))
        except Stale as stale:
            return _overtaken(request, form, stale, _("Report progress"))
        if deed is not None:
            return saved(request, deed, _("%(task)s: %(n)s %%") % {"task": deed, "n": deed.progress})
    else:
        demand(request.user, "report", task)
    return _asked(request, task, form, _("Report progress"))


@require_http_methods(["GET", "HEAD", "POST"])
def reschedule(request: Request, pk: int) -> HttpResponse:
    """New dates and rules, from the dialog or from a drag in the planner (which asks for JSON): first
    what would move, then, confirmed, all of it."""
    task = fetch(TASKS, request.user, "reschedule", pk=pk)
    values = RescheduleForm.values_of(task)
    form = RescheduleForm(request.POST if request.method == "POST" else None, initial=values, task=task)
    if form.is_valid():
        try:
            answer = tried(form, lambda: _weigh(request, task, form))
        except Stale as stale:
            return _overtaken(request, form, stale, _("Reschedule task"))
        if answer is not None:
            return answer
    if wants_json(request) and request.method == "POST":
        return refused(form)
    return _asked(request, task, form, _("Reschedule task"), next_step=_("See what moves"))


def _weigh(request: Request, task: Task, form: RescheduleForm) -> HttpResponse:
    """Typed dates hold as they are; a dropped bar comes to rest on working days."""
    check_seen(task, form.cleaned_data["version"])
    span = form.span()
    if not form.cleaned_data["rules"]:
        start, end = dropped(task, span.start, span.end)
        span = replace(Span.of(task), start=start, end=end)
    kept = {name: form.data.get(name, "") for name in form.fields}
    wish = reschedule_wish(task, span, **form.new_rules())
    return weigh(
        request, task.contract, wish, label=_("Reschedule task"), back=task.get_absolute_url(), kept=kept
    )


def _overtaken(request: Request, form: Any, stale: Stale, label: Any) -> HttpResponse:
    """Somebody changed the task since this was asked: show how it stands, keep what was typed."""
    task = stale.obj
    values = {
        "task": task.name,
        "state": task.get_status_display(),
        "start": task.planned_start.isoformat(),
        "end": task.planned_end.isoformat(),
        "n": task.progress,
    }
    text = _(
        "Somebody changed “%(task)s” meanwhile. It now stands at: %(state)s, %(start)s to %(end)s, %(n)s %%."
    )
    form.data = form.data.copy()
    form.data["version"] = str(task.version)
    form.add_error(None, text % values)
    if wants_json(request):
        return refused(form, 409)
    return _asked(request, task, form, label, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
def links(request: Request, pk: int) -> HttpResponse:
    """What the task waits for: see, add, and (by `remove`) take away."""
    task = fetch(TASKS, request.user, "link", pk=pk)
    form = LinkForm(request.POST if request.method == "POST" else None, user=request.user, task=task)
    if form.is_valid():
        answer = tried(form, lambda: _link(request, task, form))
        if answer is not None:
            return answer
    if wants_json(request) and request.method == "POST":
        return refused(form)
    return _asked(request, task, form, _("Link tasks"))


def _link(request: Request, task: Task, form: LinkForm) -> HttpResponse:
    """Linked at once when nothing moves by it."""
    data = form.cleaned_data
    ends = (data["predecessor"].pk, task.pk)
    wish = Wish(Deed.LINK, task.name, links={ends: (data["type"], data["lag"])})
    kept = {name: form.data.get(name, "") for name in form.fields}
    back = task.get_absolute_url()
    return weigh(request, task.contract, wish, label=_("Link tasks"), back=back, kept=kept, quiet=True)


@require_POST
def unlink(request: Request, pk: int) -> HttpResponse:
    """Take one link away."""
    rows = TaskDependency.objects.select_related("successor__contract", "predecessor")
    link = fetch(rows, request.user, "link", pk=pk)
    task, ends = link.successor, (link.predecessor_id, link.successor_id)
    wish = Wish(Deed.UNLINK, task.name, links={ends: None})
    try:
        return weigh(
            request,
            task.contract,
            wish,
            label=_("Remove link"),
            back=task.get_absolute_url(),
            kept={},
            quiet=True,
        )
    except REFUSALS as why:
        return blocked(request, task, why)


@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    """One place up or down within the department."""
    task = fetch(TASKS, request.user, "change", pk=pk)
    try:
        move_task(task, actor=request.user, up=request.POST.get("direction") != "down")
    except Blocked as why:
        return blocked(request, task, why)
    return saved(request, task, _("Order changed."))


def _asked(
    request: Request,
    task: Task,
    form: Any,
    label: Any,
    *,
    danger: bool = False,
    status: int = 0,
    next_step: str = "",
) -> HttpResponse:
    context = {"task": task, "form": form, "label": label, "danger": danger, "button": next_step or label}
    status = status or (422 if form.is_bound else 200)
    return page(request, "production/task_step.html", context, fragment="form", status=status)
