"""`python -m bench`: measure, print a table, write JSON."""

from __future__ import annotations

import argparse
import cProfile
import json
import platform
import pstats
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.measures import Measure, measures, people
from bench.site import Visitor, fill, prepare, sign_in

CONTRACTS, TASKS, AUDIT_ROWS, GANTT_TASKS = 10_000, 10, 100_000, 200


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="erp-bench-", ignore_cleanup_errors=True) as folder:
        prepare(Path(folder))
        scale = options.scale
        loaded = fill(max(60, int(CONTRACTS * scale)), TASKS, int(AUDIT_ROWS * scale), GANTT_TASKS)
        say(f"{loaded['rows']} rows loaded in {loaded['seconds']} s")
        with profile(options.profile):
            results = run(options.repeat, options.only)
    report = {
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "scale": scale,
        "loaded": loaded,
        "measures": results,
    }
    if options.json:
        Path(options.json).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    missed = [r for r in results if r["ok"] is False]
    say(f"{len(missed)} of {sum(r['ok'] is not None for r in results)} goals missed")
    return 1 if options.check and missed else 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the report here")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size, such as 0.01")
    parser.add_argument("--repeat", type=int, default=15, help="requests per measure")
    parser.add_argument("--only", default="", help="measures whose name has this word")
    parser.add_argument("--profile", action="store_true", help="say where the time goes (with --only)")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    return parser


@contextmanager
def profile(wanted: bool) -> Iterator[None]:
    """Print the most expensive functions of what runs inside."""
    watch = cProfile.Profile()
    if wanted:
        watch.enable()
    yield
    if wanted:
        watch.disable()
        pstats.Stats(watch).sort_stats("cumulative").print_stats(70)


def run(repeat: int, only: str = "") -> list[dict[str, Any]]:
    """Measure everything; the first line is the floor that the others are compared with."""
    from django.core.wsgi import get_wsgi_application

    app, who = get_wsgi_application(), people()
    visitors = {name: sign_in(app, user) for name, user in who.items()}
    results: list[dict[str, Any]] = []
    say(f"{'':44} {'who':6} {'ms':>7} {'p90':>7} {'× floor':>8}  goal")
    for measure in measures(who):
        if results and only not in measure.name:
            continue
        found = one(measure, visitors[measure.who], repeat)
        floor = results[0]["ms"] if results else found["ms"]
        found["ratio"] = round(found["ms"] / floor, 2)
        found["ok"] = verdict(measure, found)
        results.append(found)
        say(line(measure, found))
    return results


def one(measure: Measure, visitor: Visitor, repeat: int) -> dict[str, Any]:
    times, status, size = [], 0, 0
    for number in range(repeat + 3):
        data = measure.data() if measure.data else None
        status, spent, size = visitor.ask(measure.method, measure.url, data)
        if number >= 3:  # the first ones compile templates and fill caches
            times.append(spent)
    return {
        "name": measure.name, "who": measure.who, "url": measure.url, "status": status, "bytes": size,
        "ms": round(median(times), 2), "p90": round(quantiles(times, n=10)[-1], 2) if repeat > 1 else None,
    }  # fmt: skip


def verdict(measure: Measure, found: dict[str, Any]) -> bool | None:
    """Whether the goals hold; None without a goal."""
    if not (measure.goal or measure.times):
        return None
    fits = not measure.goal or found["ms"] <= measure.goal
    return (
        found["status"] in (200, 204, 302) and fits and (not measure.times or found["ratio"] <= measure.times)
    )


def line(measure: Measure, found: dict[str, Any]) -> str:
    goal = f"≤ {measure.goal:g} ms" if measure.goal else ""
    goal += f", ≤ {measure.times:g} ×" if measure.times else ""
    mark = {None: "", True: "✓", False: "✗"}[found["ok"]]
    odd = "" if found["status"] in (200, 204, 302) else f" status {found['status']}"
    return (
        f"{measure.name:44} {measure.who:6} {found['ms']:7.2f} {found['p90'] or 0:7.2f} {found['ratio']:8.2f}"
        f"  {goal} {mark}{odd}"
    )


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
