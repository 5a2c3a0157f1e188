"""`python -m bench.fanout`: how much the outbox adds to the bare calls.

A site of its own in a temporary folder tells a crowd of people ten things each by an SMS gateway; one
worker delivers them. Beside it the same number of bare HTTP posts to the same gateway as the floor.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.site import prepare

DELIVERIES = 10_000
EACH = 10  # per person: fewer than make a digest
BODY = json.dumps({"mobile": "13800138000", "content": "x" * 60, "token": "t"}).encode()


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    if options.gateway:
        gateway()
        return 0
    with tempfile.TemporaryDirectory(prefix="erp-bench-", ignore_cleanup_errors=True) as folder:
        prepare(Path(folder))
        with far_end() as port:
            report = measure(port, max(options.deliveries // EACH, 1))
    for name, value in report.items():
        say(f"{name:>12}  {value}")
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the report here")
    parser.add_argument("--deliveries", type=int, default=DELIVERIES, help="messages to deliver")
    parser.add_argument("--gateway", action="store_true", help="be the far end (started by the benchmark)")
    return parser


def measure(port: int, crowd: int) -> dict[str, Any]:
    """Milliseconds per delivery: bare posts, writing the rows, sending them."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    people, target = build(port, crowd)
    count = crowd * EACH
    queue = timed(lambda: tell(people, target)) / count
    send, floor = (total / count for total in race(port))
    return {
        "deliveries": count,
        "floor_ms": round(floor, 3),
        "queue_ms": round(queue, 3),
        "deliver_ms": round(send, 3),
        "ratio": round(send / floor, 2),
        **outcome(),
    }


def build(port: int, crowd: int) -> tuple[list[Any], Any]:
    """So many people with mobile numbers, a department they all see, and the channel."""
    from notifications.models import Channel
    from notifications.services import create_channel
    from orgchart.models import Department, Person, User

    department = Department.objects.create(name="机械部")
    names = [f"u{number}" for number in range(crowd)]
    users = User.objects.bulk_create(User(username=name, name=name) for name in names)
    people = Person.objects.bulk_create(
        Person(name=user.name, user=user, department=department, mobile=f"138{number:08}")
        for number, user in enumerate(users)
    )
    admin = User.objects.create(username="admin", role="admin")
    channel = Channel(kind="sms_http", name="gateway", rate=0, base_url=f"http://127.0.0.1:{port}")
    create_channel(channel, actor=admin, secrets={"token": "t"})
    return people, department


def tell(people: list[Any], target: Any) -> None:
    from notifications.services import tell as tell_all
    from notifications.states import Medium

    ids = {person.user_id for person in people}
    for number in range(EACH):
        words = {"department": target.name}
        tell_all("department_leader", target, ids, key=f"bench-{number}", params=words, media=[Medium.SMS])


def race(port: int) -> tuple[float, float]:
    """Milliseconds for all deliveries and for as many bare posts, in turns: what else the machine does
    weighs on both alike."""
    from notifications.services import deliver

    sent, send, floor = 1, 0.0, 0.0
    while sent:
        began = time.perf_counter()
        sent = deliver(seconds=0.3)
        send += (time.perf_counter() - began) * 1000
        floor += timed(partial(posts, port, sent))
    return send, floor


def outcome() -> dict[str, int]:
    from notifications.models import Dispatch

    sent = Dispatch.objects.filter(state="sent", attempts=1).count()
    return {"sent": sent, "other": Dispatch.objects.count() - sent}


def posts(port: int, count: int) -> None:
    for _ in range(count):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/", BODY, {"Content-Type": "application/json"})
        connection.getresponse().read()
        connection.close()


def timed(deed: Any) -> float:
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000


@contextmanager
def far_end() -> Iterator[int]:
    """The gateway in a process of its own; yields its port."""
    command = [sys.executable, "-m", "bench.fanout", "--gateway"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def gateway() -> None:
    class Taker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b'{"code":0}')

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    say(str(server.server_address[1]))
    server.serve_forever()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
