"""The contract page as a frame: header, stations, tabs; apps above bring the panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse

from contracts.models import Contract
from contracts.stations import Station, stations, with_stations
from erp import register
from erp.access import allowed, held
from erp.dates import short_day
from erp.htmx import Request, page
from erp.shell import everybody
from erp.workflow import Transition

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a URL of its own taking the contract's id, for those who hold `verb` on the contract."""

    url_name: str
    label: Any
    order: int
    visible: Callable[[User], bool] = everybody
    verb: str = "view"


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


#: Deeds drawn as buttons; the others sit in the menu behind them.
FIRST = ("release_plan", "deliver", "archive", "reopen")


class Header:
    """What the frame says of the contract; nothing is asked until the template does."""

    def __init__(self, user: User, contract: Contract, tab: str) -> None:
        self._user, self._contract, self._tab = user, contract, tab

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        return _tabs(self._user, self._contract, self._tab)

    @cached_property
    def tab_label(self) -> str:
        return next((tab["label"] for tab in self.tabs if tab["active"]), "")

    @cached_property
    def stations(self) -> list[Station]:
        rows = with_stations(Contract.objects.filter(pk=self._contract.pk))
        return stations(rows.get(), late=bool(self.days_late))

    @cached_property
    def days_late(self) -> int:
        return self._contract.days_late()

    @cached_property
    def due(self) -> str:
        return short_day(self._contract.planned_delivery)

    @cached_property
    def may_change(self) -> bool:
        return not self._contract.frozen() and allowed(self._user, "change", self._contract)

    @cached_property
    def _steps(self) -> list[Transition]:
        return self._contract.workflow.open_to(self._user, self._contract)

    @cached_property
    def buttons(self) -> list[dict[str, Any]]:
        return [self._step(step) for step in self._steps if step.verb in FIRST]

    @cached_property
    def menu(self) -> list[dict[str, Any]]:
        return [self._step(step) for step in self._steps if step.verb == "cancel"]

    def _step(self, step: Transition) -> dict[str, Any]:
        return {"label": step.label, "url": reverse(f"contracts:{step.verb}", args=[self._contract.pk])}


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
    whole = {
        "contract": contract,
        "header": Header(request.user, contract, tab),
        "tab": tab,
        **context,
    }
    return page(request, template, whole, fragment=fragment, status=status)


def panels(name: str, contract: Contract) -> list[dict[str, Any]]:
    """The panels on list `name` with their addresses for `contract`, in order."""
    found = sorted(register.entries(name).values(), key=lambda panel: panel.order)
    return [{"label": p.label, "url": reverse(p.url_name, args=[contract.pk])} for p in found]


def _tabs(user: User, contract: Contract, active: str) -> list[dict[str, Any]]:
    shown = [(slug, t) for slug, t in register.entries("contracts.tabs").items() if t.visible(user)]
    known = {"view", *(t.verb for slug, t in shown if slug == active)}
    may = known | held(user, {t.verb for _slug, t in shown} - known, contract)
    return [
        {
            "slug": slug,
            "label": t.label,
            "url": reverse(t.url_name, args=[contract.pk]),
            "active": slug == active,
        }
        for slug, t in sorted(shown, key=lambda pair: pair[1].order)
        if t.verb in may
    ]
