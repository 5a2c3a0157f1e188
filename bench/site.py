"""A site of its own to measure: temporary DATA_DIR, migrated, filled, and a browser-like caller."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

SECRET = "b" * 32  # of the CSRF cookie


def prepare(folder: Path) -> None:
    """Point Django at `folder` and set it up. Must run before anything imports the settings."""
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    os.environ.update(DATA_DIR=str(folder), DEBUG="0", LOG_LEVEL="ERROR", ALLOWED_HOSTS="localhost")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    import django

    django.setup()
    logging.disable(logging.ERROR)
    warnings.filterwarnings("ignore", message="No directory at")  # nothing is collected here


def fill(contracts: int, tasks: int, audit_rows: int, gantt_tasks: int) -> dict[str, Any]:
    """Migrate, load the volume and one contract with `gantt_tasks` tasks; returns rows and seconds."""
    from django.core.management import call_command

    from erp.volume import Plan, load

    call_command("migrate", verbosity=0)
    report = load(Plan(contracts, tasks, audit_rows))
    load(Plan(1, gantt_tasks, 0, seed=2))
    analyse()
    return {"rows": sum(d.rows for d in report), "seconds": round(sum(d.seconds for d in report), 2)}


def analyse() -> None:
    """Statistics for the planner, as a database that has run for a while has them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@dataclass
class Visitor:
    """Calls the WSGI application as one signed-in person, as a browser would."""

    app: Callable[..., Any]
    cookies: str

    def ask(self, method: str, url: str, data: dict[str, Any] | None = None) -> tuple[int, float, int]:
        """(status, CPU milliseconds, bytes)."""
        path, _, query = url.partition("?")
        body = urlencode(data or {}).encode()
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
            "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": self.cookies,
            "HTTP_ACCEPT_ENCODING": "gzip", "HTTP_X_CSRFTOKEN": SECRET,
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(), "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }  # fmt: skip
        status: list[str] = []
        before = time.process_time()
        answer = self.app(environ, lambda line, headers, exc=None: status.append(line))
        size = sum(len(part) for part in answer)
        if hasattr(answer, "close"):
            answer.close()
        return int(status[0][:3]), (time.process_time() - before) * 1000, size


def sign_in(app: Callable[..., Any], user: Any) -> Visitor:
    """A visitor with a session of `user`, made as signing in makes it."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    cookies: SimpleCookie = client.cookies
    session = cookies[settings.SESSION_COOKIE_NAME].value
    return Visitor(app, f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={SECRET}")
