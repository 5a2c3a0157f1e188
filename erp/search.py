"""The frame of the global search: apps put their sources on the register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Hit:
    title: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """`find(user, text, limit)` returns hits that `user` may see, best first."""

    label: Any
    icon: str
    find: Callable[[User, str, int], list[Hit]]
