"""The paper of an acceptance: what stands on it, for whom, and that its code tells every change."""

from __future__ import annotations

import base64
import re
from contextlib import closing
from datetime import timedelta

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from acceptance import services
from acceptance.models import Acceptance, AcceptanceDefect, AcceptanceItem, AcceptanceRound, AcceptanceStep
from acceptance.paper.codes import Edition, instant
from acceptance.paper.facts import facts_of
from acceptance.paper.services import PAPERS, check_code, make_paper
from acceptance.services import Defect
from contracts.models import Contract
from documents import store
from documents.models import Document, DocumentType, DocumentVersion
from documents.services import Upload, publish_version, remove_document, upload_document
from erp.models import LogEntry
from notifications.papers import NoFont
from orgchart.models import Company, User
from production.models import Task
from production.services import submit_task
from tests.acceptance.conftest import step_of, submitted

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = r'#panic("x") = $a^2$ @ref \ *b* _i_ <l> `c` [x] // c /* "q" ~ --- '.strip()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def photo(cast, anchor, by="qc", name="检验照片.png", content=b"one", kind="acceptance"):
    flags = {"name": kind, "for_quality": kind == "acceptance", "for_team": kind == "acceptance"}
    found, _made = DocumentType.objects.get_or_create(slug=kind, defaults=flags)
    upload = Upload(store.spool([PNG, content], store.upload_limit()), name)
    return upload_document(anchor.contract, upload, actor=cast[by], type=found, anchor=anchor)


@pytest.fixture
def told(cast, of_task, decide, checklist, make_task):
    """A task's acceptance with two rounds: rejected at level 2 with a defect, then passed."""
    checklist(level=2, items=[{"text": "焊缝", "hint": "目视", "needs_evidence": False, "mandatory": True}])
    found = decide(of_task)
    step = step_of(found)
    item = AcceptanceItem.objects.create(
        step=step, contract=found.contract, position=1, text="焊缝", hint="目视"
    )
    services.check_items(step, actor=cast["qc"], findings={item.pk: ("not_ok", "有裂纹")})
    defect = Defect("焊缝裂纹", item.pk, department=cast.departments["mechanical"], rework=True)
    services.reject_step(
        AcceptanceStep.objects.get(pk=step.pk), actor=cast["qc"], reason="返修", defects=[defect]
    )
    return Acceptance.objects.get(pk=found.pk)


@pytest.fixture
def paper(cast, told):
    """The office's paper of it: code and text."""
    return printed(told, cast["qc"])


def printed(acceptance, user):
    code, made = make_paper(PAPERS.get(pk=acceptance.pk), user)
    return code, text_of(made)


def text_of(made):
    with closing(pypdfium2.PdfDocument(made)) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def plain(text):
    return re.sub(r"\s+", "", text.replace("\u200b", ""))


def test_the_paper_says_who_decided_what_and_when(told, paper):
    code, text = paper
    step = told.round.steps.get(level=2)
    moment = timezone.localtime(step.decided_at)
    names = "HT-OWN-1 蓝海食品 机架焊接 李机械 赵质检 返修 焊缝 目视 有裂纹 焊缝裂纹".split()
    rework = Task.objects.get(rework_of=told.task).pk
    for word in (*names, f"#{rework}", str(code), "1 / 1", f"{moment.day} {moment:%b %Y %H:%M}"):
        assert plain(word) in plain(text), word


def test_chinese_too(cast, told):
    with translation.override("zh-hans"):
        _code, text = printed(told, cast["qc"])
    for word in ("验收证明", "驳回", "验证码", "缺陷", "返工任务"):
        assert word in plain(text)


def test_documents_stand_there_with_the_hash_of_their_content(cast, told):
    version = photo(cast, told)
    _code, text = printed(told, cast["qc"])
    assert plain("检验照片.png") in plain(text)
    assert version.sha256 in plain(text)


