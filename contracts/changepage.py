"""One change order as its pages show it: before and after, what it moves, who did what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import ChangeOrder
from contracts.money.moves import with_price
from contracts.states import RUNNING, ChangeState
from contracts.tables_changes import TONES, signed
from erp import register
from erp.access import allowed, held
from erp.dates import moment, short_day
from erp.money import amount

if TYPE_CHECKING:
    from orgchart.models import User

#: Step → its page; those on the customer's behalf are not the first thing to click.
PAGES = {
    "send_change": "change_send",
    "apply_change": "change_apply",
    "accept_change": "change_accept",
    "reject_change": "change_reject",
    "withdraw_change": "change_withdraw",
}
MENU = ("accept_change", "reject_change", "withdraw_change")
#: States in which what it will move is still to come.
AHEAD = (ChangeState.DRAFT, ChangeState.SENT, ChangeState.ACCEPTED)


def steps_of(order: ChangeOrder, user: User) -> dict[str, Any]:
    """The buttons: the steps open to `user`, and editing while it is a draft."""
    live = [step for step in order.workflow if order.state in step.sources and not order.frozen()]
    mine = held(user, {"change", *(step.verb for step in live)}, order)
    links = [
        {
            "label": _behalf(step.verb) or step.label,
            "url": reverse(f"contracts:{PAGES[step.verb]}", args=[order.contract_id, order.pk]),
            "menu": step.verb in MENU,
            "danger": step.verb == "withdraw_change",
        }
        for step in live
        if step.verb in mine
    ]
    drafts = order.state == ChangeState.DRAFT and not order.frozen() and "change" in mine
    edit = reverse("contracts:change_edit", args=[order.contract_id, order.pk]) if drafts else ""
    return {
        "buttons": [link for link in links if not link["menu"]],
        "menu": [link for link in links if link["menu"]],
        "edit_url": edit,
    }


def _behalf(verb: str) -> str:
    return {
        "accept_change": _("Accept on the customer's behalf"),
        "reject_change": _("Reject on the customer's behalf"),
    }.get(verb, "")


class ChangePage:
    """What `user` may know of `order`; nothing is asked until a template does."""

    def __init__(self, order: ChangeOrder, user: User, *, portal: bool = False) -> None:
        self.order, self._user, self._portal = order, user, portal
        self.contract = order.contract

    @cached_property
    def money(self) -> bool:
        """The customer reads the price of what was sent to them, the office with the right."""
        return self._portal or allowed(self._user, "view_finance", self.contract)

    @property
    def tone(self) -> str:
        return TONES.get(ChangeState(self.order.state), "")

    @property
    def price(self) -> str:
        return signed(self.order.price_change, self.order.currency)

    @property
    def deal(self) -> tuple[str, str] | None:
        """Deal amount before and after; the customer is told the change only."""
        order, contract = self.order, self.contract
        if self._portal or not order.price_change or contract.deal_amount is None:
            return None
        before = contract.deal_amount if order.applied_at is None else order.deal_before
        after = order.deal_after if order.applied_at else contract.deal_amount + order.price_change
        return amount(before, order.currency) or "—", amount(after, order.currency)

    @property
    def dates(self) -> tuple[str, str] | None:
        """Planned delivery before and after, where it changes."""
        order = self.order
        if order.new_delivery is None:
            return None
        before = order.delivery_before or self.contract.planned_delivery
        return short_day(before), short_day(order.delivery_after or order.new_delivery)

    @property
    def moved(self) -> str:
        """By how many calendar days."""
        order = self.order
        before = order.delivery_before or self.contract.planned_delivery
        days = (order.new_delivery - before).days if order.new_delivery else 0
        if days > 0:
            return ngettext("%(n)s day later", "%(n)s days later", days) % {"n": days}
        return ngettext("%(n)s day earlier", "%(n)s days earlier", -days) % {"n": -days} if days else ""

    @cached_property
    def ahead(self) -> bool:
        return self.order.state in AHEAD and self.contract.stage in RUNNING

    @cached_property
    def impacts(self) -> list[Any]:
        """What it would move, told by the apps above in sentences."""
        return list(self._told()) if self.ahead else []

    def _told(self) -> Iterator[Any]:
        yield from with_price(self.contract, self._user, self.order.price_change)
        for tell in register.entries("contracts.change_impacts").values():
            yield from tell(self.contract, self._user, self.order.new_delivery)

    @property
    def log(self) -> list[dict[str, Any]]:
        """Who did what, in order."""
        order = self.order
        answer = order.state not in (ChangeState.DRAFT, ChangeState.SENT)
        deeds = [
            (order.sent_at, _("confirmed and sent"), order.sent_by, ""),
            (order.decided_at, self._answered() if answer else "", order.decided_by, self._behalf_words()),
            (order.applied_at, _("applied to the contract"), None, ""),
        ]
        return [
            {"at": moment(at), "stamp": at.isoformat(), "deed": deed, "who": str(who or ""), "note": note}
            for at, deed, who, note in deeds
            if at
        ]

    def _answered(self) -> str:
        rejected = self.order.state == ChangeState.REJECTED
        return _("rejected by the customer") if rejected else _("accepted by the customer")

    def _behalf_words(self) -> str:
        if not self.order.on_behalf or self._portal:
            return ""
        return _("on the customer's behalf: %(evidence)s") % {"evidence": self.order.evidence}
