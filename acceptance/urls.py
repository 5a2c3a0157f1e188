"""Addresses of acceptances; those of checklists, papers and yield stand in `paper_urls`."""

from django.urls import path

from acceptance import paper_urls
from acceptance.views import acceptance, applying, lists, portal

app_name = "acceptance"
urlpatterns = [
    path("contracts/<int:pk>/acceptance/", lists.contract_acceptance, name="contract"),
    path("contracts/<int:pk>/acceptance/apply/", applying.apply, name="apply"),
    path("contracts/<int:pk>/acceptance/levels/", applying.levels, name="levels"),
    path("acceptance/", lists.acceptances, name="list"),
    path("acceptance/<int:pk>/", acceptance.acceptance, name="acceptance"),
    path("acceptance/<int:pk>/findings/", acceptance.check, name="findings"),
    path("acceptance/<int:pk>/pass/", acceptance.pass_, name="pass"),
    path("acceptance/<int:pk>/reject/", acceptance.reject, name="reject"),
    path("acceptance/<int:pk>/withdraw/", applying.withdraw, name="withdraw"),
    path("acceptance/<int:pk>/reapply/", applying.reapply, name="reapply"),
    path("tasks/<int:pk>/acceptance/", lists.task_panel, name="task_panel"),
    path("portal/contracts/<int:pk>/acceptance/", portal.portal_panel, name="portal_panel"),
    path("portal/acceptance/<int:pk>/", portal.portal_acceptance, name="portal_acceptance"),
    path("portal/acceptance/<int:pk>/pass/", portal.portal_pass, name="portal_pass"),
    path("portal/acceptance/<int:pk>/reject/", portal.portal_reject, name="portal_reject"),
    *paper_urls.urlpatterns,
]