def test_who_may_not_read_a_document_gets_its_name_on_no_paper_but_the_same_code(cast, told):
    version = photo(cast, told, by="pm", name="秘密.png", kind="invoice")
    until = instant()
    row = PAPERS.get(pk=told.pk)
    code, made = make_paper(row, cast["leader.elec"], until=until)
    assert "秘密" not in text_of(made)
    assert version.sha256 not in plain(text_of(made))
    assert make_paper(row, cast["boss"], until=until)[0] == code
    assert check_code(str(code), cast["leader.elec"]).agrees


def test_rework_out_of_sight_is_not_named(cast, told):
    task = Task.objects.get(rework_of=told.task)
    Task.objects.filter(pk=task.pk).update(name="别人的返工", assignee=None)
    until = instant()
    codes = {}
    for name, sees in (("staff.mech", False), ("leader.mech", True)):
        codes[name], made = make_paper(PAPERS.get(pk=told.pk), cast[name], until=until)
        assert (plain("别人的返工") in plain(text_of(made))) is sees
    assert codes["staff.mech"] == codes["leader.mech"]


def test_a_paper_agrees_as_long_as_nothing_changes(cast, told, paper):
    verdict = check_code(str(paper[0]), cast["pm"])
    assert verdict.agrees
    assert verdict.acceptance == told


def test_work_that_goes_on_leaves_old_papers_true(cast, told, paper, decide):
    photo(cast, told, content=b"later")
    submit_task(Task.objects.get(pk=told.task_id), actor=cast["staff.mech"], despite_rework=True)
    again = decide(told, despite_rework=True)
    assert check_code(str(paper[0]), cast["qc"]).agrees
    assert printed(again, cast["qc"])[0].mark != paper[0].mark


#: One stored fact each, changed past all services.
CHANGES = {
    "contract name": lambda a: Contract.objects.filter(pk=a.contract_id).update(name="别的"),
    "customer": lambda a: Company.objects.filter(pk=a.contract.company_id).update(name="别家"),
    "task name": lambda a: Task.objects.filter(pk=a.task_id).update(name="别的任务"),
    "title": lambda a: Acceptance.objects.filter(pk=a.pk).update(title="别的"),
    "round note": lambda a: AcceptanceRound.objects.filter(acceptance=a).update(note="补一句"),
    "round result": lambda a: AcceptanceRound.objects.filter(acceptance=a).update(result="passed"),
    "applied at": lambda a: AcceptanceRound.objects.filter(acceptance=a).update(
        opened_at=timezone.now() - timedelta(days=9)
    ),
    "result": lambda a: steps(a).filter(level=2).update(result="passed"),
    "reason": lambda a: steps(a).filter(level=2).update(reason="没事"),
    "decided by": lambda a: steps(a).filter(level=1).update(decided_by=User.objects.get(username="boss")),
    "decided at": lambda a: steps(a).filter(level=1).update(decided_at=timezone.now() - timedelta(days=1)),
    "on behalf": lambda a: steps(a).filter(level=1).update(on_behalf=True),
    "name of who decided": lambda a: User.objects.filter(username="qc").update(name="别人"),
    "item text": lambda a: items(a).update(text="别的"),
    "item hint": lambda a: items(a).update(hint="别的"),
    "item mark": lambda a: items(a).update(mark="ok"),
    "item note": lambda a: items(a).update(note="没有裂纹"),
    "item mandatory": lambda a: items(a).update(mandatory=False),
    "item evidence": lambda a: items(a).update(needs_evidence=True),
    "defect": lambda a: defects(a).update(text="小事"),
    "defect gone": lambda a: defects(a).delete(),
    "rework": lambda a: defects(a).update(task=a.task_id),
    "hash": lambda a: DocumentVersion.objects.update(sha256="0" * 64),
    "file name": lambda a: DocumentVersion.objects.update(file_name="另一张.png"),
    "document gone": lambda a: Document.objects.update(deleted_at=timezone.now()),
    "round gone": lambda a: steps(a).filter(level=2).update(decided_at=None),
}


def steps(acceptance):
    return AcceptanceStep.objects.filter(round__acceptance=acceptance)


