"""The timeline: everything with values for those who may, named deeds for the rest, no amounts."""

import re

import pytest

from contracts import history, services
from contracts.models import Contract


def text_of(client, contract, query=""):
    return client.get(f"/contracts/{contract.pk}/history/{query}").content.decode()


@pytest.fixture
def edited(cast):
    services.edit_contract(cast.own, actor=cast["boss"], version=None, name="新的名字", contact="联系人甲")
    services.edit_contract(cast.own, actor=cast["sales"], version=None, deal_amount=765432)
    cast.own.refresh_from_db()
    return cast.own


def test_contract_history_with_values(edited, sign_in):
    for who in ("boss", "admin", "pm"):
        text = text_of(sign_in(who), edited)
        assert "新的名字" in re.sub(r"<h1.*?</h1>", "", text)
        assert "联系人甲" in text
        assert "名称" in text


def test_contract_history_hides_amounts(edited, sign_in):
    assert "765432" in text_of(sign_in("boss"), edited)
    assert "765432" not in text_of(sign_in("pm"), edited)
    assert "•••" in text_of(sign_in("pm"), edited)


@pytest.mark.parametrize("who", ["staff.mech", "qc", "buyer", "service", "sales"])
def test_contract_history_without_values(edited, sign_in, who):
    text = text_of(sign_in(who), edited)
    assert "联系人甲" not in text
    assert "765432" not in text
    assert "加入团队" in text
    assert 'value="change"' not in text


def test_contract_history_leader_reads_the_department(edited, cast, sign_in):
    text = text_of(sign_in("leader.mech"), edited)
    details = re.findall(r'<div class="detail">.*?</li>', text, re.S)
    assert any("小张" in part for part in details)
    assert not any("小刘" in part or "吴电气" in part for part in details)
    assert "联系人甲" not in text


def test_contract_history_is_absent_for_others(edited, sign_in):
    assert sign_in("outsider").get(f"/contracts/{edited.pk}/history/").status_code == 404


def test_contract_history_filters(edited, cast, sign_in):
    boss = sign_in("boss")
    assert "联系人甲" not in text_of(boss, edited, f"?person={cast['sales'].pk}")
    assert "联系人甲" in text_of(boss, edited, "?verb=change")
    assert "联系人甲" not in text_of(boss, edited, "?verb=add_member")
    text = text_of(boss, edited, f"?department={cast.departments['electrical'].pk}")
    entries = re.findall(r"<ol class=\"log\">.*</ol>", text, re.S)[0]
    assert "吴电气" in entries
    assert "李机械" not in entries


def test_contract_history_pages_by_key(edited, sign_in, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 3)
    boss, seen, query = sign_in("boss"), [], ""
    for _ in range(20):
        text = text_of(boss, edited, query)
        seen.append(text.count('<span class="avatar avatar-sm"'))
        found = re.search(r'href="(\?after=\d+)" rel="next"', text)
        if not found:
            break
        query = found[1]
    assert seen[:-1] == [3] * (len(seen) - 1)
    assert sum(seen) == edited_entries(edited)


def edited_entries(contract):
    from erp.models import LogEntry

    return LogEntry.objects.filter(contract_id=contract.pk).count()


@pytest.mark.parametrize(
    "query", ["after=abc", "after=" + "9" * 30, "person=x", "department=-1", "verb=%00", "verb='"]
)
def test_contract_history_ignores_junk(cast, boss, query):
    assert boss.get(f"/contracts/{cast.own.pk}/history/?{query}").status_code == 200


def test_history_outlives_a_removed_member(cast, sign_in):
    member = cast.own.team.get(person=cast.people["qc"])
    services.remove_member(member, actor=cast["boss"])
    assert "移出团队" in text_of(sign_in("staff.mech"), cast.own)
    assert Contract.objects.get(pk=cast.own.pk).team.filter(person=cast.people["qc"]).count() == 0
