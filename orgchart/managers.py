"""How accounts are found and, by commands and tests, made."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import BaseUserManager

from orgchart.names import normal_username


class UserManager(BaseUserManager[Any]):
    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(username=normal_username(username or ""))

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Any:
        """Insert an account with a usable or, without `password`, an unusable password."""
        user = self.model(username=normal_username(username), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Any:
        return self.create_user(username, password, **{"role": "admin", **fields})
