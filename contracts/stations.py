"""The six stations of a contract with the days they were reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract
from contracts.states import FROZEN, Stage
from erp import register
from erp.dates import short_day

#: Key and label; the middle ones and feedback are filled by apps above (`contracts.stations`).
STATIONS = (
    ("signed", _("Contract signed")),
    ("released", _("Plan released")),
    ("production", _("Production / purchasing")),
    ("acceptance", _("Internal acceptance")),
    ("delivered", _("Delivered to customer")),
    ("feedback", _("After-sales feedback")),
)
PRODUCTION = [key for key, _label in STATIONS].index("production")


@dataclass(frozen=True, slots=True)
class Station:
    """What `components/stations.html` draws; `state` is done, current, late or open."""

    key: str
    label: Any
    date: str
    state: str


def with_stations(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Annotate the registered dates as `station_<key>`; `made` says whether production is over,
    `purchasing` when the first order was given: the station is reached by whichever began first."""
    found = register.entries("contracts.stations")
    keys = [*(key for key, _label in STATIONS), "purchasing", "made"]
    return contracts.annotate(**{f"station_{key}": found[key] for key in keys if key in found})


def stations(contract: Any, *, late: bool) -> list[Station]:
    """The line of a contract annotated by `with_stations`; `late` paints where it stands now."""
    dates = [_reached(contract, key) for key, _label in STATIONS]
    passed = _passed(contract, dates)
    here = -1 if contract.stage in FROZEN else passed
    now = "late" if late else "current"
    return [
        Station(key, label, short_day(dates[i]), "done" if i < passed else now if i == here else "open")
        for i, (key, label) in enumerate(STATIONS)
    ]


def _passed(contract: Any, dates: list[date | None]) -> int:
    """How many stations lie behind: all up to the last one reached, whether or not an earlier one
    has a day. A start begins the work and does not end it, so production is behind only when
    nothing of it is open or a later station is reached."""
    last = max((i for i, day in enumerate(dates) if day), default=-1)
    working = last == PRODUCTION and not getattr(contract, "station_made", None)
    return last if working else last + 1


def _reached(contract: Any, key: str) -> date | None:
    own = {
        "signed": contract.signed_on,
        "released": contract.released_on,
        "delivered": contract.delivered_on,
        "feedback": contract.confirmed_on if contract.stage != Stage.DELIVERED else None,
    }
    if key == "production":
        began = (getattr(contract, f"station_{name}", None) for name in ("production", "purchasing"))
        return min((day for day in began if day), default=None)
    day: date | None = getattr(contract, f"station_{key}", None) or own.get(key)
    return day
