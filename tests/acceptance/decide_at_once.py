"""Run by test_decide_at_once in a process of its own: fifty people decide one acceptance at once."""

import sys

from tests.side_by_side import play, refused

CROWD = 50


def leaders(cast, name):
    """Fifty co-leaders of the mechanical department in a contract of their own: all hold level 1."""
    from contracts.models import TeamMember
    from contracts.services import sync_grants
    from orgchart.models import Person, User
    from tests.cast import TEAM, make_contract

    contract = make_contract(cast, number=name, team=TEAM)
    department = cast.departments["mechanical"]
    users = []
    for nth in range(CROWD):
        user, _new = User.objects.get_or_create(
            username=f"mech{nth}", defaults={"name": f"组长{nth}", "role": "staff"}
        )
        person, _new = Person.objects.get_or_create(
            user=user, defaults={"name": user.name, "pinyin": user.username, "department": department}
        )
        TeamMember.objects.create(contract=contract, person=person, department=department, duty="co_leader")
        users.append(user)
    sync_grants(contract)
    return contract, users


def submitted(cast, contract):
    from production import services
    from tests.production.plan_at_once import MONDAY

    task = services.create_task(
        contract, actor=cast["boss"], name="焊接", department=cast.departments["mechanical"],
        assignee=cast.people["staff.mech"], planned_start=MONDAY, planned_end=MONDAY,
    )  # fmt: skip
    task = services.start_task(task, actor=cast["staff.mech"])
    services.submit_task(task, actor=cast["staff.mech"])
    return task.acceptance


def first(acceptance):
    return acceptance.round.steps.order_by("level").first()


def one_winner(ends):
    assert len(ends) == CROWD, ends
    assert ends.count("") == 1, ends


def settled(acceptance, result):
    """The books agree: one decision, one entry in the log, one message a person."""
    from acceptance.models import Acceptance, AcceptanceStep
    from erp.models import LogEntry

    step = AcceptanceStep.objects.get(pk=first(acceptance).pk)
    assert step.result in result, step.result
    assert step.decided_by is not None
    entries = LogEntry.objects.filter(verb__in=["pass_step", "reject_step"], object_pk=str(step.pk))
    assert entries.count() == 1, entries.count()
    return Acceptance.objects.get(pk=acceptance.pk), step


def passing(cast, crowd):
    from acceptance.services import pass_step

    contract, users = crowd
    found = submitted(cast, contract)
    step = first(found)
    one_winner(refused(*[lambda user=user: pass_step(step, actor=user) for user in users]))
    found, _step = settled(found, ["passed"])
    assert (found.state, found.level) == ("pending", 2), (found.state, found.level)


def with_version(cast, crowd):
    from acceptance.services import pass_step

    contract, users = crowd
    found = submitted(cast, contract)
    step = first(found)
    ends = refused(*[lambda user=user: pass_step(step, actor=user, version=step.version) for user in users])
    one_winner(ends)
    assert set(ends) == {"", "Stale"}, ends


def passing_and_rejecting(cast, crowd):
    from acceptance.services import Defect, pass_step, reject_step
    from production.models import Task

    contract, users = crowd
    found = submitted(cast, contract)
    step = first(found)

    def deed(nth, user):
        if nth % 2:
            return pass_step(step, actor=user)
        defects = [Defect("气孔", rework=True)]
        return reject_step(step, actor=user, reason=f"不行 {nth}", defects=defects)

    one_winner(refused(*[lambda nth=nth, user=user: deed(nth, user) for nth, user in enumerate(users)]))
    found, step = settled(found, ["passed", "rejected"])
    rejected = step.result == "rejected"
    task = Task.objects.get(pk=found.task_id)
    assert (task.status, task.rework_count) == (("in_progress", 1) if rejected else ("waiting_qc", 0))
    assert Task.objects.filter(rework_of=task).count() == int(rejected)
    assert step.defects.count() == int(rejected)
    assert found.state == ("rejected" if rejected else "pending")


def of_the_contract(cast, crowd):
    """The last level: the customer and, on paper, the manager; each many times over."""
    from acceptance.models import AcceptanceStep
    from acceptance.services import apply_acceptance, pass_step, reject_step
    from contracts.models import Contract
    from documents.models import DocumentVersion
    from tests.documents.helpers import row

    contract, _users = crowd
    found = apply_acceptance(contract, actor=cast["admin"], kind="fat")
    pass_step(first(found), actor=cast["boss"])
    pass_step(found.round.steps.get(level=2), actor=cast["qc"])
    last = found.round.steps.get(level=3)
    paper = DocumentVersion.objects.get(document=row(contract, cast["pm"]))

    def deed(nth):
        if nth % 3 == 0:
            return pass_step(last, actor=cast["customer.a"])
        if nth % 3 == 1:
            return pass_step(last, actor=cast["pm"], evidence=paper)
        return reject_step(last, actor=cast["customer.a"], reason="不行")

    one_winner(refused(*[lambda nth=nth: deed(nth) for nth in range(CROWD)]))
    row_now = AcceptanceStep.objects.get(pk=last.pk)
    status = Contract.objects.get(pk=contract.pk).status
    assert status == ("accepted" if row_now.result == "passed" else "issue"), (status, row_now.result)


def deciding_and_withdrawing(cast, crowd):
    from acceptance.models import Acceptance
    from acceptance.services import pass_step, withdraw_acceptance
    from production.models import Task

    contract, users = crowd
    found = submitted(cast, contract)
    step = first(found)

    def deed(nth, user):
        if nth % 2:
            return pass_step(step, actor=user)
        return withdraw_acceptance(found, actor=cast["staff.mech"])

    one_winner(refused(*[lambda nth=nth, user=user: deed(nth, user) for nth, user in enumerate(users)]))
    found = Acceptance.objects.get(pk=found.pk)
    task = Task.objects.get(pk=found.task_id)
    expected = {"withdrawn": "in_progress", "pending": "waiting_qc"}[found.state]
    assert task.status == expected, (found.state, task.status)


if __name__ == "__main__":
    sys.exit(
        play(
            passing,
            passing_and_rejecting,
            of_the_contract,
            deciding_and_withdrawing,
            with_version,
            given=lambda cast, name: (leaders(cast, name),),
        )
    )
