from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        from documents.anchors import Anchor
        from feedback import demo, exports, queries, search, services, volume

        for name, fact in queries.facts().items():
            register.add("contracts.facts", name, fact)
        register.add("contracts.gates", ("archive", "feedback"), queries.unclosed)
        register.add("contracts.stations", "feedback", queries.after_sales())
        register.add("contracts.leaving", "feedback", queries.still_needed)
        register.add("contracts.handover", "feedback", services.hand_over_member)
        register.add("contracts.export_sheets", "feedback", exports.SHEET)
        anchor = Anchor(_("Feedback"), people=lambda feedback: [feedback.handler])
        register.add("documents.anchors", "feedback.feedback", anchor)
        register.add("erp.search", "feedback", search.SOURCE)
        register.add("erp.demo", 95, demo.build)
        register.add("erp.volume", 37, volume.load_feedback)
        self._places()
        self._messages()
        for verb, label in VERBS.items():
            register.add("erp.verbs", verb, label)

    def _places(self) -> None:
        """Where our pages hang: tab and panel of the contract, menu, dashboard, portal, task page."""
        from contracts.frame import Panel, Tab
        from erp.dashboard import Tile
        from erp.shell import NavItem, in_office

        tab = Tab("feedback:contract_feedback", _("Feedback"), 70)
        register.add("contracts.tabs", "feedback", tab)
        register.add("contracts.panels", "feedback", Panel("feedback:panel", _("Feedback"), 70))
        register.add("portal.panels", "feedback", Panel("feedback:portal_panel", _("Feedback"), 30))
        register.add("production.panels", "feedback", Panel("feedback:of_task", _("Feedback"), 70))
        nav = NavItem("feedback:list", _("Feedback"), "message-report", 46, visible=in_office)
        register.add("erp.nav", "feedback", nav)
        register.add("erp.tiles", "feedback", Tile(_("Feedback"), "feedback", url_name="feedback:tile"))

    def _messages(self) -> None:
        from feedback import card, events, nudging

        events.declare()
        register.add("notifications.subjects", "feedback", nudging.SUBJECT)
        for name, entries in (
            ("notifications.reminders", nudging.REMINDERS),
            ("notifications.figures", card.FIGURES),
            ("notifications.reports", card.PAPERS),
        ):
            for slug, entry in entries.items():
                register.add(name, slug, entry)


VERBS = {
    "report_feedback": _("Enter feedback"),
    "name_handler": _("Name handler"),
    "cover": _("Decide on warranty"),
    "comment": _("Write remark"),
    "make_rework": _("Make rework task"),
    "make_follow_up": _("Open follow-up contract"),
}
