"""The contract page as a frame: header, stations, tabs; apps above bring the panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from contracts.models import Contract
from contracts.stations import Station, stations, with_stations
from erp import register
from erp.access import held
from erp.dates import short_day
from erp.htmx import Request, page
from erp.roles import REACH_ALL
from erp.shell import everybody
from erp.workflow import Transition

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a URL of its own taking the contract's id, for those who hold `verb` on the contract,
    or `also`."""

    url_name: str
    label: Any
    order: int
    visible: Callable[[User], bool] = everybody
    verb: str = "view"
    also: str = ""


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
        return _tabs(self._shown, self._contract, self._tab, self._may)

    @cached_property
    def _shown(self) -> list[tuple[Any, Tab]]:
        entries = register.entries("contracts.tabs").items()
        return [(slug, tab) for slug, tab in entries if tab.visible(self._user)]

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
    def delivery_late(self) -> bool:
        """The delivery itself is overdue, not only a task before it."""
        return bool(self.days_late) and self._contract.planned_delivery < timezone.localdate()

    @cached_property
    def due(self) -> str:
        return short_day(self._contract.planned_delivery)

    @cached_property
    def may_change(self) -> bool:
        return not self._contract.frozen() and "change" in self._may

    @cached_property
    def export_url(self) -> str:
        """Everything of the contract leaves with it: for boss and administrator."""
        out = self._user.role in REACH_ALL
        return reverse("contracts:export", args=[self._contract.pk]) if out else ""

    @cached_property
    def _steps(self) -> list[Transition]:
        return [step for step in self._ahead if step.verb in self._may]

    @cached_property
    def _ahead(self) -> list[Transition]:
        """The steps that the stage allows."""
        contract, frozen = self._contract, bool(self._contract.frozen())
        steps = contract.workflow
        return [step for step in steps if contract.stage in step.sources and (step.thaws or not frozen)]

    @cached_property
    def _may(self) -> set[str]:
        """Editing, the steps ahead and what the tabs are for, asked at once."""
        known, asked = _verbs_of(self._shown, self._tab)
        steps = {"change", *(step.verb for step in self._ahead)}
        return known | held(self._user, (asked | steps) - known, self._contract)

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


def panels(name: str, thing: Model) -> list[dict[str, Any]]:
    """The panels on list `name` with their addresses for `thing` (a contract, a task), in order."""
    found = sorted(register.entries(name).values(), key=lambda panel: panel.order)
    return [{"label": p.label, "url": reverse(p.url_name, args=[thing.pk])} for p in found]


def _verbs_of(shown: list[tuple[Any, Tab]], active: str) -> tuple[set[str], set[str]]:
    """What is known to be held on the page of the tab `active`, and all that decides about tabs."""
    known = {"view", *(t.verb for slug, t in shown if slug == active)}
    return known, {verb for _slug, t in shown for verb in (t.verb, t.also) if verb}


def _tabs(
    shown: list[tuple[Any, Tab]], contract: Contract, active: str, may: set[str]
) -> list[dict[str, Any]]:
    return [
        {
            "slug": slug,
            "label": t.label,
            "url": reverse(t.url_name, args=[contract.pk]),
            "active": slug == active,
        }
        for slug, t in sorted(shown, key=lambda pair: pair[1].order)
        if t.verb in may or t.also in may
    ]
