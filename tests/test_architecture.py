"""The rules of ARCHITECTURE.md, each as a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import pytest
from django.apps import apps
from django.conf import settings

from erp import register
from erp.access import ScopedQuerySet
from erp.models import Record
from erp.workflow import Workflow

ROOT = Path(settings.BASE_DIR)
SOURCES = sorted(
    p for app in settings.APPS for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts
)
TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *ROOT.glob("*/templates/**/*.html")])
RECORDS = [m for m in apps.get_models() if issubclass(m, Record)]
FORBIDDEN_NAMES = {"utils.py", "common.py", "helpers.py", "manager.py", "misc.py"}


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def test_files_stay_short():
    lengths = {str(p.relative_to(ROOT)): p.read_text().count("\n") for p in SOURCES}
    assert {name: n for name, n in lengths.items() if n > 450} == {}
    assert sum(n <= 250 for n in lengths.values()) >= 0.9 * len(lengths)


def test_functions_stay_short():
    every = [found for path in SOURCES for found in functions(path)]
    assert [f for f in every if f[1] > 50] == []
    sizes = [size for _, size in every]
    assert median(sizes) <= 8
    assert sum(size <= 25 for size in sizes) >= 0.9 * len(sizes)


def is_view(path):
    return path.name.startswith("views") or path.parent.name == "views"


def test_views_stay_thin():
    fat = [found for path in SOURCES if is_view(path) for found in functions(path) if found[1] > 25]
    assert fat == []


def test_templates_stay_short():
    assert [str(p.relative_to(ROOT)) for p in TEMPLATES if p.read_text().count("\n") > 150] == []


def test_no_file_is_named_for_nothing():
    assert [str(p.relative_to(ROOT)) for p in SOURCES if p.name in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize(
    ("pattern", "why", "where", "exempt"),
    [
        (r"\b(pre|post)_(save|delete|init)\b|m2m_changed", "model signals hide the flow", "", ()),
        (r"^\s*(from|import) guardian", "only erp.access asks guardian", "", ("erp/access.py",)),
        (r"\.(status|stage) = ", "only the workflow changes a state", "", ("erp/workflow.py",)),
        (r"\.objects\.(get|get_or_404)\(", "views fetch through erp.access.fetch", "views", ()),
        (r"\.(save|delete|update|bulk_create|bulk_update)\(", "views write through services", "views", ()),
        (r"mark_safe|csrf_exempt|\.raw\(|\.extra\(|shell=True", "an escape from safety", "", ()),
        (r"(?<!\w)print\(", "say it through the command or the log", "", ()),
    ],
)
def test_banned(pattern, why, where, exempt):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {why}"
        for path in SOURCES
        if str(path.relative_to(ROOT)) not in exempt and (not where or is_view(path))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_keep_the_content_policy(path):
    text = path.read_text()
    assert not re.search(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\son[a-z]+=|hx-on|javascript:", text
    )
    assert "|safe" not in text
    assert "autoescape off" not in text
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m._meta.label)
def test_every_record_is_scoped_versioned_kept_and_audited(model):
    from auditlog.registry import auditlog

    assert isinstance(model._default_manager.all(), ScopedQuerySet)
    assert {"version", "created", "changed"} <= {f.name for f in model._meta.fields}
    assert hasattr(model, "history")
    assert auditlog.contains(model)


@pytest.mark.parametrize(
    "model",
    [m for m in RECORDS if isinstance(getattr(m, "workflow", None), Workflow)],
    ids=lambda m: m._meta.label,
)
def test_every_workflow_is_whole(model):
    table = model.workflow
    field, steps = model._meta.get_field(table.field), list(table)
    states, reached = {str(value) for value, _ in field.flatchoices}, {str(field.default)}
    for _ in states:
        reached |= {str(t.target) for t in steps if {str(s) for s in t.sources} & reached}
    assert reached == states
    assert {str(s) for t in steps for s in t.sources} <= states
    assert {t.keeps for t in steps if t.keeps} <= {column.name for column in model._meta.concrete_fields}
    assert not field.editable


def test_every_register_entry_is_on_a_declared_list():
    assert set(register._entries) <= set(register.LISTS)


def test_every_migration_is_named():
    numbered = [p for app in settings.APPS for p in (ROOT / app / "migrations").glob("*_auto_*.py")]
    assert numbered == []
