from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class ProductionConfig(AppConfig):
    name = "production"
    verbose_name = _("Production")

    def ready(self) -> None:
        from contracts.money import moves
        from documents.anchors import Anchor
        from erp.workflow import advanced
        from production import demo, demo_hours, demo_nudges, export, impacts, queries, search, services
        from production.costs import hours_of
        from production.effects import EFFECT
        from production.interchange.demo import build_templates
        from production.receivers import change_applied, plan_released
        from production.volume import load_tasks

        for name, fact in queries.facts().items():
            register.add("contracts.facts", name, fact)
        register.add("contracts.gates", ("deliver", "production"), queries.unfinished)
        register.add("contracts.gates", ("release_plan", "production"), queries.unplanned)
        register.add("contracts.leaving", "production", queries.still_needed)
        register.add("contracts.handover", "production", services.hand_over_member)
        register.add("contracts.stations", "production", queries.first_start())
        register.add("contracts.stations", "made", queries.all_made())
        register.add("contracts.costs", "hours", hours_of)
        register.add("production.consequences", "payments", moves.with_plan)
        register.add("erp.search", "tasks", search.SOURCE)
        register.add("erp.demo", 30, demo.build)
        register.add("erp.demo", 32, build_templates)
        register.add("erp.demo", 34, demo_nudges.build)
        register.add("erp.demo", 63, demo_hours.build)
        register.add("erp.volume", 30, load_tasks)
        register.add("orgchart.calendar_effects", "production", EFFECT)
        tasks = Anchor(_("Task"), people=lambda task: [task.assignee])
        register.add("documents.anchors", "production.task", tasks)
        advanced.connect(plan_released, dispatch_uid="production.plan_released")
        advanced.connect(change_applied, dispatch_uid="production.change_applied")
        register.add("contracts.change_impacts", "production", impacts.of_change)
        for slug, sheet in export.SHEETS.items():
            register.add("contracts.export_sheets", slug, sheet)
        self._places()
        self._messages()
        self._verbs()

    def _places(self) -> None:
        """Where our pages hang: tabs and panels of the contract, menu, dashboard, portal."""
        from contracts.frame import Panel, Tab
        from erp.dashboard import Tile
        from erp.shell import NavItem, in_office
        from production import tiles
        from production.interchange.templates import may_make

        register.add("contracts.tabs", "tasks", Tab("production:tasks", _("Tasks"), 20))
        register.add("contracts.tabs", "board", Tab("production:contract_board", _("Board"), 25))
        register.add("contracts.tabs", "gantt", Tab("production:gantt", _("Gantt"), 30))
        register.add("contracts.tabs", "plan", Tab("production:plan", _("Schedule"), 32, verb="view_tasks"))
        register.add("contracts.panels", "timeline", Panel("production:panel", _("Timeline"), 20))
        register.add("portal.panels", "milestones", Panel("production:milestones", _("Milestones"), 20))
        for slug, url, label, icon, order, go in (
            ("mine", "mine", _("My tasks"), "list-check", 30, "t"),
            ("board", "tasks_board", _("Board"), "columns", 31, ""),
            ("by-department", "by_department", _("Tasks by department"), "building", 32, ""),
            ("by-person", "by_person", _("Tasks by person"), "users", 34, ""),
            ("load", "load_map", _("Load"), "chart-bar", 35, ""),
            ("portfolio", "portfolio", _("Portfolio"), "timeline", 36, "f"),
        ):
            item = NavItem(f"production:{url}", label, icon, order, group=_("Tasks"), go=go)
            register.add("erp.nav", slug, item)
        plans = NavItem("production:templates", _("Plan templates"), "copy", 38, _("Tasks"), visible=may_make)
        register.add("erp.nav", "plan-templates", plans)
        feed = NavItem("production:feed", _("Subscribe to calendar"), "calendar", 10, visible=in_office)
        register.add("erp.account_links", "calendar-feed", feed)
        register.add("erp.tiles", "kpi-todo", Tile(_("Tasks to do"), "kpi-todo", kpi=tiles.todo, size="kpi"))
        ahead = Tile(_("Next 30 days"), "timeline30", url_name="production:tile_ahead", size="tall")
        register.add("erp.tiles", "timeline30", ahead)
        load = Tile(_("Department load"), "dept-load", url_name="production:tile_load", size="mid")
        register.add("erp.tiles", "dept-load", load)

    def _messages(self) -> None:
        from production import card, events, nudging

        events.declare()
        register.add("notifications.subjects", "task", nudging.SUBJECT)
        register.add("contracts.risks", "production", card.risks)
        for name, entries in (
            ("notifications.reminders", nudging.REMINDERS),
            ("notifications.figures", card.FIGURES),
            ("notifications.reports", card.PAPERS),
        ):
            for slug, entry in entries.items():
                register.add(name, slug, entry)

    def _verbs(self) -> None:
        from production.states import LIFE

        labels = {step.verb: step.label for step in LIFE if step.verb != "cancel"} | {
            "report": _("Report progress"),
            "reschedule": _("Reschedule task"),
            "assign": _("Assign task"),
            "reorder": _("Change the order of tasks"),
            "link": _("Link tasks"),
            "unlink": _("Unlink tasks"),
            "follow_plan": _("Follow the plan"),
            "change_plan": _("Change plan"),
            "propose_plan": _("Propose plan change"),
            "apply": _("Apply plan change"),
            "decline": _("Decline plan change"),
            "undo": _("Take plan change back"),
            "undo_plan": _("Move back"),
            "replace_plan": _("Replace plan change by a newer date"),
            "take_baseline": _("Take baseline"),
            "move_promise": _("Move the promised day"),
            "make_template": _("Save plan template"),
            "renew_feed": _("New calendar address"),
            "revoke_feed": _("Close calendar address"),
        }
        for verb, label in labels.items():
            register.add("erp.verbs", verb, label)
