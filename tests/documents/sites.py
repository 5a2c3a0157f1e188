"""Real servers of a site of their own, on loopback, and somebody who uploads to them."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.erp.operator import command, environment

HERE = Path(__file__).parent
SECRET = "c" * 32  # of the CSRF cookie
EDGE = "----edge"


def prepare(folder: Path) -> dict[str, Any]:
    """Build a site in `folder`; returns how to reach it."""
    made = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "prepare_site.py")],
        cwd=settings.BASE_DIR, env=environment(folder, DEBUG="1"),
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-2000:]
    facts: dict[str, Any] = json.loads(made.stdout)
    return facts


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Site:
    """A site in a folder; `facts` of `prepare`."""

    folder: Path
    facts: dict[str, Any]
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def copy(cls, of: Site, folder: Path, **env: str) -> Site:
        shutil.copytree(of.folder, folder)
        return cls(folder, of.facts, env)

    def environment(self) -> dict[str, str]:
        found: dict[str, str] = environment(self.folder, **{"DEBUG": "1", **self.env})
        return found

    @contextmanager
    def serving(
        self, *around: str, fault: str = "", gunicorn: bool = False, **popen: Any
    ) -> Iterator[Server]:
        """A server process: `manage.py serve`, or gunicorn. `around` is put before its command, `fault` is
        a place of faulty_serve."""
        port = free_port()
        words = command("serve", "--port", str(port))
        if gunicorn:
            words = [sys.executable, "-W", "ignore", "-m", "gunicorn", "erp.wsgi", "--threads", "4"]
            words += ["--bind", f"127.0.0.1:{port}", "--timeout", "600"]
        if fault:
            words = [sys.executable, "-W", "ignore", str(HERE / "faulty_serve.py"), fault, str(port)]
        with (self.folder / "serve.log").open("a") as log:
            process = subprocess.Popen(
                [*around, *words], cwd=settings.BASE_DIR, env=self.environment(), stdout=log, stderr=log,
                start_new_session=True, **popen,
            )  # fmt: skip
            try:
                server = Server(self, process, port)
                server.wait()
                yield server
            finally:
                if process.poll() is None:
                    process.terminate()
                    try:
                        process.wait(20)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait(10)

    def python(self, program: str) -> str:
        """What `program` prints in a process with this site's settings."""
        setup = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'erp.settings'; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", setup + program], cwd=settings.BASE_DIR,
            env=self.environment(), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words),
            cwd=settings.BASE_DIR,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "erp.sqlite3", timeout=20)) as database:
            return database.execute(sql, values).fetchall()

    def versions(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT id, number, key, size FROM documents_documentversion ORDER BY id")

    def spooled(self) -> list[Path]:
        return sorted((self.folder / "media" / "tmp").glob("*"))

    def blobs(self) -> list[str]:
        """The keys of contents, without those of previews."""
        root = self.folder / "media"
        files = (p for p in (root / "contracts").rglob("*") if p.is_file() and p.parent.name != "previews")
        return sorted(str(p.relative_to(root)) for p in files)


class Server:
    def __init__(self, site: Site, process: subprocess.Popen[bytes], port: int) -> None:
        self.site, self.process, self.port = site, process, port

    def wait(self) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError((self.site.folder / "serve.log").read_text()[-3000:])

    def kill(self) -> None:
        """As the power failing: SIGKILL to all its processes at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def headers(self, who: str) -> dict[str, str]:
        session = self.site.facts["sessions"][who]
        return {"Cookie": f"sessionid={session}; csrftoken={SECRET}", "X-CSRFToken": SECRET}

    def get(self, path: str, who: str = "pm") -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as line:
            line.request("GET", path, headers=self.headers(who))
            answer = line.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")

    def begin(self, size: int, *, token: str = "", name: str = "a.txt", who: str = "pm") -> Sending:
        """An upload of `size` bytes of text whose bytes are sent by whoever called."""
        fields = {"type": self.site.facts["type"], "token": token, "csrfmiddlewaretoken": SECRET}
        head = "".join(
            f'--{EDGE}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        head += (
            f'--{EDGE}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        )
        tail = f"\r\n--{EDGE}--\r\n".encode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        line.putrequest("POST", f"/contracts/{self.site.facts['contract']}/documents/upload/")
        headers = {
            **self.headers(who),
            "Content-Type": f"multipart/form-data; boundary={EDGE}",
            "Content-Length": str(len(head.encode()) + size + len(tail)),
            "Accept": "application/json",
        }
        for key, value in headers.items():
            line.putheader(key, value)
        line.endheaders()
        line.send(head.encode())
        return Sending(line, size, tail)

    def upload(self, size: int, **about: Any) -> tuple[int, dict[str, Any]]:
        sending = self.begin(size, **about)
        sending.send(size)
        return sending.finish()


class Sending:
    """One upload on its way. The content is a line of text, again and again."""

    LINE = b"0123456789abcdef0123456789abcde\n" * 2048

    def __init__(self, line: http.client.HTTPConnection, size: int, tail: bytes) -> None:
        self.line, self.size, self.tail, self.sent = line, size, tail, 0

    def send(self, amount: int) -> None:
        while amount > 0:
            piece = self.LINE[: min(amount, len(self.LINE))]
            self.line.send(piece)
            amount -= len(piece)
            self.sent += len(piece)

    def finish(self) -> tuple[int, dict[str, Any]]:
        """(status, what the server said)"""
        with closing(self.line):
            self.line.send(self.tail)
            answer = self.line.getresponse()
            return answer.status, json.loads(answer.read())


def own_namespace() -> bool:
    """Whether a process may mount for itself here."""
    tool = shutil.which("unshare")
    trial = [tool or "", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return tool is not None and subprocess.run(trial, capture_output=True, timeout=20).returncode == 0


def around(script: str, *arguments: str) -> list[str]:
    """A command prefix: `script` mounts in a namespace of its own, then becomes the command."""
    return [
        "unshare",
        "-rm",
        "sh",
        "-c",
        f'{script} && shift {len(arguments)} && exec "$@"',
        "sh",
        *arguments,
    ]


def inside(process: subprocess.Popen[bytes], path: Path) -> Path:
    """A path as `process` sees it, mounts of its own included."""
    return Path(f"/proc/{process.pid}/root{path}")


PROVE = os.environ.get("PROVE") == "1"
