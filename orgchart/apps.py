from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.shell import NavItem, everybody, reach_all


class OrgchartConfig(AppConfig):
    name = "orgchart"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        from erp.search import SearchSource
        from orgchart import demo, queries
        from orgchart.volume import load_organisation

        register.add("erp.organisation", "orgchart", queries.organisation_name)
        for slug, label, icon, find in (
            ("people", _("People"), "users", queries.find_people),
            ("companies", _("Customer companies"), "building", queries.find_companies),
        ):
            register.add("erp.search", slug, SearchSource(label, icon, find))
        register.add("erp.demo", 10, demo.build)
        register.add("erp.volume", 10, load_organisation)
        for verb, label in VERBS.items():
            register.add("erp.verbs", verb, label)
        for order, (slug, label, icon, visible) in enumerate(NAV):
            item = NavItem(
                f"orgchart:{slug}", label, icon, 800 + order * 10, _("Organisation"), visible=visible
            )
            register.add("erp.nav", slug, item)


VERBS = {
    "sign_in": _("Sign in"),
    "sign_in_failed": _("Failed sign-in"),
    "sign_out": _("Sign out"),
    "change_password": _("Change password"),
    "reset_password": _("Set new password"),
    "end_sessions": _("End other sessions"),
    "change_contact": _("Change contact data"),
    "link_account": _("Link account"),
    "activate": _("Activate"),
    "deactivate": _("Deactivate"),
}

#: URL name, label, icon, who sees it
NAV = [
    ("calendar", _("Working calendar"), "calendar", everybody),
    ("people", _("People"), "users", everybody),
    ("departments", _("Departments"), "hexagon", everybody),
    ("companies", _("Customer companies"), "building", everybody),
    ("users", _("Accounts"), "key", reach_all),
    ("settings", _("Organisation settings"), "settings", reach_all),
]
