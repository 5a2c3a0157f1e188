"""The life of a preview: asked for once, made once, kept, and never lost with a worker."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from documents import store
from documents.conversion import reasons
from documents.conversion.errors import Broken, Missing
from documents.conversion.office import office
from documents.models import DocumentVersion, Preview
from documents.services import previews
from documents.states import State
from documents.tasks import convert_preview, sweep_previews
from tests.documents import papers
from tests.documents.helpers import row

READY, QUEUED, FAILED = State.READY, State.QUEUED, State.FAILED


@pytest.fixture(autouse=True)
def bells(monkeypatch):
    """Bells are heard by nobody here; what was rung."""
    heard: list[int] = []
    monkeypatch.setattr(previews, "ring", lambda preview: heard.append(preview.pk))
    return heard


def filed(contract, user, content=b"", extension="txt"):
    """A stored version with this content."""
    version = row(contract, user).current
    spooled = store.spool([content or "说明".encode()], 1 << 30)
    key = store.version_key(version.document, 7)
    store.put(spooled, key)
    values = {"key": key, "sha256": spooled.sha256, "size": spooled.size, "extension": extension}
    DocumentVersion.objects.filter(pk=version.pk).update(**values)
    return DocumentVersion.objects.select_related("document__contract").get(pk=version.pk)


@pytest.fixture
def version(cast):
    return filed(cast.own, cast["boss"])


def test_the_same_content_is_asked_for_and_made_once(cast, version, bells):
    asked = previews.request_preview(version)
    assert (asked.state, asked.contract_id, asked.sha256) == (QUEUED, cast.own.pk, version.sha256)
    assert previews.request_preview(version).pk == asked.pk
    assert bells == [asked.pk, asked.pk]
    assert previews.work_off(asked.pk) == 1
    made = previews.request_preview(version)
    assert (made.pk, made.state, made.media_type, made.pages) == (asked.pk, READY, "text/plain", 1)
    with store.open(made.result) as shown:
        assert shown.read().decode() == "说明"
    assert made.result.startswith(f"{store.contract_folder(cast.own)}/previews/{version.sha256}-")
    assert bells == [asked.pk, asked.pk]


def test_equal_content_of_another_contract_has_a_preview_of_its_own(cast, version):
    other = filed(cast.foreign, cast["boss"])
    assert other.sha256 == version.sha256
    mine, theirs = previews.request_preview(version), previews.request_preview(other)
    assert mine.pk != theirs.pk
    previews.work_off(mine.pk)
    previews.work_off(theirs.pk)
    results = {p.contract_id: p.result for p in Preview.objects.filter(state=READY)}
    assert set(results) == {cast.own.pk, cast.foreign.pk}
    assert len(set(results.values())) == 2


def test_a_pdf_is_not_copied(cast):
    version = filed(cast.own, cast["boss"], papers.pdf_file(2), "pdf")
    previews.work_off(previews.request_preview(version).pk)
    made = Preview.objects.get()
    assert (made.state, made.result, made.pages) == (READY, version.key, 2)


def test_what_has_no_preview_is_never_queued(cast, bells):
    asked = previews.request_preview(filed(cast.own, cast["boss"], b"AC1032\0", "dwg"))
    assert (asked.state, asked.reason) == (State.UNAVAILABLE, reasons.NO_DWG)
    previews.retry_preview(asked, cast["boss"])
    asked.refresh_from_db()
    assert asked.state == State.UNAVAILABLE
    assert previews.sweep_previews() == 0
    assert bells == []


def test_what_waits_for_the_scanner_is_not_opened(version):
    version.scan = DocumentVersion.Scan.PENDING
    assert previews.request_preview(version).pk is None
    assert not Preview.objects.exists()


def test_one_broken_document_does_not_block_the_next(cast):
    broken = filed(cast.own, cast["boss"], b"%PDF-1.7\nnothing", "pdf")
    whole = filed(cast.own, cast["boss"])
    first, second = previews.request_preview(broken), previews.request_preview(whole)
    assert previews.work_off(first.pk) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.reason, second.state) == (FAILED, reasons.DAMAGED, READY)
    with translation.override("zh-hans"):
        assert previews.reason_text(first) not in ("", reasons.DAMAGED)


def breaks(monkeypatch, *errors):
    """The next conversions end with these errors, those after them well."""
    left, real = list(errors), previews.convert

    def convert(*arguments):
        if left:
            raise left.pop(0)
        return real(*arguments)

    monkeypatch.setattr(previews, "convert", convert)


def test_a_failure_that_may_pass_is_tried_once_more(version, monkeypatch):
    breaks(monkeypatch, Broken(reasons.TOO_LONG))
    asked = previews.request_preview(version)
    previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.attempts, asked.lease_owner) == (QUEUED, 1, "")
    assert previews.work_off(asked.pk) == 0  # not before its pause is over
    Preview.objects.update(next_at=timezone.now())
    assert previews.work_off(asked.pk) == 1
    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == (READY, 2)


@pytest.mark.parametrize("wrong", [Broken(reasons.TOO_LONG), RuntimeError("a mistake of ours")])
def test_after_the_second_failure_it_has_failed_and_can_be_asked_for_again(
    cast, version, monkeypatch, wrong, bells
):
    breaks(monkeypatch, wrong, wrong)
    asked = previews.request_preview(version)
    for _ in range(2):
        Preview.objects.update(next_at=timezone.now())
        previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert asked.state == FAILED
    assert asked.reason in (reasons.TOO_LONG, reasons.CRASHED)
    previews.request_preview(version)
    asked.refresh_from_db()
    assert asked.state == FAILED
    bells.clear()
    previews.retry_preview(asked, cast["boss"])
    asked.refresh_from_db()
    assert (asked.state, asked.attempts, asked.reason, bells) == (QUEUED, 0, "", [asked.pk])
    previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert asked.state == READY


def test_a_full_disk_keeps_the_row_waiting(version, monkeypatch):
    breaks(monkeypatch, OSError(errno.ENOSPC, "full"), OSError(errno.ENOSPC, "full"))
    asked = previews.request_preview(version)
    for _ in range(2):
        Preview.objects.update(next_at=timezone.now())
        previews.work_off(asked.pk)
        asked.refresh_from_db()
        assert (asked.state, asked.reason, asked.attempts) == (QUEUED, reasons.NO_SPACE, 0)
    Preview.objects.update(next_at=timezone.now())
    previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == (READY, "")


def test_content_that_is_gone_says_so(version):
    asked = previews.request_preview(version)
    Preview.objects.update(source=version.key + "x")
    previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == (FAILED, reasons.GONE)


def test_a_missing_libreoffice_is_unavailable_and_resumes_when_it_is_back(cast, settings, bells, monkeypatch):
    monkeypatch.setattr(previews, "allowed", lambda: True)
    here = settings.SOFFICE
    settings.SOFFICE = "no-such-program"
    asked = previews.request_preview(filed(cast.own, cast["boss"], papers.docx_file(), "docx"))
    assert "missing" in asked.converter
    previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == (State.UNAVAILABLE, reasons.NO_OFFICE)
    assert previews.sweep_previews() == 0
    settings.SOFFICE = sys.executable if here == "no-such-program" else here
    monkeypatch.setattr(previews, "program", lambda: Path("/usr/bin/soffice"))
    bells.clear()
    assert previews.sweep_previews() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.attempts, bells) == (QUEUED, "", 0, [asked.pk])


def test_a_row_whose_converter_is_there_already_is_dropped_on_resuming(cast, monkeypatch):
    monkeypatch.setattr(previews, "allowed", lambda: True)
    monkeypatch.setattr(previews, "program", lambda: Path("/usr/bin/soffice"))
    version = filed(cast.own, cast["boss"], papers.docx_file(), "docx")
    waiting = previews.request_preview(version)
    Preview.objects.filter(pk=waiting.pk).update(
        converter="libreoffice missing r1", state=State.UNAVAILABLE, reason=reasons.NO_OFFICE
    )
    fresh = previews.request_preview(version)
    previews.resume_unavailable()
    assert list(Preview.objects.values_list("pk", flat=True)) == [fresh.pk]


def test_a_dead_workers_row_is_taken_again_after_its_lease(version):
    asked = previews.request_preview(version)
    claimed = previews.claim(heavy=False)
    assert claimed.pk == asked.pk
    assert claimed.state == State.CONVERTING
    assert claimed.lease_until - timezone.now() + timedelta(seconds=20) < timedelta(minutes=3)
    assert previews.claim(heavy=False) is None
    assert previews.sweep_previews() == 0
    Preview.objects.update(lease_until=timezone.now() - timedelta(seconds=1), lease_owner="dead:1:1")
    assert previews.sweep_previews() == 1
    again = previews.claim(heavy=False)
    assert (again.pk, again.attempts) == (asked.pk, 2)


def test_a_row_that_kills_its_workers_is_given_up(version):
    previews.request_preview(version)
    past = timezone.now() - timedelta(seconds=1)
    for attempt in range(1, previews.CLAIMS + 1):
        assert previews.claim(heavy=False).attempts == attempt
        Preview.objects.update(lease_until=past)
    assert previews.claim(heavy=False) is None
    previews.sweep_previews()
    assert Preview.objects.get().state == FAILED


def test_who_lost_the_lease_changes_nothing(version):
    asked = previews.request_preview(version)
    slow = previews.claim(heavy=False)
    Preview.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = previews.claim(heavy=False)
    previews.make(slow)
    asked.refresh_from_db()
    assert (asked.state, asked.result) == (State.CONVERTING, "")
    previews.make(quick)
    asked.refresh_from_db()
    assert asked.state == READY
    before = asked.finished
    previews.make(slow)
    asked.refresh_from_db()
    assert asked.finished == before


def test_a_bell_heard_twice_does_nothing_twice(version):
    asked = previews.request_preview(version)
    assert convert_preview(asked.pk) == 1
    finished = Preview.objects.get().finished
    assert convert_preview(asked.pk) == 0
    assert convert_preview(10**9) == 0
    assert Preview.objects.get().finished == finished


def test_without_a_broker_rows_wait_for_the_sweep(version, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.undo()
    rung = []

    def dead(*arguments, **options):
        rung.append(options["retry"])
        raise OperationalError("no broker")

    monkeypatch.setattr(convert_preview, "apply_async", dead)
    with django_capture_on_commit_callbacks(execute=True):
        asked = previews.request_preview(version)
    assert rung == [False]
    assert asked.state == QUEUED
    assert sweep_previews() == 1
    assert previews.work_off(asked.pk) == 1


def test_a_newer_converter_replaces_the_old_rendering(version, monkeypatch):
    previews.work_off(previews.request_preview(version).pk)
    old = Preview.objects.get()
    assert store.exists(old.result)
    monkeypatch.setattr(previews, "converter_of", lambda kind: "text r2")
    fresh = previews.request_preview(version)
    assert fresh.pk != old.pk
    assert store.exists(old.result)  # readers keep it until the new one is there
    previews.work_off(fresh.pk)
    fresh.refresh_from_db()
    assert list(Preview.objects.all()) == [fresh]
    assert store.exists(fresh.result)
    assert not store.exists(old.result)


def test_while_another_thread_has_libreoffice_the_row_waits_for_it(cast, version):
    heavy = previews.request_preview(filed(cast.own, cast["boss"], papers.docx_file(), "docx"))
    light = previews.request_preview(version)
    with office.lock:
        assert previews.work_off(heavy.pk) == 0
        assert previews.work_off(light.pk) == 1
    heavy.refresh_from_db()
    assert heavy.state == QUEUED


def test_a_part_that_is_missing_says_so_at_once(version, monkeypatch):
    breaks(monkeypatch, Missing(reasons.NO_WALLS))
    asked = previews.request_preview(version)
    previews.work_off(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == (State.UNAVAILABLE, reasons.NO_WALLS)


@pytest.mark.libreoffice
def test_a_ready_preview_never_touches_libreoffice(cast, monkeypatch, bells, django_assert_num_queries):
    version = filed(cast.own, cast["boss"], papers.docx_file(2), "docx")
    previews.work_off(previews.request_preview(version).pk)
    assert office.end() == []
    bells.clear()
    monkeypatch.setattr(subprocess, "Popen", None)
    with django_assert_num_queries(1):
        made = previews.request_preview(version)
    assert (made.state, made.media_type, made.pages, bells) == (READY, "application/pdf", 2, [])
    with store.open(made.result) as shown:
        assert shown.read(5) == b"%PDF-"


@pytest.mark.alone
@pytest.mark.libreoffice
def test_workers_at_once_and_a_killed_one(tmp_path):
    """See previews_at_once.py: real processes, real commits, on a SQLite file of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("previews_at_once.py"))],
        env=environment | {"DATA_DIR": str(tmp_path), "DEBUG": "1", "ROUNDS": str(ROUNDS)},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]


