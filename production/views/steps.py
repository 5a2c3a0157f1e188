"""One task at a time: its transitions, progress, dates, links."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from erp.access import demand, fetch
from erp.htmx import Request, page
from erp.workflow import Blocked, Stale
from production.forms import LinkForm, ProgressForm, ReasonForm, RescheduleForm, StepForm, tried
from production.models import Task, TaskDependency
from production.services import (
    STEPS,
    dropped,
    link_tasks,
    move_task,
    report_progress,
    reschedule_task,
    unlink_tasks,
)
from production.states import LIFE
from production.views.answers import blocked, refused, saved, wants_json

TASKS = Task.objects.select_related("contract", "department", "assignee")


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, pk: int, verb: str) -> HttpResponse:
    """Ask for and take one transition; the table of transitions knows the rest."""
    task, move = fetch(TASKS, request.user, verb, pk=pk), LIFE[verb]
    kind = ReasonForm if move.needs_reason else StepForm
    form = kind(request.POST if request.method == "POST" else None, initial={"version": task.version})
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
    return _asked(request, task, form, move.label, danger=verb in ("cancel", "reject"))


@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: Request, pk: int) -> HttpResponse:
    """The slider of a row, and the same as a page. Done often: the service asks for the right, the
    view only when it does not get that far."""
    task = fetch(TASKS, request.user, pk=pk)
    values = {"progress": task.progress, "version": task.version}
    form = ProgressForm(request.POST if request.method == "POST" else None, initial=values)
    if form.is_valid():
        percent, version = form.cleaned_data["progress"], form.cleaned_data["version"]
        try:
            deed = tried(
                form, lambda: report_progress(task, actor=request.user, progress=percent, version=version)
            )
        except Stale as stale:
            return _overtaken(request, form, stale, _("Report progress"))
        if deed is not None:
            return saved(request, deed, _("%(task)s: %(n)s %%") % {"task": deed, "n": deed.progress})
    else:
        demand(request.user, "report", task)
    return _asked(request, task, form, _("Report progress"))


@require_http_methods(["GET", "HEAD", "POST"])
def reschedule(request: Request, pk: int) -> HttpResponse:
    """New dates, from the dialog or from a drag in the planner (which asks for JSON)."""
    task = fetch(TASKS, request.user, "reschedule", pk=pk)
    values = {"start": task.planned_start, "end": task.planned_end, "version": task.version}
    form = RescheduleForm(request.POST if request.method == "POST" else None, initial=values)
    if form.is_valid():
        try:
            moved = tried(form, lambda: _move(task, request, form))
        except Stale as stale:
            return _overtaken(request, form, stale, _("Reschedule task"))
        if moved is not None:
            return _moved(request, moved)
    if wants_json(request) and request.method == "POST":
        return refused(form)
    return _asked(request, task, form, _("Reschedule task"))


def _move(task: Task, request: Request, form: RescheduleForm) -> Task:
    """Typed dates and an undone drag hold as they are; a bar comes to rest on working days."""
    start, end = form.cleaned_data["start"], form.cleaned_data["end"]
    if wants_json(request) and "exact" not in request.POST:
        start, end = dropped(task, start, end)
    return reschedule_task(
        task, actor=request.user, start=start, end=end, version=form.cleaned_data["version"]
    )


def _moved(request: Request, task: Task) -> HttpResponse:
    start, end = task.planned_start.isoformat(), task.planned_end.isoformat()
    if wants_json(request):
        return JsonResponse({"version": task.version, "start": start, "end": end})
    return saved(
        request, task, _("%(task)s: %(start)s to %(end)s") % {"task": task, "start": start, "end": end}
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
        data = form.cleaned_data
        deed = tried(
            form,
            lambda: link_tasks(
                data["predecessor"], task, actor=request.user, type=data["type"], lag=data["lag"]
            ),
        )
        if deed is not None:
            return (
                JsonResponse({"id": deed.pk})
                if wants_json(request)
                else saved(request, task, _("Tasks linked."))
            )
    if wants_json(request) and request.method == "POST":
        return refused(form)
    return _asked(request, task, form, _("Link tasks"))


@require_POST
def unlink(request: Request, pk: int) -> HttpResponse:
    """Take one link away."""
    rows = TaskDependency.objects.select_related("successor__contract", "predecessor")
    link = fetch(rows, request.user, "link", pk=pk)
    task = link.successor
    try:
        unlink_tasks(link, actor=request.user)
    except Blocked as why:
        return blocked(request, task, why)
    return JsonResponse({}) if wants_json(request) else saved(request, task, _("Link removed."))


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
    request: Request, task: Task, form: Any, label: Any, *, danger: bool = False, status: int = 0
) -> HttpResponse:
    context = {"task": task, "form": form, "label": label, "danger": danger}
    status = status or (422 if form.is_bound else 200)
    return page(request, "production/task_step.html", context, fragment="form", status=status)
