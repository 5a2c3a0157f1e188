"""Run by test_previews in a process of its own: workers reach for the same rows, and one is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

WORKERS = 2


def main() -> int:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "erp.settings"
    import django

    django.setup()
    if sys.argv[1:]:
        return work(int(sys.argv[1]))
    from django.core.management import call_command
    from django.db import connection

    from tests.cast import build_cast

    call_command("migrate", verbosity=0)
    cast, wrong = build_cast(), []
    for scene in (one_row_two_workers, killed_worker):
        try:
            scene(cast)
        except AssertionError as why:
            wrong.append(f"{scene.__name__}: {why}")
    print(connection.vendor, wrong or "ok")
    connection.close()
    return 1 if wrong else 0


def work(preview: int) -> int:
    from documents.services.previews import work_off

    return 0 if work_off(preview) else 1


def one_row_two_workers(cast):
    """Every row is claimed by exactly one of the workers that reach for it at the same instant."""
    from django.db import connection
    from django.utils import timezone

    from documents.models import Preview
    from documents.services.previews import claim

    rounds, now = int(os.environ["ROUNDS"]), timezone.now()
    values = {"contract": cast.own, "extension": "txt", "source": "-", "converter": "text r1", "next_at": now}
    rows = [Preview(sha256=f"{n:064d}", **values) for n in range(rounds)]
    Preview.objects.bulk_create(rows)
    start, claimed = threading.Barrier(WORKERS), [[] for _ in range(WORKERS)]

    def reach(mine):
        for row in rows:
            start.wait(120)
            found = claim(False, row.pk)
            if found:
                mine.append(found.pk)
        connection.close()

    threads = [threading.Thread(target=reach, args=(mine,), daemon=True) for mine in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(1000)
    every = [pk for mine in claimed for pk in mine]
    assert sorted(every) == sorted(row.pk for row in rows), (len(every), len(set(every)))
    assert set(Preview.objects.values_list("attempts", flat=True)) == {1}
    Preview.objects.all().delete()


def killed_worker(cast):
    """Killed while LibreOffice has the document: nothing of it survives, and another worker does it."""
    from django.utils import timezone

    from documents import store
    from documents.conversion.processes import tree
    from documents.models import Preview
    from documents.services.previews import claim, request_preview, sweep_previews
    from documents.states import State
    from tests.documents import papers
    from tests.documents.test_previews import filed

    version = filed(cast.own, cast["boss"], papers.docx_file(2), "docx")
    asked = request_preview(version)
    worker = subprocess.Popen([sys.executable, __file__, str(asked.pk)])
    try:
        family = _hung(worker.pid)
        assert Preview.objects.get(pk=asked.pk).state == State.CONVERTING
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    end = time.monotonic() + 10
    while any(pid in tree(pid) for pid in family) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in family if pid in tree(pid)], "LibreOffice survived its worker"
    assert claim(True) is None, "taken before the lease ran out"
    Preview.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweep_previews() == 1
    assert subprocess.run([sys.executable, __file__, str(asked.pk)]).returncode == 0
    made = Preview.objects.get()
    assert (made.state, made.attempts, made.pages) == (State.READY, 2, 2), made
    folder = Path(store.spool_folder()).parent / store.contract_folder(cast.own) / "previews"
    assert [path.name for path in folder.iterdir()] == [Path(made.result).name]


def _hung(worker: int) -> list[int]:
    """Wait until LibreOffice runs, stop it like a hang; returns every process of the worker's sandbox."""
    from documents.conversion.processes import tree

    end = time.monotonic() + 60
    while time.monotonic() < end:
        for pid in tree(worker):
            if b"soffice.bin" in _command(pid).split(b"\0")[0]:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.3)
                return [other for other in tree(worker) if other != worker]
        time.sleep(0.02)
    raise AssertionError("LibreOffice did not start")


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
