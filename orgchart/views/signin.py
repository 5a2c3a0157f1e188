"""The door: sign-in by name or e-mail, sign-out by POST."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from erp.roles import Role
from orgchart.forms import SignInForm
from orgchart.models import User
from orgchart.services.signin import Throttled, sign_in, sign_out


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return redirect(_home(request, request.user))
    form = SignInForm(request.POST if request.method == "POST" else None)
    wait = 0
    if form.is_valid():
        try:
            user = sign_in(request, **form.cleaned_data)
        except Throttled as why:
            wait = why.seconds
            form.add_error(None, str(why))
        else:
            if user is not None:
                return redirect(_home(request, user))
            form.add_error(None, _("User name or password is wrong. Check both, then try again."))
    return _page(request, form, wait)


@login_not_required
@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """The back office sends here whoever it does not let in; who is signed in would only come back."""
    user = request.user
    if isinstance(user, User) and user.role == Role.CUSTOMER:
        raise Http404
    if isinstance(user, User) and not user.is_staff:
        raise PermissionDenied
    return redirect(f"{reverse('orgchart:login')}?{request.GET.urlencode()}")


@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    sign_out(request)
    return redirect("orgchart:login")


@require_safe
def admin_password(request: HttpRequest) -> HttpResponse:
    return redirect("orgchart:account")


def _page(request: HttpRequest, form: SignInForm, wait: int) -> HttpResponse:
    status = 429 if wait else 422 if form.errors else 200
    context = {"form": form, "next": _next(request)}
    response = render(request, "orgchart/login.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site, else nothing."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if safe and url.isprintable() and url.startswith("/") else ""


def _home(request: HttpRequest, user: User) -> str:
    return _next(request) or ("/portal/" if user.role == Role.CUSTOMER else "/")
