from django.urls import path

from notifications.views import inbox, nudges, office, outbox, reports, settings

app_name = "notifications"
urlpatterns = [
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/<int:pk>/open/", inbox.open, name="open"),
    path("notifications/tile/", inbox.tile_inbox, name="tile_inbox"),
    path("notifications/read/", inbox.read, name="read"),
    path("notifications/outbox/", outbox.outbox, name="outbox"),
    path("notifications/outbox/resend/", outbox.outbox_resend, name="outbox_resend"),
    path("notifications/outbox/put-aside/", outbox.outbox_put_aside, name="outbox_put_aside"),
    path("notifications/settings/", settings.settings, name="settings"),
    path("notifications/settings/rhythm/", settings.rhythm, name="rhythm"),
    path("notifications/rules/", office.rules, name="rules"),
    path("notifications/wordings/", office.wording_list, name="wordings"),
    path("notifications/wordings/<slug:event>/<slug:language>/", office.wording, name="wording"),
    path("notifications/dry-run/", office.dry_run_page, name="dry_run"),
    path("notifications/card/", reports.card, name="card"),
    path("notifications/reports/", reports.reports, name="reports"),
    path("notifications/reports/<int:pk>/send/", reports.report_send, name="report_send"),
    path("notifications/reports/<int:pk>/remove/", reports.report_remove, name="report_remove"),
    path("notifications/nudges/", nudges.nudges, name="nudges"),
    path("notifications/nudges/<int:pk>/", nudges.nudge_detail, name="nudge_detail"),
    path("notifications/nudges/<int:pk>/answer/", nudges.answer, name="answer"),
    path("notifications/acknowledge/<str:token>/", nudges.acknowledge, name="acknowledge"),
    path("notifications/about/<slug:kind>/<int:pk>/", nudges.nudges_about, name="nudges_about"),
    path("notifications/about/<slug:kind>/<int:pk>/nudge/", nudges.nudge, name="nudge"),
    path("notifications/about/<slug:kind>/<int:pk>/settle/", nudges.settle, name="settle"),
]
