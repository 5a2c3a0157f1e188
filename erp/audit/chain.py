"""Keyed hashes of audit rows and the chain over them. No models here.

The key lives in `DATA_DIR/audit_key`, outside the database, so whoever can change only the
database cannot forge a row.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings


def key_id() -> str:
    """Names the key without telling it: 8 hex digits."""
    return hashlib.sha256(b"id" + settings.AUDIT_KEY).hexdigest()[:8]


def digest(facts: dict[str, Any]) -> str:
    """HMAC-SHA256 (hex) over the canonical JSON of one row."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str)
    return _hmac(text)


def link(previous: str, sequence: int, row_digest: str) -> str:
    """HMAC-SHA256 (hex) tying a row to its place in the chain."""
    return _hmac(f"{previous}|{sequence}|{row_digest}")


def _hmac(text: str) -> str:
    return hmac.new(settings.AUDIT_KEY, text.encode(), hashlib.sha256).hexdigest()
