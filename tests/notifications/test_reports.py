"""Lists as PDF or Excel by e-mail: to each what they may see when it is written."""

import io
from datetime import time, timedelta

import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from python_calamine import CalamineWorkbook

from notifications import papers
from notifications.cards import Table
from notifications.letters import letter_for
from notifications.models import Dispatch, Report
from notifications.services import add_report, deliver, send_now
from production.models import Task
from tests.notifications.clockwork import mailbox, task_until
from tests.notifications.sinks.smtp import MailSink


@pytest.fixture
def tasks(cast):
    today = timezone.localdate()
    task_until(cast, today - timedelta(days=3), name="=cmd|' /C calc'!A0")
    task_until(cast, today + timedelta(days=3), name="主机装配 #let [x] $y$")
    task_until(cast, today - timedelta(days=1), who="qc", department="quality", name="终检")
    return cast


def letter_of(cast, who, subject, form):
    report = add_report(actor=cast[who], subject=subject, form=form, medium="email", at=time(8))
    send_now(report)
    return letter_for(Dispatch.objects.filter(recipient=cast[who]).latest("id"))


def sheet(content):
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def words(content):
    document = pypdfium2.PdfDocument(content)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_a_workbook_has_what_the_receiver_sees(tasks):
    mailbox()
    (file,) = letter_of(tasks, "boss", "tasks", "xlsx").files
    assert file.name.endswith(f"{timezone.localdate()}.xlsx")
    rows = sheet(file.content)
    assert [row[1] for row in rows[1:]] == ["=cmd|' /C calc'!A0", "终检", "主机装配 #let [x] $y$"]
    (file,) = letter_of(tasks, "staff.mech", "tasks", "xlsx").files
    assert [row[3] for row in sheet(file.content)[1:]] == ["小张", "小张"]
    (file,) = letter_of(tasks, "outsider", "tasks", "xlsx").files
    assert len(sheet(file.content)) == 1


def test_a_pdf_has_chinese_text_and_reads_nothing_as_markup(tasks):
    mailbox()
    (file,) = letter_of(tasks, "leader.mech", "tasks", "pdf").files
    text = words(file.content)
    assert "主机装配 #let [x] $y$" in text
    assert "小张" in text


def test_the_overdue_list_has_overdue_tasks_only(tasks):
    mailbox()
    (file,) = letter_of(tasks, "boss", "overdue", "pdf").files
    text = words(file.content)
    assert "终检" in text
    assert "主机装配" not in text
    (file,) = letter_of(tasks, "qc", "overdue", "xlsx").files
    assert {row[1] for row in sheet(file.content)[1:]} == {"=cmd|' /C calc'!A0", "终检"}


def test_it_is_written_when_it_is_sent(tasks):
    mailbox()
    report = add_report(actor=tasks["boss"], subject="overdue", form="xlsx", medium="email", at=time(8))
    send_now(report)
    Task.objects.filter(name="终检").update(planned_end=timezone.localdate() + timedelta(days=9))
    (file,) = letter_for(Dispatch.objects.get()).files
    assert "终检" not in {row[1] for row in sheet(file.content)}


def test_it_arrives_as_an_attachment(tasks):
    with MailSink() as sink:
        mailbox()
        from notifications.models import Channel

        config = {
            "host": "127.0.0.1",
            "port": str(sink.port),
            "security": "none",
            "sender": "erp@factory.example",
        }
        Channel.objects.update(config=config, rate=0)
        report = add_report(actor=tasks["boss"], subject="overdue", form="pdf", medium="email", at=time(8))
        send_now(report)
        deliver()
        ((_to, mail, _at),) = sink.mails
    (part,) = mail.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    assert part.get_content().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("subject", "form", "medium"),
    [
        ("card", "pdf", "email"),
        ("tasks", "card", "email"),
        ("tasks", "pdf", "wecom"),
        ("secrets", "pdf", "email"),
    ],
)
def test_what_does_not_fit_is_refused(cast, subject, form, medium):
    with pytest.raises(ValidationError):
        add_report(actor=cast["boss"], subject=subject, form=form, medium=medium, at=time(8))
    assert not Report.objects.exists()


def test_the_same_twice_is_refused_on_the_page(client, cast):
    mailbox()
    client.force_login(cast["pm"])
    data = {"subject": "tasks", "form": "pdf", "medium": "email", "at": "07:30", "working_days_only": "on"}
    assert client.post("/notifications/reports/", data).status_code == 302
    assert client.post("/notifications/reports/", data).status_code == 422
    (row,) = client.get("/notifications/reports/").context["rows"]
    assert (row["report"].user, row["report"].at) == (cast["pm"], time(7, 30))
    client.force_login(cast["boss"])
    assert client.get("/notifications/reports/").context["rows"] == []
    client.force_login(cast["pm"])
    assert client.post(f"/notifications/reports/{row['report'].pk}/remove/").status_code == 302
    assert not Report.objects.exists()


def test_without_a_chinese_typeface_it_says_so_and_sends_the_workbook(tasks, client, monkeypatch):
    mailbox()
    monkeypatch.setattr(papers, "CHINESE", ("No Such Typeface",))
    papers.chinese_font.cache_clear()
    try:
        letter = letter_of(tasks, "boss", "overdue", "pdf")
        client.force_login(tasks["boss"])
        page = client.get("/notifications/reports/").content.decode()
    finally:
        papers.chinese_font.cache_clear()
    assert letter.files[0].name.endswith(".xlsx")
    assert any("fonts-noto-cjk" in line.text for line in letter.lines)
    assert "fonts-noto-cjk" in page


def test_an_empty_list_is_a_sheet_that_says_so():
    assert len(words(papers.as_pdf(Table("空", ["甲", "乙"], [])))) > 5
    assert sheet(papers.as_xlsx(Table("a/b:c", ["甲"], []))) == [["甲"]]
