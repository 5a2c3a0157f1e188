"""`python -m bench.scheduling`: dates of plans of several sizes, against walking their links once."""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from erp.workdays import Slots, WorkCalendar, slot_of
from production.schedule.engine import schedule
from production.schedule.network import Network
from production.schedule.plan import Job, Kind, Link, Plan

SIZES = (100, 1_000, 10_000, 40_000)
FIRST, LAST, START = date(2025, 1, 1), date(2029, 12, 31), date(2026, 1, 5)


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    say(f"{'jobs':>7} {'links':>7} {'calendars':>9} {'ms':>9} {'µs each':>8} {'floor ms':>9} {'× floor':>8}")
    results = []
    for size in options.jobs:
        for calendars in (1, 5):
            results.append(found := measure(make_plan(size, calendars), options.repeat))
            say(line(found))
    report = {
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "measures": results,
    }
    if options.json:
        Path(options.json).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.scheduling", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the report here")
    parser.add_argument("--jobs", type=int, nargs="+", default=SIZES, help="sizes of the plans")
    parser.add_argument("--repeat", type=int, default=7, help="runs per plan; the median counts")
    return parser


def make_plan(size: int, calendars: int) -> Plan:
    """Two links per job, to jobs a little before it: of each kind, with lags. The same at each run."""
    dice = random.Random(size)  # noqa: S311  # no secret
    laid = {number: Slots(calendar(number), FIRST, LAST) for number in range(calendars)}
    jobs = [
        Job(
            key,
            dice.choice((0, 1, 2, 4, 6, 10)),
            dice.randrange(calendars),
            dice.choice((None, slot_of(START))),
        )
        for key in range(size)
    ]
    kinds = (Kind.FS, Kind.FS, Kind.FS, Kind.SS, Kind.FF, Kind.SF)
    links = [
        Link(dice.randrange(max(0, after - 60), after), after, dice.choice(kinds), dice.choice((-2, 0, 0, 3)))
        for after in range(1, size)
        for _ in range(2)
    ]
    return Plan(jobs, links, laid, slot_of(START))


def calendar(number: int) -> WorkCalendar:
    """Each with another fortnight of leave."""
    leave = slot_of(date(2026, 2 + number, 1))
    return WorkCalendar(away=frozenset(range(leave, leave + 28)))


def measure(plan: Plan, repeat: int) -> dict[str, Any]:
    """The target lies behind the end, so that both backward passes run."""
    net = Network.of(plan)
    target = schedule(plan).end + 10
    floor = timed(lambda: walk(net), repeat)
    spent = timed(lambda: schedule(plan, target), repeat)
    size, links = len(plan.jobs), len(plan.links)
    return {
        "jobs": size, "links": links, "calendars": len(plan.calendars),
        "ms": round(spent * 1e3, 2), "us_each": round(spent * 1e6 / (size + links), 2),
        "floor_ms": round(floor * 1e3, 3), "ratio": round(spent / floor, 1),
    }  # fmt: skip


def walk(net: Network) -> int:
    """The floor: look at every job and every link once."""
    total = 0
    for place in net.order:
        total += net.jobs[place].duration
        for other, _from_start, _to_end, lag, _link in net.waits[place]:
            total += other + lag
    return total


def timed(work: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times)


def line(found: dict[str, Any]) -> str:
    return (
        f"{found['jobs']:7} {found['links']:7} {found['calendars']:9} {found['ms']:9.2f}"
        f" {found['us_each']:8.2f} {found['floor_ms']:9.3f} {found['ratio']:8.1f}"
    )


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
