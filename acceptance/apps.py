from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class AcceptanceConfig(AppConfig):
    name = "acceptance"
    verbose_name = _("Acceptance")

    def ready(self) -> None:
        from acceptance import anchors, demo, exports, queries, tracing
        from acceptance.receivers import task_moved
        from acceptance.volume import load_acceptances
        from erp.workflow import advanced

        for name, fact in queries.facts().items():
            register.add("contracts.facts", name, fact)
        register.add("contracts.gates", ("deliver", "acceptance"), queries.unchecked)
        register.add("contracts.gates", ("archive", "acceptance"), queries.unaccepted)
        register.add("contracts.stations", "acceptance", queries.checked_inside())
        register.add("contracts.event_days", "acceptance_passed", queries.passed_day())
        for label, anchor in anchors.ANCHORS.items():
            register.add("documents.anchors", label, anchor)
        for slug, sheet in exports.SHEETS.items():
            register.add("contracts.export_sheets", slug, sheet)
        register.add("production.delays", "acceptance", tracing.delays)
        register.add("erp.volume", 33, load_acceptances)
        register.add("erp.demo", 31, demo.decide_tasks)
        register.add("erp.demo", 60, demo.accept_contracts)
        register.add("erp.demo", 92, demo.site_acceptance)
        advanced.connect(task_moved, dispatch_uid="acceptance.task_moved")
        self._places()
        self._papers()
        self._messages()
        self._verbs()

    def _places(self) -> None:
        """Where our pages hang: a tab of the contract, a panel of tasks and of the portal, the menu."""
        from acceptance import search
        from contracts.frame import Panel, Tab
        from erp.shell import NavItem

        register.add("contracts.tabs", "acceptance", Tab("acceptance:contract", _("Acceptance"), 40))
        register.add("production.panels", "acceptance", Panel("acceptance:task_panel", _("Acceptance"), 15))
        register.add("portal.panels", "acceptance", Panel("acceptance:portal_panel", _("Acceptance"), 40))
        nav = NavItem("acceptance:list", _("Acceptance"), "checklist", 42)
        register.add("erp.nav", "acceptance", nav)
        register.add("erp.search", "acceptances", search.SOURCE)

    def _papers(self) -> None:
        """Checklists, and first-pass yield on the dashboard, the morning card and in reports."""
        from acceptance.checklists import demo
        from acceptance.firstpass import card, tiles
        from erp.dashboard import Tile
        from erp.roles import Function
        from erp.shell import NavItem
        from production.interchange.templates import may_make

        lists = NavItem("acceptance:checklists", _("Checklists"), "shield-check", 43, visible=may_make)
        register.add("erp.nav", "checklists", lists)
        quality = (Function.QUALITY,)
        for slug, tile in (
            (
                "waiting",
                Tile(_("Waiting for my decision"), "kpi-todo", kpi=tiles.waiting, size="kpi", seats=quality),
            ),
            (
                "rejected",
                Tile(_("Rejected acceptances"), "kpi-risk", kpi=tiles.rejected, size="kpi", seats=quality),
            ),
            (
                "yield",
                Tile(_("First-pass yield"), "trend6m", url_name="acceptance:tile_first_pass", seats=quality),
            ),
        ):
            register.add("erp.tiles", f"acceptance-{slug}", tile)
        register.add("erp.demo", 25, demo.build)
        for name, entries in (
            ("notifications.figures", card.FIGURES),
            ("notifications.reports", card.PAPERS),
        ):
            for slug, entry in entries.items():
                register.add(name, slug, entry)
        register.add("erp.verbs", "make_checklist", _("Make checklist"))
        register.add("erp.verbs", "edit_checklist", _("Change checklist"))

    def _messages(self) -> None:
        from acceptance import card, events, nudging

        events.declare()
        for slug, figure in card.FIGURES.items():
            register.add("notifications.figures", slug, figure)
        for slug, paper in card.PAPERS.items():
            register.add("notifications.reports", slug, paper)
        register.add("notifications.subjects", "acceptance", nudging.SUBJECT)
        for slug, reminder in nudging.REMINDERS.items():
            register.add("notifications.reminders", slug, reminder)

    def _verbs(self) -> None:
        from acceptance.states import LIFE, ROUND_LIFE, STEP_LIFE

        labels = {step.verb: step.label for table in (LIFE, ROUND_LIFE, STEP_LIFE) for step in table} | {
            "apply_acceptance": _("Apply for acceptance"),
            "open_round": _("Open round of acceptance"),
            "next_level": _("Hand to the next level"),
            "check_item": _("Check item"),
            "note_defect": _("Note defect"),
            "set_levels": _("Choose levels of acceptance"),
        }
        for verb, label in labels.items():
            register.add("erp.verbs", verb, label)
