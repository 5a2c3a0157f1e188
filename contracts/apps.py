from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class ContractsConfig(AppConfig):
    name = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        from contracts import demo, demo_changes, volume
        from contracts.money.wiring import wire
        from contracts.receivers import rights_changed
        from erp.workflow import advanced

        self._pages()
        self._tiles()
        self._log()
        self._messages()
        wire()
        register.add("erp.demo", 20, demo.build)
        register.add("erp.demo", 66, demo_changes.build)
        register.add("erp.demo", 90, demo.finish)
        register.add("erp.volume", 20, volume.load_contracts)
        register.add("erp.volume", 22, volume.load_deliveries)
        register.add("erp.volume", 40, volume.load_status)
        advanced.connect(rights_changed, dispatch_uid="contracts.rights_changed")

    def _pages(self) -> None:
        from contracts.frame import Panel, Tab
        from contracts.search import SOURCES
        from contracts.services import may_create
        from erp.shell import NavItem

        for slug, source in SOURCES.items():
            register.add("erp.search", slug, source)
        nav = NavItem("contracts:list", _("Contracts"), "file-text", 20, go="c")
        register.add("erp.nav", "contracts", nav)
        opening = NavItem("contracts:new", _("New contract"), "plus", 10, visible=may_create)
        register.add("erp.quick", "contract_new", opening)
        for slug, tab in (
            ("overview", Tab("contracts:detail", _("Overview"), 0)),
            ("delivery", Tab("contracts:delivery", _("Delivery"), 45)),
            ("changes", Tab("contracts:changes", _("Change orders"), 65)),
            ("team", Tab("contracts:team", _("Team"), 80)),
            ("notify", Tab("contracts:notify", _("Notifications"), 85)),
            ("history", Tab("contracts:history", _("History"), 90)),
        ):
            register.add("contracts.tabs", slug, tab)
        register.add("contracts.panels", "delivery", Panel("contracts:delivery_panel", _("Delivery"), 10))
        for slug, label, order in (("deliveries", _("Deliveries"), 10), ("changes", _("Change orders"), 15)):
            register.add("portal.panels", slug, Panel(f"contracts:portal_{slug}", label, order))

    def _tiles(self) -> None:
        from contracts import tiles
        from erp.dashboard import Tile

        for slug, tile in (
            ("kpi-active", Tile(_("Active contracts"), "kpi-active", kpi=tiles.active)),
            ("kpi-month", Tile(_("Deliveries this month"), "kpi-month", kpi=tiles.month)),
            ("kpi-risk", Tile(_("Overdue contracts"), "kpi-risk", kpi=tiles.risk)),
            ("pipeline", Tile(_("Status overview"), "pipeline", url_name="contracts:tile_pipeline")),
            ("trend6m", Tile(_("Delivery trend"), "trend6m", url_name="contracts:tile_trend")),
        ):
            register.add("erp.tiles", slug, tile)

    def _log(self) -> None:
        from contracts import audit
        from contracts.exporting.sheets import SHEETS

        for slug, sheet in SHEETS.items():
            register.add("contracts.export_sheets", slug, sheet)
        register.add("erp.audit_scopes", "contracts", audit.scope)
        register.add("erp.audit_places", "contracts", audit.place)
        register.add("erp.audit_readers", "contracts", audit.reader)
        register.add("erp.contract_names", "contracts", audit.NAMES)
        register.add("erp.money_fields", "contracts.Contract", audit.MONEY)
        register.add("erp.money_fields", "contracts.ChangeOrder", audit.CHANGE_MONEY)
        for verb, label in (
            ("add_member", _("Add to the team")),
            ("change_duty", _("Change duty")),
            ("remove_member", _("Remove from the team")),
            ("change_manager", _("Change project manager")),
            ("overrule_gate", _("Overrule a gate")),
            ("record_delivery", _("Record delivery")),
            ("correct_delivery", _("Correct delivery")),
            ("report_missing", _("Report something missing")),
            ("draft_change", _("Draft change order")),
            ("apply_change", _("Apply change order")),
            ("export_contract", _("Export contract")),
        ):
            register.add("erp.verbs", verb, label)

    def _messages(self) -> None:
        from contracts import events, nudging, reminding

        events.declare()
        register.add("notifications.subjects", "contract", nudging.SUBJECT)
        register.add("notifications.ledgers", "contracts", nudging.ledger)
        for name, entries in (
            ("notifications.reminders", reminding.REMINDERS),
            ("notifications.figures", reminding.FIGURES),
        ):
            for slug, entry in entries.items():
                register.add(name, slug, entry)
