"""Checklist templates: who keeps them, which one a step takes, and the editor."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from acceptance.checklists.forms import turned
from acceptance.checklists.services import (
    edit_checklist,
    make_checklist,
    may_keep,
    set_active,
    take_standard,
)
from acceptance.checklists.standard import STANDARD
from acceptance.models import ChecklistTemplate
from acceptance.models.templates import Check, checks_for
from erp.models import LogEntry
from erp.workflow import Blocked, Stale

URL = "/acceptance/checklists/"
KEEPERS = {"boss", "admin", "qc"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def make(cast):
    def make(name="自检", *, checks=("尺寸合格",), **fields):
        fields = {"scope": "task", "level": 1, **fields}
        return make_checklist(actor=cast["qc"], name=name, checks=[Check(text) for text in checks], **fields)

    return make


def texts(*args, **kwargs):
    return [check.text for check in checks_for(*args, **kwargs)]


def test_boss_administrator_and_heads_of_quality_keep_them(cast):
    assert {name for name in cast.users if may_keep(cast[name])} == KEEPERS
    with pytest.raises(PermissionDenied):
        make_checklist(actor=cast["leader.mech"], name="x", scope="task", level=1, checks=[Check("x")])
    assert ChecklistTemplate.objects.count() == 0


def test_a_closed_quality_department_keeps_nothing(cast):
    department = cast.departments["quality"]
    type(department).objects.filter(pk=department.pk).update(active=False)
    assert not may_keep(cast["qc"])


def test_the_most_specific_active_list_is_taken(cast, make):
    mechanical, electrical = cast.departments["mechanical"], cast.departments["electrical"]
    make(checks=["通用"])
    make(checks=["按职能"], function="mechanical")
    own = make(checks=["按部门"], department=mechanical)
    assert texts("task", 1, department=mechanical) == ["按部门"]
    assert texts("task", 1, department=electrical) == ["通用"]
    set_active(own, actor=cast["qc"], active=False)
    assert texts("task", 1, department=mechanical) == ["按职能"]
    assert texts("task", 2, department=mechanical) == []
    assert texts("task", 1) == ["通用"]


def test_contracts_take_the_list_of_their_kind(make):
    make(scope="contract", level=2, checks=["任何"])
    make(scope="contract", level=2, kind="fat", checks=["出厂"])
    assert texts("contract", 2, kind="fat") == ["出厂"]
    assert texts("contract", 2, kind="sat") == ["任何"]
    assert texts("contract", 2) == ["任何"]


def test_items_keep_their_order_and_what_they_ask(cast):
    checks = [Check("乙", "先量", needs_evidence=True), Check("甲", mandatory=False)]
    make_checklist(actor=cast["boss"], name="自检", scope="task", level=1, checks=checks)
    assert checks_for("task", 1) == checks


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "contract", "function": "mechanical"},
        {"scope": "task", "kind": "fat"},
        {"scope": "task", "function": "mechanical", "department": "mechanical"},
    ],
)
def test_a_place_that_no_step_has_is_refused(cast, make, fields):
    if "department" in fields:
        fields = {**fields, "department": cast.departments["mechanical"]}
    with pytest.raises(ValidationError):
        make(**fields)


def test_of_one_place_there_is_one_active_list(cast, make):
    first = make()
    with pytest.raises(ValidationError):
        make("另一个")
    set_active(first, actor=cast["qc"], active=False)
    make("另一个")
    with pytest.raises(ValidationError):
        set_active(first, actor=cast["qc"], active=True)


def test_the_database_too_knows_one_active_list_of_a_place(make):
    make()
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistTemplate.objects.create(name="x", scope="task", level=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistTemplate.objects.create(name="x", scope="task", level=4, active=False)


def test_lists_without_items_with_too_many_or_twice_the_same_are_refused(make):
    for checks in ((), ["x"] * 2, [str(n) for n in range(101)]):
        with pytest.raises(Blocked):
            make(checks=checks)


def test_who_saves_second_is_told_and_changes_nothing(cast, make):
    template = make()
    edit_checklist(template, actor=cast["boss"], version=1, checks=[Check("新")], name="新名")
    with pytest.raises(Stale):
        edit_checklist(template, actor=cast["qc"], version=1, checks=[Check("旧")], name="旧名")
    template.refresh_from_db()
    assert (template.name, [c.text for c in template.checks]) == ("新名", ["新"])


def test_every_change_is_in_log_and_history(cast, make):
    template = make()
    edit_checklist(template, actor=cast["boss"], checks=[Check("新")], name="自检")
    set_active(template, actor=cast["boss"], active=False)
    rows = LogEntry.objects.get_for_object(template).order_by("pk")
    assert [row.verb for row in rows] == ["make_checklist", "edit_checklist", "deactivate"]
    assert "尺寸合格" in str(rows[1].changes)
    assert template.history.count() == 3


def test_the_standard_fills_free_places_only(cast, make):
    make("我们自己的", function="mechanical")
    made = take_standard(actor=cast["qc"])
    assert len(made) == len(STANDARD) - 1
    assert take_standard(actor=cast["qc"]) == []
    assert texts("task", 1, department=cast.departments["mechanical"]) == ["尺寸合格"]


# --- pages -------------------------------------------------------------------------------------------


def typed(*rows, deed="", **place):
    data = {"name": "自检", "scope": "task", "level": "1", "rows": str(len(rows)), **place}
    for n, (text, hint, *flags) in enumerate(rows):
        data |= {
            f"item-{n}-text": text,
            f"item-{n}-hint": hint,
            **{f"item-{n}-{flag}": "on" for flag in flags},
        }
    return {**data, "deed": deed} if deed else data


def test_a_list_is_made_on_the_page(client, cast):
    client.force_login(cast["qc"])
    sent = typed(("外观", "", "mandatory"), ("", ""), ("照片", "三张", "needs_evidence"))
    answer = client.post(f"{URL}new/", sent, follow=True)
    assert answer.status_code == 200
    assert checks_for("task", 1) == [
        Check("外观"),
        Check("照片", "三张", needs_evidence=True, mandatory=False),
    ]
    assert "照片" in answer.content.decode()


def test_buttons_of_rows_save_nothing_and_lose_nothing(client, cast):
    client.force_login(cast["qc"])
    rows = (("甲", "一", "mandatory"), ("乙", "", "needs_evidence"))
    for deed, names in (("add", "甲 乙 "), ("up-1", "乙 甲"), ("drop-0", "乙"), ("down-0", "乙 甲")):
        answer = client.post(f"{URL}new/", typed(*rows, deed=deed, name="没写完"))
        editor = answer.context["editor"]
        assert answer.status_code == 200
        assert " ".join(str(item["text"].value() or "") for item in editor.items) == names
        assert editor.place["name"].value() == "没写完"
        assert "没写完" in answer.content.decode()
    assert ChecklistTemplate.objects.count() == 0


@pytest.mark.parametrize(
    "deed", ["up-0", "down-1", "drop-9", "drop-x", "drop-", "nonsense", "up-" + "9" * 30]
)
def test_a_button_that_cannot_be_leaves_the_rows(deed):
    rows = [{"text": "甲"}, {"text": "乙"}]
    assert turned(rows, deed) == rows


def test_a_wrong_form_says_so_and_keeps_what_was_typed(client, cast):
    client.force_login(cast["qc"])
    cases = [typed(name="x"), typed(("", "没有名称"), name="x"), typed(("y" * 201, ""), name="x"),
             typed(("a", ""), name="x", level="9"), typed(("a", ""), name="x", rows="-1"),
             typed(("a", ""), name="x", scope="contract", function="mechanical")]  # fmt: skip
    for sent in cases:
        answer = client.post(f"{URL}new/", sent)
        assert answer.status_code == 422, sent
        assert 'value="x"' in answer.content.decode()
    assert ChecklistTemplate.objects.count() == 0


def test_two_editors_the_second_sees_both(client, cast, make):
    template = make()
    client.force_login(cast["qc"])
    page = client.get(f"{URL}{template.pk}/edit/").content.decode()
    assert 'name="version" value="1"' in page
    edit_checklist(template, actor=cast["boss"], checks=[Check("老板加的")], name="自检")
    answer = client.post(f"{URL}{template.pk}/edit/", typed(("我加的", ""), version="1"))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "老板加的" in text
    assert "我加的" in text
    assert 'name="version" value="2"' in text
    assert client.post(f"{URL}{template.pk}/edit/", typed(("我加的", ""), version="2")).status_code == 302
    template.refresh_from_db()
    assert [c.text for c in template.checks] == ["我加的"]


def test_switching_off_and_on_by_the_page(client, cast, make):
    template = make()
    client.force_login(cast["admin"])
    client.post(f"{URL}{template.pk}/deactivate/")
    template.refresh_from_db()
    assert not template.active
    make("新的")
    answer = client.post(f"{URL}{template.pk}/activate/", follow=True)
    assert "同一级别已在使用“新的”" in answer.content.decode()
    template.refresh_from_db()
    assert not template.active


def test_hostile_text_is_shown_as_text(client, cast, make):
    template = make("<script>alert(1)</script>", checks=["{{ 7|add:7 }}<i>"])
    client.force_login(cast["pm"])
    for url in (URL, f"{URL}{template.pk}/"):
        text = client.get(url).content.decode()
        assert "<script>alert" not in text
        assert "<i>" not in text


def test_the_list_costs_the_same_for_one_and_for_nine(client, cast, make):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(URL).status_code == 200
        return len(seen)

    make(department=cast.departments["mechanical"])
    client.force_login(cast["qc"])
    client.get(URL)
    one = cost()
    take_standard(actor=cast["qc"])
    assert cost() == one <= 12


def test_a_list_of_a_closed_department_can_still_be_edited(client, cast, make):
    template = make(department=cast.departments["software"])
    type(cast.departments["software"]).objects.filter(name="软件部").update(active=False)
    client.force_login(cast["qc"])
    sent = typed(("新", ""), version="1", department=str(cast.departments["software"].pk))
    assert client.post(f"{URL}{template.pk}/edit/", sent).status_code == 302
    assert client.post(f"{URL}new/", {**sent, "level": "2"}).status_code == 422


def test_the_back_office_changes_where_a_list_holds_and_keeps_its_items(client, cast, make):
    template = make(checks=["甲", "乙"])
    client.force_login(cast["admin"])
    url = f"/admin/acceptance/checklisttemplate/{template.pk}/change/"
    page = client.get(url)
    assert "1. 甲" in page.content.decode()
    data = {
        "name": "改名",
        "scope": "task",
        "level": "2",
        "kind": "",
        "department": "",
        "function": "",
        "seen": "1",
    }
    assert client.post(url, data).status_code == 302
    template.refresh_from_db()
    assert (template.name, template.level, [c.text for c in template.checks]) == ("改名", 2, ["甲", "乙"])
    deed = {"action": "switch_off", "_selected_action": [template.pk]}
    client.post("/admin/acceptance/checklisttemplate/", deed)
    template.refresh_from_db()
    assert not template.active
