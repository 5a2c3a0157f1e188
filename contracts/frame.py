"""The contract page as a frame: header, stations, tabs; apps above bring the panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse

from contracts.models import Contract
from erp import register
from erp.htmx import Request, page
from erp.shell import everybody

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a URL of its own taking the contract's id."""

    url_name: str
    label: Any
    order: int
    visible: Callable[[User], bool] = everybody


@dataclass(frozen=True, slots=True)
class Panel:
    """A fragment on the overview or the portal page, loaded from its own URL."""

    url_name: str
    label: Any
    order: int


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a gate still waits for, and where to do it."""

    text: Any
    url: str


def frame(
    request: Request,
    contract: Contract,
    tab: str,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str = "panel",
    status: int = 200,
) -> HttpResponse:
    """Render a tab of the contract page. `template` extends `contracts/frame.html` and fills
    `{% block panel %}` with a partial named `panel`; htmx gets only the `fragment`."""
    whole = {"contract": contract, "tab": tab, "tabs": _tabs(request, contract), **context}
    return page(request, template, whole, fragment=fragment, status=status)


def _tabs(request: Request, contract: Contract) -> list[dict[str, Any]]:
    shown = [(slug, t) for slug, t in register.entries("contracts.tabs").items() if t.visible(request.user)]
    return [
        {"slug": slug, "label": t.label, "url": reverse(t.url_name, args=[contract.pk])}
        for slug, t in sorted(shown, key=lambda pair: pair[1].order)
    ]
