"""Tasks that waited for inspection before acceptance existed wait for acceptance now."""

from importlib import import_module

from django.apps import apps
from django.utils import timezone

from acceptance.models import Acceptance
from production.models import Task

waiting_tasks = import_module("acceptance.migrations.0002_waiting_tasks")


def test_a_task_that_waited_is_decided_like_any_other(cast, make_task, decide):
    old, other = make_task(name="旧任务"), make_task(name="没提交")
    facts = {"status": "waiting_qc", "submitted_by": cast["staff.mech"], "actual_start": timezone.localdate()}
    Task.objects.filter(pk=old.pk).update(**facts)
    for _twice in "ab":
        waiting_tasks.open_acceptances(apps, None)
    found = Acceptance.objects.get()
    assert (found.task, found.level, found.applied_by) == (old, 1, cast["staff.mech"])
    assert found.task.submitted_on == timezone.localdate(old.changed)
    assert not Acceptance.objects.filter(task=other).exists()
    assert decide(decide(found)).task.status == "done"
