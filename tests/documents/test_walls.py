"""What a program that reads uploaded bytes can reach, and that nothing of it outlives its limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from socket import create_server

import pytest
from django.conf import settings

from documents.conversion import child, processes, reasons, sandbox
from documents.conversion import office as engine
from documents.conversion.errors import Broken, Refused
from documents.conversion.office import Office
from documents.conversion.pdf import own_pages
from documents.conversion.sandbox import BWRAP, UNSHARE, Limits
from tests.documents import papers

LADDER = [level for level in (BWRAP, UNSHARE) if sandbox._holds(level)]
on_every_rung = pytest.mark.parametrize("level", LADDER, ids=lambda level: level.name)
pytestmark = [pytest.mark.libreoffice, pytest.mark.alone]


def inside(level, script: str, limits: Limits | None = None) -> str:
    """What a shell script says behind the walls; $J is its job folder."""
    with sandbox.workplace(level) as work:
        lines = f"J={level.inside(work, 'job')}; {script}"
        process = sandbox.start(
            ["sh", "-c", lines],
            work,
            level=level,
            limits=limits,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = process.communicate(timeout=30)[0].decode("utf-8", "replace")
        assert processes.stop(process) == []
        return said


def test_this_machine_has_walls():
    """Elsewhere previews of Office files are off; where the tests run, they must be tested."""
    assert sandbox.isolation().safe
    assert LADDER


@on_every_rung
def test_there_is_no_network(level):
    with create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        said = inside(level, f'{sys.executable} -I -c "{code}" || echo refused')
        assert "refused" in said
        with pytest.raises(TimeoutError):
            server.accept()


@on_every_rung
def test_our_files_and_environment_are_not_there(level, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://canary")
    secret = Path(settings.DATA_DIR, "canary.txt")
    secret.write_text("canary-in-our-data")
    said = inside(level, f"env; cat {secret}; ls {settings.DATA_DIR}; ls /root /home")
    assert "canary" not in said.replace(str(secret), "")
    assert {line.partition("=")[0] for line in said.splitlines() if "=" in line} <= {
        "LANG", "HOME", "TMPDIR", "PATH", "PWD", "OLDPWD", "SHLVL", "_",
        "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS",
    }  # fmt: skip


@on_every_rung
def test_only_its_own_two_folders_can_be_written(level):
    script = "touch $J/mine $HOME/mine /tmp/mine && echo well; for f in / /usr /etc /var; do "
    said = inside(level, script + "touch $f/erp-probe 2>&1 && rm $f/erp-probe || echo no; done")
    assert "well" in said
    assert said.count("no\n") == 4


@on_every_rung
def test_its_processes_see_only_each_other(level):
    seen = inside(level, "ls -d /proc/[0-9]* | wc -l")
    assert int(seen.split()[-1]) < 8


@on_every_rung
def test_limits_hold_inside(level):
    said = inside(level, "ulimit -a; ulimit -Hv", Limits(memory=512 << 20, open_files=99))
    assert str((512 << 20) // 1024) in said
    assert "99" in said
    code = "x = bytearray(900_000_000)"
    assert "MemoryError" in inside(level, f"{sys.executable} -I -c '{code}'", Limits(memory=512 << 20))
    busy = inside(level, "while :; do :; done; echo never", Limits(cpu=1))
    assert "never" not in busy


@on_every_rung
def test_nothing_survives_its_end(level):
    with sandbox.workplace(level) as work:
        script = (
            "sleep 999 & (setsid sleep 999 &); setsid sh -c 'trap : TERM; sleep 999 & sleep 999' & sleep 999"
        )
        process = sandbox.start(["sh", "-c", script], work, level=level)
        end = time.monotonic() + 10
        while len(processes.tree(process.pid)) < 6 and time.monotonic() < end:
            time.sleep(0.02)
        family = processes.tree(process.pid)
        assert len(family) >= 6
        assert processes.stop(process) == []
        assert [pid for pid, born in family.items() if processes.alive(pid, born)] == []


@on_every_rung
def test_it_dies_with_whoever_started_it(level, tmp_path):
    code = (
        "import os, sys, time, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'erp.settings'; django.setup();"
        "from documents.conversion import sandbox as s;"
        f"level = s.{'BWRAP' if level is BWRAP else 'UNSHARE'};"
        "place = s.workplace(level); work = place.__enter__();"
        "p = s.start(['sh', '-c', 'sleep 999 & sleep 999'], work, level=level); time.sleep(1);"
        "print(p.pid, flush=True); time.sleep(999)"
    )
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DEBUG": "1"}
    starter = subprocess.Popen(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE
    )
    with starter.stdout as said:
        family = processes.tree(int(said.readline()))
    assert len(family) >= 3
    starter.kill()
    starter.wait()
    end = time.monotonic() + 10
    while (left := [p for p, born in family.items() if processes.alive(p, born)]) and time.monotonic() < end:
        time.sleep(0.02)
    assert left == []


def test_what_a_program_leaves_is_not_followed(tmp_path):
    """Links and pipes in the job folder lead nowhere: neither out with a result nor in with a document."""
    secret, target = tmp_path / "secret", tmp_path / "out"
    secret.write_text("secret")
    with sandbox.workplace() as work:
        job = work / "job"
        (job / "link").symlink_to(secret)
        os.link(secret, job / "hard")
        os.mkfifo(job / "pipe")
        (job / "folder").mkdir()
        (job / "empty").touch()
        for name in ("link", "hard", "pipe", "folder", "empty", "missing"):
            assert not sandbox.take_out(work, name, target), name
        assert not target.exists() or b"secret" not in target.read_bytes()
        with pytest.raises(FileExistsError):
            sandbox.put_in(tmp_path / "secret", work, "link")
        (job / "folder" / "deep").symlink_to(tmp_path)
        sandbox.clear(work)
        assert list(job.iterdir()) == []
        assert secret.read_text() == "secret"


def test_what_killed_processes_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.tempfile, "gettempdir", lambda: str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    old = time.time() - 2 * sandbox.STALE
    for name, when in (
        (f"{sandbox.PREFIX}{ended.pid}-a", old),
        (f"{sandbox.PREFIX}{ended.pid}-young", time.time()),
        (f"{sandbox.prefix()}mine", old),
        ("somebody-elses", old),
    ):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (when, when))
    assert sandbox.sweep() == 1
    assert not (tmp_path / f"{sandbox.PREFIX}{ended.pid}-a").exists()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_child_that_hangs_or_eats_memory_is_stopped(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(papers.picture("PNG", size=(4000, 4000)))
    with pytest.raises(Broken) as slow:
        child.run("image", path, tmp_path / "out", limits=Limits(wall=0.05))
    assert slow.value.reason == reasons.TOO_LONG
    with pytest.raises(Refused):
        child.run("image", path, tmp_path / "out", limits=Limits(memory=150 << 20))


# --- LibreOffice itself -----------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path):
    """A LibreOffice of this test's own, and a document for it."""
    mine = Office()
    mine.source = tmp_path / "in.docx"
    mine.source.write_bytes(papers.docx_file())
    mine.target = tmp_path / "out.pdf"
    yield mine
    assert mine.end() == []


