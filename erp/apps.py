from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class ErpConfig(AppConfig):
    name = "erp"
    verbose_name = _("Operation log")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from erp import checks, register  # noqa: F401
        from erp.audit.timeline import readable
        from erp.audit.volume import load_audit
        from erp.dashboard import Tile
        from erp.models import Record
        from erp.shell import NavItem

        register.add(
            "erp.nav", "dashboard", NavItem("dashboard", _("Dashboard"), "layout-dashboard", 0, go="d")
        )
        register.add("erp.nav", "audit", NavItem("audit", _("Audit log"), "history", 900, visible=readable))
        register.add("erp.volume", 90, load_audit)
        register.add("erp.verbs", "verify_audit", _("Audit log verified"))
        office = Tile(
            _("Recent activity"), "activity", lambda user: user.role != "admin", url_name="activity"
        )
        guard = Tile(_("Security events"), "activity", lambda user: user.role == "admin", url_name="security")
        register.add("erp.tiles", "activity", office)
        register.add("erp.tiles", "security", guard)
        register.add("erp.tiles", "health", Tile(_("System health"), "health", url_name="health"))
        register.add("erp.tiles", "quick", Tile(_("Shortcuts"), "quick", url_name="quick"))

        for model in apps.get_models():
            if issubclass(model, Record):
                auditlog.register(
                    model,
                    exclude_fields=["version", "created", "changed", "password", "last_login"],
                )
