"""What all ways of sending SMS share: the texts a provider's template asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from notifications.failures import Permanent
from notifications.letters import Letter, as_text

PLACE = re.compile(r"\{(\w+)\}")
PLACES = frozenset({"title", "text", "url", "all"})


def places(letter: Letter, *, longest: int = 0) -> dict[str, str]:
    """What the placeholders (`PLACES`) stand for, each at most `longest` signs; `all` is the whole letter."""
    body = " ".join(line.text for line in letter.lines) or letter.title
    values = {"title": letter.title, "text": body, "url": letter.url, "all": as_text(letter)}
    return {name: value[:longest] if longest else value for name, value in values.items()}


def filled(form: str, values: Mapping[str, str]) -> Any:
    """The JSON `form` with its placeholders replaced; values are never read again, so a placeholder in
    a task's name stays what it is. Raises Permanent."""
    try:
        return _fill(json.loads(form), values)
    except (ValueError, KeyError) as wrong:
        raise Permanent(f"template: {wrong}") from None


def _fill(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return PLACE.sub(lambda place: values[place[1]], node)
    if isinstance(node, dict):
        return {key: _fill(value, values) for key, value in node.items()}
    return [_fill(value, values) for value in node] if isinstance(node, list) else node


def form_of(kind: type, names: frozenset[str]) -> Callable[[str], None]:
    """A check that a text is a JSON `kind` with no placeholders but `names`."""

    def check(form: str) -> None:
        try:
            node = json.loads(form)
        except ValueError:
            node = None
        if not isinstance(node, kind):
            raise ValidationError(_("This is no JSON of the form that is asked for."))
        if odd := sorted(set(PLACE.findall(form)) - names):
            raise ValidationError(_("Unknown placeholder: %(names)s") % {"names": ", ".join(odd)})

    return check
