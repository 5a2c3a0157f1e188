"""Telephone numbers: stored as +8613800138000, shown as 138 0013 8000."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

HOME = "CN"
MOBILE = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


def normal_mobile(text: str) -> str:
    """A mobile number in E.164; empty stays empty. Raises ValidationError."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return ""
    wrong = ValidationError(
        _("“%(number)s” is not a mobile number. Write 11 digits, or + and the country code."),
        params={"number": text[:40]},
    )
    if re.search(r"[^\d+\-() .]", text):
        raise wrong
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        raise wrong from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in MOBILE:
        raise wrong
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_phone(text: str) -> str:
    """An office number as written, plain digits, extension allowed. Raises ValidationError."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    if text and not re.fullmatch(r"[\d+\-() ./#*x转]{5,40}", text):
        raise ValidationError(
            _("“%(number)s” is not a telephone number. Use digits, spaces, + and -."),
            params={"number": text[:40]},
        )
    return text


def shown_mobile(number: str) -> str:
    """A stored number for reading: our own country without its code."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat
    at_home = phonenumbers.region_code_for_number(parsed) == HOME
    return phonenumbers.format_number(parsed, style.NATIONAL if at_home else style.INTERNATIONAL)
