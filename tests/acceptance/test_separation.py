"""Nobody decides two levels of a round, a level they applied for, or a task of their own."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from acceptance import services
from acceptance.models import Acceptance
from acceptance.queries import waiting_for
from acceptance.separation import deciders
from contracts.services import add_member, remove_member
from documents.models import DocumentVersion
from erp.roles import Duty
from erp.workflow import Blocked
from production.models import Task
from production.services import assign, start_task, submit_task
from tests.acceptance.conftest import step_of, submitted
from tests.documents.helpers import row

#: Who holds which level of a task of the mechanical department, and of the contract as a whole.
HOLDS = {
    "boss": ({1, 2}, {1, 2, 3}),
    "admin": ({1, 2}, {1, 2, 3}),
    "pm": (set(), {1, 3}),
    "leader.mech": ({1}, set()),
    "qc": ({2}, {2}),
    "customer.a": (set(), {3}),
    "leader.elec": (set(), set()),
    "staff.mech": (set(), set()),
    "sales": (set(), set()),
    "buyer": (set(), set()),
    "service": (set(), set()),
    "outsider": (set(), set()),
    "ex-member": (set(), set()),
    "disabled": (set(), set()),
    "customer.b": (set(), set()),
}


@pytest.mark.parametrize("who", HOLDS)
def test_everybody_holds_their_level_and_no_other(cast, of_task, of_contract, who):
    Acceptance.objects.filter(pk=of_contract.pk).update(level=3)  # it has come to the customer
    for acceptance, levels in zip((of_task, of_contract), HOLDS[who], strict=True):
        rows = acceptance.round.steps.all()
        assert set(rows.for_user(cast[who], "pass_step").values_list("level", flat=True)) == levels
        assert set(rows.for_user(cast[who], "reject_step").values_list("level", flat=True)) == levels


@pytest.mark.parametrize("who", sorted(set(HOLDS) - {"boss", "admin", "leader.mech"}))
def test_others_do_not_decide_the_first_level_of_a_task(cast, of_task, who):
    for deed in (services.pass_step, services.reject_step):
        reason = {"reason": "不行"} if deed is services.reject_step else {}
        with pytest.raises(PermissionDenied):
            deed(step_of(of_task), actor=cast[who], **reason)


@pytest.mark.parametrize("who", ["boss", "admin"])
def test_boss_and_admin_decide_any_one_level(cast, of_task, decide, who):
    of_task = decide(of_task, by=who)
    with pytest.raises(Blocked):
        decide(of_task, by=who)
    with pytest.raises(Blocked):
        decide(of_task, "reject", by=who)
    assert decide(of_task).state == "passed"


def test_whoever_applied_decides_nothing(cast, make_task, decide):
    found = submitted(make_task(), cast["leader.mech"])
    with pytest.raises(Blocked):
        decide(found)
    assert decide(found, by="admin").level == 2


def test_nobody_decides_on_their_own_task(cast, make_task, decide):
    task = make_task(who="leader.mech")
    task = start_task(task, actor=cast["pm"])
    submit_task(task, actor=cast["pm"])
    found = Acceptance.objects.get(task=task)
    with pytest.raises(Blocked):
        decide(found)
    assert decide(found, by="boss").level == 2


def test_handing_over_the_work_frees_nobodys_hand(cast, make_task, decide):
    task = start_task(make_task(who="leader.mech"), actor=cast["pm"])
    submit_task(task, actor=cast["pm"])
    assign(Task.objects.get(pk=task.pk), actor=cast["boss"], person=cast.people["staff.mech"])
    with pytest.raises(Blocked):
        decide(Acceptance.objects.get(task=task))


def test_an_inspector_does_not_inspect_the_own_departments_task_that_is_theirs(cast, make_task, decide):
    task = make_task(who="qc", department="quality")
    found = submitted(task, cast["qc"])
    found = decide(found, by="boss")
    with pytest.raises(Blocked):
        decide(found, by="qc")


def test_where_nobody_is_left_the_boss_decides_even_two(cast, make_task, decide):
    task = make_task(who="qc", department="quality")  # nobody leads quality here, and its inspector did it
    found = submitted(task, cast["qc"])
    assert deciders(step_of(found)) == [cast["boss"]]
    found = decide(found, by="boss")
    assert deciders(step_of(found)) == [cast["boss"]]
    with pytest.raises(Blocked):
        decide(found, by="qc")
    assert decide(found, by="boss").state == "passed"


def test_a_manager_who_applied_leaves_the_first_level_to_the_boss(cast, decide):
    found = services.apply_acceptance(cast.own, actor=cast["pm"], kind="fat")
    assert deciders(step_of(found)) == [cast["boss"]]
    with pytest.raises(Blocked):
        decide(found, by="pm")
    assert decide(found, by="boss").level == 2


@pytest.fixture
def paper(cast):
    """What the customer signed, as a document of the contract."""
    return DocumentVersion.objects.get(document=row(cast.own, cast["pm"]))


def test_the_manager_decides_for_the_customer_on_paper(cast, of_contract, decide, paper):
    found = decide(decide(of_contract, by="boss") if False else decide(of_contract, by="admin"))
    with pytest.raises(Blocked):
        decide(found, by="pm")
    with pytest.raises(Blocked):
        decide(found, "reject", by="pm")
    found = decide(found, by="pm", evidence=paper)
    step = found.round.steps.get(level=3)
    assert (found.state, step.on_behalf, step.evidence, step.decided_by) == (
        "passed",
        True,
        paper,
        cast["pm"],
    )


def test_the_manager_decides_the_first_or_the_last_level_not_both(cast, of_contract, decide, paper):
    found = decide(decide(of_contract))
    with pytest.raises(Blocked):
        decide(found, by="pm", evidence=paper)
    step = decide(found).round.steps.get(level=3)
    assert (step.on_behalf, step.evidence, step.decided_by) == (False, None, cast["customer.a"])


def test_customers_of_others_decide_nothing(cast, of_contract, decide):
    found = decide(decide(of_contract))
    with pytest.raises(PermissionDenied):
        decide(found, by="customer.b")


def test_rights_follow_the_team_at_once(cast, of_task, decide):
    place = cast.own.team.get(person=cast.people["leader.mech"])
    remove_member(place, actor=cast["boss"])
    with pytest.raises(PermissionDenied):
        decide(of_task, by="leader.mech")
    assert deciders(step_of(of_task)) == [cast["boss"]]
    mate = cast.people["ex-member"]
    add_member(cast.own, actor=cast["boss"], person=mate, department=mate.department, duty=Duty.CO_LEADER)
    assert deciders(step_of(of_task)) == [cast["ex-member"]]
    assert decide(of_task, by="ex-member").level == 2


def test_who_waits_is_the_same_in_lists_as_in_the_guard(cast, make_task, of_contract, decide):
    """The queryset of the filter “waits for me” and the rule of the deed agree for everybody."""
    found = [
        submitted(make_task(name="一"), cast["staff.mech"]),
        submitted(make_task(name="二"), cast["leader.mech"]),
        submitted(make_task(name="三", who="leader.mech"), cast["leader.mech"]),
        submitted(make_task(name="四", who="qc", department="quality"), cast["qc"]),
        decide(submitted(make_task(name="五"), cast["staff.mech"])),
        decide(submitted(make_task(name="六"), cast["staff.mech"]), by="boss"),
        decide(submitted(make_task(name="七", who="qc", department="quality"), cast["qc"]), by="boss"),
        of_contract,
    ]
    for who in HOLDS:
        user = cast[who]
        listed = set(Acceptance.objects.filter(waiting_for(user)).values_list("pk", flat=True))
        asked = {a.pk for a in found if user in deciders(step_of(a))}
        assert listed == asked, who
