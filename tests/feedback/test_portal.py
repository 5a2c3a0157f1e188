"""The customer's side: report with photos, read the answers meant for them, confirm, open again."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Contract
from documents.models import Document, DocumentVersion
from documents.services import upload_from_customer, withdraw_document
from erp.access import allowed
from erp.workflow import Blocked
from feedback import services
from feedback.models import Feedback
from tests.documents.helpers import PDF, upload
from tests.documents.papers import picture
from tests.erp.pages import get

REPORT = {
    "kind": "bug",
    "severity": "high",
    "title": "灌装阀滴漏",
    "text": "三号阀\r\n停机后仍滴漏",
    "token": "t1",
}


def png(name="漏点.png"):
    return SimpleUploadedFile(name, picture(), "image/png")


def new_url(cast):
    return f"/portal/contracts/{cast.own.pk}/feedback/new/"


def send(client, cast, *files, **more):
    client.force_login(cast["customer.a"])
    return client.post(new_url(cast), {**REPORT, "files": list(files), **more})


def test_a_report_with_photos_arrives_whole(cast, client):
    answer = send(client, cast, png(), png("全景.png"))
    row = Feedback.objects.get()
    assert answer.url == f"/portal/feedback/{row.pk}/"
    assert (row.reporter, row.contract, row.shared) == (cast["customer.a"], cast.own, True)
    assert row.text == "三号阀\n停机后仍滴漏"
    titles = set(Document.objects.values_list("title", "type__slug", "published__number"))
    assert titles == {("漏点", "photo", 1), ("全景", "photo", 1)}
    page = client.get(answer.url).content.decode()
    assert "漏点" in page
    assert "全景" in page
    version = DocumentVersion.objects.order_by("pk").first()
    assert client.get(f"/documents/{version.document_id}/v/1/preview/").status_code == 200


def test_sent_twice_it_is_one_report_with_its_photos(cast, client):
    assert send(client, cast, png()).url == send(client, cast, png()).url
    assert Feedback.objects.count() == Document.objects.count() == 1


def test_the_office_reads_the_photos_others_do_not(cast, client):
    send(client, cast, png())
    photo = Document.objects.get()
    readers = {who for who in cast.users if allowed(cast[who], "view", photo)}
    assert {"boss", "admin", "pm", "service", "customer.a"} <= readers
    assert not readers & {"outsider", "ex-member", "customer.b", "staff.elec", "disabled"}


def test_whoever_is_named_reads_what_hangs_on_it(cast, client):
    send(client, cast, png())
    row, photo = Feedback.objects.get(), Document.objects.get()
    assert not allowed(cast["staff.mech"], "view", photo)
    services.assign_feedback(row, actor=cast["service"], person=cast.people["staff.mech"])
    assert allowed(cast["staff.mech"], "view", photo)
    later = upload_from_customer(
        Feedback.objects.get(), upload(picture(), "近景.png"), actor=cast["customer.a"]
    )
    assert allowed(cast["staff.mech"], "view", later.document)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("程序.exe", b"MZ\x90\x00" + b"\0" * 64),
        ("图.png", b"<html><script>alert(1)</script></html>"),
        ("图纸.dwg", b"AC1027" + b"\0" * 64),
        ("脚本.js", b"alert(1)"),
        ("无扩展名", b"abc"),
        ("空.png", b""),
    ],
)
def test_what_is_no_photo_and_no_paper_is_refused_and_the_report_stays(cast, client, name, content):
    answer = send(client, cast, SimpleUploadedFile(name, content, "image/png"), png())
    row = Feedback.objects.get()
    assert answer.url == row.get_portal_url()
    assert Document.objects.count() == 1
    page = client.get(answer.url).content.decode()
    assert "toast" in page or name in page


def test_papers_of_the_office_come_in_too(cast, make_feedback):
    row = make_feedback(who="customer.a")
    version = upload_from_customer(row, upload(PDF, "检测报告.pdf"), actor=cast["customer.a"])
    assert version.document.type.slug == "other"
    with pytest.raises(ValidationError):
        upload_from_customer(row, upload(b"AC1027" + b"\0" * 64, "图纸.dwg"), actor=cast["customer.a"])


def test_nobody_else_sends_files_this_way(cast, make_feedback):
    row = make_feedback(who="customer.a")
    hidden = make_feedback(shared=False)
    for who, thing in (("customer.b", row), ("pm", row), ("customer.a", hidden)):
        with pytest.raises(PermissionDenied):
            upload_from_customer(thing, upload(picture(), "图.png"), actor=cast[who])
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    with pytest.raises(Blocked):
        upload_from_customer(
            Feedback.objects.get(pk=row.pk), upload(picture(), "图.png"), actor=cast["customer.a"]
        )
    assert not Document.objects.exists()


def test_the_office_takes_a_photo_back(cast, client):
    send(client, cast, png())
    withdraw_document(Document.objects.get(), actor=cast["pm"])
    assert not Document.objects.for_user(cast["customer.a"]).exists()


def test_more_photos_later(cast, client, make_feedback):
    row = make_feedback(who="customer.a")
    client.force_login(cast["customer.a"])
    answer = client.post(f"/portal/feedback/{row.pk}/files/", {"files": [png()]})
    assert answer.status_code == 302
    assert Document.objects.get().links.get().target == row
    assert client.post(f"/portal/feedback/{row.pk}/files/", {}).status_code == 302


@pytest.mark.parametrize("missing", ["title", "kind", "severity"])
def test_what_is_missing_is_said_and_what_was_typed_is_kept(cast, client, missing):
    answer = send(client, cast, **{missing: "  "})
    assert answer.status_code == 422
    assert "三号阀" in answer.content.decode()
    assert not Feedback.objects.exists()


def test_nothing_of_the_office_is_shown(cast, client, make_feedback):
    row = make_feedback(who="customer.a", title="客户报的")
    make_feedback(title="内部发现的", shared=False)
    services.assign_feedback(row, actor=cast["pm"], person=cast.people["staff.mech"])
    services.add_comment(Feedback.objects.get(pk=row.pk), actor=cast["pm"], text="客户自己弄坏的")
    services.set_coverage(
        Feedback.objects.get(pk=row.pk), actor=cast["pm"], coverage="paid", reason="内部原因"
    )
    pages = [f"/portal/contracts/{cast.own.pk}/feedback/", f"/portal/feedback/{row.pk}/"]
    text = "".join(get(client, cast["customer.a"], url).content.decode() for url in pages)
    assert "客户报的" in text
    for secret in ("内部发现的", "客户自己弄坏的", "内部原因", "小张", "李机械", "机械部", "逾期"):
        assert secret not in text, secret


def test_the_customer_answers_confirms_and_opens_again(cast, client, resolved):
    client.force_login(cast["customer.a"])
    page = client.get(resolved.get_portal_url()).content.decode()
    assert "更换密封圈" in page
    answer = client.post(f"/portal/feedback/{resolved.pk}/answer/", {"text": "我们看一下"})
    assert answer.status_code == 302
    assert client.post(f"/portal/feedback/{resolved.pk}/answer/", {"text": " "}).status_code == 422
    row = Feedback.objects.get()
    old = client.post(f"/portal/feedback/{row.pk}/confirm/", {"version": row.version - 1})
    assert old.status_code == 409
    assert client.post(f"/portal/feedback/{row.pk}/confirm/", {"version": row.version}).status_code == 302
    assert Feedback.objects.get().status == "closed"
    row = Feedback.objects.get()
    assert client.post(f"/portal/feedback/{row.pk}/reopen/", {"version": row.version}).status_code == 422
    again = client.post(f"/portal/feedback/{row.pk}/reopen/", {"version": row.version, "reason": "又漏了"})
    assert again.status_code == 302
    assert Feedback.objects.get().status == "reopened"


def test_a_step_that_is_not_open_says_so(cast, client, feedback):
    url = f"/portal/feedback/{feedback.pk}/confirm/"
    page = get(client, cast["customer.a"], url).content.decode()
    assert "btn-primary" not in page.partition("<main")[2].partition("</main>")[0]
    assert client.post(url, {"version": feedback.version}).status_code == 422
    assert Feedback.objects.get().status == "new"


def test_the_portal_shows_its_panel(cast, client, feedback):
    page = get(client, cast["customer.a"], f"/portal/contracts/{cast.own.pk}/").content.decode()
    assert f"/portal/contracts/{cast.own.pk}/feedback/" in page
    panel = get(client, cast["customer.a"], f"/portal/contracts/{cast.own.pk}/feedback/", htmx=True)
    assert feedback.get_portal_url() in panel.content.decode()
    assert get(client, cast["customer.a"], feedback.get_absolute_url()).status_code == 404
    assert get(client, cast["customer.b"], feedback.get_portal_url()).status_code == 404
