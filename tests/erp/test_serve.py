"""`manage.py serve`: one process that serves, seals, and leaves when told."""

import re
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from http.cookiejar import CookieJar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from django.conf import settings

from tests.erp.operator import command, environment

START = 300


def free_port():
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def site(tmp_path):
    """(base address, DATA_DIR, process) of a running demo."""
    port = free_port()
    with (tmp_path / "out.log").open("w") as out:
        process = subprocess.Popen(  # noqa: S603
            command("serve", "--demo", "--port", str(port)),
            cwd=settings.BASE_DIR, env=environment(tmp_path, DEBUG="1"), stdout=out, stderr=out,
        )  # fmt: skip
        yield f"http://127.0.0.1:{port}", tmp_path, process
        if process.poll() is None:
            process.kill()
            process.wait(10)


def wait_for(check, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.2)
    return None


def answers(url):
    try:
        with build_opener().open(url, timeout=5) as response:
            return response.status == 200
    except (URLError, OSError):
        return False


def unsealed(data_dir):
    with closing(sqlite3.connect(data_dir / "erp.sqlite3", timeout=20)) as database:
        return database.execute(
            "SELECT count(*), count(CASE WHEN sequence IS NULL THEN 1 END) FROM erp_logentry"
        ).fetchone()


def sign_in(base, username):
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{base}/login/", timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    names = {"username": username, "password": "flow-demo-2026", "csrfmiddlewaretoken": token}
    return browser, browser.open(f"{base}/login/", urlencode(names).encode(), timeout=20)


def calendar_address(browser, base):
    """The page with the address of the boss's calendar, newly made: addresses name the site."""
    form = browser.open(f"{base}/calendar/feed/", timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    names = urlencode({"csrfmiddlewaretoken": token}).encode()
    return browser.open(f"{base}/calendar/feed/renew/", names, timeout=20).read().decode()


def test_serve_demo_signs_in_seals_and_stops(site):
    base, data_dir, process = site
    assert wait_for(lambda: answers(f"{base}/readyz"), START), (data_dir / "out.log").read_text()[-2000:]
    browser, landed = sign_in(base, "boss")
    assert landed.url == f"{base}/"
    assert "data-tile" in landed.read().decode()
    assert f"{base}/calendar/feed/" in calendar_address(browser, base)
    with pytest.raises(HTTPError) as wrong:
        sign_in(base, "boss")[0].open(f"{base}/contracts/999999999/", timeout=20)
    wrong.value.close()
    assert wrong.value.code == 404

    def sealed():
        rows, open_rows = unsealed(data_dir)
        return rows and not open_rows

    assert wait_for(sealed, 20), unsealed(data_dir)
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert "Traceback" not in (data_dir / "out.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "settings_", "word"),
    [
        (["--host", "192.0.2.1", "--demo"], {"DEBUG": "1"}, "DEBUG"),
        ([], {"DEBUG": "0"}, "migrate"),
    ],
    ids=["debug off loopback", "empty database"],
)
def test_serve_refuses_with_one_line(tmp_path, arguments, settings_, word):
    done = subprocess.run(
        command("serve", "--port", str(free_port()), *arguments),
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, **settings_),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
