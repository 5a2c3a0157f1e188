"""Uploads over HTTP: several files, a script's single file, a phone's photo; refusals in words."""

from __future__ import annotations

import errno
import os
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from documents import services, store
from documents.models import Document, DocumentLink, DocumentType, DocumentVersion
from documents.services import Upload, upload_document
from erp.models import LogEntry
from erp.workflow import Blocked
from tests.documents.helpers import PDF, TEXT, docx, posted, put, upload
from tests.production.conftest import make_task, task  # noqa: F401  fixtures

JSON = {"Accept": "application/json"}


@pytest.fixture
def send(cast, client):
    """POST files to the contract (or to `url`) as somebody."""

    def send(who, files, *, url="", headers=None, **fields):
        client.force_login(cast[who])
        client.cookies["django_language"] = "en"
        fields.setdefault("type", DocumentType.objects.get(slug="technical").pk)
        address = url or reverse("documents:upload", args=[cast.own.pk])
        return client.post(address, {"files": files, **fields}, headers=headers or {})

    return send


def spooled():
    folder = store.spool_folder()
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture(autouse=True)
def _nothing_stays_behind():
    before = spooled()
    yield
    assert spooled() == before


def test_several_files_become_several_documents(send, cast):
    files = [*posted("方案.pdf", "a.pdf"), SimpleUploadedFile("说明.txt", TEXT)]
    answer = send("staff.mech", files)
    assert answer.status_code == 302
    assert answer.url == reverse("documents:documents", args=[cast.own.pk])
    found = Document.objects.order_by("pk")
    assert [d.title for d in found] == ["方案", "a", "说明"]
    assert {d.owner for d in found} == {cast["staff.mech"]}
    assert store.sha256_of(found[2].current.key) == found[2].current.sha256
    assert found[2].current.media_type == "text/plain"


def test_a_script_gets_an_answer_it_understands(send):
    answer = send("staff.mech", posted("图.pdf"), headers=JSON)
    made = Document.objects.get()
    assert answer.json() == {"title": "图", "url": f"/documents/{made.pk}/", "version": 1}


def test_the_same_form_sent_again_stores_nothing_twice(send):
    first = send("staff.mech", posted("图.pdf"), headers=JSON, token="once").json()
    again = send("staff.mech", posted("图.pdf"), headers=JSON, token="once").json()
    assert first == again
    assert (Document.objects.count(), DocumentVersion.objects.count()) == (1, 1)
    assert send("pm", posted("图.pdf"), headers=JSON, token="once").json() != first
    send("staff.mech", posted("a.pdf", "b.pdf"), token="form")
    send("staff.mech", posted("a.pdf", "b.pdf"), token="form")
    assert Document.objects.count() == 4


def test_a_token_of_one_contract_says_nothing_of_another(cast):
    first = upload_document(
        cast.own, upload(token="t"), actor=cast["boss"], type=DocumentType.objects.get(slug="technical")
    )
    other = upload_document(
        cast.foreign, upload(token="t"), actor=cast["boss"], type=DocumentType.objects.get(slug="technical")
    )
    assert first.document.contract != other.document.contract


