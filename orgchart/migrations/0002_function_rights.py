"""The factory setting of which department function holds which contract verb."""

from django.db import migrations

RIGHTS = {
    "sales": ["change", "view_tasks", "view_finance", "manage_finance"],
    "procurement": ["view_tasks"],
    "quality": ["view_tasks"],
    "service": ["view_tasks"],
    "finance": ["view_finance", "manage_finance"],
}


def fill(apps, schema_editor):
    right = apps.get_model("orgchart", "FunctionRight")
    for function, verbs in RIGHTS.items():
        for verb in verbs:
            right.objects.get_or_create(function=function, verb=verb)


class Migration(migrations.Migration):
    dependencies = [("orgchart", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
