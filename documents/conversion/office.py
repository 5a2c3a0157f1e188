"""Office files as PDF by LibreOffice: one warm program per process, one document at a time.

It starts with the first document, is replaced after `RECYCLE` documents and after every failure, and
dies with this process. Where the python that knows `uno` is missing (Windows), each document gets a
LibreOffice of its own instead.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from documents.conversion import reasons
from documents.conversion.errors import Broken, Missing, Refused
from documents.conversion.pdf import MOST_PAGES
from documents.conversion.processes import processor_seconds, stop
from documents.conversion.profile import write_profile
from documents.conversion.sandbox import (
    INSIDE,
    Limits,
    clear,
    isolation,
    own,
    put_in,
    start,
    take_out,
    workplace,
)

log = logging.getLogger(__name__)
LIMITS = Limits()
RECYCLE = 100
START = 40.0  # seconds LibreOffice may take to come up
_PYTHONS = ("/usr/bin/python3",)


def program() -> Path | None:
    """The soffice program of this server, None where there is none."""
    found = shutil.which(settings.SOFFICE)
    if found is None:
        return None
    real = Path(found).resolve()
    if os.name == "posix" and real.name.startswith("soffice") and (real.parent / "soffice.bin").exists():
        return real.parent / "soffice.bin"  # without the shell script in between
    return real


def version() -> str:
    """Version and build of LibreOffice as its own files say it, without starting it; "" where missing."""
    soffice = program()
    if soffice is None:
        return ""
    known: dict[str, str] = {}
    for name in ("bootstraprc", "versionrc", "bootstrap.ini", "version.ini"):
        with suppress(OSError):
            for line in (soffice.parent / name).read_text("utf-8", "replace").splitlines():
                key, _, value = line.partition("=")
                known.setdefault(key.strip(), value.strip())
    product = known.get("ProductKey", "").rpartition(" ")[2]
    return f"{product}-{known.get('buildid', '')[:12]}".strip("-") or "unknown"


def allowed() -> bool:
    """Whether Office files are opened here at all: behind walls, or because the operator says so."""
    return isolation().safe or bool(settings.PREVIEW_UNSAFE)


def present() -> Path:
    """LibreOffice's program. Raises Missing where it is not here, or may not be started."""
    soffice = program()
    if soffice is None:
        raise Missing(reasons.NO_OFFICE)
    if not allowed():
        raise Missing(reasons.NO_WALLS)
    return soffice


class _Running:
    """One LibreOffice with its folders, from its start to its end."""

    def __init__(self, python: str, soffice: Path, *, strict: bool) -> None:
        self.owner, self.done, self._level = os.getpid(), 0, isolation()
        self._place = workplace()
        self._work = self._place.__enter__()
        write_profile(self._work / "home" / "profile", strict=strict)
        own(self._work / "home")
        command = [python, "-I", str(INSIDE / "office.py"), str(soffice), self._inside("home", "profile")]
        life = replace(LIMITS, cpu=LIMITS.cpu * RECYCLE)
        self._process = start(command, self._work, limits=life, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answers: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_pump, args=(self._process, self._answers), daemon=True).start()

    @property
    def is_up(self) -> bool:
        """A fork has its parent's object, but must not talk to its parent's LibreOffice."""
        return self.owner == os.getpid() and self._process.poll() is None

    def end(self) -> list[int]:
        """Kill it; returns ids of processes that survived (none)."""
        left = stop(self._process) if self.owner == os.getpid() else []
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        self._place.__exit__(None, None, None)
        return left

    def convert(self, source: Path, extension: str, target: Path, deadline: float) -> None:
        name = f"in.{extension}"
        clear(self._work)
        put_in(source, self._work, name)
        order = {"source": self._inside("job", name), "target": self._inside("job", "out.pdf")}
        self._say(order | {"pages": MOST_PAGES})
        answer = self.answer(deadline)
        if answer.get("error") == "load":
            raise Refused(reasons.UNREADABLE, str(answer.get("text")))
        if "ok" not in answer or not take_out(self._work, "out.pdf", target):
            raise Broken(reasons.CRASHED, str(answer.get("text", "no output")))
        self.done += 1

    def answer(self, deadline: float) -> dict[str, Any]:
        """What the program says next. Raises Broken when it ends, or reaches a limit, without a word."""
        before: float | None = None  # asked for after the first second: most documents need less
        while True:
            try:
                line = self._answers.get(timeout=max(0.0, min(1.0, deadline - time.monotonic())))
            except queue.Empty:
                used = processor_seconds(self._process.pid)
                before = used if before is None else before
                if time.monotonic() >= deadline or used - before > LIMITS.cpu:
                    raise Broken(reasons.TOO_LONG) from None
                continue
            try:
                found = json.loads(line)
            except ValueError:
                raise Broken(reasons.CRASHED, "LibreOffice ended") from None
            return found if isinstance(found, dict) else {}

    def _say(self, order: dict[str, Any]) -> None:
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]
        except OSError as wrong:
            raise Broken(reasons.CRASHED, str(wrong)) from None

    def _inside(self, *names: str) -> str:
        return self._level.inside(self._work, *names)


