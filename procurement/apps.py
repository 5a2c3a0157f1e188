from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class ProcurementConfig(AppConfig):
    name = "procurement"
    verbose_name = _("Procurement")

    def ready(self) -> None:
        self._joints()
        self._pages()
        self._lists()
        self._messages()
        self._verbs()

    def _joints(self) -> None:
        """What the contract, its plan and its export ask of purchases."""
        from documents.anchors import Anchor
        from erp.audit.timeline import MoneyFields
        from procurement import demo, queries, volume
        from procurement.delays import delays
        from procurement.impacts import impacts
        from procurement.services.telling import answering
        from procurement.sheets import SHEETS

        for name, fact in queries.facts().items():
            register.add("contracts.facts", name, fact)
        register.add("contracts.gates", ("deliver", "procurement"), queries.unsettled)
        register.add("contracts.stations", "purchasing", queries.first_order())
        register.add("contracts.costs", "procurement", queries.costs)
        register.add("contracts.change_impacts", "procurement", impacts)
        for slug, sheet in SHEETS.items():
            register.add("contracts.export_sheets", slug, sheet)
        register.add("production.delays", "procurement", delays)
        money = MoneyFields(frozenset({"price"}), queries.price_readers)
        register.add("erp.money_fields", "procurement.ProcurementItem", money)
        anchor = Anchor(_("Purchase"), people=answering)
        register.add("documents.anchors", "procurement.procurementitem", anchor)
        register.add("erp.demo", 50, demo.build)
        register.add("erp.volume", 36, volume.load_purchases)

    def _pages(self) -> None:
        from contracts.frame import Tab
        from erp.shell import NavItem, in_office
        from procurement import search

        tab = Tab("procurement:items", _("Purchases"), 35, verb="view_procurement", also="lead")
        register.add("contracts.tabs", "procurement", tab)
        nav = NavItem("procurement:list", _("Purchases"), "shopping-cart", 40, visible=in_office)
        register.add("erp.nav", "procurement", nav)
        register.add("erp.search", "procurement", search.SOURCE)
        register.add("erp.search", "suppliers", search.SUPPLIERS)

    def _lists(self) -> None:
        """Kits on the page of a task, the purchaser's tiles, late arrivals on paper."""
        from contracts.frame import Panel
        from erp.dashboard import Tile
        from erp.roles import Function
        from procurement import late, tiles
        from procurement.bom.demo import build

        register.add("erp.demo", 52, build)
        register.add("production.panels", "kit", Panel("procurement:task_kit", _("Kit"), 20))
        seats, on_time = (Function.PROCUREMENT,), _("Arrivals on time")
        for slug, tile in (
            ("buy-todo", Tile(_("To order"), "kpi-todo", kpi=tiles.todo, size="kpi", seats=seats)),
            ("buy-month", Tile(_("Arrivals this month"), "kpi-month", kpi=tiles.month, seats=seats)),
            ("buy-risk", Tile(_("Late arrivals"), "kpi-risk", kpi=tiles.risk, seats=seats)),
            ("buy-trend", Tile(on_time, "trend6m", url_name="procurement:tile_trend", seats=seats)),
        ):
            register.add("erp.tiles", slug, tile)
        for slug, paper in late.PAPERS.items():
            register.add("notifications.reports", slug, paper)

    def _messages(self) -> None:
        from procurement import card, events, nudging

        events.declare()
        register.add("notifications.subjects", "purchase", nudging.SUBJECT)
        register.add("contracts.risks", "procurement", card.risks)
        for slug, reminder in nudging.REMINDERS.items():
            register.add("notifications.reminders", slug, reminder)
        for slug, figure in card.FIGURES.items():
            register.add("notifications.figures", slug, figure)

    def _verbs(self) -> None:
        from procurement.states import LIFE

        labels = {step.verb: step.label for step in LIFE if step.verb != "cancel"} | {
            "request_item": _("Request item"),
            "promise": _("Set promised date"),
            "record_arrival": _("Enter arrival"),
            "take_back_arrival": _("Take arrival back"),
        }
        for verb, label in labels.items():
            register.add("erp.verbs", verb, label)
