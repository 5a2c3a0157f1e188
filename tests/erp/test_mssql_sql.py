"""The tables compile for SQL Server and keep its rules, without a server.

What SQLite and PostgreSQL forgive: NULLs collide in a plain UNIQUE, filtered indexes know no OR, NOT,
LIKE or BETWEEN, an index key holds 1700 bytes.
"""

import re
import subprocess
import sys

import pytest
import sqlglot
from django.conf import settings

from tests.erp.operator import environment

COMPILE = """
import sys
try:
    import pyodbc
except ImportError:  # unixODBC is missing: the backend imports the driver although it does not use it
    from unittest.mock import MagicMock
    names = "Error DatabaseError DataError IntegrityError InterfaceError InternalError " \\
        "NotSupportedError OperationalError ProgrammingError".split()
    fake = MagicMock(version="5.5.0", **{name: type(name, (Exception,), {}) for name in names})
    sys.modules["pyodbc"] = fake
import django; django.setup()
from django.apps import apps
from django.db import connection
connection.__dict__.update(sql_server_version=2022, to_azure_sql_db=False)
def refuse(*args, **kwargs): raise RuntimeError("a server was asked")
type(connection).get_new_connection = refuse
with connection.schema_editor(collect_sql=True, atomic=False) as editor:
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy and not model._meta.auto_created:
            editor.create_model(model)
print("\\n--next--\\n".join(s for s in editor.collected_sql if not s.startswith("--")))
"""
LONGEST_KEY = 1700


@pytest.fixture(scope="module")
def statements(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mssql")
    env = environment(
        folder, DATABASE_URL="mssql://u:p@127.0.0.1:1433/erp", DJANGO_SETTINGS_MODULE="erp.settings"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPILE],  # noqa: S603
        cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().split("\n--next--\n")


@pytest.fixture(scope="module")
def columns(statements):
    """(table, column) → (may be NULL, type)."""
    found = {}
    for text in statements:
        if table := re.match(r"CREATE TABLE \[(\w+)\] \((.*)\);?$", text, re.S):
            pattern = r"\[(\w+)\] (\w+(?:\([^)]*\))?)[^,]*?(NOT NULL|NULL)"
            for name, kind, null in re.findall(pattern, table[2]):
                found[table[1], name] = (null == "NULL", kind)
    return found


@pytest.fixture(scope="module")
def indexes(statements):
    """(unique, name, table, columns, condition) of every index."""
    pattern = r"CREATE (UNIQUE )?INDEX \[(\w+)\] ON \[(\w+)\]\s*\(([^)]*)\)\s*(?:WHERE (.*))?"
    found = [re.match(pattern, text, re.S) for text in statements]
    return [(bool(m[1]), m[2], m[3], re.findall(r"\[(\w+)\]", m[4]), m[5] or "") for m in found if m]


def test_every_table_compiles_and_parses(statements):
    tables = [text for text in statements if text.startswith("CREATE TABLE")]
    assert len(tables) > 25
    for text in statements:
        sqlglot.parse(text, read="tsql")


def test_unique_constraints_hold_no_nullable_column(statements, columns):
    found = []
    for text in statements:
        if m := re.match(r"ALTER TABLE \[(\w+)\] ADD CONSTRAINT \[(\w+)\] UNIQUE \(([^)]*)\)", text):
            found += [
                (m[2], c) for c in re.findall(r"\[(\w+)\]", m[3]) if columns.get((m[1], c), (False,))[0]
            ]
    assert found == []


def test_unique_indexes_on_nullable_columns_leave_null_out(indexes, columns):
    found = [
        (name, column)
        for unique, name, table, keys, where in indexes
        for column in keys
        if unique and columns.get((table, column), (False,))[0] and f"[{column}] IS NOT NULL" not in where
    ]
    assert found == []


def test_conditions_of_indexes_are_simple(indexes):
    odd = re.compile(r"\bNOT\s*\(|\bOR\b|\bLIKE\b|\bBETWEEN\b")
    assert [(name, where) for _, name, _, _, where in indexes if odd.search(where)] == []


def test_index_keys_fit(indexes, columns):
    def size(table, column):
        length = re.search(r"nvarchar\((\w+)\)", columns.get((table, column), (0, ""))[1])
        return (99_999 if length[1] == "max" else 2 * int(length[1])) if length else 8

    wide = {name: sum(size(table, c) for c in keys) for _, name, table, keys, _ in indexes}
    assert {name: bytes_ for name, bytes_ in wide.items() if bytes_ > LONGEST_KEY} == {}
