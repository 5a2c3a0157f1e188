"""Plans changed in two steps: what it would move, then, confirmed, all at once. And taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.htmx import Request, page
from production.foresight import Foresight, Wish, foresee
from production.forms import ConfirmForm
from production.models import PlanChange
from production.previews import Preview
from production.services import Overtaken, change_plan
from production.states import ChangeState
from production.views.answers import saved_plan, wants_json


def weigh(
    request: Request,
    contract: Contract,
    wish: Wish,
    *,
    label: Any,
    back: str,
    kept: dict[str, Any],
    quiet: bool = False,
    notes: Sequence[str] = (),
) -> HttpResponse:
    """Show what `wish` would move; do it when the form says it was seen and why. `kept`: what the page
    sends again; `quiet`: a wish that moves nothing needs no look; `notes`: what else there is to know.
    Raises Blocked, ValidationError."""
    confirm = ConfirmForm(request.POST if "seen" in request.POST else None)
    try:
        if confirm.is_valid():
            return _do(request, contract, wish, confirm, back)
        found = foresee(contract, wish, request.user)
        if quiet and not found.moves:
            return _do(request, contract, wish, ConfirmForm.plain(found), back)
    except Overtaken as late:
        context = {"label": label, "back": back, "kept": kept, "notes": notes, "overtaken": True}
        return _show(request, late.foresight, confirm, context)
    return _show(request, found, confirm, {"label": label, "back": back, "kept": kept, "notes": notes})


def _do(request: Request, contract: Contract, wish: Wish, confirm: Any, back: str) -> HttpResponse:
    change = change_plan(contract, wish, actor=request.user, **confirm.cleaned_data)
    return told(request, change, back)


def told(request: Request, change: PlanChange | None, back: str, *, undone: bool = False) -> HttpResponse:
    """The change is written, waits for the manager, or is taken back."""
    if change is None:
        text = _("Nothing moves.")
    elif undone:
        text = _("Taken back: %(change)s") % {"change": change}
    elif change.state == ChangeState.PROPOSED:
        text = _("Proposed to the project manager: %(change)s") % {"change": change}
    else:
        text = _("Done: %(change)s") % {"change": change}
    applied = change is not None and not undone and change.state == ChangeState.APPLIED
    undo = reverse("production:plan_undo", args=[change.pk]) if change and applied else ""
    if wants_json(request):
        return JsonResponse({"message": text, "undo": undo})
    return saved_plan(request, text, back, undo)


def _show(request: Request, found: Foresight, confirm: ConfirmForm, context: dict[str, Any]) -> HttpResponse:
    """The moves as a page or dialog; the planner gets the same with dates for its ghost bars."""
    preview = Preview(found, request.user)
    status = 409 if context.get("overtaken") else 422 if confirm.is_bound else 200
    whole = {
        **context,
        "preview": preview,
        "contract": found.contract,
        "confirm": ConfirmForm.after(found, confirm),
        "kept": [(name, value) for name, value in context["kept"].items() if value not in (None, "")],
    }
    if wants_json(request):
        html = render_to_string("production/preview.html#preview", whole, request)
        return JsonResponse({**preview.json(), "html": html}, status=status)
    whole["page_head"] = not request.htmx
    return page(request, "production/preview.html", whole, fragment="preview", status=status)
