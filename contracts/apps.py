from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class ContractsConfig(AppConfig):
    name = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        from contracts import demo, volume

        self._pages()
        self._log()
        self._events()
        register.add("erp.demo", 20, demo.build)
        register.add("erp.demo", 90, demo.finish)
        register.add("erp.volume", 20, volume.load_contracts)
        register.add("erp.volume", 40, volume.load_status)

    def _pages(self) -> None:
        from contracts.frame import Tab
        from erp.shell import NavItem

        nav = NavItem("contracts:list", _("Contracts"), "file-text", 20, go="c")
        register.add("erp.nav", "contracts", nav)
        for slug, tab in (
            ("overview", Tab("contracts:detail", _("Overview"), 0)),
            ("team", Tab("contracts:team", _("Team"), 80)),
        ):
            register.add("contracts.tabs", slug, tab)

    def _log(self) -> None:
        from contracts import audit

        register.add("erp.audit_scopes", "contracts", audit.scope)
        register.add("erp.audit_places", "contracts", audit.place)
        register.add("erp.audit_readers", "contracts", audit.reader)
        register.add("erp.contract_names", "contracts", audit.NAMES)
        register.add("erp.money_fields", "contracts.Contract", audit.MONEY)
        for verb, label in (
            ("add_member", _("Add to the team")),
            ("change_duty", _("Change duty")),
            ("remove_member", _("Remove from the team")),
            ("change_manager", _("Change project manager")),
            ("overrule_gate", _("Overrule a gate")),
        ):
            register.add("erp.verbs", verb, label)

    def _events(self) -> None:
        from notifications.services import Event

        for slug, title, text in (
            (
                "contract_assigned",
                _("New responsibility"),
                _("You are %(duty)s of %(contract)s %(name)s."),
            ),
            ("team_assigned", _("New in the team"), _("You are %(duty)s in %(contract)s %(name)s.")),
            ("plan_released", _("Plan released"), _("The plan of %(contract)s %(name)s is released.")),
            (
                "delivery_confirmed",
                _("Delivery confirmed"),
                _("The customer confirmed the delivery of %(contract)s %(name)s."),
            ),
            (
                "contract_cancelled",
                _("Contract cancelled"),
                _("Contract %(contract)s %(name)s is cancelled."),
            ),
        ):
            register.add("notifications.events", slug, Event(title, text))
