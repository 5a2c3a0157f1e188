"""What people type about the organisation, checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.conflict import VersionedForm
from erp.roles import FUNCTION_VERB_CHOICES, Function, Role
from orgchart.models import Company, Department, Organisation, Person, User
from orgchart.names import clean_line, normal_email, normal_username
from orgchart.phones import normal_mobile, normal_phone, shown_mobile

NAME_LENGTH, PASSWORD_LENGTH = 254, 1024


class PasswordField(forms.CharField):
    """Kept as typed; long passphrases are welcome, megabytes are not."""

    def __init__(self, autocomplete: str = "new-password", **more: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(strip=False, max_length=PASSWORD_LENGTH, widget=widget, **more)


class SignInForm(forms.Form):
    username = UsernameField(
        label=_("User name or e-mail"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = PasswordField("current-password", label=_("Password"))


class RecordForm(VersionedForm, forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """A record's own fields, normalised as the services store them; new ones have no version."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["version"]
        else:
            self.initial["version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("name", "short_name", "position", "contact", "address", "wechat", "wecom_id"):
            if isinstance(data.get(name), str):
                data[name] = clean_line(data[name])
        if not data.get("name", "x") and self.fields["name"].required:
            self.add_error("name", self.fields["name"].error_messages["required"])
        return data

    def clean_email(self) -> str:
        return normal_email(self.cleaned_data["email"])

    def clean_mobile(self) -> str:
        return normal_mobile(self.cleaned_data["mobile"])

    def clean_phone(self) -> str:
        return normal_phone(self.cleaned_data["phone"])

    def offer(self, name: str, rows: Any) -> None:
        """Let `name` choose from `rows`, and keep what is chosen now."""
        now = getattr(self.instance, f"{name}_id")
        field: Any = self.fields[name]
        field.queryset = rows.model.objects.filter(Q(pk__in=rows.order_by().values("pk")) | Q(pk=now))


class DepartmentForm(RecordForm):
    position = forms.IntegerField(label=_("Order"), min_value=0, max_value=9999, initial=0)

    class Meta:
        model = Department
        fields = ("name", "function", "leader", "parent", "position", "hourly_rate")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("leader", Person.objects.filter(active=True))
        self.offer("parent", Department.objects.filter(active=True).exclude(pk=self.instance.pk))


class MobileField(forms.CharField):
    """A mobile number, shown as people read it."""

    def prepare_value(self, value: Any) -> Any:
        return shown_mobile(value) if isinstance(value, str) and value.startswith("+") else value


class PersonForm(RecordForm):
    mobile = MobileField(
        label=_("Mobile"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )

    class Meta:
        model = Person
        fields = ("name", "department", "position", "mobile", "email", "wechat", "wecom_id", "user")
        labels = {"name": _("Full name"), "user": _("Account")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = User.objects.filter(person=None, is_active=True).exclude(role=Role.CUSTOMER)
        self.offer("department", Department.objects.filter(active=True))
        self.offer("user", free)


class CompanyForm(RecordForm):
    class Meta:
        model = Company
        fields = ("name", "short_name", "contact", "phone", "email", "address", "notes")
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}


class UserForm(RecordForm):
    """An account; a new one also gets its password and, for office people, whom it belongs to."""

    password = PasswordField(label=_("Password"), help_text=_("At least 12 characters."))
    person = forms.ModelChoiceField(
        Person.objects.none(),
        label=_("Person"),
        required=False,
        help_text=_("Whose account this is; only people without an account are offered."),
    )

    class Meta:
        model = User
        fields = ("username", "name", "email", "role", "company")
        labels = {"name": _("Full name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("company", Company.objects.filter(active=True))
        if self.instance.pk is None:
            people: Any = self.fields["person"]
            people.queryset = Person.objects.filter(active=True, user=None).select_related("department")
        else:
            del self.fields["password"], self.fields["person"]

    def clean_username(self) -> str:
        return normal_username(self.cleaned_data["username"])


class PasswordForm(forms.Form):
    """A new password for somebody, said by an administrator."""

    password = PasswordField(label=_("New password"), help_text=_("At least 12 characters."))


class OwnPasswordForm(forms.Form):
    old = PasswordField("current-password", label=_("Present password"))
    new = PasswordField(label=_("New password"), help_text=_("At least 12 characters."))
    again = PasswordField(label=_("New password again"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("The two new passwords differ."))
        return data


class ContactForm(RecordForm):
    """One's own contact data as a person of ours."""

    mobile = MobileField(
        label=_("Mobile"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )

    class Meta:
        model = Person
        fields = ("email", "mobile", "wechat", "wecom_id")


class OwnEmailForm(RecordForm):
    """The contact data of an account without a person (customers, boss)."""

    class Meta:
        model = User
        fields = ("email",)


class OrganisationForm(RecordForm):
    class Meta:
        model = Organisation
        fields = ("name", "short_name", "phone", "address", "manager_sees_finance")


class RightsForm(forms.Form):
    """The table function × right; `seen` is what the editor was looking at."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=5000)
    rights = forms.MultipleChoiceField(
        choices=[(f"{f}:{v}", "") for f in Function.values for v, _label in FUNCTION_VERB_CHOICES],
        required=False,
        error_messages={"invalid_choice": _("There is no such right.")},
    )

    @staticmethod
    def pairs(texts: Any) -> set[tuple[str, str]]:
        return {
            (function, verb) for function, _colon, verb in (text.partition(":") for text in texts) if verb
        }

    def wanted(self) -> set[tuple[str, str]]:
        return self.pairs(self.cleaned_data["rights"])

    def was(self) -> set[tuple[str, str]]:
        return self.pairs(self.cleaned_data["seen"].split())
