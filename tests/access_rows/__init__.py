"""The one table of who gets what from every URL, a file per app.

`Row.may` names who is served; `Row.sees` who is told 403 because the object is in their sight;
everybody else is told 404 for contract things, 403 for site things. Customers get 404 from office
routes and office people 404 from the portal; anonymous and disabled people are sent to sign-in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

OFFICE = frozenset(
    [
        "admin",
        "boss",
        "sales",
        "leader.mech",
        "leader.elec",
        "leader.assembly",
        "buyer",
        "qc",
        "staff.mech",
        "staff.elec",
        "pm",
        "service",
        "outsider",
        "ex-member",
    ]
)
CUSTOMERS = frozenset({"customer.a", "customer.b"})
NOBODY: frozenset[str] = frozenset()
#: In the team of `cast.own`, manager included.
TEAM = frozenset(
    ["pm", "leader.mech", "leader.elec", "leader.assembly", "staff.mech", "sales", "buyer", "qc", "service"]
)
TOP = frozenset({"boss", "admin"})
#: Everybody who sees `cast.own`.
INSIDE = TEAM | TOP
#: Everybody who reads all tasks of `cast.own` (a plain member sees only the own ones).
TASK_READERS = INSIDE - {"staff.mech"}

Scope = Literal["public", "site", "contract", "portal"]


def no_kwargs(cast: Any, contract: Any) -> dict[str, Any]:
    return {}


def contract_pk(cast: Any, contract: Any) -> dict[str, Any]:
    return {"pk": contract.pk}


@dataclass(frozen=True)
class Row:
    """`scope` public: anybody · site: no object · contract: hangs on a contract · portal: customers.

    `may`/`sees`: user names for `cast.own` (boss and admin among them also reach the foreign one).
    `methods`: what the view answers; all others are 405. `kwargs(cast, contract)`: URL arguments.
    `data`: what a POST sends (an empty form by default, answered 422 or the like)."""

    scope: Scope
    may: frozenset[str] = OFFICE
    sees: frozenset[str] = NOBODY
    methods: tuple[str, ...] = ("GET",)
    kwargs: Callable[[Any, Any], dict[str, Any]] = no_kwargs
    data: dict[str, Any] = field(default_factory=dict)
    get: dict[str, Any] = field(default_factory=dict)


#: A file of this package each.
APPS = (
    "erp",
    "orgchart",
    "notifications",
    "contracts",
    "money",
    "documents",
    "production",
    "acceptance",
    "acceptance_paper",
    "procurement",
    "procurement_lists",
    "feedback",
)


def every_row() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for app in APPS:
        found = import_module(f"tests.access_rows.{app}").ROUTES
        assert not rows.keys() & found.keys()
        rows |= found
    return rows
