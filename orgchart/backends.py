"""Sign-in by user name or e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from orgchart.models import User
from orgchart.names import normal_username


def find_account(name: str) -> User | None:
    """The account, active or not, whose user name or e-mail is `name`."""
    name = normal_username(name)
    user = User.objects.filter(username=name).first()
    if user is None and "@" in name:
        user = User.objects.filter(email=name).first()
    return user


class SignInBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **kwargs: Any
    ) -> Any:
        """The active user whose name or e-mail is `username`; None when anything is wrong.

        An unknown name costs as much time as a wrong password."""
        if not username or not password:
            return None
        user = find_account(str(username))
        if user is None:
            User().set_password(password)
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None
