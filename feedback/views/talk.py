"""What is said about a feedback in the office."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.forms import attempt
from erp.access import fetch
from erp.htmx import Request, done
from feedback.forms import CommentForm
from feedback.services import add_comment
from feedback.views.answers import FEEDBACK, asked


@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: Request, pk: int) -> HttpResponse:
    """Write a remark, for the office or for the customer, too."""
    feedback = fetch(FEEDBACK, request.user, "comment", pk=pk)
    form = CommentForm(request.POST if request.method == "POST" else None, shared=feedback.shared)
    said = attempt(form, lambda: add_comment(feedback, actor=request.user, **form.cleaned_data))
    if said is not None:
        told = _("The customer reads it in the portal.") if said.visible else _("The remark is kept.")
        return done(request, feedback.get_absolute_url() + "#remarks", message=told)
    return asked(request, feedback, form, _("Write remark"))
