from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractsConfig(AppConfig):
    name = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        from contracts import audit
        from erp import register

        register.add("erp.audit_scopes", "contracts", audit.scope)
        register.add("erp.audit_places", "contracts", audit.place)
        register.add("erp.audit_readers", "contracts", audit.reader)
        register.add("erp.contract_names", "contracts", audit.NAMES)
        register.add("erp.money_fields", "contracts.Contract", audit.MONEY)
