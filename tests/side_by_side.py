"""Many people at one thing at the same instant: scenes that are acted in a process and on a database of
their own, with the settings of a real installation."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]


def act(module: str, folder: Path, url: str = "") -> str:
    """What the scenes of `module` came to, "sqlite ok" at best: on a new database in `folder`, or on the
    empty one at `url`."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "erp.settings"}
    env |= {"DATABASE_URL": url} if url else {}
    command = [sys.executable, "-m", module]
    done = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout.strip()


@contextmanager
def postgres_database(server: str = "") -> Iterator[str]:
    """The address of a new PostgreSQL database on `server` (that of the tests). Dropped plainly: with FORCE
    the server refuses while its own vacuum looks at it, without it that one is sent away."""
    import psycopg

    server, name = server or os.environ["TEST_POSTGRES_URL"], f"erp_{uuid4().hex[:12]}"
    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f"DROP DATABASE {name}")


def play(*scenes: Callable[..., None], given: Callable[[Any, str], tuple[Any, ...]] | None = None) -> int:
    """In the process of its own: act each scene with the cast and what is `given` for its name, and print
    which ones went wrong. Returns the exit code."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.cast import build_cast

    call_command("migrate", verbosity=0)
    cast, wrong = build_cast(), []
    for scene in scenes:
        try:
            scene(cast, *(given(cast, scene.__name__) if given else ()))
        except AssertionError as why:
            wrong.append(f"{scene.__name__}: {why}")
    print(connection.vendor, wrong or "ok")
    connection.close()
    return 1 if wrong else 0
