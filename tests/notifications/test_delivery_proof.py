"""The outbox proven: real workers killed at random instants, far ends that fail three times in ten, and in
the end everything arrived, nothing twice without saying so, and no robot was called too often.

200 events with short seconds; 5,000 with PROVE=1 (`make prove`).
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings

from tests.erp.operator import environment
from tests.notifications.sinks import DingTalkRobot, Gateway, MailSink, Reply, WeComRobot
from tests.side_by_side import postgres_database

LONG = bool(os.environ.get("PROVE"))
EVENTS, EACH = (5000, 3) if LONG else (200, 1)  # events, and people told of each
KILLS = 60 if LONG else 6
SECOND = 0.1  # how long a second lasts in the workers
PATIENCE = 3600 if LONG else 400  # seconds for the rest after the last kill


class RoughGateway(Gateway):
    def _trouble(self):
        kinds = [
            Reply(503, b"busy"),
            Reply(502, b"<html>bad gateway</html>"),
            Reply(500, b"x" * 10_000_000),
            Reply(cut=True),
            Reply(hang=3.0, status=503),
        ]
        return self._dice.choice(kinds)


@contextmanager
def far_ends():
    """A sink of each kind, three in ten calls failing, and the channels that lead there."""
    minute = 60 * SECOND
    with ExitStack() as stack:
        mail, sms, wecom, dingtalk = (
            stack.enter_context(sink)
            for sink in (
                MailSink(fail=0.3),
                RoughGateway(fail=0.3),
                WeComRobot(fail=0.3, minute=minute),
                DingTalkRobot(fail=0.3, minute=minute),
            )
        )
        body = '{"mobile": "{mobile}", "content": "{title} {text}", "token": "{token}", "id": "{id}"}'
        server = {"host": "127.0.0.1", "port": str(mail.port), "security": "none", "sender": "erp@f.example"}
        channels = {
            "email": ("", server, {}, 0),
            "sms_http": (sms.url, {"body": body}, {"token": sms.token}, 0),
            "wecom_robot": (wecom.url, {}, {"key": wecom.key}, 18),
            "dingtalk_robot": (dingtalk.url, {}, {"token": dingtalk.token, "secret": dingtalk.secret}, 18),
        }
        yield mail, sms, wecom, dingtalk, channels


@contextmanager
def database():
    """Where the site's rows live: on PostgreSQL when this run is about it, else in its own file."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        yield {}
        return
    with postgres_database(url) as made:
        yield {"DATABASE_URL": made}


class Site:
    """The processes of one installation in a hurry."""

    def __init__(self, folder, **more):
        self.env = environment(folder, DEBUG="1", SECOND=str(SECOND), **more)
        self.log = folder / "processes.log"

    def start(self, *args):
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.notifications.hurried", *args],
                cwd=settings.BASE_DIR, env=self.env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def run(self, *args, timeout=600):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.notifications.hurried", *args],
            cwd=settings.BASE_DIR, env=self.env, capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def torment(site, workers, heard):
    """Tell everything while the workers are killed at random instants and started anew; then let the last
    ones finish in peace. `heard()` counts the calls that arrived: workers die while they work."""
    dice = random.Random(7)
    running = [site.start(*args) for args in workers]
    telling = site.start("proof", "tell", str(EVENTS), str(EACH))
    try:
        for _ in range(KILLS):
            enough, end = heard() + dice.randrange(3, EVENTS // 8), time.monotonic() + 30
            while heard() < enough and time.monotonic() < end:
                time.sleep(0.02)
            time.sleep(dice.uniform(0.0, 0.2))
            victim = dice.randrange(len(running))
            kill(running[victim])
            running[victim] = site.start(*workers[victim])
        assert telling.wait(1800) == 0
        end = time.monotonic() + PATIENCE
        while int(site.run("proof", "waiting")) and time.monotonic() < end:
            time.sleep(3)
        return json.loads(site.run("proof", "report"))
    finally:
        for process in (*running, telling):
            if process.poll() is None:
                kill(process)


def arrivals(mail, *others):
    return len(mail.mails) + sum(len(sink.calls) for sink in others)


def check(found, mail, sms, wecom, dingtalk):
    rows = {row["pk"]: row for row in found["rows"]}
    told = [row for row in rows.values() if row["event"] == "proof"]
    assert found["told"] == EVENTS * EACH
    assert len({row["key"] for row in told}) == EVENTS
    sent = {pk for pk, row in rows.items() if row["state"] == "sent"}
    lost = [row for row in told if row["pk"] not in sent and row["digest"] not in sent]
    assert lost == []

    arrived = {
        "email": [(one["Message-ID"], str(one["Subject"])) for _, one, _ in mail.mails],
        "sms_http": [(call.json()["id"], call.json()["content"]) for call in sms.taken],
    }
    for kind, letters in arrived.items():
        idents = [(int(re.search(r"dispatch-(\d+)", ident)[1]), text) for ident, text in letters]
        counts = Counter(pk for pk, _ in idents)
        assert set(counts) == {pk for pk in sent if rows[pk]["channel__kind"] == kind}
        twice = {pk for pk, number in counts.items() if number > 1}
        assert all(rows[pk]["possibly_repeated"] for pk in twice)
        for pk in twice:
            plain = [text for ident, text in idents if ident == pk and "可能重复" not in text]
            assert len(plain) <= 1, "a repeat that does not say so"
    for kind, sink in (("wecom_robot", wecom), ("dingtalk_robot", dingtalk)):
        mine = [pk for pk in sent if rows[pk]["channel__kind"] == kind]
        again = sum(rows[pk]["possibly_repeated"] for pk in mine)
        assert len(mine) <= len(sink.taken) <= len(mine) + again
        marked = sum("可能重复" in call.body.decode() for call in sink.taken)
        assert len(sink.taken) - marked <= len(mine)
        assert sink.bans == 0
        assert sink.most_in_a_minute() <= 18
    assert sum(row["event"] == "digest" for row in rows.values()) > 0


@pytest.mark.prove
@pytest.mark.redis
def test_nothing_is_lost_or_doubled_when_celery_workers_are_killed(tmp_path):
    broker = os.environ["TEST_REDIS_URL"].rsplit("/", 1)[0] + "/12"
    import redis

    redis.Redis.from_url(broker).flushdb()
    with database() as where, far_ends() as (*sinks, channels):
        site = Site(tmp_path, CELERY_BROKER_URL=broker, **where)
        site.run("migrate", "-v0")
        site.run("proof", "build", json.dumps(channels))
        schedule = str(tmp_path / "beat")
        usual = ("worker", "--concurrency", "2", "--loglevel", "ERROR")
        pair = [(*usual, "-n", "a@%h", "-B", "-s", schedule), (*usual, "-n", "b@%h")]
        found = torment(site, pair, lambda: arrivals(*sinks))
        check(found, *sinks)


@pytest.mark.prove
def test_nothing_is_lost_or_doubled_when_the_one_process_is_killed(tmp_path):
    """`manage.py serve` with its embedded worker and no Redis."""
    with database() as where, far_ends() as (*sinks, channels):
        site = Site(tmp_path, **where)
        site.run("migrate", "-v0")
        site.run("proof", "build", json.dumps(channels))
        found = torment(site, [("serve", "--port", "0")], lambda: arrivals(*sinks))
        check(found, *sinks)
