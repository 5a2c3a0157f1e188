"""What every page shows around its content: navigation, bell, language, theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from erp import register
from erp.roles import REACH_ALL

if TYPE_CHECKING:
    from orgchart.models import User

THEMES = ("auto", "light", "dark")
DENSITIES = ("default", "compact", "comfortable")


def everybody(user: User) -> bool:
    return True


def reach_all(user: User) -> bool:
    return user.role in REACH_ALL


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the sidebar. `order` sorts, `visible(user)` decides, `icon` names a sprite icon."""

    url_name: str
    label: Any
    icon: str
    order: int
    visible: Callable[[User], bool] = everybody


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Everything that costs a query is looked up only when a template asks."""
    user: Any = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "theme": _choice(request, "theme", THEMES),
        "density": _choice(request, "density", DENSITIES),
        "organisation": SimpleLazyObject(_organisation),
        "nav": SimpleLazyObject(lambda: _nav(request, user) if signed_in else []),
        "unread": SimpleLazyObject(lambda: _unread(user) if signed_in else 0),
        "languages": settings.LANGUAGES,
    }


def _choice(request: HttpRequest, cookie: str, choices: tuple[str, ...]) -> str:
    value = request.COOKIES.get(cookie, "")
    return value if value in choices else choices[0]


def _organisation() -> str:
    for name in register.entries("erp.organisation").values():
        return str(name())
    return ""


def _unread(user: User) -> int:
    return sum(count(user) for count in register.entries("erp.unread").values())


def _nav(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    items = sorted(register.entries("erp.nav").values(), key=lambda item: item.order)
    shown = [(item, reverse(item.url_name)) for item in items if item.visible(user)]
    here = max((url for _, url in shown if request.path.startswith(url)), key=len, default="")
    return [
        {"url": url, "label": item.label, "icon": item.icon, "active": url == here}
        for item, url in shown
    ]


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
