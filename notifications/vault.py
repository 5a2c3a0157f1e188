"""Secrets of channels at rest: sealed with the installation's own channel key.

A seal holds for one place (channel and name) only: a row copied to another channel, or changed by hand,
does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
NONCE = 12


class Broken(Exception):
    """The seal does not open: tampered with, moved, or made with another key."""


def seal(text: str, place: str) -> str:
    nonce = os.urandom(NONCE)
    sealed = nonce + _cipher().encrypt(nonce, text.encode(), place.encode())
    return f"{VERSION}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """The text sealed for `place`. Raises Broken."""
    version, _, body = sealed.partition(".")
    try:
        raw = base64.b64decode(body, altchars=b"-_", validate=True)
        if version != VERSION or len(raw) <= NONCE:
            raise Broken(place)
        return _cipher().decrypt(raw[:NONCE], raw[NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError):
        raise Broken(place) from None


def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(b"notifications.vault:" + settings.CHANNEL_KEY).digest())
