"""Receipts and change orders at the same instant: each is booked, answered and applied once."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

SCRIPT = Path(__file__).with_name("money_at_once.py")


def run(folder, url=""):
    """On a fresh database, with the settings of a real installation."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {"DATA_DIR": str(folder)} | ({"DATABASE_URL": url} if url else {})
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], env=env, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout.strip()


def test_money_at_once_on_sqlite(tmp_path):
    assert run(tmp_path) == "sqlite ok"


@pytest.mark.postgres
def test_money_at_once_on_postgres(tmp_path):
    import psycopg

    server, name = os.environ["TEST_POSTGRES_URL"], f"money_{uuid4().hex[:12]}"
    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            assert run(tmp_path, url) == "postgresql ok"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
