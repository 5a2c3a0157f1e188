"""The feedback rules of this site."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.forms import attempt
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.roles import REACH_ALL
from erp.workflow import Stale
from feedback import rules as ours
from feedback.forms import RulesForm
from feedback.models import FeedbackRules
from feedback.services import save_rules


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: Request) -> HttpResponse:
    """Hours by severity and the usual warranty, for boss and administrator."""
    if request.user.role not in REACH_ALL:
        raise PermissionDenied
    stored = ours.rules()
    data = request.POST if request.method == "POST" else None
    form = RulesForm(data, instance=stored, initial={"version": stored.version if stored.pk else None})
    try:
        kept = attempt(form, lambda: save_rules(actor=request.user, **form.cleaned_data))
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if kept is not None:
        return done(request, reverse("feedback:settings"), message=_("The feedback rules are saved."))
    way = [{"url": reverse("feedback:list"), "label": _("Feedback")}, {"label": _("Feedback rules")}]
    context = {"form": form, "crumbs": way, "known": FeedbackRules.objects.exists()}
    return page(
        request, "feedback/settings.html", context, fragment="form", status=422 if form.is_bound else 200
    )
