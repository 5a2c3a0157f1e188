"""The team: who may place whom, who is told, and rights that follow at once."""

import pytest
from django.core.exceptions import PermissionDenied

from contracts import services
from contracts.models import Contract, TeamMember
from contracts.receivers import reached
from erp import register
from erp.access import allowed
from erp.roles import Duty
from erp.workflow import Blocked, Stale
from notifications.models import Message
from orgchart.states import RIGHTS_CHANGED


def place(cast, who):
    return cast.own.team.get(person=cast.people[who])


def test_member_add_takes_the_own_department(cast, sign_in):
    url = f"/contracts/{cast.own.pk}/team/add/"
    answer = sign_in("pm").post(url, {"person": cast.people["outsider"].pk, "duty": "leader"})
    assert answer.status_code == 302
    member = place(cast, "outsider")
    assert member.department == cast.departments["software"]
    assert sign_in("outsider").get(cast.own.get_absolute_url()).status_code == 200
    assert Message.objects.filter(recipient=cast["outsider"], event="team_assigned").count() == 1
    assert services.sync_all_grants() == 0


def test_member_add_by_a_leader_stays_in_the_department(cast, sign_in):
    url, client = f"/contracts/{cast.own.pk}/team/add/", sign_in("leader.mech")
    ex, outsider = cast.people["ex-member"].pk, cast.people["outsider"].pk
    assert client.post(url, {"person": ex, "duty": "co_leader"}).status_code == 302
    assert place(cast, "ex-member").duty == Duty.CO_LEADER
    assert client.post(url, {"person": outsider, "duty": "member"}).status_code == 422
    assert client.post(url, {"person": ex, "duty": "leader"}).status_code == 422
    department = cast.departments["electrical"].pk
    assert (
        client.post(url, {"person": outsider, "department": department, "duty": "member"}).status_code == 422
    )
    assert sign_in("staff.mech").post(url, {"person": ex, "duty": "member"}).status_code == 403
    with pytest.raises(PermissionDenied):
        services.add_member(
            cast.own,
            actor=cast["leader.mech"],
            person=cast.people["outsider"],
            department=cast.departments["electrical"],
            duty=Duty.MEMBER,
        )


@pytest.mark.parametrize("person", ["pm", "outsider"])
def test_nobody_gains_the_rights_of_a_department_by_being_placed_there(cast, sign_in, person):
    url, sales = f"/contracts/{cast.own.pk}/team/add/", cast.departments["sales"]
    posted = {"person": cast.people[person].pk, "department": sales.pk, "duty": "member"}
    assert 'name="department"' not in sign_in("pm").get(url).content.decode()
    assert sign_in("pm").post(url, posted).status_code == 422
    with pytest.raises(Blocked):
        services.add_member(
            cast.own, actor=cast["pm"], person=cast.people[person], department=sales, duty=Duty.MEMBER
        )
    with pytest.raises(Blocked):
        services.join_team(cast.own, cast.people["outsider"], actor=cast["pm"], department=sales)
    assert not allowed(cast[person], "manage_finance", cast.own)
    assert not cast.own.team.filter(person=cast.people[person]).exists()


def test_leader_places_nobody_of_another_department(cast):
    mechanical, outsider = cast.departments["mechanical"], cast.people["outsider"]
    with pytest.raises(Blocked):
        services.add_member(
            cast.own,
            actor=cast["leader.mech"],
            person=outsider,
            department=mechanical,
            duty=Duty.CO_LEADER,
        )
    with pytest.raises(Blocked):
        services.remove_member(place(cast, "staff.mech"), actor=cast["leader.mech"], successor=outsider)
    assert not cast.own.team.filter(person=outsider).exists()
    assert place(cast, "staff.mech")


def test_boss_lends_people_to_another_department(cast, sign_in):
    url, sales = f"/contracts/{cast.own.pk}/team/add/", cast.departments["sales"]
    posted = {"person": cast.people["outsider"].pk, "department": sales.pk, "duty": "member"}
    assert 'name="department"' in sign_in("boss").get(url).content.decode()
    assert sign_in("boss").post(url, posted).status_code == 302
    member = place(cast, "outsider")
    assert member.department == sales
    assert allowed(cast["outsider"], "manage_finance", cast.own)
    with pytest.raises(Blocked):
        services.change_duty(member, actor=cast["pm"], duty=Duty.CO_LEADER)


