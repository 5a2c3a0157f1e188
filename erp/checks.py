"""System checks: what an operator should hear before users do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def vendor_files(**_: Any) -> list[CheckMessage]:
    """The front-end packages were installed (`make setup`)."""
    if (settings.BASE_DIR / "static" / "vendor").is_dir():
        return []
    return [Warning("static/vendor is missing: run `make setup`", id="erp.W001")]
