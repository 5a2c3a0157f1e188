"""What a gate still waits for, as a page lists it: by where it comes from, counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from contracts.models import Contract
from erp import register

#: So many of a kind are named at once; the rest opens.
NAMED = 8


@dataclass(frozen=True, slots=True)
class Group:
    """What one app misses. `first` is shown, `rest` opens."""

    label: Any
    missing: list[Any]

    @property
    def count(self) -> int:
        return len(self.missing)

    @property
    def first(self) -> list[Any]:
        return self.missing[:NAMED]

    @property
    def rest(self) -> list[Any]:
        return self.missing[NAMED:]


def groups(verb: str, contract: Contract) -> list[Group]:
    """The gates of `verb` that are not open yet."""
    checks = register.entries("contracts.gates").items()
    found = (Group(_label(app), list(check(contract))) for (name, app), check in checks if name == verb)
    return [group for group in found if group.missing]


def everything(found: Iterable[Group]) -> list[Any]:
    return [missing for group in found for missing in group.missing]


def _label(app: str) -> Any:
    return apps.get_app_config(app).verbose_name if apps.is_installed(app) else app
