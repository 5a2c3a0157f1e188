"""Up for reads: a lower app declares a named list, upper apps fill it in `apps.py: ready()`.

The owner of a list never names who filled it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

#: Every list there is, with what an entry must be.
LISTS = {
    "contracts.facts": "name → expression over Contract, read by the status rule",
    "contracts.gates": "verb → function(contract) → list of `Missing`",
    "contracts.leaving": "slug → function(member) → why this person cannot leave the team yet, or ''",
    "contracts.handover": "slug → function(member, successor, actor) moving open work to the successor",
    "contracts.stations": "key → expression: the day a station was reached; `purchasing`: the first order, "
    "`made`: whether work is over",
    "contracts.event_days": "key → expression over Contract: the day of an event that payments may hang on "
    "(`acceptance_passed`: the last required level of the contract's acceptance)",
    "contracts.costs": "slug → function(contract) → `Cost`s: what the contract costs, in full",
    "contracts.change_impacts": "slug → function(contract, user, new delivery or None) → sentences: what a "
    "change order moves",
    "contracts.evidence": "slug → function(row, user) → `Evidence`s: documents that hang on a row",
    "contracts.export_sheets": "slug → `Sheet`: a list of the contract in its export",
    "contracts.export_files": "slug → function(contract) → `ExportFile`s",
    "contracts.tabs": "slug → `Tab` of the contract page",
    "contracts.panels": "slug → `Panel` on the contract overview",
    "documents.anchors": "model label → `Anchor`: a thing documents may hang on, and who may hang them there",
    "notifications.events": "event → `Event`: title and text with placeholders",
    "notifications.subjects": "slug → `Subject`: a kind of thing people are nudged about",
    "notifications.ledgers": "slug → function(user) → Q over NudgeReceiver: nudges of others one may read",
    "notifications.reminders": "slug → `Reminder`: what is due or overdue, and who hears when nobody answers",
    "notifications.figures": "slug → `Figure` of the morning card",
    "notifications.reports": "slug → `Table` one may have sent: a function from the receiver to rows",
    "contracts.risks": "slug → function(user, contracts) → contract id → why it is at risk, in one sentence",
    "orgchart.calendar_effects": "slug → `CalendarEffect`: what a changed calendar moves, before it is "
    "applied, and applying it",
    "erp.search": "slug → `SearchSource`",
    "erp.tiles": "slug → `Tile` of the dashboard",
    "erp.organisation": "one function → the name of our organisation",
    "erp.unread": "slug → function(user) → number on the bell",
    "erp.health": "slug → function() → `HealthLine` on the tile “System health”",
    "erp.nav": "slug → `NavItem` of the office shell",
    "erp.account_links": "slug → `NavItem`: a link on one's account page",
    "erp.quick": "slug → `NavItem`: a shortcut on the dashboard, before those of the menu",
    "erp.verbs": "verb → label for the timeline",
    "erp.demo": "order → function(cast) building a part of the demo company",
    "erp.volume": "order → function(plan) bulk-filling for benchmarks",
    "erp.audit_scopes": "slug → function(user) → Q over LogEntry: entries whose values one may read",
    "erp.audit_places": "slug → function(user) → Q over LogEntry: entries whose bare deed one may hear of",
    "erp.audit_readers": "slug → function(user) → whether one holds the right to read the log anywhere",
    "erp.contract_names": "slug → `ContractNames`: how pages of the log find and name contracts",
    "erp.money_fields": "model label → `MoneyFields`: amounts, and the contracts where one may read them",
    "production.panels": "slug → `Panel` on the page of a task",
    "production.consequences": "slug → function(contract, user, end before, end after) → sentences: what "
    "else moves with the end of a plan",
    "production.delays": "slug → function(contract, user) → `Delay`s: what held tasks up, from apps above",
    "portal.panels": "slug → `Panel` on the customer's contract page",
}

_entries: dict[str, dict[Any, Any]] = defaultdict(dict)


def add(name: str, key: Any, entry: Any) -> None:
    """Put `entry` on list `name` under `key`.

    Raises KeyError for an unknown list, ValueError for a key already taken by another entry."""
    if name not in LISTS:
        raise KeyError(name)
    if _entries[name].setdefault(key, entry) is not entry:
        raise ValueError(f"{name}: {key} is taken")


def entries(name: str) -> dict[Any, Any]:
    """The entries of list `name`, in the order in which apps added them."""
    if name not in LISTS:
        raise KeyError(name)
    return _entries[name]