def test_leader_is_not_unseated_from_below(cast):
    services.add_member(
        cast.own,
        actor=cast["boss"],
        person=cast.people["staff.mech"],
        department=cast.departments["mechanical"],
        duty=Duty.CO_LEADER,
    )
    leader = place(cast, "leader.mech")
    for deed in (
        lambda: services.change_duty(leader, actor=cast["staff.mech"], duty=Duty.MEMBER),
        lambda: services.remove_member(leader, actor=cast["staff.mech"]),
        lambda: services.add_member(
            cast.own,
            actor=cast["staff.mech"],
            person=leader.person,
            department=leader.department,
            duty=Duty.MEMBER,
        ),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert place(cast, "leader.mech").duty == Duty.LEADER


def test_member_duty(cast, sign_in):
    member = place(cast, "staff.mech")
    url = f"/contracts/{cast.own.pk}/team/{member.pk}/"
    assert not TeamMember.objects.for_user(cast["staff.mech"], "manage").filter(contract=cast.own).exists()
    sign_in("pm").post(url, {"version": member.version, "duty": "co_leader"})
    assert place(cast, "staff.mech").duty == Duty.CO_LEADER
    assert TeamMember.objects.for_user(cast["staff.mech"], "manage").filter(contract=cast.own).exists()
    assert Message.objects.filter(recipient=cast["staff.mech"], event="team_assigned").count() >= 2
    stale = sign_in("pm").post(url, {"version": member.version, "duty": "member"})
    assert stale.status_code == 409
    assert f'name="version" value="{place(cast, "staff.mech").version}"' in stale.content.decode()
    assert sign_in("pm").post(url, {"version": 99, "duty": "king"}).status_code == 422
    with pytest.raises(Stale):
        services.change_duty(member, actor=cast["pm"], duty=Duty.MEMBER, version=member.version)


def test_member_of_another_contract_is_not_found(cast, sign_in):
    member = cast.archived.team.first()
    for path in ("", "remove/"):
        assert sign_in("boss").get(f"/contracts/{cast.own.pk}/team/{member.pk}/{path}").status_code == 404


def test_member_remove_takes_the_rights(cast, sign_in):
    member = place(cast, "staff.mech")
    url = f"/contracts/{cast.own.pk}/team/{member.pk}/remove/"
    assert sign_in("leader.elec").post(url).status_code == 403
    assert sign_in("leader.mech").post(url).status_code == 302
    assert sign_in("staff.mech").get(cast.own.get_absolute_url()).status_code == 404
    assert services.sync_all_grants() == 0


def test_member_remove_asks_for_a_successor(cast, sign_in, monkeypatch):
    member, left, moved = place(cast, "staff.mech"), ["装配"], []

    def still_needed(member):
        return "2 open tasks are left." if left else ""

    def hand_over(member, successor, actor):
        moved.append((member.person, successor, actor))
        left.clear()

    monkeypatch.setitem(register._entries, "contracts.leaving", {"tests": still_needed})
    monkeypatch.setitem(register._entries, "contracts.handover", {"tests": hand_over})
    url = f"/contracts/{cast.own.pk}/team/{member.pk}/remove/"
    page = sign_in("pm").get(url).content.decode()
    assert "2 open tasks are left." in page
    assert ">无<" not in page
    assert sign_in("pm").post(url).status_code == 422
    with pytest.raises(Blocked):
        services.remove_member(member, actor=cast["pm"])
    with pytest.raises(Blocked):
        services.remove_member(member, actor=cast["pm"], successor=member.person)
    assert sign_in("pm").post(url, {"successor": cast.people["outsider"].pk}).status_code == 302
    assert moved == [(member.person, cast.people["outsider"], cast["pm"])]
    assert not cast.own.team.filter(pk=member.pk).exists()
    assert place(cast, "outsider").department == cast.departments["software"]
    assert allowed(cast["outsider"], "view", cast.own)


def test_member_remove_names_work_of_another_department(cast, sign_in, monkeypatch):
    def hand_over(member, successor, actor):
        raise PermissionDenied

    monkeypatch.setitem(register._entries, "contracts.handover", {"tests": hand_over})
    member = place(cast, "staff.mech")
    url = f"/contracts/{cast.own.pk}/team/{member.pk}/remove/"
    answer = sign_in("leader.mech").post(url, {"successor": cast.people["ex-member"].pk})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "小张 还有其他部门的任务" in text
    assert f'<option value="{cast.people["ex-member"].pk}" selected>' in text
    assert not cast.own.team.filter(person=cast.people["ex-member"]).exists()


def test_contract_manager(cast, sign_in):
    url = f"/contracts/{cast.own.pk}/team/manager/"
    posted = {"version": cast.own.version, "manager": cast.people["outsider"].pk}
    assert sign_in("sales").post(url, posted).status_code == 403
    answer = sign_in("pm").post(url, posted)
    assert answer.url == "/contracts/"  # the old manager sees the contract no more
    assert sign_in("pm").get(cast.own.get_absolute_url()).status_code == 404
    assert allowed(cast["outsider"], "manage_team", cast.own)
    assert Message.objects.filter(recipient=cast["outsider"], event="contract_assigned").exists()
    assert sign_in("boss").post(url, posted).status_code == 409


def test_contract_team_shows_what_one_may_do(cast, sign_in):
    url = f"/contracts/{cast.own.pk}/team/"
    assert f"{url}manager/" in sign_in("pm").get(url).content.decode()
    leader = sign_in("leader.mech").get(url).content.decode()
    assert f"{url}manager/" not in leader
    assert f"{url}{place(cast, 'staff.mech').pk}/remove/" in leader
    assert f"{url}{place(cast, 'leader.elec').pk}/remove/" not in leader
    assert f"{url}{place(cast, 'leader.mech').pk}/" not in leader
    assert f"{url}add/" not in sign_in("staff.mech").get(url).content.decode()
    archived = f"/contracts/{cast.archived.pk}/team/"
    assert f"{archived}add/" not in sign_in("boss").get(archived).content.decode()


def test_rights_follow_what_changes_below(cast):
    from erp.workflow import advanced
    from orgchart.models import FunctionRight

    assert not allowed(cast["qc"], "view_audit", cast.own)
    right = FunctionRight.objects.create(function="quality", verb="view_audit")
    advanced.send(sender=FunctionRight, obj=right, transition=RIGHTS_CHANGED, actor=cast["boss"])
    assert allowed(cast["qc"], "view_audit", cast.own)


def test_reach_of_a_change_below(cast):
    assert set(reached(cast.people["pm"])) == {cast.own, cast.archived}
    assert set(reached(cast["staff.mech"])) == {cast.own, cast.archived}
    assert set(reached(cast["customer.b"])) == {cast.foreign}
    assert set(reached(cast.companies["a"])) == {cast.own, cast.archived}
    assert set(reached(cast.departments["electrical"])) == {cast.own, cast.archived}
    assert reached(object()).count() == Contract.objects.count()
