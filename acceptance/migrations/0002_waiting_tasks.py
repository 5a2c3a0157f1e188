"""Tasks that were waiting for their department's leader wait for acceptance now."""

from django.db import migrations
from django.utils import timezone

LEVELS = (1, 2)


def open_acceptances(apps, schema_editor):
    get = apps.get_model
    tasks = get("production", "Task").objects.filter(status="waiting_qc", acceptance__isnull=True)
    for task in tasks.select_related("contract__manager").order_by("pk").iterator(500):
        at = task.changed or timezone.now()
        acceptance = get("acceptance", "Acceptance").objects.create(
            contract_id=task.contract_id,
            department_id=task.department_id,
            scope="task",
            task=task,
            title=task.name,
            state="pending",
            level=LEVELS[0],
            applied_by_id=task.submitted_by_id,
        )
        round_ = get("acceptance", "AcceptanceRound").objects.create(
            acceptance=acceptance,
            number=1,
            opened_at=at,
            applied_by_id=task.submitted_by_id,
            worker_id=task.assignee_id,
            result="pending",
        )
        steps = get("acceptance", "AcceptanceStep").objects
        steps.bulk_create(steps.model(round=round_, level=level) for level in LEVELS)
        if task.submitted_on is None:
            tasks.model.objects.filter(pk=task.pk).update(submitted_on=timezone.localdate(at))


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0001_initial")]
    operations = [migrations.RunPython(open_acceptances, migrations.RunPython.noop)]