def items(acceptance):
    return AcceptanceItem.objects.filter(step__round__acceptance=acceptance)


def defects(acceptance):
    return AcceptanceDefect.objects.filter(step__round__acceptance=acceptance)


@pytest.mark.parametrize("what", CHANGES)
def test_one_changed_fact_makes_the_code_fail(cast, told, what):
    photo(cast, told)
    code, _text = printed(told, cast["qc"])
    assert check_code(str(code), cast["qc"]).agrees
    CHANGES[what](told)
    assert not check_code(str(code), cast["qc"]).agrees


def test_a_document_put_into_the_bin_is_missed(cast, told):
    version = photo(cast, told, by="boss")
    code, _text = printed(told, cast["qc"])
    remove_document(version.document, actor=cast["boss"])
    assert not check_code(str(code), cast["qc"]).agrees


def test_a_code_of_another_acceptance_or_time_does_not_agree(cast, told, paper):
    code = str(paper[0])
    assert not check_code(code[:-1] + ("0" if code[-1] != "0" else "1"), cast["qc"]).agrees
    head, _dash, rest = code.partition("-")
    later = rest.replace(rest[:9], "Z" * 9, 1)
    assert check_code(f"{head}-{later}", cast["qc"]) is not None


def test_hostile_text_is_printed_as_it_is(cast, told):
    steps(told).filter(level=2).update(reason=HOSTILE)
    items(told).update(text=f"项 {HOSTILE}", hint=HOSTILE, note=HOSTILE)
    defects(told).update(text=HOSTILE)
    Acceptance.objects.filter(pk=told.pk).update(title=HOSTILE)
    Contract.objects.filter(pk=told.contract_id).update(name=HOSTILE)
    _code, text = printed(told, cast["qc"])
    assert plain(text).count(plain(HOSTILE)) >= 6


@pytest.mark.parametrize(
    "text", ["x" * 300, "\u202e反", "{{ 7|add:7 }}%s{0}", "🏗️👩‍🔧", "a\nb\tc", "]]#sys.inputs"]
)
def test_any_text_makes_a_paper(cast, told, text):
    steps(told).filter(level=2).update(reason=text)
    items(told).update(note=text)
    code, made = printed(told, cast["qc"])
    assert str(code) in made


# --- whose paper ------------------------------------------------------------------------------------


@pytest.fixture
def whole(cast, of_contract, decide):
    """The contract's acceptance, rejected inside once, then passed by the customer."""
    found = decide(decide(of_contract), "reject", reason="内部原因")
    found = services.reapply_acceptance(found, actor=cast["boss"])
    return decide(decide(decide(found)))


def test_customers_get_what_they_decided_and_nothing_inside(cast, whole):
    code, text = printed(whole, cast["customer.a"])
    assert code.edition == Edition.CUSTOMER
    assert "蓝海食品" in text
    for word in ("内部原因", "赵质检", "何项目", "王总"):
        assert word not in text
    assert check_code(str(code), cast["customer.a"]).agrees
    assert check_code(str(code), cast["pm"]).agrees


def test_the_paper_signed_for_the_customer_stands_on_the_office_copy(cast, of_contract, decide):
    signed = photo(cast, of_contract, by="boss", name="签字单.png")
    found = decide(decide(of_contract, by="pm"))
    services.pass_step(step_of(found), actor=cast["admin"], evidence=signed)
    office, customers = (printed(found, cast[name])[1] for name in ("sales", "customer.a"))
    assert plain("签字单.png") in plain(office)
    assert signed.sha256 in plain(office)
    assert "on behalf of the customer" in customers
    assert "签字单" not in customers


def test_customers_are_not_told_who_mends_what_they_found(cast, of_contract, decide):
    found = decide(decide(of_contract))
    defect = Defect("漏油", department=cast.departments["mechanical"])
    found = decide(found, "reject", defects=[defect])
    _code, text = printed(found, cast["customer.a"])
    assert "漏油" in text
    assert "机械部" not in text


