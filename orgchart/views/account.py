"""One's own account: contact data, password, other sessions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from erp import register
from erp.access import fetch
from erp.conflict import conflict_page
from erp.htmx import Request, done, open_to_customers, own_frame, page
from erp.workflow import Stale
from orgchart import services
from orgchart.forms import ContactForm, OwnEmailForm, OwnPasswordForm
from orgchart.models import Person, User
from orgchart.views.desk import attempt


@open_to_customers
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: Request) -> HttpResponse:
    form = _contact_form(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            saved = attempt(form, lambda: _save(request, form))
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if saved is not None:
            return done(request, request.path, message=_("Your contact data is saved."))
    return _page(request, form, OwnPasswordForm(auto_id="password_%s"))


@open_to_customers
@sensitive_post_parameters()
@require_POST
def account_password(request: Request) -> HttpResponse:
    form = OwnPasswordForm(request.POST, auto_id="password_%s")
    if form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        user = attempt(
            form, lambda: services.change_password(_me(request), actor=_me(request), old=old, new=new)
        )
        if user is not None:
            update_session_auth_hash(request, user)
            message = _("Your password is changed. Other sessions have ended.")
            return done(request, reverse("orgchart:account"), message=message)
    return _page(request, _contact_form(request, None), form)


@open_to_customers
@require_POST
def account_sessions(request: Request) -> HttpResponse:
    user = services.end_sessions(_me(request), actor=_me(request))
    update_session_auth_hash(request, user)
    message = _("All other sessions of your account have ended.")
    return done(request, reverse("orgchart:account"), message=message)


def _me(request: Request) -> User:
    """The row as stored: `request.user` may be written over by a form."""
    me: User = fetch(User.objects.all(), request.user, pk=request.user.pk)
    return me


def _contact_form(request: Request, data: Any) -> ContactForm | OwnEmailForm:
    person = Person.objects.for_user(request.user, "change_contact").filter(user=request.user).first()
    if person is None:
        return OwnEmailForm(data, instance=_me(request))
    return ContactForm(data, instance=person)


def _save(request: Request, form: ContactForm | OwnEmailForm) -> Any:
    me, fields = _me(request), form.cleaned_data
    if isinstance(form, OwnEmailForm):
        return services.edit_own_email(me, actor=me, **fields)
    person = services.edit_contact(me.person, actor=me, **fields)
    if fields["email"] != me.email:
        services.edit_own_email(me, actor=me, version=None, email=fields["email"])
    return person


def _page(request: Request, form: Any, password_form: Any) -> HttpResponse:
    links = [item for item in register.entries("erp.account_links").values() if item.visible(request.user)]
    context = {
        "form": form,
        "password_form": password_form,
        "frame": own_frame(request),
        "crumbs": [{"label": _("My account")}],
        "me": request.user,
        "links": sorted(links, key=lambda item: item.order),
    }
    wrong = form.errors or password_form.errors
    return page(request, "orgchart/account.html", context, status=422 if wrong else 200)
