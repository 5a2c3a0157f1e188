"""Departments, people, accounts, customer companies: list, new, edit, deactivate, activate."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from erp.access import fetch
from erp.htmx import Request, done, page
from orgchart import forms, services, tables
from orgchart.models import Company, Department, Person, User
from orgchart.services.records import may_add
from orgchart.views import desk

form_methods = require_http_methods(["GET", "HEAD", "POST"])

DEPARTMENTS = desk.Desk(
    table=tables.DEPARTMENTS,
    model=Department,
    form=forms.DepartmentForm,
    create=services.create_department,
    edit=services.edit_department,
    deactivate=services.deactivate_department,
    activate=services.activate_department,
    title=gettext_lazy("Departments"),
    new=gettext_lazy("New department"),
    save=gettext_lazy("Save department"),
    off=gettext_lazy("Deactivate department"),
    on=gettext_lazy("Activate department"),
    off_means=gettext_lazy(
        "It is no longer offered anywhere. What it has in contracts stays. Move its active people first."
    ),
)
PEOPLE = desk.Desk(
    table=tables.PEOPLE,
    model=Person,
    form=forms.PersonForm,
    create=services.create_person,
    edit=services.edit_person,
    deactivate=services.deactivate_person,
    activate=services.activate_person,
    title=gettext_lazy("People"),
    new=gettext_lazy("New person"),
    save=gettext_lazy("Save person"),
    off=gettext_lazy("Deactivate person"),
    on=gettext_lazy("Activate person"),
    off_means=gettext_lazy(
        "They are no longer offered anywhere and their sign-in is off with the next request. Their places "
        "and tasks in contracts stay until a successor is named there."
    ),
)
USERS = desk.Desk(
    table=tables.USERS,
    model=User,
    form=forms.UserForm,
    create=services.create_user,
    edit=services.edit_user,
    deactivate=services.deactivate_user,
    activate=services.activate_user,
    title=gettext_lazy("Accounts"),
    new=gettext_lazy("New account"),
    save=gettext_lazy("Save account"),
    off=gettext_lazy("Deactivate account"),
    on=gettext_lazy("Activate account"),
    off_means=gettext_lazy("Sign-in is off, running sessions end with their next request."),
    top_only=True,
)
COMPANIES = desk.Desk(
    table=tables.COMPANIES,
    model=Company,
    form=forms.CompanyForm,
    create=services.create_company,
    edit=services.edit_company,
    deactivate=services.deactivate_company,
    activate=services.activate_company,
    title=gettext_lazy("Customer companies"),
    new=gettext_lazy("New customer company"),
    save=gettext_lazy("Save customer company"),
    off=gettext_lazy("Deactivate customer company"),
    on=gettext_lazy("Activate customer company"),
    off_means=gettext_lazy(
        "It is no longer offered for new contracts, and its people can no longer sign in to the portal. "
        "Its contracts stay."
    ),
)


@require_safe
def departments(request: Request) -> HttpResponse:
    return desk.list_page(request, DEPARTMENTS)


@form_methods
def department_new(request: Request) -> HttpResponse:
    return desk.new_page(request, DEPARTMENTS)


@form_methods
def department_edit(request: Request, pk: int) -> HttpResponse:
    return desk.edit_page(request, DEPARTMENTS, pk)


@form_methods
def department_deactivate(request: Request, pk: int) -> HttpResponse:
    return desk.deactivate_page(request, DEPARTMENTS, pk)


@require_POST
def department_activate(request: Request, pk: int) -> HttpResponse:
    return desk.activate(request, DEPARTMENTS, pk)


@require_safe
def people(request: Request) -> HttpResponse:
    return desk.list_page(request, PEOPLE)


@form_methods
def person_new(request: Request) -> HttpResponse:
    return desk.new_page(request, PEOPLE)


@form_methods
def person_edit(request: Request, pk: int) -> HttpResponse:
    return desk.edit_page(request, PEOPLE, pk)


@form_methods
def person_deactivate(request: Request, pk: int) -> HttpResponse:
    return desk.deactivate_page(request, PEOPLE, pk)


@require_POST
def person_activate(request: Request, pk: int) -> HttpResponse:
    return desk.activate(request, PEOPLE, pk)


@require_safe
def users(request: Request) -> HttpResponse:
    return desk.list_page(request, USERS)


@sensitive_post_parameters("password")
@form_methods
def user_new(request: Request) -> HttpResponse:
    return desk.new_page(request, USERS)


@form_methods
def user_edit(request: Request, pk: int) -> HttpResponse:
    return desk.edit_page(request, USERS, pk)


@form_methods
def user_deactivate(request: Request, pk: int) -> HttpResponse:
    return desk.deactivate_page(request, USERS, pk)


@require_POST
def user_activate(request: Request, pk: int) -> HttpResponse:
    return desk.activate(request, USERS, pk)


@sensitive_post_parameters("password")
@form_methods
def user_password(request: Request, pk: int) -> HttpResponse:
    if not may_add(request.user, User):
        raise PermissionDenied
    user = fetch(User.objects.all(), request.user, "change", pk=pk)
    form = forms.PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = desk.attempt(
            form,
            lambda: services.set_password(user, actor=request.user, password=form.cleaned_data["password"]),
        )
        if told is not None:
            message = _("%(record)s has a new password.") % {"record": user}
            return done(request, USERS.list_url, message=message)
    crumbs = [
        {"label": USERS.title, "url": USERS.list_url},
        {"label": user, "url": USERS.url("edit", user.pk)},
        {"label": _("Set new password")},
    ]
    context = {"form": form, "user_": user, "crumbs": crumbs, "back": USERS.url("edit", user.pk)}
    status = 422 if form.errors else 200
    return page(request, "orgchart/user_password.html", context, fragment="form", status=status)


@require_safe
def companies(request: Request) -> HttpResponse:
    return desk.list_page(request, COMPANIES)


@form_methods
def company_new(request: Request) -> HttpResponse:
    return desk.new_page(request, COMPANIES)


@form_methods
def company_edit(request: Request, pk: int) -> HttpResponse:
    return desk.edit_page(request, COMPANIES, pk)


@form_methods
def company_deactivate(request: Request, pk: int) -> HttpResponse:
    return desk.deactivate_page(request, COMPANIES, pk)


@require_POST
def company_activate(request: Request, pk: int) -> HttpResponse:
    return desk.activate(request, COMPANIES, pk)
