"""What every kind of channel offers, and what it gets to work with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat

from notifications import http
from notifications.letters import Letter

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a kind of channel, as the back office asks for it."""

    name: str
    label: Any
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[tuple[str, Any], ...] = ()
    hint: Any = ""
    check: Callable[[str], None] | None = None  # raises ValidationError


def check_number(text: str) -> None:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 10**9):
        raise ValidationError(_("Enter a whole number."))


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody whom a robot calls by name."""

    wecom_id: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a letter goes: the address of a person, or nowhere but the group, with the people called."""

    address: str = ""
    calls: tuple[Called, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A channel ready for use: settings with defaults, secrets opened."""

    name: str
    config: Mapping[str, str]
    secrets: Mapping[str, str]
    base: str
    trusted: bool  # an administrator set the address

    def post(self, path: str, body: Mapping[str, Any]) -> http.Answer:
        """Post JSON to `path` below the channel's address. Raises Permanent, Transient."""
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return http.call(self.base + path, data=data, headers=headers, trusted=self.trusted)

    def get(self, path: str) -> http.Answer:
        return http.call(self.base + path, method="GET", trusted=self.trusted)


@dataclass(frozen=True, slots=True)
class Adapter:
    """`send` delivers a letter and returns what the far end said; it raises Permanent, Transient or
    Limited. `address` is where a user is reached by it, "" for nowhere; group robots have none."""

    fields: tuple[Field, ...]
    send: Callable[[Account, Letter, Receiver], str]
    base: str = ""
    address: Callable[[User], str] | None = None


def person_field(name: str) -> Callable[[User], str]:
    """Reads `name` from the person of an account; customers have none."""

    def read(user: User) -> str:
        person = getattr(user, "person", None)
        return str(getattr(person, name, "")).strip() if person is not None else ""

    return read


def mobile_of(user: User) -> str:
    return e164(person_field("mobile")(user))


def e164(text: str) -> str:
    """A mobile number as +8613800138000, of a number without country as one of China; "" for none."""
    try:
        number = phonenumbers.parse(text, "CN")
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def national(mobile: str) -> str:
    """Numbers of China without their country, as services in China want them."""
    return mobile.removeprefix("+86")
