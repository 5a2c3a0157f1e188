"""Channels and group routes in the back office: through the services, with a test that shows the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from erp.access import fetch
from erp.admin import BACK_OFFICE, BackOffice
from erp.roles import Role
from notifications import services
from notifications.channel_forms import FORGET, PLAIN, SECRET, SendTestForm, form_for
from notifications.models import Channel, GroupRoute
from notifications.queries import robots, state_of
from orgchart.models import User

MODEL_FIELDS = ("name", "active", "position", "base_url", "rate")


@admin.register(Channel)
class ChannelAdmin(BackOffice):
    """Two steps like an account: kind and name first, then what this kind asks for, then in use."""

    list_display = ("name", "kind", "active", "position", "rate", "state")
    list_filter = ("kind", "active")
    list_select_related = ("meter",)
    search_fields = ("name",)
    readonly_fields = ("kind_shown", "state", "version", "created", "changed")
    change_form_template = "notifications/admin/channel_form.html"

    @admin.display(description=_("kind"))
    def kind_shown(self, row: Channel) -> str:
        return row.get_kind_display()

    @admin.display(description=_("state"))
    def state(self, row: Channel) -> str:
        return state_of(row)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return super().get_form(request, obj, change, **{**kwargs, "fields": ("kind", "name")})
        form = form_for(obj.kind)
        return super().get_form(request, obj, change, **{**kwargs, "form": form, "fields": MODEL_FIELDS})

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("kind", "name", "seen")})]
        names = [name for name in form_for(obj.kind).base_fields if name.startswith((PLAIN, SECRET, FORGET))]
        return [
            (None, {"fields": ("kind_shown", "name", "active", "position", "state")}),
            (_("Service"), {"fields": names}),
            (_("Pace and address"), {"fields": ("rate", "base_url", "seen")}),
            (None, {"fields": ("version", "created", "changed")}),
        ]

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.active = False
            services.create_channel(obj, actor=request.user, secrets={}, reason=str(BACK_OFFICE))
            return
        fields = {name: form.cleaned_data[name] for name in MODEL_FIELDS}
        services.edit_channel(
            Channel.objects.get(pk=obj.pk),
            actor=request.user,
            reason=str(BACK_OFFICE),
            secrets=form.secrets(),
            config=form.config(),
            **fields,
        )

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> Any:
        """On to the settings of the kind."""
        return HttpResponseRedirect(reverse("admin:notifications_channel_change", args=[obj.pk]))

    def get_urls(self) -> Any:
        test = path(
            "<int:pk>/test/", self.admin_site.admin_view(self.test_view), name="notifications_channel_test"
        )
        return [test, *super().get_urls()]

    def test_view(self, request: Any, pk: int) -> HttpResponse:
        """Ask whom, send, and show what the far end answered."""
        channel = fetch(Channel.objects.all(), request.user, "change", pk=pk)
        people = User.objects.filter(is_active=True).exclude(role=Role.CUSTOMER)
        data = request.POST if request.method == "POST" else None
        form = SendTestForm(data, people=people, initial={"to": request.user.pk})
        outcome = None
        if form.is_valid():
            outcome = services.send_test(channel, actor=request.user, to=form.cleaned_data["to"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "channel": channel,
            "form": form,
            "outcome": outcome,
            "title": _("Test of the channel %(name)s") % {"name": channel.name},
        }
        return TemplateResponse(request, "notifications/admin/channel_test.html", context)


@admin.register(GroupRoute)
class GroupRouteAdmin(BackOffice):
    """Robots of departments; those of a contract are set on its own page."""

    list_display = ("channel", "department", "contract_id", "position", "active")
    list_filter = ("active", "department")
    list_select_related = ("channel", "department")
    search_fields = ("channel__name",)
    fields = ("channel", "department", "contract_id", "position", "active", "seen")

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        fixed = ("channel", "department") if obj else ()
        return (*self.readonly_fields, "contract_id", *fixed)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "channel":
            kwargs["queryset"] = robots()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
