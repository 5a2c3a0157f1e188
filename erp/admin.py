"""The back office keeps to the same doors: scoped rows, services, declared transitions."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.sites import AdminSite
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from erp.access import allowed
from erp.audit.models import LogEntry
from erp.audit.timeline import deed_choices, deed_label
from erp.models import Record
from erp.workflow import Blocked, Transition, advance, change, create

BACK_OFFICE = _("back office")
SECRET = frozenset({"password", "epoch"})
COMPARISONS = frozenset({"exact", "iexact", "in", "isnull", "gt", "gte", "lt", "lte"})


def move(step: Transition) -> Any:
    """An admin action that takes each selected row one step."""

    def run(modeladmin: Any, request: Any, rows: QuerySet[Any]) -> None:
        for row in rows:
            try:
                modeladmin.advance_model(request, row, step.verb)
            except (Blocked, PermissionDenied) as why:
                modeladmin.message_user(request, f"{row}: {why}", messages.ERROR)

    run.__name__ = step.verb
    return admin.action(run, description=step.label)


class BackOfficeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """Rehearses the write in a transaction that is rolled back, so that whatever the service refuses
    is a sentence in the form, which keeps what was typed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)  # the version looked at
    back_office: tuple[Any, Any]  # admin and request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = getattr(self.instance, "version", None)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook between clean() and the answer
        if not self.errors:
            self._rehearse(*self.back_office)

    def _rehearse(self, office: Any, request: Any) -> None:
        seen, old = self.cleaned_data.get("seen"), self.instance.pk is not None
        if old and seen is not None and seen != self.initial["seen"]:
            self.add_error(None, _("Somebody saved this record while you were editing"))
            return
        try:
            with transaction.atomic():
                office.save_model(request, copy(self.instance), self, old)
                transaction.set_rollback(True)
        except (Blocked, PermissionDenied) as why:
            self.add_error(None, str(why))
        except ValidationError as wrong:
            for name, errors in getattr(wrong, "error_dict", {NON_FIELD_ERRORS: [wrong]}).items():
                self.add_error(name if name in self.fields else None, errors)


class BackOffice(SimpleHistoryAdmin):  # type: ignore[misc]  # simple_history is untyped
    """Base of every record's admin: scoped, through services, history tab, no hard delete."""

    form = BackOfficeForm
    readonly_fields: tuple[str, ...] = ("version", "created", "changed")
    show_full_result_count = False
    list_per_page = 50
    actions: tuple[Any, ...] = ()

    def __init__(self, model: type[Model], site: AdminSite) -> None:
        super().__init__(model, site)
        self.actions = (*self.actions, *map(move, getattr(model, "workflow", ())))

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).for_user(request.user)

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Whole keys, and what the list offers to filter and search by. Anything else could be asked
        letter by letter, a password's hash as well."""
        names = lookup.split("__")
        if SECRET & set(names):
            return False
        if names[-1] in COMPARISONS:
            names.pop()
        if names[-1] in ("id", "pk"):
            names.pop()
        keys = {"", *(field.name for field in self.model._meta.fields if field.is_relation)}
        return "__".join(names) in keys | self._offered(request)

    def _offered(self, request: Any) -> set[str]:
        filters = (one[0] if isinstance(one, tuple) else one for one in self.get_list_filter(request))
        names = {one if isinstance(one, str) else getattr(one, "parameter_name", "") for one in filters}
        return names | {name.lstrip("^=@") for name in self.get_search_fields(request)}

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.back_office = (self, request)
        return form

    def has_module_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: Any, obj: Model | None = None) -> bool:
        return bool(request.user.is_staff) and (obj is None or allowed(request.user, "view", obj))

    def has_add_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_change_permission(self, request: Any, obj: Model | None = None) -> bool:
        if not request.user.is_staff:
            return False
        return obj is None or (allowed(request.user, "change", obj) and not self._frozen(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # records are closed, cancelled or deactivated, never deleted

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Write through the workflow; override to call the app's own service."""
        fields = {name: form.cleaned_data[name] for name in form.changed_data if hasattr(obj, name)}
        if change:
            self.change_model(request, obj, fields)
        else:
            self.create_model(request, obj)

    def create_model(self, request: Any, obj: Any) -> None:
        create(obj, actor=request.user, reason=str(BACK_OFFICE))

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        change(obj, actor=request.user, reason=str(BACK_OFFICE), **fields)

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        advance(obj, verb, actor=request.user, reason=str(BACK_OFFICE))

    def _frozen(self, obj: Model) -> bool:
        return isinstance(obj, Record) and bool(obj.frozen())


admin.site.unregister(LogEntry)  # auditlog's page would show every row to every staff user


#: Words of Django's and auditlog's own pages that their Chinese catalogues lack.
BORROWED = (
    _("Model name"),
    _("Add link"),
    _("Change or view list link"),
    _("object pk"),
    _("object representation"),
    _("serialized data"),
    _("action"),
    _("actor"),
    _("Correlation ID"),
    _("remote address"),
    _("remote port"),
    _("timestamp"),
    _("additional data"),
    _("actor email"),
)


class DeedFilter(admin.SimpleListFilter):
    title = _("deed")
    parameter_name = "verb"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return deed_choices()

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(LogEntry)
class LogEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ("id", "sequence", "timestamp", "actor_name", "deed", "object_repr", "source")
    list_filter = ("source", DeedFilter)
    exclude = ("verb", "action")
    readonly_fields = ("deed",)
    search_fields = ("object_repr", "actor_name")
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("deed"), ordering="verb")
    def deed(self, row: LogEntry) -> str:
        kind = ContentType.objects.get_for_id(row.content_type_id)
        return deed_label(row.verb, kind.model_class())

    def has_module_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
