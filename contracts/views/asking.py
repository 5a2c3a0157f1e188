"""One question on a page of a contract: asked on GET, done on POST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from contracts.forms import attempt, overtaken
from contracts.frame import frame
from contracts.models import Contract
from erp.htmx import Request, done
from erp.workflow import Stale


def ask(
    request: Request,
    contract: Contract,
    tab: str,
    form: Any,
    deed: Callable[[], Any],
    *,
    back: str,
    told: str,
    template: str = "contracts/ask_form.html",
    **words: Any,
) -> HttpResponse:
    """Do `deed` with a valid `form` and go `back`, saying `told`; a refusal is a sentence in the form
    (422), a stale version answers 409. `words`: title, lead, submit, danger and what `template` shows."""
    made, status = tried(form, deed)
    if made:
        return done(request, back, message=told)
    context = {"form": form, "back": back, **words}
    return frame(request, contract, tab, template, context, fragment="form", status=status)


def tried(form: Any, deed: Callable[[], Any]) -> tuple[Any, int]:
    """What `deed` made of a valid `form`, and the status to answer with where it made nothing."""
    made, status = None, 200
    try:
        made = attempt(form, deed)
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else changed this meanwhile. Look at it again."))
    return made, 422 if form.errors and status == 200 else status
