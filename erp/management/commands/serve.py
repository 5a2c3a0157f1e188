"""`manage.py serve`: web and background work in one foreground process."""

from __future__ import annotations

import signal
import threading
from typing import Any

from celery.beat import EmbeddedService, Scheduler
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.wsgi import get_wsgi_application
from django.utils.translation import gettext as _
from waitress.server import create_server

from erp.celery import app
from erp.views import is_migrated

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Serve the site with waitress, and do the background work. 启动网站与后台任务。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--threads", type=int, default=8)
        parser.add_argument("--demo", action="store_true", help="migrate, load the demo once")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEBUG and options["host"] not in LOOPBACK:
            raise CommandError(_("DEBUG is on: serve only on 127.0.0.1, or switch it off."))
        if settings.APP_BASE_URL == settings.LOCAL_ADDRESS:  # nobody said where the site is: it is here
            settings.APP_BASE_URL = f"http://127.0.0.1:{options['port']}"
        if options["demo"]:
            call_command("migrate", verbosity=0)
            call_command("demo", if_empty=True)
        elif not is_migrated():
            raise CommandError(_("The database does not fit the program: run “manage.py migrate” first."))
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        server = create_server(
            get_wsgi_application(),
            host=options["host"],
            port=options["port"],
            threads=options["threads"],
            ident=None,
            max_request_body_size=max(2**30, 2 * settings.MAX_UPLOAD_MB * 2**20),
            clear_untrusted_proxy_headers=False,  # erp.client judges them by TRUSTED_PROXIES
        )
        signal.signal(signal.SIGTERM, _stop)
        stop = start_background() if settings.EMBEDDED_WORKER else (lambda: None)
        self._greet(options)
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            server.close()
            stop()

    def _greet(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"http://{options['host']}:{options['port']}/")
        if options["demo"]:
            self.stdout.write(
                "admin boss sales leader.mech leader.elec leader.assembly buyer qc staff.mech\n"
                "staff.elec pm service outsider customer.a customer.b — flow-demo-2026"
            )
        self.stdout.flush()


def start_background() -> Any:
    """Run a Celery worker (threads) and beat inside this process; returns what stops them.

    The broker is memory only: every job is a database row first, so a lost doorbell costs one beat."""
    from celery.worker import WorkController

    worker = WorkController(
        app=app,
        hostname="embedded@localhost",
        pool_cls="threads",
        concurrency=4,  # previews take two at most
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
        loglevel="WARNING",
    )
    threading.Thread(target=worker.start, daemon=True, name="celery-worker").start()
    app.conf.beat_scheduler = Scheduler
    beat = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)
    beat.daemon = True
    beat.start()

    def stop() -> None:
        beat.stop()
        worker.stop()

    return stop


def _stop(*_: Any) -> None:
    raise SystemExit(0)