def test_customers_papers_name_released_documents_only(cast, whole):
    shown, hidden = (
        photo(cast, whole, by="pm", name="给客户.png"),
        photo(cast, whole, by="pm", name="内部.png"),
    )
    publish_version(shown, actor=cast["pm"])
    code, text = printed(whole, cast["customer.a"])
    assert plain("给客户.png") in plain(text)
    assert shown.sha256 in plain(text)
    assert "内部" not in text
    publish_version(hidden, actor=cast["pm"])
    assert check_code(str(code), cast["customer.a"]).agrees


def test_customers_learn_nothing_from_an_office_code(cast, whole):
    code, _text = printed(whole, cast["pm"])
    assert check_code(str(code), cast["customer.a"]) is None
    assert check_code(str(code).replace("A", "C", 1), cast["customer.a"]).agrees is False


def test_out_of_sight_and_nonsense_answer_alike(client, cast, whole, told):
    office, _text = printed(told, cast["qc"])
    customers, _text = printed(whole, cast["customer.a"])
    for name, code in (("outsider", office), ("customer.b", customers), ("customer.a", office)):
        client.force_login(cast[name])
        pages = [client.get("/acceptance/check/", {"code": text}) for text in (str(code), "A1-nonsense")]
        assert [answer.status_code for answer in pages] == [404, 404]
        assert all("系统记录</h2>" not in answer.content.decode() for answer in pages)


def test_the_page_says_yes_and_no(client, cast, told, paper):
    client.force_login(cast["pm"])
    assert client.get("/acceptance/check/").status_code == 200
    answer = client.get("/acceptance/check/", {"code": str(paper[0]).lower()})
    assert (answer.status_code, answer.context["verdict"].agrees) == (200, True)
    assert "本证明与系统记录一致" in answer.content.decode()
    steps(told).filter(level=2).update(reason="没事")
    answer = client.get("/acceptance/check/", {"code": str(paper[0])})
    assert "本证明与系统记录不一致" in answer.content.decode()
    assert "没事" in answer.content.decode()


def test_opening_the_paper_is_logged_as_a_download(client, cast, told):
    client.force_login(cast["pm"])
    answer = client.get(f"/acceptance/{told.pk}/evidence.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    entry = LogEntry.objects.filter(verb="download").latest("pk")
    assert (entry.actor, entry.object_id, entry.contract_id) == (cast["pm"], told.pk, told.contract_id)


def test_customers_open_their_paper_in_the_portal(client, cast, whole, told):
    client.force_login(cast["customer.a"])
    assert client.get(f"/portal/acceptance/{whole.pk}/evidence.pdf").status_code == 200
    assert client.get(f"/portal/acceptance/{told.pk}/evidence.pdf").status_code == 404
    assert client.get(f"/acceptance/{whole.pk}/evidence.pdf").status_code == 404
    client.force_login(cast["customer.b"])
    assert client.get(f"/portal/acceptance/{whole.pk}/evidence.pdf").status_code == 404


def test_without_a_chinese_typeface_the_reader_is_told(client, cast, told, monkeypatch):
    def none():
        raise NoFont("no typeface here")

    monkeypatch.setattr("acceptance.paper.sheet.chinese_font", none)
    client.force_login(cast["pm"])
    answer = client.get(f"/acceptance/{told.pk}/evidence.pdf", follow=True)
    assert "no typeface here" in answer.content.decode()


def test_facts_cost_the_same_for_one_round_and_for_three(cast, of_task, decide):
    def cost(acceptance):
        row = PAPERS.get(pk=acceptance.pk)
        with CaptureQueriesContext(connection) as seen:
            facts_of(row, Edition.OFFICE, instant())
        return len(seen)

    found = decide(of_task, "reject")
    photo(cast, found)
    one = cost(found)
    for _ in "ab":
        found = decide(submitted(found.task, cast["staff.mech"]), "reject")
        photo(cast, found, content=b"more")
    assert cost(found) == one <= 10
