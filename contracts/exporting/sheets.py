"""The lists that contracts bring into the export: header, team, deliveries, change orders, messages, log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contracts.joints import Sheet
from contracts.tables_delivery import confirmed_by
from erp.audit.timeline import deed_label
from erp.models import LogEntry
from notifications.models import Dispatch
from notifications.queries import dispatch_lines

if TYPE_CHECKING:
    from contracts.models import Contract

Rows = Iterator[Sequence[Any]]
HIDDEN = frozenset({"id", "version", "file_prefix"})


def header(contract: Contract) -> Rows:
    for field in contract._meta.concrete_fields:
        if field.name in HIDDEN:
            continue
        value: Any = getattr(contract, field.name)
        shown = getattr(contract, f"get_{field.name}_display", None)
        yield (
            str(field.verbose_name),
            shown() if shown else str(value) if field.is_relation and value else value,
        )


def team(contract: Contract) -> Rows:
    for row in contract.team.select_related("person", "department"):
        yield row.department.name, row.person.name, row.person.position, row.get_duty_display()


def deliveries(contract: Contract) -> Rows:
    for row in contract.deliveries.select_related("confirmed_by"):
        yield (
            row.delivered_on, str(row), row.get_state_display(), row.place, row.carrier, row.waybill,
            row.receiver, row.receiver_phone, row.note, row.missing, confirmed_by(row),
        )  # fmt: skip


def changes(contract: Contract) -> Rows:
    for row in contract.change_orders.order_by("number").select_related("sent_by", "decided_by"):
        yield (
            row.code, row.title, row.get_state_display(), row.scope, row.reason, row.currency,
            row.price_change, row.deal_before, row.deal_after, row.new_delivery, row.delivery_before,
            row.delivery_after, row.sent_at, str(row.sent_by or ""), row.decided_at,
            str(row.decided_by or ""), row.evidence, row.decision_note, row.applied_at,
        )  # fmt: skip


def messages(contract: Contract) -> Rows:
    rows = Dispatch.objects.filter(contract_id=contract.pk).select_related("channel", "recipient")
    for line in dispatch_lines(rows.order_by("pk").iterator(500)):
        yield line.at, line.event, line.receiver, line.channel, line.state


def log(contract: Contract) -> Rows:
    entries = LogEntry.objects.filter(contract_id=contract.pk).select_related("content_type")
    for row in entries.order_by("pk").iterator(500):
        model = row.content_type.model_class()
        kind = str(model._meta.verbose_name) if model else row.content_type.model
        deed = deed_label(row.verb, model)
        yield (
            row.timestamp, row.actor_name, deed, kind, row.object_repr, row.reason,
            _changes(row.changes), row.get_source_display(), row.remote_addr or "", row.sequence, row.digest,
        )  # fmt: skip


def _changes(changes: Any) -> str:
    """`field: before → after`, a line each."""
    pairs = changes.items() if isinstance(changes, dict) else ()
    return "\n".join(
        f"{name}: {' → '.join(map(str, pair)) if isinstance(pair, list) else pair}" for name, pair in pairs
    )


SHEETS = {
    "contract": Sheet(_("Contract"), (_("Field"), _("Value")), header, 0),
    "team": Sheet(_("Team"), (_("Department"), _("Person"), _("Position"), _("Duty")), team, 10),
    "deliveries": Sheet(
        _("Deliveries"),
        (
            _("Delivered on"), _("Delivery"), _("State"), _("Place of delivery"), _("Carrier"),
            _("Waybill number"), _("Receiver"), _("Receiver's phone"), _("Note"),
            _("Reported by the customer"), _("Confirmed by"),
        ),
        deliveries,
        55,
    ),
    "changes": Sheet(
        _("Change orders"),
        (
            _("Number"), _("Title"), _("State"), _("Scope of the change"), _("Reason for the change"),
            _("Currency"), _("Price change"), _("Deal before"), _("Deal after"), _("New planned delivery"),
            _("Planned delivery before"), _("Planned delivery after"), _("Sent at"), _("Sent by"),
            _("Answered at"), _("Answered by"), _("Evidence"), _("Reason of the answer"), _("Applied at"),
        ),
        changes,
        65,
    ),
    "messages": Sheet(
        _("Sent messages"), (_("Time"), _("Message"), _("Recipient"), _("Channel"), _("State")), messages, 90
    ),
    "log": Sheet(
        _("Operation log"),
        (
            _("Time"), _("Person"), _("Deed"), _("Kind"), _("Object"), _("Reason"), _("Changes"),
            _("Source"), _("IP address"), _("Sequence"), _("Digest"),
        ),
        log,
        95,
    ),
}  # fmt: skip
