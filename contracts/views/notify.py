"""Who hears of a contract: its group robots, and what left the house about it."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import services
from contracts.forms import attempt
from contracts.frame import frame
from contracts.models import Contract, nudges_all
from contracts.teamforms import RobotsForm
from contracts.views.pages import contract_for, form_methods
from erp.access import allowed
from erp.htmx import Request, done
from erp.paging import older
from erp.roles import REACH_ALL
from notifications.queries import contract_dispatches, contract_robots, dispatch_lines


@require_safe
def contract_notify(request: Request, pk: int) -> HttpResponse:
    """The robots in their order, and what left about this contract: all of it for those who may nudge
    everybody here, else what the group and oneself heard. `?after=<id>` goes on below that one."""
    contract = contract_for(request, pk)
    whole = request.user.role in REACH_ALL or _nudges(request, contract)
    found, pager = older(request, contract_dispatches(pk, request.user, whole=whole))
    context = {
        "robots": contract_robots(pk),
        "may_set": not contract.frozen() and allowed(request.user, "manage_team", contract),
        "lines": dispatch_lines(found),
        **pager,
    }
    return frame(request, contract, "notify", "contracts/contract_notify.html", context)


def _nudges(request: Request, contract: Contract) -> bool:
    return Contract.objects.filter(nudges_all(request.user), pk=contract.pk).exists()


@form_methods
def contract_robots_set(request: Request, pk: int) -> HttpResponse:
    """Choose the group robots of this contract and their order."""
    contract = contract_for(request, pk, "manage_team")
    robots = [route.channel for route in contract_robots(pk)]
    form = RobotsForm(request.POST if request.method == "POST" else None, chosen=robots)
    url = reverse("contracts:notify", args=[pk])
    if attempt(form, lambda: services.set_group_robots(contract, form.robots(), actor=request.user)):
        return done(request, url, message=_("The group robots are saved."))
    context = {"form": form, "title": _("Group robots"), "submit": _("Save group robots"), "back": url}
    status = 422 if form.is_bound else 200
    return frame(
        request, contract, "notify", "contracts/team_form.html", context, fragment="form", status=status
    )
