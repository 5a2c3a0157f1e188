"""The form of a channel: what its kind asks for, secrets typed and never shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from erp.admin import BackOfficeForm
from notifications import http
from notifications.channels import Adapter, Field, adapter
from notifications.failures import Permanent
from notifications.models import Channel
from notifications.states import Kind
from orgchart.models import User

PLAIN, SECRET, FORGET = "set_", "secret_", "forget_"


class ChannelForm(BackOfficeForm):
    """Of a channel that exists; `form_for` adds the fields of its kind."""

    adapter: Adapter

    class Meta:
        model = Channel
        fields = ("name", "active", "position", "base_url", "rate")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = set(self.instance.secrets.values_list("name", flat=True)) if self.instance.pk else set()
        for field in self.adapter.fields:
            if not field.secret:
                self.initial[PLAIN + field.name] = self.instance.config.get(field.name, field.default)
            elif field.name in kept:
                shown: Any = self.fields[SECRET + field.name]
                shown.widget.attrs["placeholder"] = _("stored; leave empty to keep it")
        self.kept = kept

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for field in self.adapter.fields:
            self._clean_setting(field, data)
        if self.instance.kind == Kind.SMS_HTTP and data.get("active") and not data.get("base_url"):
            self.add_error("base_url", _("A gateway needs its address."))
        self.instance.config = self.config()  # the model checks the whole
        return data

    def _clean_setting(self, field: Field, data: dict[str, Any]) -> None:
        name = (SECRET if field.secret else PLAIN) + field.name
        text = str(data.get(name) or "").strip()
        if text and field.check is not None:
            try:
                field.check(text)
            except ValidationError as wrong:
                self.add_error(name, wrong)
        if not text and field.required and data.get("active") and field.name not in self.kept:
            self.add_error(name, _("A channel in use needs this."))

    def clean_base_url(self) -> str:
        url = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        if url:
            try:
                http.checked(url, trusted=True)
            except Permanent as wrong:
                raise ValidationError(_("This is no address of a web service.")) from wrong
        return url

    def config(self) -> dict[str, str]:
        """The plain settings as typed."""
        plain = (field for field in self.adapter.fields if not field.secret)
        return {field.name: str(self.cleaned_data.get(PLAIN + field.name) or "").strip() for field in plain}

    def secrets(self) -> dict[str, str]:
        """The secrets to replace; "" for those to forget."""
        found = {}
        for field in self.adapter.fields:
            if text := str(self.cleaned_data.get(SECRET + field.name) or "").strip():
                found[field.name] = text
            elif self.cleaned_data.get(FORGET + field.name):
                found[field.name] = ""
        return found


def form_for(kind: str, base: type[ChannelForm] = ChannelForm) -> type[ChannelForm]:
    """The form of one kind of channel."""
    chosen = adapter(kind)
    attrs: dict[str, Any] = {"adapter": chosen}
    for field in chosen.fields:
        attrs |= _secret(field) if field.secret else {PLAIN + field.name: _plain(field)}
    return type(base.__name__, (base,), attrs)


def _plain(field: Field) -> forms.Field:
    more = {"label": field.label, "required": False, "help_text": field.hint}
    if field.choices:
        return forms.ChoiceField(choices=field.choices, **more)
    wide = forms.Textarea(attrs={"rows": 3}) if field.default.startswith(("{", "[")) else forms.TextInput()
    return forms.CharField(max_length=2000, widget=wide, **more)


def _secret(field: Field) -> dict[str, forms.Field]:
    typed = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    found: dict[str, forms.Field] = {
        SECRET + field.name: forms.CharField(
            label=field.label, required=False, max_length=1000, help_text=field.hint, widget=typed
        )
    }
    if not field.required:
        label = _("forget: %(name)s") % {"name": field.label}
        found[FORGET + field.name] = forms.BooleanField(label=label, required=False)
    return found


class SendTestForm(forms.Form):
    """To whom the test goes; robots speak to their group."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("recipient"), required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = people
