from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgchartConfig(AppConfig):
    name = "orgchart"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        from erp import register
        from orgchart import demo, queries
        from orgchart.volume import load_organisation

        register.add("erp.organisation", "orgchart", queries.organisation_name)
        register.add("erp.demo", 10, demo.build)
        register.add("erp.volume", 10, load_organisation)
        for verb, label in VERBS.items():
            register.add("erp.verbs", verb, label)


VERBS = {
    "sign_in": _("signed in"),
    "sign_in_failed": _("failed to sign in"),
    "sign_out": _("signed out"),
    "change_password": _("changed the password"),
    "reset_password": _("set a new password"),
    "end_sessions": _("ended the other sessions"),
    "change_contact": _("changed contact data"),
    "link_account": _("linked the account"),
    "activate": _("activated"),
    "deactivate": _("deactivated"),
}
