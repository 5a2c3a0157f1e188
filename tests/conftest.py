"""Shared fixtures: the database, the cast, real servers where they are installed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["DATA_DIR"] = os.environ.get("TEST_DATA_DIR") or tempfile.mkdtemp(prefix="erp-test-")
os.environ.setdefault("SECRET_KEY", "tests-" * 10)
os.environ.setdefault("DATABASE_URL", os.environ.get("TEST_DATABASE_URL", ""))
if not os.environ["DATABASE_URL"]:
    del os.environ["DATABASE_URL"]

NO_SKIP = os.environ.get("NO_SKIP") == "1"


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def pytest_unconfigure(config: pytest.Config) -> None:
    if not os.environ.get("TEST_DATA_DIR"):
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """With NO_SKIP=1 a skipped test is a failed test."""
    outcome: Any = yield
    report = outcome.get_result()
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although NO_SKIP=1: {report.longrepr}"


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> None:
    """Every test may use the database."""
    if "transactional_db" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def cast(_database: None) -> Any:
    from tests.cast import build_cast

    return build_cast()
