"""Loaded before Django's settings: every test process has a DATA_DIR of its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

DATA_DIR = Path(tempfile.mkdtemp(prefix="erp-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
(DATA_DIR / "static").mkdir()
for name in [n for n in os.environ if n in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DEBUG")]:
    del os.environ[name]
os.environ["DATA_DIR"] = str(DATA_DIR)
os.environ["SECRET_KEY"] = "tests-" * 10
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
