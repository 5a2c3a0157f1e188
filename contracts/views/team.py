"""Who works on a contract: departments with leaders, co-leaders and members; the manager."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import services
from contracts.forms import attempt, overtaken
from contracts.frame import frame
from contracts.models import Contract, TeamMember
from contracts.queries import team_by_department
from contracts.teamforms import DutyForm, LeaveForm, ManagerForm, MemberForm, placing
from contracts.views.pages import contract_for, form_methods, where_next
from erp.access import allowed, fetch
from erp.htmx import Request, done
from erp.roles import Duty
from erp.workflow import Stale


@require_safe
def contract_team(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk)
    may = TeamMember.objects.for_user(request.user, "manage").filter(contract=contract)
    whole, departments = placing(request.user, contract)
    if not whole:
        may = may.exclude(duty=Duty.LEADER)
    frozen = bool(contract.frozen())
    context = {
        "team": team_by_department(contract),
        "may_manage": set() if frozen else set(may.values_list("pk", flat=True)),
        "may_name": whole and not frozen,
        "form": None,
    }
    if departments and not frozen:
        context["form"] = MemberForm(user=request.user, departments=departments, whole=whole)
    return frame(request, contract, "team", "contracts/contract_team.html", context)


@form_methods
def member_add(request: Request, pk: int) -> HttpResponse:
    """Put somebody in the team: anybody by the manager, the own department's by its leaders."""
    contract = contract_for(request, pk)
    services.demand_some_team(contract, actor=request.user)
    data = request.POST if request.method == "POST" else None
    whole, departments = placing(request.user, contract)
    form = MemberForm(data, user=request.user, departments=departments, whole=whole)
    member = attempt(form, lambda: services.add_member(contract, actor=request.user, **form.cleaned_data))
    if member:
        text = _("%(person)s is in the team now.") % {"person": member.person}
        return done(request, _url(contract), message=text)
    return _ask(request, contract, form, _("Add to the team"), _("Add person"))


@form_methods
def contract_manager(request: Request, pk: int) -> HttpResponse:
    """Name another project manager."""
    contract = contract_for(request, pk, "manage_team")
    data = request.POST if request.method == "POST" else None
    form = ManagerForm(data, initial={"version": contract.version, "manager": contract.manager_id})
    changed = _tried(form, lambda: services.change_manager(contract, actor=request.user, **form.cleaned_data))
    if changed:
        text = _("%(person)s is project manager now.") % {"person": changed.manager}
        return done(request, where_next(request, contract, _url(contract)), message=text)
    title = _("Change project manager")
    return _ask(request, contract, form, title, _("Save project manager"))


@form_methods
def member_duty(request: Request, pk: int, member: int) -> HttpResponse:
    """Change what a member is: leader, co-leader or member."""
    contract, row = _member(request, pk, member)
    data = request.POST if request.method == "POST" else None
    whole = allowed(request.user, "manage_team", contract)
    form = DutyForm(data, initial={"version": row.version, "duty": row.duty}, whole=whole)
    if _tried(form, lambda: services.change_duty(row, actor=request.user, **form.cleaned_data)):
        return done(request, _url(contract), message=_("The duty is saved."))
    return _ask(
        request, contract, form, _("Change duty of %(person)s") % {"person": row.person}, _("Save duty")
    )


@form_methods
def member_remove(request: Request, pk: int, member: int) -> HttpResponse:
    """Take somebody out of the team; open work needs a successor."""
    contract, row = _member(request, pk, member)
    data = request.POST if request.method == "POST" else None
    form = LeaveForm(data, member=row)

    def leave() -> bool:
        services.remove_member(row, actor=request.user, **form.cleaned_data)
        return True

    if attempt(form, leave):
        text = _("%(person)s is no longer in the team.") % {"person": row.person}
        return done(request, where_next(request, contract, _url(contract)), message=text)
    title = _("Remove %(person)s from the team") % {"person": row.person}
    return _ask(request, contract, form, title, _("Remove from the team"), danger=True)


def _member(request: Request, pk: int, member: int) -> tuple[Contract, TeamMember]:
    contract = contract_for(request, pk)
    rows = TeamMember.objects.select_related("person", "department").filter(contract=contract)
    row: TeamMember = fetch(rows, request.user, "manage", pk=member)
    row.contract = contract
    return contract, row


def _tried(form: Any, deed: Any) -> Any:
    try:
        return attempt(form, deed)
    except Stale as stale:
        overtaken(form, stale, _("Somebody else changed this meanwhile. Look at it again."))
        return None


def _url(contract: Contract) -> str:
    return reverse("contracts:team", args=[contract.pk])


def _ask(
    request: Request, contract: Contract, form: Any, title: str, submit: str, *, danger: bool = False
) -> HttpResponse:
    """A question page around one form, shown in a dialog where there is JavaScript."""
    context = {"form": form, "title": title, "submit": submit, "danger": danger, "back": _url(contract)}
    status = 409 if getattr(form, "stale", False) else 422 if form.errors else 200
    template = "contracts/team_form.html"
    return frame(request, contract, "team", template, context, fragment="form", status=status)
