"""Data for scripts as ordinary text: htmx drops every <script>, json_script included, from fragments."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def json_text(value: Any) -> str:
    """`value` as JSON, to be escaped like any other text; read back through `textContent`."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
