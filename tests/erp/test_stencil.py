"""Rows filled into a finished text are as safe as rows of a template."""

import pytest
from django.template.loader import render_to_string
from django.utils.html import format_html

from contracts.tables import NAMES, labels
from erp.stencil import Stencil

HOSTILE = [
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "&lt;b&gt; & <b>",
    "%(name)s %s 100%",
    "{{ name }} {% now 'Y' %} {name}",
    "\ue000number\ue001",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("part", ["row", "card"])
def test_a_filled_row_is_what_the_template_prints(text, part):
    template = f"contracts/contract_list.html#{part}"
    context = {"words": labels(), "money": True}
    filled = Stencil(template, NAMES, context).fill([(text,) * len(NAMES)])
    assert filled == render_to_string(template, {**context, **dict.fromkeys(NAMES, text)})
    assert "<script" not in filled
    assert 'onmouseover="alert' not in filled


def test_finished_html_stays_html():
    late = format_html("<b>{}</b>", "<late>")
    values = {**dict.fromkeys(NAMES, ""), "late": late}
    filled = Stencil("contracts/contract_list.html#row", NAMES, {}).fill([tuple(values.values())])
    assert "<b>&lt;late&gt;</b>" in filled
