"""Parts printed once: they know the language and nothing else."""

import pytest
from django.template import engines
from django.utils import translation

from orgchart.models import User

TEXT = """{% load i18n still %}{% still %}{% translate "Search" %} {{ name }}{{ request.user }}
{% csrf_token %}{% for row in rows %}{{ row }}{% endfor %}{% endstill %}|{{ name }}"""


def request(rf):
    found = rf.get("/")
    found.user = User(username="somebody", name="somebody")
    return found


@pytest.mark.parametrize("order", [("en", "zh-hans"), ("zh-hans", "en")])
def test_still_knows_the_language_only(rf, order):
    template = engines["django"].from_string(TEXT)
    words = {"en": "Search", "zh-hans": "搜索"}
    for who in ("first", "second"):
        for language in order:
            with translation.override(language):
                html = template.render({"name": who, "rows": "secret"}, request(rf))
            assert html.split() == [words[language], f"|{who}"]
