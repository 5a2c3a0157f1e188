from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from orgchart.views import signin

app_name = "orgchart"
door = login_not_required(RedirectView.as_view(pattern_name="orgchart:login", query_string=True))
urlpatterns = [
    path("login/", signin.login, name="login"),
    path("logout/", signin.logout, name="logout"),
    # The back office has one door with everybody else: throttled, audited.
    path("admin/login/", door, name="admin_login"),
    path("admin/logout/", signin.logout, name="admin_logout"),
]