class Office:
    """The LibreOffice of this process. Only whoever holds `lock` talks to it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._running: _Running | None = None

    def convert(self, source: Path, extension: str, target: Path) -> None:
        """Write `source` as PDF to `target`.

        Raises Refused, Broken (killed at a limit, crashed) or Missing (no LibreOffice, no walls)."""
        deadline = time.monotonic() + LIMITS.wall
        try:
            self._try(source, extension, target, deadline, strict=True)
        except Refused as refused:
            if refused.reason != reasons.UNREADABLE:
                raise
            try:  # perhaps only a chart that counts as active content
                self._try(source, extension, target, deadline, strict=False)
            finally:
                self.end()

    def warm(self) -> None:
        """Start LibreOffice, unless it runs. Raises Missing, Broken."""
        if self._running is None or not self._running.is_up:
            self._begin(strict=True)

    def end(self) -> list[int]:
        """Stop LibreOffice and forget its profile; returns ids of processes that survived (none)."""
        running, self._running = self._running, None
        left = running.end() if running else []
        if left:
            log.error("preview: processes survived: %s", left)
        return left

    def _try(self, source: Path, extension: str, target: Path, deadline: float, *, strict: bool) -> None:
        try:
            if strict:
                self.warm()
            else:
                self._begin(strict=False)
            assert self._running  # noqa: S101  just begun
            self._running.convert(source, extension, target, deadline)
        except BaseException:
            self.end()
            raise
        if self._running.done >= RECYCLE:
            self.end()

    def _begin(self, *, strict: bool) -> None:
        self.end()
        soffice, python = present(), uno_python()
        if python is None:
            raise Missing(reasons.NO_OFFICE)
        self._running = _Running(python, soffice, strict=strict)
        if "ready" not in self._running.answer(time.monotonic() + START):
            raise Broken(reasons.CRASHED, "LibreOffice does not start")


def _pump(process: subprocess.Popen[bytes], answers: queue.Queue[bytes]) -> None:
    """Lines of the program into the queue, an empty one at the end; no answer is longer than a page."""
    with suppress(OSError, ValueError), process.stdout as lines:  # type: ignore[union-attr]
        while line := lines.readline(4096):
            answers.put(line)
    answers.put(b"")


def uno_python() -> str | None:
    """A python that has LibreOffice's `uno` module: the system's, or the one LibreOffice brings."""
    soffice = program()
    if os.name != "posix" or soffice is None:
        return None
    brought = soffice.parent / "python"
    if brought.exists():
        return str(brought)
    places = (
        Path("/usr/lib/python3/dist-packages/uno.py"),
        *Path("/usr/lib64").glob("python3*/site-packages/uno.py"),
    )
    return next((p for p in _PYTHONS if Path(p).exists() and any(q.exists() for q in places)), None)


def convert_alone(source: Path, extension: str, target: Path) -> None:
    """The same with a LibreOffice for this one document. Raises as `Office.convert`."""
    soffice, level = present(), isolation()
    with workplace() as work:
        write_profile(work / "home" / "profile", strict=False)
        own(work / "home")
        put_in(source, work, f"in.{extension}")
        home = Path(level.inside(work, "home", "profile")).as_posix().lstrip("/")
        command = [str(soffice), f"-env:UserInstallation=file:///{home}", "--headless", "--norestore"]
        command += ["--nologo", "--nolockcheck", "--nodefault", "--nofirststartwizard", "--convert-to", "pdf"]
        command += ["--outdir", level.inside(work, "job"), level.inside(work, "job", f"in.{extension}")]
        end = time.monotonic() + LIMITS.wall
        for _ in range(2):  # 81: "start me again", after the first start with a new profile
            process = start(command, work, limits=LIMITS)
            try:
                code = process.wait(max(1.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise Broken(reasons.TOO_LONG) from None
            finally:
                stop(process)
            if code != 81:
                break
        if not take_out(work, "in.pdf", target):
            raise Refused(reasons.UNREADABLE, f"LibreOffice ended with {code} and wrote nothing")


#: The one of this process.
office = Office()
atexit.register(office.end)
