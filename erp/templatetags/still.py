"""Parts of a page that differ by language alone: words, icons, addresses of files.

Half the time of an ordinary page goes into such parts, so each is printed once per process and language.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


class StillNode(template.Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._printed: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        if language not in self._printed:
            nothing = Context()  # whatever belongs to a request, a person or a page is unknown in here
            with nothing.bind_template(context.template):  # type: ignore[arg-type]  # set while rendering
                self._printed[language] = self.nodelist.render(nothing)
        return self._printed[language]


@register.tag
def still(parser: Parser, token: Token) -> Any:
    """`{% still %}…{% endstill %}`: what stands inside is the same on every page in one language."""
    nodelist = parser.parse(("endstill",))
    parser.delete_first_token()
    return StillNode(nodelist)