#: How often two workers reach for one row: drill 17 asks for ten thousand times.
ROUNDS = 10_000 if os.environ.get("PROVE") == "1" else 300


def test_administrators_see_how_previews_stand(cast, client, version, settings, monkeypatch):
    from documents import health
    from documents.conversion.sandbox import BWRAP, NONE, OFFLINE

    monkeypatch.setattr(health, "program", lambda: Path("/usr/bin/soffice"))
    tones = {}
    for level, unsafe in ((BWRAP, False), (OFFLINE, False), (NONE, False), (NONE, True)):
        monkeypatch.setattr(health, "isolation", lambda level=level: level)
        settings.PREVIEW_UNSAFE = unsafe
        line = health.walls()
        tones[str(line.text)] = line.tone
    assert list(tones.values()) == ["ok", "warn", "warn", "bad"]
    monkeypatch.setattr(health, "program", lambda: None)
    assert health.walls().tone == "warn"
    previews.request_preview(version)
    assert (health.queue().text, health.queue().tone) == (1, "ok")
    Preview.objects.update(next_at=timezone.now() - timedelta(hours=1))
    assert health.queue().tone == "bad"
    client.force_login(cast["admin"])
    client.cookies["django_language"] = "en"
    page = client.get("/tiles/health/").content.decode()
    assert str(health.walls().text) in page or "LibreOffice" in page
    client.force_login(cast["boss"])
    assert client.get("/tiles/health/").status_code == 403


def test_the_back_office_shows_the_queue_to_administrators_only(cast, client, version):
    asked = previews.request_preview(version)
    client.force_login(cast["admin"])
    assert client.get("/admin/documents/preview/").status_code == 200
    assert client.get(f"/admin/documents/preview/{asked.pk}/change/").status_code == 200
    assert client.post(f"/admin/documents/preview/{asked.pk}/delete/", {"post": "yes"}).status_code == 403
    client.force_login(cast["boss"])
    assert client.get("/admin/documents/preview/").status_code in (302, 403, 404)
