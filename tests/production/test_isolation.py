"""Who sees which task."""

from __future__ import annotations

import pytest

from production.models import Task, TaskDependency
from production.queries import held_verbs
from production.services import link_tasks
from production.states import OWN_VERBS, PLAN_VERBS

ALL = OWN_VERBS | PLAN_VERBS
HELD = {  # on a task of 小张, mechanical
    "boss": ALL,
    "admin": ALL,
    "pm": OWN_VERBS | PLAN_VERBS,
    "leader.mech": ALL,
    "leader.elec": frozenset(),
    "staff.mech": OWN_VERBS,
    "sales": frozenset(),
    "qc": frozenset(),
    "buyer": frozenset(),
    "service": frozenset(),
}
UNSEEN = ["outsider", "ex-member", "disabled", "customer.a", "customer.b", "staff.elec"]


@pytest.mark.parametrize("who", HELD)
def test_verbs_of_a_list_are_those_of_for_user(cast, task, who):
    assert task in Task.objects.for_user(cast[who])
    assert held_verbs(cast[who], [task])[task.pk] == HELD[who]
    assert {v for v in ALL if Task.objects.for_user(cast[who], v).exists()} == HELD[who]


@pytest.mark.parametrize("who", UNSEEN)
def test_others_see_nothing(cast, task, who):
    assert not Task.objects.for_user(cast[who]).exists()


def test_a_member_sees_only_the_own_tasks(cast, make_task):
    mine, others = make_task(), make_task(who="leader.mech")
    link_tasks(mine, others, actor=cast["boss"])
    assert list(Task.objects.for_user(cast["staff.mech"])) == [mine]
    assert not TaskDependency.objects.for_user(cast["staff.mech"]).exists()
    assert TaskDependency.objects.for_user(cast["leader.elec"]).count() == 1
