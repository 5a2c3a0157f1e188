"""A real site — `manage.py serve --demo` in a process of its own — and a real Chromium."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings

#: Playwright's synchronous API keeps an event loop in this thread; Django asks to be told.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PASSWORD = "flow-demo-2026"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": flags}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a freshly started site with the demo company."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = tmp_path_factory.mktemp("site")
    address = f"http://127.0.0.1:{port}"
    env = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    env |= {"DATA_DIR": str(data), "DEBUG": "1", "APP_BASE_URL": address}
    log = (data / "serve.log").open("w")
    command = [sys.executable, "manage.py", "serve", "--demo", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=env, stdout=log, stderr=log, start_new_session=True
    )
    try:
        _wait(address, process, data / "serve.log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        log.close()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(3600):
        if process.poll() is not None:
            pytest.fail(f"serve ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"serve did not answer:\n{log.read_text()}")


@pytest.fixture
def sign_in(site: str, browser: Any) -> Iterator[Any]:
    """`sign_in("boss")` → a page of a browser of their own, Chinese unless told otherwise."""
    contexts = []

    def sign_in(username: str, *, language: str = "", **options: Any) -> Any:
        context = browser.new_context(base_url=site, locale="zh-CN", **options)
        contexts.append(context)
        if language:
            context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()
