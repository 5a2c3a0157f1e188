"""The tasks of one contract, and one task with everything about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.frame import frame, panels
from contracts.models import Contract
from erp.access import allowed, demand, fetch, held
from erp.audit.timeline import deed_label
from erp.conflict import conflict_page
from erp.htmx import Request, done, page, trigger, wants_fragment
from erp.workflow import Stale
from orgchart.models import Department
from production.filters import DUE_CHOICES, STATUS_CHOICES, TaskFilter
from production.forms import HandOverForm, QuickTaskForm, TaskEditForm, TaskForm, planned_departments, tried
from production.interchange.menu import plan_menu
from production.models import Task, TaskDependency
from production.previews import half_words, rules_of
from production.queries import held_verbs
from production.services import create_task, edit_task, hand_over
from production.spans import Span
from production.states import LIFE, OPEN, Status
from production.tables import buttons_for, days_late, late_label, link_words, task_rows, turn_pages

TASKS = Task.objects.select_related("contract", "department", "assignee")
CONTRACTS = Contract.objects.select_related("company", "manager")


@require_safe
def contract_tasks(request: Request, pk: int) -> HttpResponse:
    """The plan as a table: the accessible twin of the Gantt."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    departments = [] if contract.frozen() else list(planned_departments(request.user, contract))
    kept = _own_department(request, departments)
    return _tab(request, contract, _quick_form(contract, departments, **kept) if departments else None)


