from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class ErpConfig(AppConfig):
    name = "erp"
    verbose_name = _("Operation log")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from erp import checks  # noqa: F401
        from erp.models import Record

        for model in apps.get_models():
            if issubclass(model, Record):
                auditlog.register(
                    model,
                    exclude_fields=["version", "created", "changed", "password", "last_login"],
                )
