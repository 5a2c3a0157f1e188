"""What people type about the organisation, checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.utils.translation import gettext_lazy as _

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
