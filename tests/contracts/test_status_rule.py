"""The derived colour: first rule that holds, top down."""

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from contracts.services import status_differences
from contracts.states import FACTS, Status, derive_status
from orgchart.services import edit_department
from production.services import create_task, start_task

FLAGS = st.fixed_dictionaries({name: st.booleans() for name in FACTS if name != "next_task_end"})


@pytest.mark.parametrize(
    ("facts", "delivered", "status"),
    [
        ([], False, Status.UNSTARTED),
        (["purchase_started"], False, Status.PROCESSING),
        (["work_started"], False, Status.PROCESSING),
        (["work_started", "assembly_started"], False, Status.PRODUCTION),
        (["assembly_started", "levels_passed"], False, Status.ACCEPTED),
        (["levels_passed", "rework_open"], False, Status.ISSUE),
        (["levels_passed", "acceptance_open"], False, Status.ISSUE),
        (["levels_passed", "feedback_open"], False, Status.ACCEPTED),
        (["levels_passed", "feedback_open"], True, Status.ISSUE),
    ],
)
def test_rule(facts, delivered, status):
    assert derive_status(dict.fromkeys(facts, True), delivered=delivered) == status


@given(FLAGS, st.booleans())
def test_open_trouble_always_shows(facts, delivered):
    trouble = facts["acceptance_open"] or facts["rework_open"] or (delivered and facts["feedback_open"])
    assert (derive_status(facts, delivered=delivered) == Status.ISSUE) is trouble


@given(FLAGS, st.booleans())
def test_missing_facts_are_false(facts, delivered):
    held = {name: value for name, value in facts.items() if value}
    assert derive_status(held, delivered=delivered) == derive_status(facts, delivered=delivered)


def test_another_department_function_gives_another_status(cast):
    """Also where nobody of the department is in the team."""
    today = timezone.localdate()
    assembly, contract = cast.departments["assembly"], cast.foreign
    for name, department in (("装配", assembly), ("图纸", cast.departments["mechanical"])):
        task = create_task(
            contract,
            actor=cast["boss"],
            department=department,
            name=name,
            planned_start=today,
            planned_end=today,
            assignee=None,
        )
        start_task(task, actor=cast["boss"])
    contract.refresh_from_db()
    assert contract.status == Status.PRODUCTION
    for function, status in (("other", Status.PROCESSING), ("assembly", Status.PRODUCTION)):
        edit_department(assembly, actor=cast["boss"], version=None, function=function)
        contract.refresh_from_db()
        assert contract.status == status
    assert status_differences() == []
