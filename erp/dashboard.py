"""The frame of the first page: tiles that apps put on the register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from erp import register
from erp.shell import everybody

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Part:
    """One segment of a figure, such as the contracts of one status."""

    key: str
    label: Any
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure that is a query, and the list that has exactly that many rows."""

    count: int
    url: str
    note: Any = ""
    tone: str = ""  # "", "risk", "accepted" …
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile in the named grid `area` (see ui tokens). With `kpi` it is inline in the first HTML,
    with `url_name` it loads itself when seen, and fails alone."""

    title: Any
    area: str
    visible: Callable[[User], bool] = everybody
    kpi: Callable[[User], Kpi] | None = None
    url_name: str = ""


def tiles_of(user: User) -> list[Tile]:
    return [tile for tile in register.entries("erp.tiles").values() if tile.visible(user)]