def family(office):
    return processes.tree(office._running._process.pid)


def soffice(office):
    return next(
        pid
        for pid in family(office)
        if b"soffice.bin" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    )


def convert(office):
    office.convert(office.source, "docx", office.target)
    return own_pages(office.target)


def gone(running):
    return [pid for pid, born in running.items() if processes.alive(pid, born)] == []


def test_a_hanging_libreoffice_is_killed_and_the_next_document_works(office, monkeypatch):
    assert convert(office) == 1
    running = family(office)
    os.kill(soffice(office), signal.SIGSTOP)
    monkeypatch.setattr(engine, "LIMITS", Limits(wall=2))
    began = time.monotonic()
    with pytest.raises(Broken) as hung:
        convert(office)
    assert hung.value.reason == reasons.TOO_LONG
    assert 2 <= time.monotonic() - began < 20
    assert gone(running)
    monkeypatch.undo()
    assert convert(office) == 1


def test_a_crashing_libreoffice_is_replaced(office):
    assert convert(office) == 1
    running, victim = family(office), soffice(office)
    threading.Timer(0.05, os.kill, (victim, signal.SIGSEGV)).start()
    office.source.write_bytes(papers.docx_file(300))
    with pytest.raises(Broken) as crashed:
        convert(office)
    assert crashed.value.reason == reasons.CRASHED
    assert gone(running)
    office.source.write_bytes(papers.docx_file())
    assert convert(office) == 1


def test_processor_time_is_limited_per_document(office, monkeypatch):
    assert convert(office) == 1
    running = family(office)
    office.source.write_bytes(papers.docx_file(300, text=papers.SENTENCE * 300))
    monkeypatch.setattr(engine, "LIMITS", Limits(cpu=0))
    with pytest.raises(Broken) as busy:
        convert(office)
    assert busy.value.reason == reasons.TOO_LONG
    assert gone(running)


def test_libreoffice_is_replaced_after_some_documents_and_after_a_failure(office, monkeypatch):
    monkeypatch.setattr(engine, "RECYCLE", 2)
    convert(office)
    first = family(office)
    convert(office)
    assert gone(first)
    convert(office)
    second = family(office)
    office.source.write_bytes(b"PK\x03\x04 no document at all")
    with pytest.raises(Refused) as refused:
        office.convert(office.source, "docx", office.target)
    assert refused.value.reason == reasons.UNREADABLE
    assert gone(second)
    office.source.write_bytes(papers.docx_file())
    assert convert(office) == 1


def test_what_strict_settings_refuse_is_tried_once_more_without(office, monkeypatch):
    """DisableActiveContent of newer LibreOffice refuses documents with a chart; this one does not know
    it, so the refusal is played."""
    profiles, real = [], engine._Running.convert

    def refusing(running, *arguments):
        if profiles[-1]:
            raise Refused(reasons.UNREADABLE, "could not be loaded")
        real(running, *arguments)

    written = engine.write_profile

    def noted(folder, *, strict):
        profiles.append(strict)
        written(folder, strict=strict)
        text = (folder / "user" / "registrymodifications.xcu").read_text()
        assert f'"DisableActiveContent" oor:op="fuse"><value>{str(strict).lower()}<' in text
        assert '"DisableMacrosExecution" oor:op="fuse"><value>true<' in text

    monkeypatch.setattr(engine._Running, "convert", refusing)
    monkeypatch.setattr(engine, "write_profile", noted)
    office.source.write_bytes(papers.chart_file())
    office.convert(office.source, "xlsx", office.target)
    assert profiles == [True, False]
    assert own_pages(office.target) == 1
    assert office._running is None  # the lax one serves nobody else


def test_a_forked_worker_starts_its_own(office):
    convert(office)
    office._running.owner = os.getpid() + 1
    was = office._running
    assert not was.is_up
    was.owner = os.getpid()
