"""Back office of the organisation: the same services as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from erp.admin import BackOffice, BackOfficeForm
from erp.workflow import Blocked
from orgchart import services
from orgchart.calendars import Rule
from orgchart.models import (
    CalendarDay,
    Company,
    Department,
    FunctionRight,
    Leave,
    Organisation,
    Person,
    User,
    WorkWeek,
)
from orgchart.worktime import WEEKDAYS

Deed = Callable[..., Any]


class OrgAdmin(BackOffice):
    """Writes through `make` and `edit`; `off` and `on` are actions on the list."""

    make: Deed
    edit: Deed
    off: Deed | None = None
    on: Deed | None = None

    def create_model(self, request: Any, obj: Any) -> None:
        names = [name for name in self.get_fields(request) if name != "seen"]
        made = type(self).make(actor=request.user, **{name: getattr(obj, name) for name in names})
        obj.pk = made.pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        type(self).edit(_stored(obj), actor=request.user, version=None, **fields)

    def get_actions(self, request: Any) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        return actions if type(self).off else {k: v for k, v in actions.items() if k not in ("stop", "go_on")}

    @admin.action(description=_("Deactivate"))
    def stop(self, request: Any, rows: Any) -> None:
        self._each(request, rows, type(self).off)

    @admin.action(description=_("Activate"))
    def go_on(self, request: Any, rows: Any) -> None:
        self._each(request, rows, type(self).on)

    actions: tuple[Any, ...] = (stop, go_on)

    def _each(self, request: Any, rows: Any, deed: Any) -> None:
        for row in rows:
            try:
                deed(row, actor=request.user)
            except Blocked as why:
                self.message_user(request, f"{row}: {why}", messages.ERROR)


@admin.register(Department)
class DepartmentAdmin(OrgAdmin):
    list_display = ("name", "function", "leader", "parent", "position", "active")
    list_filter = ("active", "function")
    list_select_related = ("leader", "parent")
    search_fields = ("name", "leader__name", "leader__pinyin")
    fields = ("name", "function", "leader", "parent", "position", "hourly_rate", "seen")
    autocomplete_fields = ("leader", "parent")
    make, edit = services.create_department, services.edit_department
    off, on = services.deactivate_department, services.activate_department


@admin.register(Person)
class PersonAdmin(OrgAdmin):
    list_display = ("name", "department", "position", "mobile", "email", "user", "active")
    list_filter = ("active", "department")
    list_select_related = ("department", "user")
    search_fields = ("name", "pinyin", "mobile", "email")
    fields = (
        "name", "department", "position", "mobile", "email", "wechat", "wecom_id", "user", "seen",
    )  # fmt: skip
    autocomplete_fields = ("department", "user")
    make, edit = services.create_person, services.edit_person
    off, on = services.deactivate_person, services.activate_person


@admin.register(Company)
class CompanyAdmin(OrgAdmin):
    list_display = ("name", "short_name", "contact", "phone", "active")
    list_filter = ("active",)
    search_fields = ("name", "short_name", "pinyin", "contact")
    fields = ("name", "short_name", "contact", "phone", "email", "address", "notes", "seen")
    make, edit = services.create_company, services.edit_company
    off, on = services.deactivate_company, services.activate_company


@admin.register(Organisation)
class OrganisationAdmin(OrgAdmin):
    list_display = ("name", "short_name", "manager_sees_finance")
    fields = ("name", "short_name", "phone", "address", "manager_sees_finance", "seen")
    make, edit = services.create_organisation, services.edit_organisation

    def has_add_permission(self, request: Any) -> bool:
        return super().has_add_permission(request) and not Organisation.objects.exists()


@admin.register(FunctionRight)
class FunctionRightAdmin(OrgAdmin):
    """A right is given or taken, never changed into another."""

    list_display = ("function", "verb")
    list_filter = ("function", "verb")
    search_fields = ("function", "verb")
    fields = ("function", "verb", "seen")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def create_model(self, request: Any, obj: Any) -> None:
        wanted = services.function_rights() | {(obj.function, obj.verb)}
        services.set_function_rights(wanted, actor=request.user)
        obj.pk = FunctionRight.objects.get(function=obj.function, verb=obj.verb).pk

    @admin.action(description=_("Take away the right"), permissions=["view"])
    def take(self, request: Any, rows: Any) -> None:
        gone = {(row.function, row.verb) for row in rows}
        services.set_function_rights(services.function_rights() - gone, actor=request.user)

    actions = (take,)


class TimeAdmin(OrgAdmin):
    """Rows of the working calendar: removed by an action, so that what hangs on them moves along."""

    gone: Deed

    @admin.action(description=_("Remove from the calendar"), permissions=["view"])
    def take(self, request: Any, rows: Any) -> None:
        self._each(request, rows, type(self).gone)

    actions = (take,)


@admin.register(WorkWeek)
class WorkWeekAdmin(TimeAdmin):
    list_display = ("__str__", *WEEKDAYS)
    list_select_related = ("department",)
    fields = ("department", *WEEKDAYS, "seen")
    autocomplete_fields = ("department",)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(["department"] if obj else []))

    def create_model(self, request: Any, obj: Any) -> None:
        if WorkWeek.objects.filter(department=obj.department).exists():
            raise ValidationError(_("This work week is entered already: change it."))
        row = services.set_week(obj.department, obj.worked, actor=request.user)
        obj.pk = row and row.pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        services.set_week(obj.department, obj.worked, actor=request.user)

    @staticmethod
    def gone(row: Any, *, actor: Any) -> None:
        services.set_week(row.department, None, actor=actor)


@admin.register(CalendarDay)
class CalendarDayAdmin(TimeAdmin):
    list_display = ("day", "working", "name", "department", "announced")
    list_filter = ("working", "announced", "department")
    list_select_related = ("department",)
    search_fields = ("name", "department__name")
    fields = ("department", "day", "working", "name", "announced", "seen")
    autocomplete_fields = ("department",)
    edit, gone = services.change_day, services.remove_day

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(["department"] if obj else []))

    def create_model(self, request: Any, obj: Any) -> None:
        rule = Rule(obj.working, obj.announced)
        made = services.set_days(
            obj.department, {obj.day: rule}, actor=request.user, name=obj.name, fresh=True
        )
        obj.pk = made[0].pk


@admin.register(Leave)
class LeaveAdmin(TimeAdmin):
    list_display = ("person", "first", "begins_afternoon", "last", "ends_noon", "note")
    list_select_related = ("person",)
    search_fields = ("person__name", "person__pinyin")
    fields = ("person", "first", "begins_afternoon", "last", "ends_noon", "note", "seen")
    autocomplete_fields = ("person",)
    make, edit, gone = services.add_leave, services.change_leave, services.remove_leave

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(["person"] if obj else []))


class UserAdminForm(BackOfficeForm):
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        required=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Left empty, the present password stays."),
    )


@admin.register(User)
class UserAdmin(OrgAdmin):
    form = UserAdminForm
    list_display = ("username", "name", "role", "company", "is_active", "last_login")
    list_filter = ("is_active", "role")
    list_select_related = ("company",)
    search_fields = ("username", "name", "email", "person__pinyin", "company__name")
    fields = (
        "username", "name", "email", "role", "company", "password", "is_active", "last_login",
        "date_joined", "seen",
    )  # fmt: skip
    readonly_fields = ("is_active", "last_login", "date_joined")
    autocomplete_fields = ("company",)
    off, on = services.deactivate_user, services.activate_user

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        data, actor = form.cleaned_data, request.user
        fields = {name: data[name] for name in ("username", "name", "email", "role", "company")}
        password = data["password"]
        if not change:
            obj.pk = services.create_user(actor=actor, password=password or None, **fields).pk
            return
        services.edit_user(_stored(obj), actor=actor, version=None, **fields)
        if password:
            services.set_password(_stored(obj), actor=actor, password=password)


def _stored(obj: Any) -> Any:
    """The row as stored: the admin form has written what was typed into `obj`."""
    return type(obj)._base_manager.get(pk=obj.pk)
