"""With a virus scanner set up nothing is handed out before it was found clean: it fails closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from documents.fulltext_models import Errand
from documents.models import DocumentVersion
from documents.services import publish_version
from documents.services.scanning import TOO_BIG, UNANSWERED, why_pending, work_off_scans
from erp.models import LogEntry
from erp.workflow import Blocked
from notifications.models import Message
from tests.documents.clamd_double import EICAR, scanner
from tests.documents.helpers import put
from tests.erp.pages import get

Scan = DocumentVersion.Scan
TEXT = "普通的说明文字\n".encode()


@pytest.fixture
def clamd(settings):
    with scanner() as running:
        settings.CLAMD = running.address
        yield running


def text(cast, content=TEXT, **more):
    return put(cast.own, cast["staff.mech"], name="说明.txt", content=content, **more).current


def fresh(version):
    return DocumentVersion.objects.select_related("document__type", "document__contract").get(pk=version.pk)


def handed_out(client, user, version):
    """What the routes with content answer."""
    base = f"/documents/{version.document_id}/v/{version.number}"
    answers = [get(client, user, f"{base}/{route}/") for route in ("download", "content", "page/1")]
    for answer in answers:
        if answer.streaming:
            assert b"".join(answer.streaming_content)
    return [answer.status_code for answer in answers]


def test_without_a_scanner_nothing_waits(cast, settings):
    settings.CLAMD = ""
    assert text(cast).scan == Scan.NONE
    assert not Errand.objects.filter(kind=Errand.Kind.SCAN).exists()
    assert Errand.objects.filter(kind=Errand.Kind.TEXT).exists()


def test_until_it_was_scanned_nobody_gets_it_and_the_page_says_so(cast, clamd, client):
    version = text(cast)
    assert version.scan == Scan.PENDING
    assert not Errand.objects.filter(kind=Errand.Kind.TEXT).exists()
    for who in ("boss", "pm", "staff.mech"):
        assert set(handed_out(client, cast[who], version)) <= {403, 404}
    page = get(client, cast["staff.mech"], f"/documents/{version.document_id}/v/1/preview/")
    assert "病毒" in page.content.decode()
    assert "普通的说明文字" not in page.content.decode()


def test_clean_content_goes_on_to_its_text_and_its_readers(cast, clamd, client):
    version = text(cast)
    assert work_off_scans() == 1
    assert fresh(version).scan == Scan.CLEAN
    assert [errand.kind for errand in Errand.objects.filter(version=version)] == [Errand.Kind.TEXT]
    assert handed_out(client, cast["pm"], version)[0] == 200
    assert LogEntry.objects.filter(verb="scan_clean", object_id=version.pk).exists()


def test_a_virus_is_kept_and_handed_to_nobody_and_people_are_told(cast, clamd, client):
    version = text(cast, b"x" * 200_000 + EICAR)
    assert work_off_scans() == 1
    assert fresh(version).scan == Scan.INFECTED
    assert not Errand.objects.filter(version=version).exists()
    for who in ("boss", "admin", "staff.mech"):
        assert set(handed_out(client, cast[who], version)) <= {403, 404}
    told = Message.objects.filter(event="virus_found")
    assert set(told.values_list("recipient__username", flat=True)) == {"staff.mech", "admin"}
    assert told[0].params["virus"] == "Eicar-Test-Signature"
    entry = LogEntry.objects.get(verb="virus_found", object_id=version.pk)
    assert (entry.actor, entry.reason) == (None, "Eicar-Test-Signature")
    with pytest.raises(Blocked):
        publish_version(fresh(version), actor=cast["boss"])


@pytest.mark.parametrize("mood", ["rude", "mad", "empty"])
def test_a_scanner_that_is_down_leaves_everything_waiting_and_comes_back(cast, clamd, client, mood):
    versions = [text(cast) for _ in range(3)]
    clamd.mood = mood
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert work_off_scans() == 0
        tried = Errand.objects.filter(kind=Errand.Kind.SCAN, attempts__gt=0)
        assert tried.count() == 1  # the others are not tried in vain
        assert {fresh(v).scan for v in versions} == {Scan.PENDING}
        assert why_pending(tried[0].version) == "病毒扫描程序没有响应，恢复后会立即扫描此文件。"
        page = get(client, cast["pm"], f"/documents/{tried[0].version.document_id}/v/1/preview/")
        assert "病毒扫描程序没有响应" in page.content.decode()
        clamd.mood = "well"
        clock.shift(timedelta(minutes=2))
        assert work_off_scans() == 3
    assert {fresh(v).scan for v in versions} == {Scan.CLEAN}


def test_nobody_listens_is_down_too(cast, settings):
    with scanner() as gone:
        settings.CLAMD = gone.address
    version = text(cast)
    assert work_off_scans() == 0
    assert fresh(version).scan == Scan.PENDING
    assert Errand.objects.get(version=version).reason == UNANSWERED


def test_what_is_too_big_for_it_waits_and_keeps_nobody_else_waiting(cast, clamd):
    big, small = text(cast, b"a" * 300_000), text(cast)
    clamd.limit = 200_000
    assert work_off_scans() == 1
    assert (fresh(big).scan, fresh(small).scan) == (Scan.PENDING, Scan.CLEAN)
    assert Errand.objects.get(version=big).reason == TOO_BIG


def test_content_that_is_not_whole_is_not_clean(cast, clamd):
    from documents import store

    version = text(cast)
    with store.local_path(version.key) as path:
        path.write_bytes(TEXT[:5])
    assert work_off_scans() == 0
    assert fresh(version).scan == Scan.PENDING


def test_the_answer_counts_in_an_archived_contract_too(cast, clamd):
    version = text(cast, EICAR + b"\n")
    cast.own.stage = "archived"
    type(cast.own).objects.filter(pk=cast.own.pk).update(stage="archived", archived_at=timezone.now())
    assert work_off_scans() == 1
    assert fresh(version).scan == Scan.INFECTED


def test_switched_off_lets_go_what_waits(cast, clamd, settings):
    version = text(cast)
    settings.CLAMD = ""
    assert work_off_scans() == 1
    assert fresh(version).scan == Scan.NONE
    assert LogEntry.objects.filter(verb="scan_waived", object_id=version.pk).exists()


def test_a_worker_that_died_is_followed_by_another_after_its_lease(cast, clamd, monkeypatch):
    version = text(cast)

    def die(*args, **kwargs):
        raise SystemExit  # as a killed process: nothing after it runs

    monkeypatch.setattr("documents.clamd.scan", die)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        with pytest.raises(SystemExit):
            work_off_scans()
        monkeypatch.undo()
        assert work_off_scans() == 0
        clock.shift(timedelta(minutes=7))
        assert work_off_scans() == 1
    assert fresh(version).scan == Scan.CLEAN


def test_a_second_answer_changes_nothing(cast, clamd):
    from documents.services.scanning import settle_scan

    version = text(cast)
    settle_scan(version, Scan.INFECTED, "First")
    settle_scan(version, Scan.CLEAN)
    assert fresh(version).scan == Scan.INFECTED


def test_administrators_see_how_the_scanner_stands(cast, clamd, client, settings):
    def line():
        page = get(client, cast["admin"], "/tiles/health/").content.decode()
        return page.partition("病毒扫描程序")[2][:300]

    text(cast)
    assert "1 个文件等待扫描" in line()
    clamd.mood = "rude"
    work_off_scans()
    assert "没有响应" in line()
    settings.CLAMD = ""
    assert "未设置" in line()
