"""The same product on PostgreSQL, and with real Celery workers behind Redis."""

import os
import signal
import subprocess
import time

import pytest
from django.conf import settings

from tests.erp.operator import command, environment, manage
from tests.side_by_side import postgres_database


@pytest.fixture
def postgres():
    """The address of an empty database of this test's own."""
    with postgres_database() as url:
        yield url


@pytest.mark.postgres
def test_postgres_migrates_loads_seals_and_verifies(postgres, tmp_path):
    def run(*args, **more):
        done = manage(*args, data_dir=tmp_path, DATABASE_URL=postgres, DEBUG="1", timeout=240, **more)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run("migrate", "-v0")
    run("demo")
    run("load_volume", "--contracts", "20", "--audit-rows", "200")
    run("shell", "-c", "from erp.audit.services import seal\nwhile seal(): pass")
    assert " 0 problems" in run("audit_verify")
    assert run("shell", "-v0", "-c", PAGES).strip().splitlines()[-1] == "200 200 200 200 200"


PAGES = """
from django.test import Client
from orgchart.models import User
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(username="boss"))
urls = ("/", "/contracts/", "/audit/?q=HT&person=王", "/search/?q=HT-2026", "/tiles/activity/")
print(*[client.get(url).status_code for url in urls])
"""


@pytest.fixture
def broker():
    """A Redis database that nobody else uses."""
    return os.environ["TEST_REDIS_URL"].rsplit("/", 1)[0] + "/13"


def start(*args, **env):
    return subprocess.Popen(
        ["celery", "-A", "erp", *args],  # noqa: S603, S607
        cwd=settings.BASE_DIR, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.redis
def test_redis_wakes_a_real_worker_that_seals(broker, tmp_path):
    env = environment(tmp_path, CELERY_BROKER_URL=broker, DEBUG="1")
    python = command()[0]
    env["PATH"] = f"{os.path.dirname(python)}{os.pathsep}{env['PATH']}"
    assert manage("migrate", "-v0", data_dir=tmp_path).returncode == 0
    made = "from orgchart.models import User; User.objects.create_user('someone')"
    assert manage("shell", "-c", made, data_dir=tmp_path).returncode == 0
    worker = start("worker", "--concurrency", "1", "--loglevel", "ERROR", **env)
    try:
        send = "from erp.tasks import seal_audit; seal_audit.delay()"
        done = manage("shell", "-c", send, data_dir=tmp_path, CELERY_BROKER_URL=broker)
        assert done.returncode == 0, done.stderr[-2000:]
        asked = "from erp.models import LogEntry; print(LogEntry.objects.filter(sequence=None).count())"
        for _ in range(20):
            left = manage("shell", "-v0", "-c", asked, data_dir=tmp_path).stdout.strip()
            if left == "0":
                break
            time.sleep(0.5)
        assert left == "0"
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


@pytest.mark.redis
def test_a_broker_turns_the_embedded_worker_off(broker, tmp_path):
    asked = "from django.conf import settings; print(settings.EMBEDDED_WORKER)"
    for more, embedded in (({}, "True"), ({"REDIS_URL": broker}, "False")):
        done = manage("shell", "-v0", "-c", asked, data_dir=tmp_path, **more)
        assert done.stdout.strip() == embedded, done.stderr
