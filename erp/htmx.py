"""One view, one template: the whole page or its named fragment; who stands at the door."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from erp.roles import Role

if TYPE_CHECKING:
    from orgchart.models import User

View = TypeVar("View", bound=Callable[..., Any])


class Request(HttpRequest):
    """A request past sign-in and HtmxMiddleware."""

    user: User
    htmx: HtmxDetails


def wants_fragment(request: Request) -> bool:
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render `template#fragment` for htmx and `template` for everybody else."""
    name = f"{template}#{fragment}" if fragment and wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def own_frame(request: Request) -> str:
    """The page frame of whoever asks: customers know only the portal's."""
    return "portal.html" if request.user.role == Role.CUSTOMER else "base.html"


def done(request: Request, url: str, *, message: str = "", **events: Any) -> HttpResponse:
    """The answer to a deed that worked: browsers and htmx go to `url`, told `message` on arrival."""
    from django.contrib import messages

    if message:
        messages.success(request, message)
    if not wants_fragment(request):
        return HttpResponseRedirect(url)
    return trigger(HttpResponseClientRedirect(url), **events)


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Add `HX-Trigger` events, such as toast={"text": "…", "level": "success"}."""
    if events:
        response["HX-Trigger"] = json.dumps(events)
    return response


def open_to_customers(view: View) -> View:
    """Let customers use this view; every other view answers them 404."""
    view.open_to_customers = True  # type: ignore[attr-defined]  # read by DoorMiddleware
    return view


class DoorMiddleware(LoginRequiredMiddleware):
    """Every view needs a signed-in user, office views an office user.

    An htmx call whose session ran out navigates to sign-in instead of swapping its form into a
    table cell; a script that asked for data is told 401, not given a page. A browser that opens the
    address of a deed, as after signing in again, is led to the page above it."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        user = request.user
        public = not getattr(view_func, "login_required", True)
        if not public and user.is_authenticated and getattr(user, "role", "") == Role.CUSTOMER:
            if request.path == "/":
                return HttpResponseRedirect("/portal/")
            if not getattr(view_func, "open_to_customers", False):
                raise Http404
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]  # an htmx answer is no 302
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        htmx = HtmxDetails(request)
        back = (htmx.current_url_abs_path if htmx else "") or way_back(request)
        answer = redirect_to_login(back, self.get_login_url(view_func))
        if htmx:
            return HttpResponseClientRedirect(answer.url)
        if _asks_for_data(request):
            message = _("Your session has ended. Sign in again.")
            return JsonResponse({"message": message, "login": answer.url}, status=401)
        return answer

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        browses = "text/html" in request.headers.get("accept", "") and not HtmxDetails(request)
        if response.status_code == 405 and request.method == "GET" and browses:
            return HttpResponseRedirect(page_above(request.path_info))
        return response


def way_back(request: HttpRequest) -> str:
    """Where sign-in leads to: deeds and data are no pages, so the page they were asked from. Where that
    is not known, a deed leads to its own address (and so to the page above), data to the start."""
    if request.method in ("GET", "HEAD") and not _asks_for_data(request):
        return request.get_full_path()
    page = urlsplit(request.headers.get("referer", ""))
    if page.netloc == request.get_host():
        return urlunsplit(("", "", page.path or "/", page.query, ""))
    return "/" if _asks_for_data(request) else request.path


def page_above(path: str) -> str:
    """The nearest address above `path` that there is: `/tasks/5/` of `/tasks/5/move/`."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if is_valid_path(path):
            return path
    return path


def _asks_for_data(request: HttpRequest) -> bool:
    return request.headers.get("accept", "").partition(",")[0] == "application/json"
