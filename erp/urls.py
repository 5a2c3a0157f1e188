"""Every address. `interfaces` of the product: keep what outsiders rely on."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from erp import views, views_dashboard, views_search
from erp.audit import views as audit

urlpatterns = [
    path("", views_dashboard.dashboard, name="dashboard"),
    path("tiles/activity/", views_dashboard.activity, name="activity"),
    path("tiles/security/", views_dashboard.security, name="security"),
    path("tiles/health/", views_dashboard.health, name="health"),
    path("tiles/quick/", views_dashboard.quick, name="quick"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("preference/<slug:name>/", views.preference, name="preference"),
    path("language/", login_not_required(require_POST(set_language)), name="set_language"),
    path("search/", views_search.search, name="search"),
    path("audit/", audit.audit, name="audit"),
    path("help/", views_search.help_page, name="help"),
    path("", include("orgchart.urls")),  # before the back office: it has no door of its own
    path("admin/", admin.site.urls),
    path("", include("notifications.urls")),
    path("", include("contracts.urls")),
    path("", include("documents.urls")),
    path("", include("production.urls")),
    path("", include("procurement.urls")),
    path("", include("acceptance.urls")),
    path("", include("feedback.urls")),
]
