"""Processes below one of ours, as /proc shows them: counted, timed, and ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


def stop(process: subprocess.Popen[bytes], grace: float = 10) -> list[int]:
    """Kill a program with everything it started; returns the ids of what survived (none)."""
    family = tree(process.pid)
    if os.name != "posix":
        subprocess.run(  # noqa: S603
            ["taskkill", "/T", "/F", "/PID", str(process.pid)],  # noqa: S607
            capture_output=True,
            check=False,
        )
    else:
        _kill(os.killpg, process.pid)
    for pid in family:
        _kill(os.kill, pid)
    end = time.monotonic() + grace
    while time.monotonic() < end:
        if process.poll() is not None and not (left := [pid for pid in family if alive(pid, family[pid])]):
            return []
        time.sleep(0.01)
    return [process.pid] if process.poll() is None else left


def _kill(how: Any, pid: int) -> None:
    with suppress(OSError):
        how(pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)


def tree(pid: int) -> dict[int, int]:
    """This process and all below it, each with the tick it was born at; empty without /proc."""
    parents: dict[int, list[int]] = {}
    born: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        if fields := _stat(entry):
            child = int(entry.parent.name)
            parents.setdefault(int(fields[1]), []).append(child)
            born[child] = int(fields[19])
    found, front = {}, [pid]
    while front:
        one = front.pop()
        if one in born:
            found[one] = born[one]
            front += parents.get(one, [])
    return found


def processor_seconds(pid: int) -> float:
    """Processor time used so far by a process and all below it; 0 without /proc."""
    ticks = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    used = (_stat(Path(f"/proc/{one}/stat")) for one in tree(pid))
    return sum(int(fields[11]) + int(fields[12]) for fields in used if fields) / ticks


def _stat(entry: Path) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; none when the process is gone."""
    try:
        return entry.read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []


def alive(pid: int, born: int) -> bool:
    fields = _stat(Path(f"/proc/{pid}/stat"))
    return bool(fields) and int(fields[19]) == born and fields[0] not in "ZX"
