"""Our own company and the rights of department functions: for boss and administrator."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.roles import FUNCTION_VERB_CHOICES, Function
from erp.workflow import Blocked, Stale
from orgchart import services
from orgchart.forms import OrganisationForm, RightsForm
from orgchart.models import Organisation
from orgchart.services.records import may_add
from orgchart.views.desk import attempt


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request) -> HttpResponse:
    _demand(request)
    ours = Organisation.objects.for_user(request.user).first()
    form = OrganisationForm(request.POST if request.method == "POST" else None, instance=ours)
    if form.is_valid():
        try:
            saved = attempt(form, lambda: _save(request, form))
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if saved is not None:
            return done(request, request.path, message=_("The organisation is saved."))
    return _page(request, form, status=422 if form.errors else 200)


@require_POST
def rights(request: Request) -> HttpResponse:
    _demand(request)
    ours = Organisation.objects.for_user(request.user).first()
    form = RightsForm(request.POST)
    if not form.is_valid():
        return _page(request, OrganisationForm(instance=ours), form, status=422)
    try:
        changed = services.set_function_rights(form.wanted(), actor=request.user, seen=form.was())
    except Blocked as why:
        form.add_error(None, str(why))
        return _page(request, OrganisationForm(instance=ours), form, status=409)
    message = _("The rights are saved and hold from now on.") if changed else _("Nothing was changed.")
    return done(request, redirect("orgchart:settings").url, message=message)


def _demand(request: Request) -> None:
    if not may_add(request.user, Organisation):
        raise PermissionDenied


def _save(request: Request, form: OrganisationForm) -> Organisation:
    ours = Organisation.objects.for_user(request.user).first()
    if ours is None:
        return services.create_organisation(actor=request.user, **form.cleaned_data)
    return services.edit_organisation(ours, actor=request.user, **form.cleaned_data)


def _page(request: Request, form: Any, rights_form: Any = None, *, status: int = 200) -> HttpResponse:
    held = services.function_rights()
    verbs = [verb for verb, _label in FUNCTION_VERB_CHOICES]
    context = {
        "form": form,
        "rights_form": rights_form,
        "seen": " ".join(sorted(f"{function}:{verb}" for function, verb in held)),
        "labels": [label for _verb, label in FUNCTION_VERB_CHOICES],
        "rows": [
            (
                label,
                [
                    (f"{function}:{verb}", (function, verb) in held, dict(FUNCTION_VERB_CHOICES)[verb])
                    for verb in verbs
                ],
            )
            for function, label in Function.choices
        ],
        "crumbs": [{"label": _("Organisation settings")}],
    }
    return page(request, "orgchart/settings.html", context, status=status)
