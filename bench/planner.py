"""`python -m bench.planner`: how fluid the planner of one contract scrolls in Chromium.

Starts a site of its own in a temporary folder, with a contract of so many tasks, and measures the time
between frames while the page scrolls; beside it the same scrolling of a bare list as the floor.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.request import urlopen

SIZES = (500, 2000)
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "bench-bench-2026"  # noqa: S105  of a site that lives for a minute
FLUID = 50  # milliseconds between two frames
#: Scrolls for `seconds`, `step` pixels a frame and back at the end, and gives the times between frames.
SCROLL = """([seconds, step, move]) => new Promise(done => {
  const run = move === "gantt"
    ? y => gantt.scrollTo(y / 4, y)
    : y => { document.scrollingElement.scrollTop = y; };
  const most = move === "gantt" ? gantt.getVisibleTaskCount() * 36 : document.scrollingElement.scrollHeight;
  const gaps = []; let last = performance.now(), begin = last, y = 0, way = 1;
  requestAnimationFrame(function tick(now) {
    gaps.push(now - last); last = now;
    y += way * step; if (y > most || y < 0) way = -way;
    run(y);
    if (now - begin < seconds * 1000) requestAnimationFrame(tick); else done(gaps.slice(1));
  });
})"""
FLOOR = "<!doctype html><title>floor</title>" + "".join(f"<p>{n}</p>" for n in range(2000))


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    if not Path(CHROMIUM).exists():
        say(f"{CHROMIUM} is missing: make services installs it")
        return 1
    with tempfile.TemporaryDirectory(prefix="erp-bench-", ignore_cleanup_errors=True) as folder:
        contracts = {size: prepare(Path(folder), size, n) for n, size in enumerate(options.tasks)}
        with site(Path(folder)) as address:
            results = run(address, contracts, options.seconds)
    if options.json:
        Path(options.json).write_text(json.dumps({"measures": results}, indent=1) + "\n")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.planner", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the report here")
    parser.add_argument("--tasks", type=int, nargs="+", default=SIZES, help="tasks of the contract")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each page scrolls")
    return parser


def manage(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "manage.py", *args],
        env=environment(folder),
        check=True,
        capture_output=True,
        text=True,
    )


def environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return kept | {"DATA_DIR": str(folder), "DEBUG": "1"}


def prepare(folder: Path, size: int, nth: int) -> int:
    """A contract of `size` tasks; returns its id."""
    if not nth:
        manage(folder, "migrate", "-v0")
    manage(
        folder, "load_volume", "--contracts", "1", "--tasks-per-contract", str(size), "--seed", str(nth + 3)
    )
    code = (
        "from orgchart.models import User; from contracts.models import Contract;"
        "u, _ = User.objects.get_or_create(username='bench.boss', role='boss');"
        f"u.set_password('{PASSWORD}'); u.save();"
        "print(Contract.objects.latest('pk').pk)"
    )
    return int(manage(folder, "shell", "-v0", "-c", code).stdout.split()[-1])


@contextmanager
def site(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment(folder), stdout=quiet, stderr=quiet)  # noqa: S603
    try:
        for _ in range(300):
            try:
                urlopen(f"{address}/healthz", timeout=2)  # noqa: S310  loopback
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def run(address: str, contracts: dict[int, int], seconds: float) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    results = []
    say(f"{'':24} {'frames':>7} {'median ms':>10} {'p95 ms':>8} {'≤ 50 ms':>8} {'× floor':>8}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 900})
        page.set_content(FLOOR)
        floor = measured("floor: a bare list", page.evaluate(SCROLL, [seconds, 24, "page"]))
        results.append(told(floor, floor))
        sign_in(page)
        for size, pk in contracts.items():
            page.goto(f"/contracts/{pk}/gantt/")
            page.wait_for_selector(".gantt_row")
            gaps = page.evaluate(SCROLL, [seconds, 24, "gantt"])
            results.append(told(measured(f"planner, {size} tasks", gaps), floor))
        browser.close()
    return results


def sign_in(page: Any) -> None:
    page.goto("/login/")
    page.fill("input[name=username]", "bench.boss")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)


def measured(name: str, gaps: list[float]) -> dict[str, Any]:
    return {
        "name": name,
        "frames": len(gaps),
        "median": round(median(gaps), 1),
        "p95": round(quantiles(gaps, n=20)[-1], 1),
        "fluid": round(sum(gap <= FLUID for gap in gaps) / len(gaps), 3),
    }


def told(found: dict[str, Any], floor: dict[str, Any]) -> dict[str, Any]:
    found["ratio"] = round(found["p95"] / floor["p95"], 2)
    say(
        f"{found['name']:24} {found['frames']:7} {found['median']:10.1f} {found['p95']:8.1f}"
        f" {found['fluid']:8.1%} {found['ratio']:8.2f}"
    )
    return found


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
