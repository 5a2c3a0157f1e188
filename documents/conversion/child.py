"""One task on one file in a program of its own (`inside/child.py`): a bomb ends that, never the worker."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from documents.conversion import reasons
from documents.conversion.errors import Broken, Refused
from documents.conversion.processes import stop
from documents.conversion.sandbox import INSIDE, Limits, isolation, put_in, start, take_out, workplace

log = logging.getLogger(__name__)
LIMITS = Limits(wall=60, cpu=60)
ANSWER = 64 * 1024


def run(
    task: str, source: Path, target: Path | None = None, limits: Limits | None = None, **arguments: Any
) -> dict[str, Any]:
    """The answer of `task` about the file `source`. What it writes, if anything, is moved to `target`.

    Raises Refused (the file is to blame) or Broken (killed at a limit, crashed)."""
    limits, level = limits or LIMITS, isolation()
    with workplace() as work:
        put_in(source, work, "in")
        names = {"source": level.inside(work, "job", "in")}
        if target:
            names["target"] = level.inside(work, "job", "out")
        program = [sys.executable, "-I", str(INSIDE / "child.py"), task, json.dumps(names | arguments)]
        answer = _answer(program, work, limits)
        if "error" in answer:
            raise Refused(getattr(reasons, answer["error"]), answer.get("text", ""))
        if target:
            take_out(work, "out", target)
        return answer


def _answer(program: list[str], work: Path, limits: Limits) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out:
        process = start(program, work, limits=limits, stdout=out, stderr=out)
        try:
            code = process.wait(limits.wall)
        except subprocess.TimeoutExpired:
            raise Broken(reasons.TOO_LONG) from None
        finally:
            stop(process)
        out.seek(max(0, out.seek(0, 2) - ANSWER))
        said = out.read().decode("utf-8", "replace")
    try:
        found: dict[str, Any] = json.loads(said.rpartition("\n")[2])
    except ValueError:
        log.warning("preview: %s ended with %s: %s", program[3], code, said[-500:])
        raise Broken(reasons.TOO_LONG if code in _OUT_OF_TIME else reasons.CRASHED, said[-500:]) from None
    return found


#: SIGXCPU and SIGKILL by the processor limit, as the wrappers report them.
_OUT_OF_TIME = (-24, 128 + 24, -9, 128 + 9)
