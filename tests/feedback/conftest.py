"""Feedback to test with."""

from __future__ import annotations

import pytest
from django.utils import timezone

from contracts.models import Contract
from feedback.services import assign_feedback, report_feedback, resolve_feedback, start_feedback
from production.services import create_task
from tests.documents.helpers import upload
from tests.documents.papers import picture


@pytest.fixture
def make_feedback(cast):
    """A feedback of `cast.own`, entered by sales for a caller unless somebody else reports it."""

    def make(contract=None, *, who="sales", **fields):
        return report_feedback(
            contract or cast.own,
            **{
                "actor": cast[who],
                "kind": "bug",
                "severity": "normal",
                "title": "灌装阀滴漏",
                "text": "三号阀停机后仍滴漏",
                **fields,
            },
        )

    return make


@pytest.fixture
def feedback(make_feedback):
    return make_feedback()


@pytest.fixture
def handled(cast, feedback):
    """Taken up by 小张 of the mechanical department."""
    feedback = assign_feedback(feedback, actor=cast["service"], person=cast.people["staff.mech"])
    return start_feedback(feedback, actor=cast["staff.mech"])


@pytest.fixture
def resolved(cast, handled):
    return resolve_feedback(handled, actor=cast["staff.mech"], solution="更换密封圈，试机两小时无滴漏")


@pytest.fixture
def task(cast):
    today = timezone.localdate()
    return create_task(
        cast.own,
        actor=cast["boss"],
        department=cast.departments["mechanical"],
        name="灌装阀装配",
        planned_start=today,
        planned_end=today,
        assignee=cast.people["staff.mech"],
    )


@pytest.fixture
def deliver(cast):
    """Write a delivery past the gates."""

    def deliver(contract, day=None):
        Contract.objects.filter(pk=contract.pk).update(
            stage="delivered", delivered_on=day or timezone.localdate(), signed_on=contract.signed_on
        )
        contract.refresh_from_db()
        return contract

    return deliver


@pytest.fixture
def photo():
    def photo(name="漏点.png", token=""):
        return upload(picture(), name, token)

    return photo
