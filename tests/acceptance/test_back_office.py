"""In the back office acceptances are read, and nobody decides past them."""

from __future__ import annotations

import pytest

from acceptance.models import Acceptance, AcceptanceLevels
from production.models import Task


@pytest.fixture
def office(client, cast):
    client.force_login(cast["admin"])
    return client


@pytest.mark.parametrize("verb", ["pass", "reject", "recall"])
def test_tasks_are_not_decided_there(office, of_task, verb):
    page = office.get("/admin/production/task/").content.decode()
    assert f'value="{verb}"' not in page
    office.post("/admin/production/task/", {"action": verb, "_selected_action": [of_task.task_id]})
    assert Task.objects.get(pk=of_task.task_id).status == "waiting_qc"


@pytest.mark.parametrize("verb", ["accept", "turn_down", "reapply", "withdraw_application", "fall_back"])
def test_acceptances_are_not_moved_there(office, of_task, verb):
    assert office.get("/admin/acceptance/acceptance/").status_code == 200
    office.post("/admin/acceptance/acceptance/", {"action": verb, "_selected_action": [of_task.pk]})
    assert Acceptance.objects.get(pk=of_task.pk).state == "pending"


def test_rounds_and_steps_are_read_only(office, of_task):
    for name, pk in (
        ("acceptance", of_task.pk),
        ("acceptanceround", of_task.round.pk),
        ("acceptancestep", of_task.round.steps.first().pk),
    ):
        assert office.get(f"/admin/acceptance/{name}/").status_code == 200
        assert office.get(f"/admin/acceptance/{name}/{pk}/change/").status_code == 200
        assert office.post(f"/admin/acceptance/{name}/{pk}/change/", {"title": "x"}).status_code == 403
        assert office.get(f"/admin/acceptance/{name}/add/").status_code == 403


def test_levels_go_through_the_service(office, cast):
    data = {"contract": cast.own.pk, "task_quality": "on", "contract_quality": "on"}
    assert office.post("/admin/acceptance/acceptancelevels/add/", data).status_code == 302
    row = AcceptanceLevels.objects.get()
    assert (row.of("task"), row.of("contract")) == ((2,), (2,))
