"""The site's own words for events, in place of the product's. Not a template language: `{name}` stands
for a declared value, every other brace is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from erp import register
from erp.memory import recall
from notifications.events import Event, Words, known
from notifications.models import Template

#: What a preview puts in: one installation's example is as good as another's.
SAMPLES = {
    "contract": "HT-2026-018",
    "name": "灌装线改造",
    "task": "主机装配",
    "department": "机械部",
    "duty": "成员",
    "due": "2026-12-04",
    "start": "2026-12-01",
    "end": "2026-12-04",
    "was": "2026-12-02",
    "days": "2",
    "n": "3",
    "title": "主机装配",
    "reason": "轴承未到",
    "person": "小张",
    "place": "203.0.113.9",
    "virus": "Eicar-Test-Signature",
    "text": "请今天更新进度",
    "about": "HT-2026-018 · 主机装配",
    "answer": "明天完成",
    "promised": "2026-12-05",
}
_MARK = re.compile(r"\{([a-z_]+)\}")


def wordable() -> dict[str, Event]:
    """The events that people know by a heading: those whose words may be changed."""
    return {name: event for name, event in register.entries("notifications.events").items() if event.topic}


def placeholders(event: str) -> list[str]:
    """The names an event declares, in the order its sentence uses them."""
    with translation.override("en"):
        return list(dict.fromkeys(re.findall(r"%\((\w+)\)s", str(known(event).text))))


def check(event: str, text: str) -> None:
    """Raises ValidationError, with a sentence, for a placeholder that `event` does not declare and for
    a brace that is none."""
    declared = placeholders(event)
    for name in _MARK.findall(text):
        if name not in declared:
            raise ValidationError(
                _("{%(name)s} is not known here. Use only: %(known)s.")
                % {"name": name, "known": " ".join(f"{{{one}}}" for one in declared) or "—"}
            )
    if "{" in (rest := _MARK.sub("", text)) or "}" in rest:
        raise ValidationError(_("Braces hold the name of a value, as in {contract}; write no others."))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its values; one that is missing leaves nothing. Values are never read again."""
    return _MARK.sub(lambda mark: str(values.get(mark[1], "")), text)


def own_words(event: str, values: Mapping[str, str]) -> Words | None:
    """What this site says of `event` in the language now active; None where it has no words of its own."""
    found = recall("notifications.wordings", _read).get((event, get_language() or ""))
    return Words(fill(found[0], values), fill(found[1], values)) if found else None


def _read() -> dict[tuple[str, str], tuple[str, str]]:
    rows = Template.objects.filter(active=True).order_by()
    return {(row.event, row.language): (row.title, row.text) for row in rows}


def product_words(event: str) -> tuple[str, str]:
    """Title and sentence of the product in the language now active, with its values as `{name}`."""
    entry = known(event)
    marks: dict[str, Any] = {name: f"{{{name}}}" for name in placeholders(event)}
    return str(entry.title), str(entry.text) % marks


def sample(event: str, title: str, text: str) -> Words:
    """How own words would read, with example values."""
    values = {name: SAMPLES.get(name, name) for name in placeholders(event)}
    return Words(fill(title, values), fill(text, values))
