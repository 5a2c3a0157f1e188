"""Pages of checklist templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from acceptance.checklists.forms import Editor
from acceptance.checklists.services import (
    edit_checklist,
    make_checklist,
    may_keep,
    set_active,
    standard_left,
    take_standard,
)
from acceptance.checklists.tables import checklist_rows, level_label, whom
from acceptance.models.templates import ChecklistTemplate
from contracts.forms import attempt, overtaken
from erp.access import allowed, fetch
from erp.htmx import Request, done, page
from erp.workflow import Blocked, Stale

TEMPLATES = ChecklistTemplate.objects.select_related("department")
#: More than any site has: one list for every level and department.
MOST = 500


@require_safe
def checklists(request: Request) -> HttpResponse:
    """All checklist templates; those switched off stand at the end."""
    rows = checklist_rows(TEMPLATES.for_user(request.user)[:MOST])
    keeps = may_keep(request.user)
    context = {"rows": rows, "may_keep": keeps, "standard": bool(keeps and standard_left())}
    return page(request, "acceptance/checklists.html", context)


@require_safe
def checklist(request: Request, pk: int) -> HttpResponse:
    """One checklist template with its items."""
    found: ChecklistTemplate = fetch(TEMPLATES, request.user, pk=pk)
    context = {
        "template": found,
        "checks": found.checks,
        "lead": " · ".join([str(found.get_scope_display()), level_label(found.level), whom(found)]),
        "may_change": allowed(request.user, "change", found),
        "crumbs": _crumbs(found.name),
    }
    return page(request, "acceptance/checklist.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_new(request: Request) -> HttpResponse:
    """A new checklist template."""
    if not may_keep(request.user):
        raise PermissionDenied

    def deed(editor: Editor) -> Any:
        return make_checklist(actor=request.user, checks=editor.checks(), **editor.place.cleaned_data)

    return _edited(request, None, deed)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_edit(request: Request, pk: int) -> HttpResponse:
    """Change a checklist template."""
    found: ChecklistTemplate = fetch(TEMPLATES, request.user, "change", pk=pk)

    def deed(editor: Editor) -> Any:
        return edit_checklist(found, actor=request.user, checks=editor.checks(), **editor.place.cleaned_data)

    return _edited(request, found, deed)


def _edited(request: Request, found: ChecklistTemplate | None, deed: Callable[[Editor], Any]) -> HttpResponse:
    """The form, or the template as saved. Buttons of rows answer with the form, nothing saved."""
    editor = Editor(request.POST if request.method == "POST" else None, found)
    stored, status = None, 422 if editor.saving else 200
    if editor.is_valid():
        try:
            made = attempt(editor.place, lambda: deed(editor))
            if made is not None:
                return done(request, made.get_absolute_url(), message=_("Checklist saved."))
        except Stale as stale:
            text = _(
                "Somebody else saved this checklist. Compare it with yours, then save yours or leave it."
            )
            overtaken(editor.place, stale, text)
            stored, status = stale.obj, 409
    title = _("Edit checklist") if found else _("New checklist")
    context = {
        "editor": editor,
        "form": editor.place,
        "stored": stored,
        "title": title,
        "back": found.get_absolute_url() if found else reverse("acceptance:checklists"),
        "crumbs": _crumbs(title),
    }
    return page(request, "acceptance/checklist_form.html", context, fragment="form", status=status)


@require_POST
def checklist_deactivate(request: Request, pk: int) -> HttpResponse:
    """Switch a checklist template off: new rounds no longer take it."""
    return _turned(request, pk, active=False, message=_("Checklist switched off."))


@require_POST
def checklist_activate(request: Request, pk: int) -> HttpResponse:
    """Switch a checklist template on again."""
    return _turned(request, pk, active=True, message=_("Checklist switched on."))


def _turned(request: Request, pk: int, *, active: bool, message: str) -> HttpResponse:
    found: ChecklistTemplate = fetch(TEMPLATES, request.user, "change", pk=pk)
    try:
        set_active(found, actor=request.user, active=active)
    except (Blocked, ValidationError) as why:
        messages.error(request, " ".join(getattr(why, "messages", [str(why)])))
        message = ""
    return done(request, found.get_absolute_url(), message=message)


@require_POST
def checklist_standard(request: Request) -> HttpResponse:
    """Take the standard checklists over, where there is none yet."""
    if not may_keep(request.user):
        raise PermissionDenied
    made = take_standard(actor=request.user)
    text = _("%(n)s standard checklists taken over.") % {"n": len(made)}
    return done(request, reverse("acceptance:checklists"), message=text)


def _crumbs(last: str) -> list[dict[str, Any]]:
    return [{"url": reverse("acceptance:checklists"), "label": _("Checklists")}, {"label": last}]
