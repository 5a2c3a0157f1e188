"""The frame of the first page: tiles that apps put on the register, placed by who looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from erp import register
from erp.roles import Function, Role
from erp.shell import everybody

if TYPE_CHECKING:
    from orgchart.models import User

#: The places of the grid in reading order, and who has them: role, or the function of specialists.
ALL = ("boss", "leader", "staff", "quality", "procurement", "sales")
LAYOUT: dict[str, tuple[str, ...]] = {
    "kpi-active": ("boss", "leader", "staff", "sales"),
    "kpi-todo": ALL,
    "kpi-month": ("boss", "leader", "procurement", "sales"),
    "kpi-risk": ALL,
    "pipeline": ("boss", "leader", "sales"),
    "timeline30": ALL,
    "inbox": (*ALL, "admin"),
    "dept-load": ("boss", "leader"),
    "trend6m": ("boss", "leader", "quality", "procurement", "sales"),
    "feedback": ("boss", "leader", "staff", "sales"),
    "money": ("boss", "leader", "staff", "sales"),
    "activity": (*ALL, "admin"),
    "health": ("admin",),
    "quick": (*ALL, "admin"),
}
SPECIALISTS = (Function.QUALITY, Function.PROCUREMENT, Function.SALES)


@dataclass(frozen=True, slots=True)
class Part:
    """One segment of a figure, such as the contracts of one status."""

    key: str
    label: Any
    count: int
    url: str

    @property
    def status(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure that is a query, and the list that has exactly that many rows."""

    count: int
    url: str
    note: Any = ""
    tone: str = ""  # "", "risk", "accepted" …
    parts: list[Part] = field(default_factory=list)
    unit: Any = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile in the named grid `area`. With `kpi` it is inline in the first HTML, with `url_name` it
    loads itself when seen, and fails alone. `size` is its final height: kpi, mid or tall.

    One area says different things to different people: a tile with `seats`, such as
    `(Function.QUALITY,)`, stands there for these people only, instead of the one for everybody."""

    title: Any
    area: str
    visible: Callable[[User], bool] = everybody
    kpi: Callable[[User], Kpi] | None = None
    url_name: str = ""
    size: str = "mid"
    seats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthLine:
    """How one part of the server stands; `tone` is ok, warn or bad."""

    label: Any
    text: Any
    tone: str = "ok"


def seat(user: User) -> str:
    """Which layout a person gets: the role, for office people of some functions that function."""
    if user.role not in (Role.LEADER, Role.STAFF):
        return str(user.role)
    person = getattr(user, "person", None)
    function = person.department.function if person else ""
    return function if function in SPECIALISTS else str(user.role)


def tiles_of(user: User) -> dict[str, Tile]:
    """Slug → tile in reading order. An area wanted twice goes to the tile made for one's seat, then to
    the highest app."""
    mine, place = seat(user), list(LAYOUT)
    wanted = sorted(register.entries("erp.tiles").items(), key=lambda entry: bool(entry[1].seats))
    found = {
        tile.area: (slug, tile)
        for slug, tile in wanted
        if mine in LAYOUT.get(tile.area, ()) and (not tile.seats or mine in tile.seats) and tile.visible(user)
    }
    return dict(sorted(found.values(), key=lambda pair: place.index(pair[1].area)))


def shape(areas: set[str]) -> dict[str, int]:
    """How many tiles share each band of the grid, so that the others widen where one is missing."""
    bands = {
        "kpis": ("kpi-active", "kpi-todo", "kpi-month", "kpi-risk"),
        "wide": ("pipeline", "timeline30"),
        "side": ("inbox",),
        "thirds": ("dept-load", "trend6m", "feedback", "money"),
        "foot": ("activity", "health", "quick"),
    }
    return {band: len(areas.intersection(names)) for band, names in bands.items()}
