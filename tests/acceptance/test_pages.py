"""The pages of acceptances, as people use them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from acceptance import services
from acceptance.models import Acceptance, AcceptanceDefect
from documents.services import publish_version
from erp.models import LogEntry
from production.models import Task
from tests.acceptance.conftest import step_of, submitted
from tests.documents.helpers import link_row, put, row


@pytest.fixture
def see(client, cast):
    def look(who: str, name: str, pk: int | None = None, **asked):
        client.force_login(cast[who])
        return client.get(reverse(f"acceptance:{name}", args=[pk] if pk else []), asked)

    return look


@pytest.fixture
def send(client, cast):
    def post(who: str, name: str, pk: int, **data):
        client.force_login(cast[who])
        return client.post(reverse(f"acceptance:{name}", args=[pk]), data)

    return post


def marks(step, mark="ok", **notes):
    """What a browser sends of the checklist."""
    data = {"version": step.version}
    for item in step.items.all():
        data |= {f"mark_{item.pk}": mark, f"note_{item.pk}": notes.get(item.text, "")}
    return data


def test_the_leader_passes_a_level_with_its_checklist(cast, checklist, make_task, send, see):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    text = see("leader.mech", "acceptance", found.pk).content.decode()
    assert "尺寸" in text
    assert "通过验收" in text
    answer = send("leader.mech", "pass", found.pk, **marks(step_of(found)))
    assert answer.status_code == 302
    found.refresh_from_db()
    assert found.level == 2


def test_what_is_not_checked_keeps_the_level_and_what_was_typed(cast, checklist, make_task, send):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    step = step_of(found)
    second = step.items.get(text="外观")
    data = {"version": step.version, f"mark_{second.pk}": "ok", f"note_{second.pk}": "划痕已修"}
    for item in step.items.all():
        data.setdefault(f"note_{item.pk}", "")
    answer = send("leader.mech", "pass", found.pk, **data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "尚未检查" in text
    assert "“尺寸”" in text
    assert "划痕已修" in text
    found.refresh_from_db()
    assert found.level == 1


def test_a_missing_photo_is_named_and_a_document_mends_it(cast, checklist, make_task, send, settings):
    checklist(items=[{"text": "焊缝照片", "hint": "", "needs_evidence": True, "mandatory": True}])
    found = submitted(make_task(), cast["staff.mech"])
    step = step_of(found)
    answer = send("leader.mech", "pass", found.pk, **marks(step))
    assert answer.status_code == 422
    assert "焊缝照片" in answer.content.decode()
    put(cast.own, cast["leader.mech"], type="acceptance", anchor=step.items.get())
    assert send("leader.mech", "pass", found.pk, **marks(step_of(found))).status_code == 302


def test_findings_are_kept_without_a_decision(cast, checklist, make_task, send):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    assert send("leader.mech", "findings", found.pk, **marks(step_of(found), "not_ok")).status_code == 302
    step = step_of(found)
    assert list(step.items.values_list("mark", flat=True)) == ["not_ok", "not_ok"]
    assert step.result == "pending"


def test_a_rejection_with_defects_makes_rework_and_sends_the_task_back(cast, checklist, make_task, send, see):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    data = marks(step_of(found), "not_ok", 尺寸="超差 2 mm")
    answer = send("leader.mech", "reject", found.pk, findings="1", **data)
    assert answer.status_code == 302
    step = step_of(found)
    first = step.items.get(text="尺寸")
    text = see("leader.mech", "reject", found.pk).content.decode()
    assert "尺寸：超差 2 mm" in text
    data = {
        "version": step.version,
        "reason": "关键尺寸超差",
        f"item_{first.pk}": "尺寸：超差 2 mm",
        f"item_{first.pk}_rework": "on",
        f"item_{first.pk}_department": cast.departments["mechanical"].pk,
        f"item_{first.pk}_days": "1.5",
        "line_0": "漏装铭牌",
    }
    assert send("leader.mech", "reject", found.pk, **data).status_code == 302
    defect, other = AcceptanceDefect.objects.filter(step=step).order_by("id")
    assert (defect.item, defect.task.rework_of, other.task) == (first, found.task, None)
    assert Task.objects.get(pk=found.task_id).status == "in_progress"
    page = see("leader.mech", "acceptance", found.pk).content.decode()
    assert "关键尺寸超差" in page
    assert defect.task.name in page


def test_round_two_starts_from_what_failed(cast, checklist, make_task, send, see):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    step = step_of(found)
    good, bad = step.items.order_by("position")
    findings = {good.pk: ("ok", "12.01"), bad.pk: ("not_ok", "")}
    services.reject_step(step, actor=cast["leader.mech"], reason="划伤", findings=findings)
    again = submitted(found.task, cast["staff.mech"])
    kept, fresh = step_of(again).items.order_by("position")
    assert (kept.mark, kept.note, kept.origin) == ("ok", "12.01", good)
    assert (fresh.mark, fresh.origin) == ("", None)
    assert "沿用" in see("leader.mech", "acceptance", found.pk).content.decode()
    old = services.check_items
    with pytest.raises(Exception, match="."):
        old(step, actor=cast["leader.mech"], findings={good.pk: ("not_ok", "")})
    good.refresh_from_db()
    assert good.mark == "ok"


def test_a_rejection_without_reason_is_refused(cast, of_task, send):
    step = step_of(of_task)
    assert send("leader.mech", "reject", of_task.pk, version=step.version, reason=" ").status_code == 422
    of_task.refresh_from_db()
    assert of_task.state == "pending"


def test_whoever_was_overtaken_is_told(cast, of_task, send, decide):
    step = step_of(of_task)
    services.pass_step(step, actor=cast["leader.mech"])
    answer = send("leader.mech", "pass", of_task.pk, version=step.version)
    assert answer.status_code in (403, 409, 422)
    answer = send("qc", "pass", of_task.pk, version=99)
    assert answer.status_code == 409
    of_task.refresh_from_db()
    assert of_task.level == 2


def test_the_applicant_is_told_why_they_may_not(cast, make_task, see):
    found = submitted(make_task(), cast["leader.mech"])
    text = see("leader.mech", "acceptance", found.pk).content.decode()
    assert "您提交了本次验收" in text
    assert "decide" not in text.split('class="stack"')[0]


def test_the_manager_applies_chooses_levels_and_withdraws(cast, send, see):
    assert send("pm", "levels", cast.own.pk, contract_quality="on", task_quality="on").status_code == 302
    assert send("pm", "levels", cast.own.pk, version=1).status_code == 422
    assert send("pm", "apply", cast.own.pk, kind="fat", title="", note="设备已装完").status_code == 302
    found = Acceptance.objects.get(contract=cast.own, scope="contract")
    assert list(found.round.steps.values_list("level", flat=True)) == [2]
    assert send("pm", "withdraw", found.pk, version=found.version).status_code == 302
    assert send("pm", "reapply", found.pk, version=found.version + 1, note="再来").status_code == 302


def test_two_people_choosing_levels_do_not_overwrite_each_other(cast, send):
    flags = dict.fromkeys(("task_self", "task_quality", "contract_self", "contract_customer"), "on")
    send("pm", "levels", cast.own.pk, **flags)
    assert send("boss", "levels", cast.own.pk, version=1, **flags, contract_quality="on").status_code == 302
    assert send("pm", "levels", cast.own.pk, version=1, **flags).status_code == 409


def test_the_customer_reads_what_is_theirs_and_decides(cast, of_contract, decide, see, send, client):
    found = decide(decide(of_contract, by="pm"), by="qc")
    put(cast.own, cast["pm"], name="内部.pdf", anchor=found)
    shown = put(cast.own, cast["pm"], name="报告.pdf", anchor=found)
    publish_version(shown.current, actor=cast["pm"])
    assert "决定验收" in see("customer.a", "portal_panel", cast.own.pk).content.decode()
    text = see("customer.a", "portal_acceptance", found.pk).content.decode()
    assert "报告" in text
    assert "内部" not in text
    assert cast["qc"].name not in text
    assert see("customer.a", "acceptance", found.pk)["Location"] == f"/portal/acceptance/{found.pk}/"
    version = step_of(found).version
    assert send("customer.a", "portal_reject", found.pk, version=version, reason="").status_code == 422
    answer = send(
        "customer.a", "portal_reject", found.pk, version=version, reason="产量不足", line_0="每小时 900 瓶"
    )
    assert answer.status_code == 302
    found.refresh_from_db()
    assert found.state == "rejected"
    assert AcceptanceDefect.objects.get().task is None
    again = decide(decide(services.reapply_acceptance(found, actor=cast["pm"]), by="boss"), by="qc")
    answer = send("customer.a", "portal_pass", found.pk, version=step_of(again).version)
    assert answer.status_code == 302
    found.refresh_from_db()
    assert found.state == "passed"


def test_what_the_customer_checked_is_kept_on_the_way_to_the_rejection(cast, checklist, decide, send, see):
    checklist(3, "contract")
    found = services.apply_acceptance(cast.own, actor=cast["boss"], kind="sat")
    found = decide(decide(found, by="pm"), by="qc")
    page = see("customer.a", "portal_acceptance", found.pk).content.decode()
    assert 'name="findings"' in page
    data = marks(step_of(found), "not_ok", 尺寸="铭牌歪")
    answer = send("customer.a", "portal_reject", found.pk, findings="1", **data)
    assert answer.status_code == 302
    assert answer["Location"] == f"/portal/acceptance/{found.pk}/reject/"
    assert set(step_of(found).items.values_list("mark", flat=True)) == {"not_ok"}
    assert "尺寸：铭牌歪" in see("customer.a", "portal_reject", found.pk).content.decode()
    page = see("customer.a", "portal_acceptance", found.pk).content.decode()  # back without rejecting
    assert "铭牌歪" in page
    assert page.count('value="not_ok" checked') == 2


def test_customers_do_not_see_what_has_not_come_to_them(cast, of_contract, of_task, see):
    assert see("customer.a", "portal_acceptance", of_contract.pk).status_code == 404
    assert see("customer.a", "portal_acceptance", of_task.pk).status_code == 404
    assert of_contract.title not in see("customer.a", "portal_panel", cast.own.pk).content.decode()


def test_the_manager_decides_on_behalf_with_a_paper_of_the_page(cast, of_contract, decide, send, see):
    found = decide(decide(of_contract, by="admin"), by="qc")
    paper = row(cast.own, cast["pm"], type="acceptance")
    link_row(paper, found)
    step = step_of(found)
    assert "客户签字" in see("pm", "acceptance", found.pk).content.decode()
    assert send("pm", "pass", found.pk, version=step.version).status_code == 422
    strange = row(cast.own, cast["pm"])
    answer = send("pm", "pass", found.pk, version=step.version, evidence=strange.current_id)
    assert answer.status_code == 422
    answer = send("pm", "pass", found.pk, version=step.version, evidence=paper.current_id)
    assert answer.status_code == 302
    assert Acceptance.objects.get(pk=found.pk).state == "passed"


def test_lists_find_what_waits_and_what_came_back(cast, make_task, see, decide):
    waiting = submitted(make_task(name="等我的"), cast["staff.mech"])
    back = decide(submitted(make_task(name="退回的"), cast["staff.mech"]), "reject")
    mine = see("leader.mech", "list", state="mine").content.decode()
    assert waiting.title in mine
    assert back.title not in mine
    mine = see("staff.mech", "list", state="back").content.decode()
    assert back.title in mine
    assert waiting.title not in mine
    assert waiting.title in see("qc", "contract", cast.own.pk, level="1").content.decode()
    assert waiting.title not in see("qc", "contract", cast.own.pk, level="2").content.decode()
    assert see("outsider", "list").content.decode().count("等我的") == 0


def test_lists_cost_the_same_for_one_and_three(cast, make_task, see, client):
    def cost(who, name, pk=None):
        client.force_login(cast[who])
        url = reverse(f"acceptance:{name}", args=[pk] if pk else [])
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    first = submitted(make_task(name="一"), cast["staff.mech"])
    pages = [("leader.mech", "list", None), ("leader.mech", "contract", cast.own.pk), ("boss", "list", None)]
    before = [cost(*page) for page in pages]
    for name in "二三":
        submitted(make_task(name=name), cast["staff.mech"])
    assert [cost(*page) for page in pages] == before
    for cost_now, most in zip(before, (12, 18, 12), strict=True):
        assert cost_now <= most, before
    for who in ("leader.mech", "qc", "staff.mech", "boss"):
        assert cost(who, "acceptance", first.pk) <= 18


def test_the_task_page_shows_where_its_acceptance_stands(cast, of_task, see):
    text = see("staff.mech", "task_panel", of_task.task_id).content.decode()
    assert of_task.get_absolute_url() in text
    assert "部门自检" in text
    assert cast["leader.mech"].name in text
    cast.own.team.filter(person=cast.people["leader.mech"]).delete()
    text = see("staff.mech", "task_panel", of_task.task_id).content.decode()
    assert cast["boss"].name in text  # nobody leads the department any more


def test_looking_at_pages_changes_nothing(cast, of_task, see):
    before = LogEntry.objects.count()
    for name in ("acceptance", "pass", "reject"):
        assert see("leader.mech", name, of_task.pk).status_code == 200
    assert LogEntry.objects.count() == before
