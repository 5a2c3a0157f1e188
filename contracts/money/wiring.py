"""Where money hangs: its tab, menu, tile, messages, log and export."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from erp import register


def wire() -> None:
    """Fill the register; called when the app is ready."""
    _pages()
    _log()
    _messages()
    _joints()


def _pages() -> None:
    from contracts.frame import Tab
    from contracts.money.ledger import reads_money
    from erp.dashboard import Tile
    from erp.shell import NavItem

    register.add("contracts.tabs", "money", Tab("contracts:money", _("Money"), 60, verb="view_finance"))
    item = NavItem("contracts:receivables", _("Receivables"), "cash", 48, visible=reads_money)
    register.add("erp.nav", "money", item)
    tile = Tile(_("Receivables"), "money", visible=reads_money, url_name="contracts:tile_receivables")
    register.add("erp.tiles", "receivables", tile)


def _log() -> None:
    from contracts.audit import finance_readers
    from erp.audit.timeline import MoneyFields

    names = frozenset({"percent", "amount", "note"})
    for model in ("contracts.PaymentMilestone", "contracts.Payment"):
        register.add("erp.money_fields", model, MoneyFields(names, finance_readers))
    for verb, label in (
        ("plan_payment", _("Plan payment")),
        ("unplan_payment", _("Remove payment from the plan")),
        ("receive_payment", _("Book receipt")),
    ):
        register.add("erp.verbs", verb, label)


def _messages() -> None:
    from contracts.money import events, reminding

    events.declare()
    for name, entries in (
        ("notifications.reminders", reminding.REMINDERS),
        ("notifications.figures", reminding.FIGURES),
        ("notifications.reports", reminding.PAPERS),
    ):
        for slug, entry in entries.items():
            register.add(name, slug, entry)


def _joints() -> None:
    from contracts.money import demo, moves, sheets, volume

    register.add("erp.demo", 64, demo.build)
    register.add("erp.volume", 45, volume.load_money)

    register.add("contracts.change_impacts", "payments", moves.with_delivery)
    for slug, sheet in sheets.SHEETS.items():
        register.add("contracts.export_sheets", slug, sheet)
