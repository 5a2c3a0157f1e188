"""Addresses of tasks, plans and imports. Every transition of the table has one of its own."""

from django.urls import path

from production.states import LIFE
from production.views import gantt, importing, lists, steps, tasks, tiles

app_name = "production"
urlpatterns = [
    path("contracts/<int:pk>/tasks/", tasks.contract_tasks, name="tasks"),
    path("contracts/<int:pk>/tasks/add/", tasks.add, name="add"),
    path("contracts/<int:pk>/tasks/new/", tasks.new, name="new"),
    path("contracts/<int:pk>/tasks/handover/", tasks.handover, name="handover"),
    path("contracts/<int:pk>/gantt/", gantt.contract_gantt, name="gantt"),
    path("contracts/<int:pk>/gantt/data/", gantt.contract_data, name="gantt_data"),
    path("contracts/<int:pk>/gantt/panel/", gantt.panel, name="panel"),
    path("contracts/import/", importing.import_contracts, name="import"),
    path("contracts/import/template/", importing.import_template, name="import_template"),
    path("contracts/import/<int:pk>/", importing.import_job, name="import_job"),
    path("gantt/", gantt.portfolio, name="portfolio"),
    path("gantt/data/", gantt.portfolio_data, name="portfolio_data"),
    path("portal/contracts/<int:pk>/milestones/", gantt.milestones, name="milestones"),
    path("tiles/ahead/", tiles.tile_ahead, name="tile_ahead"),
    path("tiles/load/", tiles.tile_load, name="tile_load"),
    path("tasks/mine/", lists.mine, name="mine"),
    path("tasks/by-department/", lists.by_department, name="by_department"),
    path("tasks/by-person/", lists.by_person, name="by_person"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/edit/", tasks.edit, name="edit"),
    path("tasks/<int:pk>/progress/", steps.progress, name="progress"),
    path("tasks/<int:pk>/reschedule/", steps.reschedule, name="reschedule"),
    path("tasks/<int:pk>/links/", steps.links, name="links"),
    path("tasks/<int:pk>/move/", steps.move, name="move"),
    path("tasks/links/<int:pk>/remove/", steps.unlink, name="unlink"),
    *(path(f"tasks/<int:pk>/{step.verb}/", steps.step, {"verb": step.verb}, name=step.verb) for step in LIFE),
]
