from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductionConfig(AppConfig):
    name = "production"
    verbose_name = _("Production")

    def ready(self) -> None:
        from erp import register
        from production.volume import load_tasks

        register.add("erp.volume", 30, load_tasks)
