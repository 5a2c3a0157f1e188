from django.urls import path

from orgchart.views import signin

app_name = "orgchart"
urlpatterns = [
    path("login/", signin.login, name="login"),
    path("logout/", signin.logout, name="logout"),
    # The back office has one door with everybody else: throttled, audited.
    path("admin/login/", signin.admin_login, name="admin_login"),
    path("admin/logout/", signin.logout, name="admin_logout"),
]
