"""Addresses of tasks, plans and imports. Every transition that people take has one of its own."""

from django.urls import path

from production.services import STEPS
from production.states import LIFE
from production.views import (
    board,
    feed,
    gantt,
    importing,
    lists,
    load,
    plan,
    plan_files,
    plan_templates,
    printing,
    steps,
    tasks,
    tiles,
    tracing,
)

app_name = "production"
urlpatterns = [
    path("contracts/<int:pk>/tasks/", tasks.contract_tasks, name="tasks"),
    path("contracts/<int:pk>/tasks/add/", tasks.add, name="add"),
    path("contracts/<int:pk>/tasks/new/", tasks.new, name="new"),
    path("contracts/<int:pk>/tasks/handover/", tasks.handover, name="handover"),
    path("contracts/<int:pk>/board/", board.contract_board, name="contract_board"),
    path("contracts/<int:pk>/gantt/", gantt.contract_gantt, name="gantt"),
    path("contracts/<int:pk>/gantt/print/", printing.print_plan, name="print_plan"),
    path("contracts/<int:pk>/gantt/data/", gantt.contract_data, name="gantt_data"),
    path("contracts/<int:pk>/gantt/panel/", gantt.panel, name="panel"),
    path("contracts/<int:pk>/gantt/analysis/", plan.gantt_analysis, name="gantt_analysis"),
    path("contracts/<int:pk>/plan/", plan.plan, name="plan"),
    path("contracts/<int:pk>/plan/roll/", plan.plan_roll, name="plan_roll"),
    path("contracts/<int:pk>/plan/backward/", plan.plan_backward, name="plan_backward"),
    path("contracts/<int:pk>/plan/level/", plan.plan_level, name="plan_level"),
    path("contracts/<int:pk>/plan/baseline/", plan.plan_baseline, name="plan_baseline"),
    path("contracts/<int:pk>/why-late/", tracing.why_late, name="why_late"),
    path("tasks/<int:pk>/what-if/", tracing.what_if, name="what_if"),
    path("plan-changes/<int:pk>/", plan.plan_change, name="plan_change"),
    path("plan-changes/<int:pk>/apply/", plan.plan_apply, name="plan_apply"),
    path("plan-changes/<int:pk>/decline/", plan.plan_decline, name="plan_decline"),
    path("plan-changes/<int:pk>/undo/", plan.plan_undo, name="plan_undo"),
    path("gantt/slips/", plan.slip_reasons, name="slips"),
    path("tasks/<int:pk>/why/", plan.task_why, name="why"),
    path("contracts/import/", importing.import_contracts, name="import"),
    path("contracts/import/template/", importing.import_template, name="import_template"),
    path("contracts/import/<int:pk>/", importing.import_job, name="import_job"),
    path("gantt/", gantt.portfolio, name="portfolio"),
    path("gantt/data/", gantt.portfolio_data, name="portfolio_data"),
    path("portal/contracts/<int:pk>/milestones/", gantt.milestones, name="milestones"),
    path("tiles/ahead/", tiles.tile_ahead, name="tile_ahead"),
    path("tiles/load/", tiles.tile_load, name="tile_load"),
    path("tasks/mine/", lists.mine, name="mine"),
    path("tasks/board/", board.tasks_board, name="tasks_board"),
    path("tasks/load/", load.load_map, name="load_map"),
    path("tasks/load/cell/", load.load_cell, name="load_cell"),
    path("tasks/by-department/", lists.by_department, name="by_department"),
    path("tasks/by-person/", lists.by_person, name="by_person"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/edit/", tasks.edit, name="edit"),
    path("tasks/<int:pk>/progress/", steps.progress, name="progress"),
    path("tasks/<int:pk>/reschedule/", steps.reschedule, name="reschedule"),
    path("tasks/<int:pk>/links/", steps.links, name="links"),
    path("tasks/<int:pk>/move/", steps.move, name="move"),
    path("tasks/links/<int:pk>/remove/", steps.unlink, name="unlink"),
    path("contracts/<int:pk>/plan/import/", plan_files.plan_import, name="plan_import"),
    path("contracts/<int:pk>/plan/import/<int:job>/", plan_files.plan_job, name="plan_job"),
    path("contracts/<int:pk>/plan/export/", plan_files.plan_export, name="plan_export"),
    path("contracts/<int:pk>/plan/list/", plan_files.plan_list, name="plan_list"),
    path("contracts/<int:pk>/plan/list/<int:job>/", plan_files.plan_list_job, name="plan_list_job"),
    path("contracts/<int:pk>/plan/template/", plan_templates.plan_template, name="plan_template"),
    path(
        "contracts/<int:pk>/plan/template/save/", plan_templates.plan_template_save, name="plan_template_save"
    ),
    path("contracts/<int:pk>/plan/clone/", plan_templates.plan_clone, name="plan_clone"),
    path("plan-templates/", plan_templates.templates, name="templates"),
    path("plan-templates/<int:pk>/", plan_templates.template, name="template"),
    path(
        "plan-templates/<int:pk>/deactivate/", plan_templates.template_deactivate, name="template_deactivate"
    ),
    path("plan-templates/<int:pk>/activate/", plan_templates.template_activate, name="template_activate"),
    path("calendar/feed/", feed.feed, name="feed"),
    path("calendar/feed/renew/", feed.feed_renew, name="feed_renew"),
    path("calendar/feed/revoke/", feed.feed_revoke, name="feed_revoke"),
    path("calendar/feed/<str:token>.ics", feed.feed_ics, name="feed_ics"),
    *(
        path(f"tasks/<int:pk>/{step.verb}/", steps.step, {"verb": step.verb}, name=step.verb)
        for step in LIFE
        if step.verb in STEPS
    ),
]
