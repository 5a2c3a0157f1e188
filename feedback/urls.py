"""Addresses of feedback. Every transition of the table has one of its own."""

from django.urls import path

from feedback.states import LIFE
from feedback.views import lists, outcome, pages, portal, settings, steps, talk

app_name = "feedback"
urlpatterns = [
    path("feedback/", lists.feedback_list, name="list"),
    path("feedback/board/", lists.feedback_board, name="board"),
    path("feedback/settings/", settings.rules, name="settings"),
    path("tiles/feedback/", lists.tile, name="tile"),
    path("feedback/<int:pk>/", pages.feedback, name="feedback"),
    path("feedback/<int:pk>/edit/", pages.edit, name="edit"),
    path("feedback/<int:pk>/assign/", steps.assign, name="assign"),
    path("feedback/<int:pk>/cover/", steps.cover, name="cover"),
    path("feedback/<int:pk>/comment/", talk.comment, name="comment"),
    path("feedback/<int:pk>/rework/", outcome.rework, name="rework"),
    path("feedback/<int:pk>/follow-up/", outcome.follow_up, name="follow_up"),
    *(
        path(f"feedback/<int:pk>/{step.verb}/", steps.step, {"verb": step.verb}, name=step.verb)
        for step in LIFE
    ),
    path("contracts/<int:pk>/feedback/", lists.contract_feedback, name="contract_feedback"),
    path("contracts/<int:pk>/feedback/new/", pages.new, name="new"),
    path("contracts/<int:pk>/feedback/panel/", lists.panel, name="panel"),
    path("tasks/<int:pk>/feedback/", lists.of_task, name="of_task"),
    path("portal/contracts/<int:pk>/feedback/", portal.panel, name="portal_panel"),
    path("portal/contracts/<int:pk>/feedback/new/", portal.new, name="portal_new"),
    path("portal/feedback/<int:pk>/", portal.feedback, name="portal_feedback"),
    path("portal/feedback/<int:pk>/answer/", portal.answer, name="portal_answer"),
    path("portal/feedback/<int:pk>/files/", portal.files, name="portal_files"),
    path("portal/feedback/<int:pk>/confirm/", portal.confirm, name="portal_confirm"),
    path("portal/feedback/<int:pk>/reopen/", portal.reopen, name="portal_reopen"),
]
