from django.urls import path

from orgchart.views import account, records, settings, signin

app_name = "orgchart"
urlpatterns = [
    path("login/", signin.login, name="login"),
    path("logout/", signin.logout, name="logout"),
    # The back office has one door with everybody else: throttled, audited.
    path("admin/login/", signin.admin_login, name="admin_login"),
    path("admin/logout/", signin.logout, name="admin_logout"),
    path("admin/password_change/", signin.admin_password, name="admin_password"),
    path("account/", account.account, name="account"),
    path("account/password/", account.account_password, name="account_password"),
    path("account/sessions/", account.account_sessions, name="account_sessions"),
    path("org/departments/", records.departments, name="departments"),
    path("org/departments/new/", records.department_new, name="department_new"),
    path("org/departments/<int:pk>/", records.department_edit, name="department_edit"),
    path("org/departments/<int:pk>/deactivate/", records.department_deactivate, name="department_deactivate"),
    path("org/departments/<int:pk>/activate/", records.department_activate, name="department_activate"),
    path("org/people/", records.people, name="people"),
    path("org/people/new/", records.person_new, name="person_new"),
    path("org/people/<int:pk>/", records.person_edit, name="person_edit"),
    path("org/people/<int:pk>/deactivate/", records.person_deactivate, name="person_deactivate"),
    path("org/people/<int:pk>/activate/", records.person_activate, name="person_activate"),
    path("org/users/", records.users, name="users"),
    path("org/users/new/", records.user_new, name="user_new"),
    path("org/users/<int:pk>/", records.user_edit, name="user_edit"),
    path("org/users/<int:pk>/password/", records.user_password, name="user_password"),
    path("org/users/<int:pk>/deactivate/", records.user_deactivate, name="user_deactivate"),
    path("org/users/<int:pk>/activate/", records.user_activate, name="user_activate"),
    path("org/companies/", records.companies, name="companies"),
    path("org/companies/new/", records.company_new, name="company_new"),
    path("org/companies/<int:pk>/", records.company_edit, name="company_edit"),
    path("org/companies/<int:pk>/deactivate/", records.company_deactivate, name="company_deactivate"),
    path("org/companies/<int:pk>/activate/", records.company_activate, name="company_activate"),
    path("org/settings/", settings.settings, name="settings"),
    path("org/settings/rights/", settings.rights, name="rights"),
]
