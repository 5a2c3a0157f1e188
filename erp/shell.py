"""What every page shows around its content: navigation, bell, language, theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from erp import register
from erp.roles import REACH_ALL, Role
from erp.stencil import Stencil

if TYPE_CHECKING:
    from orgchart.models import User

THEMES = ("auto", "light", "dark")
DENSITIES = ("default", "compact", "comfortable")
SIDEBARS = ("wide", "mini")


def everybody(user: User) -> bool:
    return True


def in_office(user: User) -> bool:
    return user.role != Role.CUSTOMER


def reach_all(user: User) -> bool:
    return user.role in REACH_ALL


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the sidebar: `order` sorts, `visible(user)` decides, `icon` names a sprite icon,
    `group` is a heading shown once, `go` the letter of the keyboard shortcut `g …`."""

    url_name: str
    label: Any
    icon: str
    order: int
    group: Any = ""
    go: str = ""
    visible: Callable[[User], bool] = everybody


@cache
def _topbar(language: str) -> Stencil:
    names = ("csrf_token", "this_page", "name", "initial", "role", "unread")
    return Stencil("components/topbar.html", names, {})


NAV_TEXTS = ("label", "icon", "group", "go")


class Shell:
    """Name plates of the page frame; each costs its query only when a template asks."""

    def __init__(self, request: HttpRequest, user: Any) -> None:
        self._request = request
        self._user = user if user is not None and user.is_authenticated else None

    @cached_property
    def organisation(self) -> str:
        return next((str(name()) for name in register.entries("erp.organisation").values()), "")

    @cached_property
    def unread(self) -> int:
        counts = register.entries("erp.unread").values() if self._user else ()
        return sum(count(self._user) for count in counts)

    @property
    def topbar(self) -> str:
        """The bar over every office page."""
        bell = format_html('{}<span class="visually-hidden"> {}</span>', self.unread, _("unread"))
        here = self._request.get_full_path()
        values = (get_token(self._request), here, self.name, self.name[:1], self.role)
        return _topbar(get_language() or "").fill([(*values, bell if self.unread else "")])

    @property
    def name(self) -> str:
        return str(self._user or "")

    @property
    def role(self) -> str:
        return str(self._user.get_role_display()) if self._user else ""

    @cached_property
    def company(self) -> str:
        return str(self._user.company or "") if self._user else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every page."""
    user: Any = getattr(request, "user", None)
    frame = Shell(request, user)
    return {
        "theme": _choice(request, "theme", THEMES),
        "density": _choice(request, "density", DENSITIES),
        "sidebar": _choice(request, "sidebar", SIDEBARS),
        "shell": frame,
        "this_page": request.get_full_path(),
        "nav": SimpleLazyObject(lambda: _nav(request, user) if frame.name else ""),
    }


def _choice(request: HttpRequest, cookie: str, choices: tuple[str, ...]) -> str:
    value = request.COOKIES.get(cookie, "")
    return value if value in choices else choices[0]


def _nav(request: HttpRequest, user: User) -> str:
    shown = tuple(slug for slug, item in register.entries("erp.nav").items() if item.visible(user))
    urls = (_address(slug) for slug in shown)
    matching = (url for url in urls if request.path.startswith(url) and (url != "/" or request.path == url))
    return _menu(get_language() or "", shown, max(matching, key=len, default=""))


@cache
def _address(slug: str) -> str:
    return reverse(register.entries("erp.nav")[slug].url_name)


@cache
def _menu(language: str, shown: tuple[str, ...], here: str) -> str:
    """The sidebar of everybody who sees the entries `shown`; one per language and place."""
    entries = register.entries("erp.nav")
    items = [
        {"url": _address(slug), **{name: getattr(entries[slug], name) for name in NAV_TEXTS}}
        for slug in sorted(shown, key=lambda slug: entries[slug].order)
    ]
    return render_to_string("components/nav.html", {"items": items, "here": here})


class LanguageMiddleware:
    """The language a person chose (cookie), else the installation's; browsers are not asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        language = chosen if chosen in known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class PrivateMiddleware:
    """Pages of signed-in people are never kept by caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
