"""Many people at one thing at the same instant: scenes that are acted in a process and on a database of
their own, with the settings of a real installation."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
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


def at_once(*deeds: Callable[[], Any], refusals: tuple[type[Exception], ...] = ()) -> list[Any]:
    """Run the deeds side by side, in a thread each; what each returned, or the one of `refusals` it ended
    in. Raises AssertionError where one is stuck or ends in anything else."""
    from django.db import connection

    start, ends = threading.Barrier(len(deeds)), [None] * len(deeds)
    failed: list[str] = []

    def run(place: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait(60)
            ends[place] = deed()
        except refusals as why:
            ends[place] = why  # type: ignore[call-overload]  # a list of anything
        except Exception as error:
            failed.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    assert not any(thread.is_alive() for thread in threads), "stuck"
    assert not failed, failed
    return ends


def refused(*deeds: Callable[[], Any]) -> list[str]:
    """What deeds that were begun at once came to: "", or the name of the refusal."""
    from erp.workflow import Blocked, Stale

    ends = at_once(*deeds, refusals=(Blocked, Stale))
    return [type(end).__name__ if isinstance(end, Exception) else "" for end in ends]
