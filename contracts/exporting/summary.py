"""The summary of an exported contract as a PDF, for people who open the folder years later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracts.queries import team_by_department
from contracts.tables_changes import signed
from contracts.tables_delivery import delivery_lines
from erp.dates import moment, short_day
from erp.money import amount

if TYPE_CHECKING:
    from contracts.models import Contract

TEMPLATE = Path(__file__).with_name("summary.typ")


def write(contract: Contract, path: Path, contents: list[tuple[str, int]], files: int) -> None:
    """Write the PDF. `contents`: sheets of the workbook with their rows; `files`: how many files."""
    chinese = not (get_language() or "").startswith("en")
    data = {
        "lang": "zh" if chinese else "en",
        "title": contract.name,
        "eyebrow": f"{contract.number} · {contract.code} · {contract.company}",
        "footer": _("%(number)s, exported %(at)s")
        % {"number": contract.number, "at": moment(timezone.now())},
        "sections": [section for section in _sections(contract, contents, files) if _filled(section)],
    }
    made: bytes = typst.compile(str(TEMPLATE), sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    path.write_bytes(made)


def _filled(section: dict[str, Any]) -> bool:
    return bool(section.get("facts") or section.get("rows") or section.get("text"))


def _sections(contract: Contract, contents: list[tuple[str, int]], files: int) -> list[dict[str, Any]]:
    parts = [(title, str(number)) for title, number in contents] + [(_("Files"), str(files))]
    return [
        {"title": _("Contract"), "facts": _facts(contract)},
        {"title": _("Description"), "text": contract.description},
        {"title": _("Team"), "heads": [_("Department"), _("Person"), _("Duty")], "rows": _team(contract)},
        {
            "title": _("Deliveries"),
            "heads": [_("Delivered on"), _("Kind"), _("Waybill"), _("Receiver"), _("Confirmed by")],
            "rows": _deliveries(contract),
        },
        {
            "title": _("Change orders"),
            "heads": [_("Change order"), _("State"), _("Price change"), _("New planned delivery")],
            "rows": _changes(contract),
        },
        {"title": _("Contents of this export"), "facts": parts},
    ]


def _facts(contract: Contract) -> list[tuple[str, str]]:
    facts = [
        (_("Customer company"), str(contract.company)),
        (_("Contact"), " ".join(filter(None, [contract.contact, contract.contact_phone]))),
        (_("Project manager"), str(contract.manager)),
        (_("Sales person"), str(contract.sales_person or "")),
        (_("Stage"), contract.get_stage_display()),
        (_("Status"), contract.get_status_display()),
        (_("Signed on"), short_day(contract.signed_on)),
        (_("Released on"), short_day(contract.released_on)),
        (_("Planned delivery"), short_day(contract.planned_delivery)),
        (_("Delivered on"), short_day(contract.delivered_on)),
        (_("Confirmed on"), short_day(contract.confirmed_on)),
        (_("Archived"), moment(contract.archived_at) if contract.archived_at else ""),
        (_("Quote"), amount(contract.quote_amount, contract.currency)),
        (_("Deal"), amount(contract.deal_amount, contract.currency)),
        (_("Status note"), contract.status_note),
    ]
    return [(label, value) for label, value in facts if value]


def _team(contract: Contract) -> list[list[str]]:
    return [
        [str(part.department), str(member.person), member.get_duty_display()]
        for part in team_by_department(contract)
        for member in part.members
    ]


def _deliveries(contract: Contract) -> list[list[str]]:
    rows = contract.deliveries.holding().select_related("confirmed_by")
    return [
        [line.day, line.kind, line.transport, line.receiver, line.confirmed]
        for line in delivery_lines(contract, rows)
    ]


def _changes(contract: Contract) -> list[list[str]]:
    return [
        [
            str(row),
            row.get_state_display(),
            signed(row.price_change, row.currency),
            short_day(row.new_delivery),
        ]
        for row in contract.change_orders.order_by("number")
    ]
