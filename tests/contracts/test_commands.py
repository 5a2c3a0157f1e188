"""Commands that derive again, the demo part, the back office."""

import json

import pytest
from django.core.management import call_command

from contracts import demo, services
from contracts.models import Contract, ContractUserGrant, TeamMember
from contracts.states import Stage
from erp.models import LogEntry


def differences(command, capsys):
    with pytest.raises(SystemExit) as stop:
        call_command(command, "--check", "--json")
    assert stop.value.code == 1
    return json.loads(capsys.readouterr().out)["differences"]


def test_sync_grants(cast, capsys):
    call_command("sync_grants", "--check")
    capsys.readouterr()
    ContractUserGrant.objects.filter(content_object=cast.own, user=cast["sales"]).delete()
    count = ContractUserGrant.objects.count()
    assert [row["number"] for row in differences("sync_grants", capsys)] == ["HT-OWN-1"]
    assert ContractUserGrant.objects.count() == count
    call_command("sync_grants")
    call_command("sync_grants", "--check", "--json")
    assert ContractUserGrant.objects.count() > count
    capsys.readouterr()
    ContractUserGrant.objects.filter(content_object=cast.own).update(live=False)
    assert [row["number"] for row in differences("sync_grants", capsys)] == ["HT-OWN-1"]
    call_command("sync_grants")
    assert Contract.objects.count_live(cast["sales"], 9) == 1


def test_recompute_status(cast, capsys):
    call_command("recompute_status", "--check")
    capsys.readouterr()
    Contract.objects.filter(pk__in=[cast.own.pk, cast.archived.pk]).update(status="accepted")
    found = differences("recompute_status", capsys)
    assert [(row["number"], row["stored"], row["derived"]) for row in found] == [
        ("HT-OWN-1", "accepted", "unstarted")
    ]
    call_command("recompute_status")
    call_command("recompute_status", "--check", "--json")
    cast.archived.refresh_from_db()
    assert cast.archived.status == "accepted"  # frozen with the contract
    assert LogEntry.objects.filter(verb="derive_status", source="command").count() == 1


@pytest.mark.parametrize("command", ["sync_grants", "recompute_status"])
def test_help_speaks_both_languages(command, capsys):
    with pytest.raises(SystemExit):
        call_command(command, "--help")
    text = capsys.readouterr().out
    assert "--check" in text
    assert "只核对" in text


def test_demo_contracts(settings):
    settings.DEBUG = True
    call_command("demo")
    found = {c.number: c for c in Contract.objects.select_related("company", "manager__user")}
    assert len(found) == len(demo.PLOTS) == 12
    assert {c.stage for c in found.values()} == set(Stage.values)
    story = found["HT-2026-018"]
    assert (story.name, str(story.company), story.manager.user.username) == ("灌装线改造", "蓝海食品", "pm")
    assert (story.status, story.stage) == ("production", "released")
    assert story.days_late() > 0
    duties = set(story.team.values_list("person__user__username", "duty"))
    assert {(f"leader.{d}", "leader") for d in ("mech", "elec", "assembly")} <= duties
    assert {(m, "member") for m in ("staff.mech", "sales", "buyer", "qc", "service")} <= duties
    assert str(found["HT-2026-021"].company) == "北辰电子"
    assert not TeamMember.objects.filter(person__user__username="outsider").exists()
    assert not LogEntry.objects.filter(verb="overrule_gate").exists()
    assert services.grant_differences() == services.status_differences() == []


def test_back_office_writes_through_the_services(cast, sign_in):
    client = sign_in("admin")
    assert client.get("/admin/contracts/contract/").status_code == 200
    url = f"/admin/contracts/contract/{cast.own.pk}/change/"
    page = client.get(url)
    assert page.status_code == 200
    posted = {
        "number": "ht-own-１",
        "name": "后台改名",
        "company": cast.own.company_id,
        "manager": cast.own.manager_id,
        "signed_on": cast.own.signed_on.isoformat(),
        "planned_delivery": cast.own.planned_delivery.isoformat(),
        "currency": "CNY",
        "team-TOTAL_FORMS": 0,
        "team-INITIAL_FORMS": 0,
    }
    assert client.post(url, posted).status_code == 302
    cast.own.refresh_from_db()
    assert (cast.own.number, cast.own.name) == ("HT-OWN-1", "后台改名")
    entry = LogEntry.objects.filter(contract_id=cast.own.pk, verb="change").latest("pk")
    assert (entry.source, entry.actor) == ("admin", cast["admin"])
    assert client.get(f"/admin/contracts/contract/{cast.archived.pk}/change/").status_code == 200
    assert client.post(f"/admin/contracts/contract/{cast.own.pk}/delete/").status_code == 403


def test_back_office_actions_are_transitions(cast, sign_in):
    client = sign_in("admin")
    selected = {"action": "deliver", "_selected_action": [cast.own.pk]}
    client.post("/admin/contracts/contract/", selected)
    cast.own.refresh_from_db()
    stage = cast.own.stage
    client.post("/admin/contracts/contract/", {**selected, "action": "cancel"})  # the boss's, not the admin's
    cast.own.refresh_from_db()
    assert cast.own.stage == stage
    assert cast.own.stage in ("delivered", "draft")  # draft while a gate of an app above is open


def test_back_office_names_team_members_by_service(cast, sign_in):
    client, person = sign_in("admin"), cast.people["outsider"]
    posted = {
        "contract": cast.own.pk,
        "person": person.pk,
        "department": person.department_id,
        "duty": "member",
    }
    assert client.post("/admin/contracts/teammember/add/", posted).status_code == 302
    assert Contract.objects.for_user(cast["outsider"]).filter(pk=cast.own.pk).exists()