@require_POST
def add(request: Request, pk: int) -> HttpResponse:
    """The row under the table: adds a task and is ready for the next."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    departments = _planned(request, contract)
    form = _quick_form(contract, departments, request.POST)
    task = None
    if form.is_valid():
        task = tried(form, lambda: create_task(contract, actor=request.user, **form.task_fields()))
    if task is None:
        return _tab(request, contract, form, status=422)
    told = _("Task “%(task)s” added.") % {"task": task}
    if not wants_fragment(request):
        return done(request, reverse("production:tasks", args=[pk]) + "#quick-add", message=told)
    kept = {name: form.cleaned_data[name] for name in ("department", "assignee", "planned_start", "duration")}
    fresh = _quick_form(contract, departments, **kept)
    return trigger(_tab(request, contract, fresh, added=task), say={"text": told})


def _planned(request: Request, contract: Contract) -> list[Department]:
    """The departments one plans for here; whoever plans for none is refused."""
    departments = list(planned_departments(request.user, contract))
    if not departments:
        demand(request.user, "manage_tasks", contract)
    return departments


def _own_department(request: Request, departments: list[Department]) -> dict[str, int]:
    """Whoever plans for several departments begins with the own one."""
    person = getattr(request.user, "person", None)
    own = person.department_id if person else None
    return {"department": own} if own in {d.pk for d in departments} else {}


def _quick_form(
    contract: Contract, departments: list[Department], data: Any = None, **kept: Any
) -> QuickTaskForm:
    initial = {"planned_start": max(contract.signed_on, timezone.localdate()), "duration": 5, **kept}
    return QuickTaskForm(data, contract=contract, departments=departments, initial=initial)


def _tab(
    request: Request, contract: Contract, form: Any, *, status: int = 200, added: Task | None = None
) -> HttpResponse:
    chosen = TaskFilter.read(request.GET)
    rows = TASKS.for_user(request.user).filter(contract=contract)
    rows = chosen.narrow(rows).order_by("department__position", "department_id", "position", "id")
    page_of = turn_pages(rows, request.GET)
    may = held(request.user, {"view_tasks", "manage_tasks"}, contract)
    context = {
        "rows": task_rows(list(page_of), request.user, links=True),
        "page": page_of,
        "chosen": chosen,
        "statuses": STATUS_CHOICES,
        "dues": DUE_CHOICES,
        "form": form,
        "added": added,
        "may_plan": form is not None,
        "may_hand_over": form is not None and "manage_tasks" in may,
        "plan_menu": plan_menu(request.user, contract, may_plan=form is not None, whole="view_tasks" in may),
        "here": reverse("production:tasks", args=[contract.pk]),
    }
    return frame(
        request, contract, "tasks", "production/contract_tasks.html", context, fragment="table", status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: int) -> HttpResponse:
    """A task with everything one may say about it."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    departments = _planned(request, contract)
    initial = {"planned_start": timezone.localdate(), **_own_department(request, departments)}
    data = request.POST if request.method == "POST" else None
    form = TaskForm(data, contract=contract, departments=departments, initial=initial)
    if form.is_valid():
        task = tried(form, lambda: create_task(contract, actor=request.user, **form.task_fields()))
        if task is not None:
            told = _("Task “%(task)s” added.") % {"task": task}
            return done(request, reverse("production:tasks", args=[contract.pk]), message=told)
    return _form(request, contract, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Change a task; over somebody else's change both versions are shown."""
    task = fetch(TASKS, request.user, "change", pk=pk)
    data = request.POST if request.method == "POST" else None
    departments = list(planned_departments(request.user, task.contract) | _department_of(task))
    form = TaskEditForm(
        data, contract=task.contract, departments=departments, initial=TaskEditForm.values_of(task)
    )
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            deed = tried(
                form, lambda: edit_task(task, actor=request.user, version=version, **form.task_fields())
            )
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if deed is not None:
            return done(request, deed.get_absolute_url(), message=_("Task saved."))
    return _form(request, task.contract, form, task)


def _department_of(task: Task) -> Any:
    return Department.objects.filter(pk=task.department_id)


def _form(request: Request, contract: Contract, form: Any, task: Task | None) -> HttpResponse:
    back = task.get_absolute_url() if task else reverse("production:tasks", args=[contract.pk])
    context = {
        "form": form,
        "task": task,
        "contract": contract,
        "back": back,
        "crumbs": crumbs(contract, task, _("Edit task") if task else _("New task")),
    }
    status = 422 if form.is_bound else 200
    return page(request, "production/task_form.html", context, fragment="form", status=status)


@require_safe
def task(request: Request, pk: int) -> HttpResponse:
    """One task: where it stands, what may be done, what it waits for, who waits for it."""
    found = fetch(TASKS, request.user, pk=pk)
    verbs = {} if found.frozen() else held_verbs(request.user, [found])
    held = verbs.get(found.pk, frozenset())
    waits_for = _links(request, successor=found)
    context = {
        "task": found,
        "contract": found.contract,
        "crumbs": crumbs(found.contract, found),
        "buttons": buttons_for(found, held),
        "overdue": late_label(days_late(found, timezone.localdate())),
        "may_report": "report" in held and found.status in ("not_started", "in_progress"),
        "may_plan": "change" in held,
        "open": found.status in ("not_started", "in_progress", "paused", "waiting_qc"),
        "waits_for": waits_for,
        "notes": _notes(found, waits_for),
        "needed_by": _links(request, predecessor=found),
        "sees_contract": allowed(request.user, "view", found.contract),
        "history": _past(found),
        "panels": panels("production.panels", found),
        "halves": half_words(Span.of(found)),
        "rules": _(", ").join(rules_of(found)),
    }
    return page(request, "production/task.html", context, fragment="task")


def _links(request: Request, **end: Task) -> list[dict[str, Any]]:
    """The links on one side, each with the task at its other end."""
    other = "predecessor" if "successor" in end else "successor"
    rows = TaskDependency.objects.for_user(request.user).filter(**end).select_related(other)
    return [
        {
            "pk": link.pk,
            "task": getattr(link, other),
            "kind": link.get_type_display(),
            "words": link_words(link.type, link.lag),
            "ends_first": link.type == TaskDependency.Type.FS,
        }
        for link in rows
    ]


def _notes(task: Task, waits_for: list[dict[str, Any]]) -> list[str]:
    """What one should know before the next step; nothing here forbids it."""
    notes = []
    before = [link["task"] for link in waits_for if link["ends_first"]]
    undone = [other.name for other in before if other.status in OPEN]
    if undone and task.status == Status.NOT_STARTED:
        notes.append(_("Predecessors not done: %(tasks)s") % {"tasks": _(", ").join(undone)})
    return notes


def _past(task: Task) -> list[dict[str, Any]]:
    """Named transitions without field values: what everybody who sees the task may know."""
    rows = task.history.select_related("history_user").order_by("-history_id")[:20]
    deeds: list[dict[str, Any]] = []
    for row in rows:
        deeds.append(
            {
                "who": str(row.history_user or "—"),
                "what": _deed(row),
                "at": row.history_date,
                "progress": row.progress,
                "state": row.get_status_display(),
            }
        )
    return deeds


def _deed(row: Any) -> str:
    """What was done. Of a deed with a reason the history keeps the reason; where it led tells which."""
    verb = row.history_change_reason or "create"
    named = deed_label(verb, Task)
    if named != verb:
        return named
    deed = next((str(step.label) for step in LIFE if step.needs_reason and step.target == row.status), "")
    return _("%(deed)s: %(reason)s") % {"deed": deed, "reason": verb} if deed else verb


@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: Request, pk: int) -> HttpResponse:
    """Give all open tasks of one person to a successor, before they leave the team."""
    contract = fetch(CONTRACTS, request.user, "manage_tasks", pk=pk)
    data = request.POST if request.method == "POST" else None
    form = HandOverForm(data, contract=contract, initial={"person": request.GET.get("person", "")[:18]})
    if form.is_valid():
        count = tried(form, lambda: hand_over(contract, actor=request.user, **form.cleaned_data))
        if count is not None:
            told = _("%(n)s tasks handed over.") % {"n": count}
            return done(request, reverse("production:tasks", args=[contract.pk]), message=told)
    context = {
        "form": form,
        "contract": contract,
        "back": reverse("production:tasks", args=[contract.pk]),
        "crumbs": crumbs(contract, None, _("Hand over tasks")),
    }
    status = 422 if form.is_bound else 200
    return page(request, "production/handover.html", context, fragment="form", status=status)


def crumbs(contract: Contract, task: Task | None, last: Any = "") -> list[dict[str, Any]]:
    way: list[dict[str, Any]] = [
        {
            "url": reverse("production:tasks", args=[contract.pk]),
            "label": f"{contract.number} {contract.name}",
        }
    ]
    if task is not None:
        way.append({"url": task.get_absolute_url() if last else "", "label": task.name})
    return [*way, {"url": "", "label": last}] if last else way
