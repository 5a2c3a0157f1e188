"""Addresses of checklists, papers and yield; part of the namespace `acceptance`."""

from django.urls import path

from acceptance.checklists import views as checklists
from acceptance.firstpass import views as firstpass
from acceptance.paper import views as paper

urlpatterns = [
    path("acceptance/checklists/", checklists.checklists, name="checklists"),
    path("acceptance/checklists/new/", checklists.checklist_new, name="checklist_new"),
    path("acceptance/checklists/standard/", checklists.checklist_standard, name="checklist_standard"),
    path("acceptance/checklists/<int:pk>/", checklists.checklist, name="checklist"),
    path("acceptance/checklists/<int:pk>/edit/", checklists.checklist_edit, name="checklist_edit"),
    path(
        "acceptance/checklists/<int:pk>/activate/", checklists.checklist_activate, name="checklist_activate"
    ),
    path(
        "acceptance/checklists/<int:pk>/deactivate/",
        checklists.checklist_deactivate,
        name="checklist_deactivate",
    ),
    path("acceptance/check/", paper.check, name="check"),
    path("acceptance/<int:pk>/evidence.pdf", paper.acceptance_paper, name="paper"),
    path("portal/acceptance/<int:pk>/evidence.pdf", paper.portal_paper, name="portal_paper"),
    path("acceptance/yield/", firstpass.first_pass, name="yield"),
    path("acceptance/tiles/first-pass/", firstpass.tile_first_pass, name="tile_first_pass"),
]
