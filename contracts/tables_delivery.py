"""Rows of the list of deliveries, ready to print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Contract, Delivery
from contracts.states import DeliveryState
from erp.dates import moment, short_day


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery. `confirmed` says who said that it arrived, `missing` what the customer misses."""

    pk: int
    url: str
    day: str
    kind: str
    final: bool
    void: bool
    place: str
    transport: str
    receiver: str
    note: str
    missing: str
    missing_at: str
    confirmed: str


def delivery_lines(contract: Contract, rows: Iterable[Delivery]) -> list[DeliveryLine]:
    return [
        DeliveryLine(
            pk=row.pk,
            url=reverse("contracts:delivery_record", args=[contract.pk, row.pk]),
            day=short_day(row.delivered_on),
            kind=_("Last delivery") if row.final else _("Partial delivery"),
            final=row.final,
            void=row.state == DeliveryState.VOID,
            place=row.place,
            transport=" · ".join(filter(None, [row.carrier, row.waybill])),
            receiver=" ".join(filter(None, [row.receiver, row.receiver_phone])),
            note=row.note,
            missing=row.missing,
            missing_at=moment(row.missing_at) if row.missing_at else "",
            confirmed=confirmed_by(row),
        )
        for row in rows
    ]


def confirmed_by(row: Delivery) -> str:
    """`蓝海食品`, or `何项目 (on the customer's behalf: signed.pdf …)`."""
    if row.confirmed_by is None:
        return ""
    if not row.on_behalf:
        return str(row.confirmed_by)
    words = {"person": row.confirmed_by, "evidence": row.evidence}
    return _("%(person)s, on the customer's behalf: %(evidence)s") % words