def test_what_is_refused_stops_none_of_the_others(send):
    files = [
        *posted("good.pdf"),
        SimpleUploadedFile("virus.exe", b"MZ\0\0"),
        SimpleUploadedFile("x.docx", b"no"),
    ]
    answer = send("staff.mech", files)
    assert answer.status_code == 422
    assert [d.title for d in Document.objects.all()] == ["good"]
    page = answer.content.decode()
    assert "virus.exe" in page
    assert "x.docx" in page
    assert "Stored: good" in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("none", PDF),
        ("picture.png", PDF),
        ("text.pdf", TEXT),
        ("page.html", b"<html>"),
        ("a.pdf.exe", PDF),
        ("a.pdf\u202etxt.exe", PDF),
        ("program.docx", b"MZ" + docx()),
    ],
)
def test_content_and_name_must_agree(send, name, content):
    answer = send("staff.mech", [SimpleUploadedFile(name, content)], headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert not Document.objects.exists()


def test_a_type_takes_only_its_own_kinds(send):
    photo = DocumentType.objects.get(slug="photo").pk
    answer = send("staff.mech", posted("a.pdf"), headers=JSON, type=photo)
    assert answer.status_code == 422
    assert "jpg" in answer.json()["message"]
    office = SimpleUploadedFile("合同.docx", docx())
    assert send("sales", [office], headers=JSON, type=DocumentType.objects.get(slug="contract").pk).json()[
        "url"
    ]


def test_an_unknown_or_closed_type_is_refused(send):
    DocumentType.objects.filter(slug="photo").update(active=False)
    for kind in ("", "999999", "x", DocumentType.objects.get(slug="photo").pk):
        assert send("staff.mech", posted("a.pdf"), headers=JSON, type=kind).status_code == 422
    assert not Document.objects.exists()


def test_no_file_is_a_sentence(send):
    answer = send("staff.mech", [], headers=JSON)
    assert (answer.status_code, answer.json()) == (422, {"message": "Choose a file."})


def test_limit_and_one_byte_more(send, settings):
    settings.MAX_UPLOAD_MB = 1
    fits = PDF + b"\n" * (2**20 - len(PDF))
    assert send("staff.mech", [SimpleUploadedFile("a.pdf", fits)], headers=JSON).status_code == 200
    answer = send("staff.mech", [SimpleUploadedFile("b.pdf", fits + b"\n")], headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["message"] == "b.pdf is larger than 1 MB, the largest size allowed here."
    page = send("staff.mech", [SimpleUploadedFile("b.pdf", fits + b"\n"), *posted("c.pdf")])
    assert page.status_code == 413
    assert "b.pdf is larger than 1 MB" in page.content.decode()
    assert {d.title for d in Document.objects.all()} == {"a", "c"}


def full_disk(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["mkstemp", "rename"])
def test_a_full_disk_is_a_page_and_leaves_nothing(send, monkeypatch, step):
    place = store.tempfile if step == "mkstemp" else os
    monkeypatch.setattr(place, step, full_disk)
    page = send("staff.mech", posted("a.pdf"))
    answer = send("staff.mech", posted("a.pdf"), headers=JSON)
    monkeypatch.undo()
    assert (page.status_code, answer.status_code) == (507, 507)
    assert "disk of the server is full" in page.content.decode()
    assert "disk of the server is full" in answer.json()["message"]
    assert not Document.objects.exists()
    assert not LogEntry.objects.filter(verb="upload").exists()


def test_a_row_is_never_written_before_its_bytes(cast, monkeypatch):
    """When putting the bytes fails, no row is left."""
    monkeypatch.setattr(store, "put", full_disk)
    with pytest.raises(OSError, match="No space"):
        put(cast.own, cast["staff.mech"])
    assert not Document.objects.exists()


def test_a_foreign_origin_is_refused_before_anything_is_stored(cast):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast["staff.mech"])
    address = reverse("documents:upload", args=[cast.own.pk])
    kind = DocumentType.objects.get(slug="technical").pk
    assert strict.post(address, {"files": posted("a.pdf"), "type": kind}).status_code == 403
    strict.get(address)
    token = strict.cookies["csrftoken"].value
    data = {"files": posted("a.pdf"), "type": kind, "csrfmiddlewaretoken": token}
    assert strict.post(address, data).status_code == 302
    assert Document.objects.count() == 1


def test_nobody_signed_in_gets_nothing_received(client, cast):
    address = reverse("documents:upload", args=[cast.own.pk])
    assert client.post(address, {"files": posted("a.pdf")}).status_code == 302
    assert client.post(address, {"files": posted("a.pdf")}, headers=JSON).status_code == 401
    assert not Document.objects.exists()


def raw_body(file_name, kind):
    """A form as no browser sends it: the name of the file percent-encoded, folders and all."""
    parts = (
        ('name="type"', str(kind).encode()),
        (f"name=\"files\"; filename*=UTF-8''{quote(file_name)}", PDF),
    )
    head = "--x\r\nContent-Disposition: form-data; "
    return (
        b"".join(f"{head}{about}\r\n\r\n".encode() + body + b"\r\n" for about, body in parts) + b"--x--\r\n"
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("CON.pdf", "_CON.pdf"),
        ('..\\..\\"><script>.pdf', "___script_.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("图\u202e纸.pdf", "图纸.pdf"),
    ],
)
def test_names_of_attackers_stay_names(cast, client, name, kept):
    client.force_login(cast["staff.mech"])
    body = raw_body(name, DocumentType.objects.get(slug="technical").pk)
    address = reverse("documents:upload", args=[cast.own.pk])
    assert client.post(address, body, content_type="multipart/form-data; boundary=x").status_code == 302
    assert DocumentVersion.objects.get().file_name == kept


# --- on a task --------------------------------------------------------------------------------------


def test_files_dropped_on_a_task_hang_on_it(send, cast, task):  # noqa: F811
    on = f"production.task:{task.pk}"
    answer = send("staff.mech", posted("现场.pdf"), on=on)
    assert answer.url == task.get_absolute_url()
    link = DocumentLink.objects.get()
    assert (link.target, link.document.title) == (task, "现场")
    page = send("staff.mech", [], url=reverse("documents:upload", args=[cast.own.pk]), on=on)
    assert page.status_code == 422


@pytest.mark.parametrize(
    "on", ["production.task:999999", "production.task:x", "orgchart.user:1", "x", ":", "a:b:c"]
)
def test_things_that_are_not_there_answer_404(send, on):
    assert send("staff.mech", posted("a.pdf"), on=on).status_code == 404
    assert not Document.objects.exists()


def test_a_task_out_of_sight_takes_nothing(send, cast, make_task):  # noqa: F811
    hidden = make_task(who=None)
    assert send("staff.mech", posted("a.pdf"), on=f"production.task:{hidden.pk}").status_code == 404
    foreign = make_task(cast.foreign, who=None)
    assert send("boss", posted("a.pdf"), on=f"production.task:{foreign.pk}").status_code == 403
    assert not Document.objects.exists()


# --- next version -----------------------------------------------------------------------------------


def test_a_new_version_by_page_and_by_script(send, cast):
    document = put(cast.own, cast["staff.mech"])
    address = reverse("documents:version", args=[document.pk])
    assert send("leader.mech", posted("b.pdf"), url=address, note="改孔").url == f"/documents/{document.pk}/"
    answer = send("pm", posted("c.pdf"), url=address, headers=JSON)
    assert answer.json()["version"] == 3
    notes = document.versions.order_by("number").values_list("number", "note", "file_name")
    assert list(notes) == [(1, "", "图纸.pdf"), (2, "改孔", "b.pdf"), (3, "", "c.pdf")]


def test_a_version_of_a_checked_out_document_names_who_and_until_when(send, cast):
    document = put(cast.own, cast["staff.mech"])
    services.check_out(document, actor=cast["pm"])
    address = reverse("documents:version", args=[document.pk])
    answer = send("staff.mech", posted("b.pdf"), url=address, headers=JSON)
    assert answer.status_code == 422
    assert "何项目 has checked this document out until" in answer.json()["message"]


def test_frozen_contracts_take_no_file(cast):
    spooled_file = store.spool([PDF], 1000)
    kind = DocumentType.objects.get(slug="technical")
    with pytest.raises(Blocked):
        upload_document(cast.archived, Upload(spooled_file, "a.pdf"), actor=cast["boss"], type=kind)
