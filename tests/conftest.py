"""Shared fixtures: the database, the cast, real servers where they are installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

NO_SKIP = os.environ.get("NO_SKIP") == "1"
#: marker → (what is needed, is it here)
REAL_PARTS = {
    "postgres": ("TEST_POSTGRES_URL", bool(os.environ.get("TEST_POSTGRES_URL"))),
    "redis": ("TEST_REDIS_URL", bool(os.environ.get("TEST_REDIS_URL"))),
    "browser": ("/usr/bin/chromium", Path("/usr/bin/chromium").exists()),
    "libreoffice": ("soffice", bool(shutil.which("soffice"))),
}
#: The cast as this process first built it.
_snapshots: list[Any] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of a real part that is not here says so."""
    for item in items:
        for marker, (part, here) in REAL_PARTS.items():
            if item.get_closest_marker(marker) and not here:
                item.add_marker(pytest.mark.skip(reason=f"{part} is missing: see `make services`"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """With NO_SKIP=1 a skipped test is a failed test."""
    outcome: Any = yield
    report = outcome.get_result()
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although NO_SKIP=1: {report.longrepr}"


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test may use the database; `@pytest.mark.django_db(transaction=True)` for real commits."""


@pytest.fixture
def cast(_database: None) -> Any:
    from tests import cast as people

    if connection.vendor != "sqlite":
        return people.build_cast()
    if not _snapshots:
        _snapshots.append(people.Snapshot())
        return _snapshots[0].cast()
    return _snapshots[0].restore() if _snapshots[0].fits() else people.build_cast()


@pytest.fixture
def sign_in(cast: Any) -> Callable[[str], Client]:
    """`sign_in("boss")` → a client of their own."""

    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(cast[who])
        return client

    return sign_in
